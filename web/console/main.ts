import { mount } from "svelte";
import App from "./App.svelte";
import "../shared/style.css";
import { speakOfFields } from "../shared/validity";

speakOfFields();

const target = document.getElementById("app");
if (target) mount(App, { target });
