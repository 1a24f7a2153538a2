import "../shared/tokens.css";
import "../shared/base.css";
import { begin } from "../shared/begin";
import App from "./App.svelte";

begin(App);
