import { speak } from "../../shared/i18n.svelte";
import { common } from "../../shared/strings/common";
import { staff } from "../../shared/strings/staff";
import { map } from "../strings/map";

/** What the map says: loaded with it only. */
export const { t } = speak({ ...common, ...staff, ...map });
