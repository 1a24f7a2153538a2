import { mount, type Component } from "svelte";
import { speakOfFields } from "./validity";

/** Put a face's page into its html. */
export function begin(page: Component): void {
  speakOfFields();
  const target = document.getElementById("app");
  if (target) mount(page, { target });
}
