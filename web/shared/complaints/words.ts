import { speak } from "../i18n.svelte";
import { common } from "../strings/common";
import { complaints } from "../strings/complaints";
import { events } from "../strings/events";
import { staff } from "../strings/staff";

/** What complaints and supervisions say, on the desk and in the console. */
export const { t, word } = speak({ ...common, ...staff, ...events, ...complaints });
