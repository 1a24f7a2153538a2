import { speak } from "../shared/i18n.svelte";
import { common } from "../shared/strings/common";
import { staff } from "../shared/strings/staff";
import { store } from "./strings/store";
import { technician } from "./strings/technician";

/** What the technician's page says. */
export const { t, word } = speak({ ...common, ...staff, ...technician, ...store });
