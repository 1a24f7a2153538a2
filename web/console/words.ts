import { speak } from "../shared/i18n.svelte";
import { common } from "../shared/strings/common";
import { events } from "../shared/strings/events";
import { staff } from "../shared/strings/staff";
import { account } from "./strings/account";
import { acts } from "./strings/acts";
import { orders } from "./strings/orders";
import { outageWords } from "./strings/outages";
import { page } from "./strings/page";
import { palette } from "./strings/palette";
import { phones } from "./strings/phones";
import { plan } from "./strings/plan";
import { queue } from "./strings/queue";
import { report } from "./strings/report";
import { scores } from "./strings/scores";
import { timeline } from "./strings/timeline";
import { work } from "./strings/work";

/** What the console says. */
export const { t, word } = speak({ ...common, ...staff, ...events, ...account, ...acts, ...orders, ...outageWords, ...page, ...palette, ...phones, ...plan, ...queue, ...report, ...scores, ...timeline, ...work });

export type StringKey = Parameters<typeof t>[0];
