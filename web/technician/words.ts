import { speak } from "../shared/i18n.svelte";
import { common } from "../shared/strings/common";
import { staff } from "../shared/strings/staff";
import { completing } from "./strings/completing";
import { store } from "./strings/store";
import { technician } from "./strings/technician";
import { today } from "./strings/today";
import { visit } from "./strings/visit";

/** What the technician's page says. */
export const { t, word } = speak({ ...common, ...staff, ...technician, ...today, ...visit, ...completing, ...store });
