import type { Schemas } from "../shared/client";

export type Order = Schemas["OrderOut"];

export const TABS = ["orders", "places", "requests", "callbacks", "checks", "scores"] as const;
export type Tab = (typeof TABS)[number];

/** Who finds which tab; what a role may not read it does not see. */
const WHO: Partial<Record<Tab, readonly string[]>> = {
  places: ["agent", "dispatcher", "grid_lead", "administrator", "inspector", "manager", "observer"],
  checks: ["inspector", "manager", "administrator"],
  scores: ["manager", "administrator", "inspector", "grid_lead", "dispatcher", "observer"],
};

export function canSee(tab: Tab, role: string | undefined): boolean {
  return role !== undefined && (WHO[tab]?.includes(role) ?? true);
}

/** Who sends technicians about is told where they are; nobody else is. */
export const seesPositions = (role: string | undefined): boolean => role !== undefined && ["dispatcher", "grid_lead", "administrator"].includes(role);

export const OPEN_STATES: ReadonlySet<string> = new Set(["reported", "dispatched", "accepted", "en_route", "on_site", "suspended", "completed"]);
const WORKING: ReadonlySet<string> = new Set(["reported", "dispatched", "accepted", "en_route", "on_site", "suspended"]);
export const STATES = ["reported", "dispatched", "accepted", "en_route", "on_site", "suspended", "completed", "closed", "cancelled", "merged"] as const;

/** The queues that a dispatcher empties; each is a question to an order. */
export const QUEUES = ["open", "unassigned", "at_risk", "late", "urgent", "bounced", "all"] as const;
export type Queue = (typeof QUEUES)[number];
/** What is due within the hour stands out. */
export const SOON = 3_600_000;

/** What the dispatcher counts down to: the promise while work is open, the callback once it is done. */
export function dueOf(order: Order): string | null {
  if (order.status === "completed") return order.callbackDueAt;
  if (!WORKING.has(order.status)) return null;
  return order.dueAt ?? order.waitingOn?.due ?? null;
}

const read = new WeakMap<Order, number | null>();

/** `dueOf` in milliseconds, read once for every version of an order: ten thousand of them are asked for every queue. */
export function dueTime(order: Order): number | null {
  let time = read.get(order);
  if (time === undefined) {
    const due = dueOf(order);
    time = due === null ? null : Date.parse(due);
    read.set(order, time);
  }
  return time;
}

export function isLate(order: Order, now: number): boolean {
  const due = dueTime(order);
  return due !== null && due < now;
}

/** Whether an order is in a queue. `tooLate` holds the orders whose visit is planned to end after they are due. */
export function matches(order: Order, queue: string, now: number, tooLate: ReadonlySet<string>): boolean {
  const working = WORKING.has(order.status);
  switch (queue) {
    case "all":
      return true;
    case "open":
      return OPEN_STATES.has(order.status);
    case "unassigned":
      return working && order.owner === null;
    case "at_risk": {
      const due = dueTime(order);
      return working && order.status !== "suspended" && due !== null && due >= now && (due - now < SOON || tooLate.has(order.id));
    }
    case "late":
      return working && isLate(order, now);
    case "urgent":
      return order.level === "urgent" && working;
    case "bounced":
      return working && (order.bounces > 0 || order.escalatedToLead);
    default:
      // Duplicates and outages are lists of their own; the map goes on showing what is open.
      return OPEN_STATES.has(order.status);
  }
}

/** What the list is cut down to beside its queue; empty means everything. */
export type Narrow = { status: string; grid: string; fault: string; tier: string };
export const NOTHING: Narrow = { status: "", grid: "", fault: "", tier: "" };

export function narrowed(order: Order, by: Narrow): boolean {
  return (
    (!by.status || order.status === by.status) &&
    (!by.grid || order.grid?.id === by.grid) &&
    (!by.fault || order.faultType === by.fault) &&
    (!by.tier || order.tier === by.tier));
}
