import { speak } from "../shared/i18n.svelte";
import { common } from "../shared/strings/common";
import { survey } from "./strings/survey";

/** What the survey says. */
export const { t, word } = speak({ ...common, ...survey });
