/** Every sentence of the pages, in both languages, one file a view. A test finds what is missing and what no page uses. */
import { acts } from "./strings/acts";
import { common } from "./strings/common";
import { orders } from "./strings/orders";
import { report } from "./strings/report";
import { queue } from "./strings/queue";
import { palette } from "./strings/palette";
import { phone } from "./strings/phone";
import { plan } from "./strings/plan";
import { scores } from "./strings/scores";
import { survey } from "./strings/survey";
import { timeline } from "./strings/timeline";
import { work } from "./strings/work";

export const strings = { ...common, ...orders, ...acts, ...work, ...timeline, ...plan, ...scores, ...phone, ...survey, ...queue, ...report, ...palette } satisfies Record<string, { en: string; zh: string }>;

export type StringKey = keyof typeof strings;
