import type { Schemas } from "../shared/client";

type Order = Schemas["OrderOut"];

export const TABS = ["orders", "places", "requests", "callbacks", "scores"] as const;
export type Tab = (typeof TABS)[number];

/** Who finds which tab; what a role may not read it does not see. */
const WHO: Partial<Record<Tab, readonly string[]>> = {
  places: ["agent", "dispatcher", "grid_lead", "administrator", "inspector", "manager", "observer"],
  scores: ["manager", "administrator", "inspector", "grid_lead", "dispatcher", "observer"],
};

export function canSee(tab: Tab, role: string | undefined): boolean {
  return role !== undefined && (WHO[tab]?.includes(role) ?? true);
}

export const OPEN_STATES: ReadonlySet<string> = new Set(["reported", "dispatched", "accepted", "en_route", "on_site", "suspended", "completed"]);
const WORKING: ReadonlySet<string> = new Set(["reported", "dispatched", "accepted", "en_route", "on_site", "suspended"]);
export const FILTERS = ["open", "late", "urgent", "reported", "dispatched", "accepted", "en_route", "on_site", "suspended", "completed", "closed", "cancelled", "all"] as const;

/** What the dispatcher counts down to: the promise while work is open, the callback once it is done. */
export function dueOf(order: Order): string | null {
  if (order.status === "completed") return order.callbackDueAt;
  if (!WORKING.has(order.status)) return null;
  return order.dueAt ?? order.waitingOn?.due ?? null;
}

export function isLate(order: Order, now: number): boolean {
  const due = dueOf(order);
  return due !== null && Date.parse(due) < now;
}

export function matches(order: Order, filter: string, now: number): boolean {
  switch (filter) {
    case "all":
      return true;
    case "open":
      return OPEN_STATES.has(order.status);
    case "late":
      return WORKING.has(order.status) && isLate(order, now);
    case "urgent":
      return order.level === "urgent" && WORKING.has(order.status);
    default:
      return order.status === filter;
  }
}
