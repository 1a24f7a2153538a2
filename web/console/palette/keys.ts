import type { StringKey } from "../words";

/** What each key does, for the sheet that `?` opens. The keys themselves are heard in `Keys.svelte` and in the views. */
export const SHEET: { title: StringKey; keys: [string, StringKey][] }[] = [
  {
    title: "keys_anywhere",
    keys: [
      ["/", "key_palette"],
      ["?", "key_sheet"],
      ["n", "key_report"],
      ["1 – 5", "key_tabs"],
      ["p", "key_plan"],
      ["[  ]", "key_days"],
      ["t", "key_today"],
      ["Ctrl Z", "key_undo"],
      ["Ctrl Shift Z", "key_redo"],
      ["Esc", "key_escape"],
    ],
  },
  {
    title: "keys_queue",
    keys: [
      ["j  k", "key_walk"],
      ["Enter", "key_open"],
      ["x", "key_choose"],
      ["s", "key_search"],
    ],
  },
  {
    title: "keys_order",
    keys: [
      ["a", "key_assign"],
      ["w", "key_who"],
      ["m", "key_hold"],
      ["c", "key_chase"],
      ["b", "key_rebook"],
      ["o", "key_note"],
    ],
  },
  {
    title: "keys_timeline",
    keys: [
      ["← ↑ → ↓", "key_arrows"],
      ["+  −  0", "key_zoom"],
    ],
  },
];

/** What of the open order a key begins; the first act that is allowed is taken. */
export const ORDER_KEYS: Record<string, readonly string[]> = {
  a: ["dispatched", "rework_dispatched", "reassigned"],
  w: ["who"],
  c: ["chased"],
  b: ["rebooked"],
  o: ["noted"],
};

/** People who dictate or whose hands tremble may turn single letters off (WCAG 2.1.4). */
export const singleKeys = {
  get on(): boolean {
    return localStorage.getItem("single-keys") !== "off";
  },
  set on(value: boolean) {
    localStorage.setItem("single-keys", value ? "on" : "off");
  },
};

/** Open the first of these acts that the open order allows. */
export function begin(acts: readonly string[]): void {
  document.querySelector("aside[data-drawer]")?.dispatchEvent(new CustomEvent("begin", { detail: acts }));
}
