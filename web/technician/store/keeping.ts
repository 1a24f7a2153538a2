import type { Schemas } from "../../shared/client";
import type { Store } from "./database";
import type { StoredAct } from "./rows";

export type Route = Schemas["MobileRoute"];
export type Stop = Schemas["RouteStop"];
export type OrderNow = Schemas["OrderNow"];

/** Who works with this phone, as far as it must be known without a network. */
export interface KeptAccount {
  id: string;
  name: string;
  language: string;
  token: string;
}
export interface KeptRoute {
  route: Route;
  etag: string;
  /** When the server said so, milliseconds. */
  at: number;
}
/** The streets between the stops of a route, `[longitude, latitude]`; `through` says which stops. */
export interface KeptStreets {
  through: string;
  line: number[][];
}
export interface KeptArea {
  area: Schemas["AreaOut"];
  faultTypes: Schemas["FaultTypeOut"][];
  reasons: Schemas["ReasonOut"][];
  clock: { now: number; at: number; speed: number; replay: boolean } | null;
}

/** The keys of what is kept by itself; what belongs to a person has the account's id behind it. */
export const KEYS = { account: "account", skew: "skew", contact: "contact", marker: "marker", loss: "loss", leaving: "leaving" } as const;
export const routeKey = (account: string): string => `route/${account}`;
export const areaKey = (account: string): string => `area/${account}`;
export const streetsKey = (account: string): string => `streets/${account}`;
export const placeKey = (account: string): string => `place/${account}`;

export async function kept<T>(store: Store, key: string): Promise<T | null> {
  const tx = store.transaction("kept");
  // Where the browser takes the store away meanwhile, the reading says so, and that is enough.
  tx.done.catch(() => undefined);
  return ((await tx.store.get(key)) as T | undefined) ?? null;
}
export async function keep(store: Store, key: string, value: unknown): Promise<void> {
  await store.put("kept", value, key);
}

/** What an act does to a stop, as the page shows it until the server has answered. */
export function effect(stop: Stop, row: StoredAct): Stop {
  const act = row.act as Record<string, string | undefined> & { type: string };
  switch (act.type) {
    case "accepted": return { ...stop, status: "accepted" };
    case "departed": return { ...stop, status: "en_route" };
    case "arrived": return { ...stop, status: "on_site" };
    case "completed": return { ...stop, status: "completed" };
    case "nobody_home": return { ...stop, status: "accepted", pendingRequest: null };
    case "resumed": return { ...stop, status: "accepted", suspendedUntil: null, pendingRequest: null };
    case "suspension_requested": return { ...stop, pendingRequest: "suspension" };
    case "return_requested": return { ...stop, pendingRequest: "return" };
    case "contacted":
    case "rebooked": {
      const booked = act["windowEnd"] ? { appointmentStart: act["windowStart"] ?? null, appointmentEnd: act["windowEnd"] } : {};
      const over = act.type === "rebooked" && ["en_route", "on_site"].includes(stop.status) ? { status: "accepted" } : {};
      return { ...stop, ...booked, ...over };
    }
    default: return stop;
  }
}

/** The route after the server said where one order stands. A stop that was taken away stays until the route says so itself. */
export function caughtUp(route: Route, order: OrderNow): Route {
  const with_ = (stop: Stop): Stop =>
    stop.orderId !== order.id ? stop : {
      ...stop, status: order.status, version: order.version,
      ...(order.mine ? { dueAt: order.dueAt ?? null, appointmentStart: order.appointmentStart ?? null, appointmentEnd: order.appointmentEnd ?? null, pendingRequest: order.pendingRequest ?? null } : {}),
    };
  return { ...route, stops: route.stops.map(with_), waiting: route.waiting.map(with_) };
}
