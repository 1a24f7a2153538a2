import { speak } from "./i18n.svelte";
import { common } from "./strings/common";
import { staff } from "./strings/staff";

/** What the parts say that the faces of people who sign in share. */
export const { t, word } = speak({ ...common, ...staff });
