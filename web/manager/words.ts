import { number, speak } from "../shared/i18n.svelte";
import { common } from "../shared/strings/common";
import { staff } from "../shared/strings/staff";
import { decisions } from "./strings/decisions";
import { ledger } from "./strings/ledger";
import { manager } from "./strings/manager";
import { outlook } from "./strings/outlook";
import { trouble } from "./strings/trouble";
import { watching } from "./strings/watching";
import { voice } from "./strings/voice";

/** What the manager's room says. */
export const { t, word } = speak({ ...common, ...staff, ...manager, ...ledger, ...trouble, ...voice, ...outlook, ...decisions, ...watching });

/** An amount with its cents. */
export const money = (amount: number): string => number(amount, 2);
