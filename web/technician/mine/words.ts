import { speak } from "../../shared/i18n.svelte";
import { common } from "../../shared/strings/common";
import { staff } from "../../shared/strings/staff";
import { mine } from "../strings/mine";

/** What is said about one's own numbers, days and data: loaded with that screen only. */
export const { t, word } = speak({ ...common, ...staff, ...mine });
