import { speak } from "../shared/i18n.svelte";
import { common } from "../shared/strings/common";
import { staff } from "../shared/strings/staff";
import { manager } from "./strings/manager";

/** What the manager's room says. */
export const { t, word } = speak({ ...common, ...staff, ...manager });
