import { speak } from "../shared/i18n.svelte";
import { common } from "../shared/strings/common";
import { staff } from "../shared/strings/staff";
import { desk } from "./strings/desk";
import { notices } from "./strings/notices";

/** What the call-back desk says. */
export const { t, word } = speak({ ...common, ...staff, ...desk, ...notices });
