import type { StopView } from "./phone.svelte";
import type { Sheet } from "./nav.svelte";

export type BigAct = "accepted" | "contacted" | "departed" | "arrived" | "completed" | "resumed";

/** The act that fits now; null where only the dispatcher or the next visit can go on. `called`: the subscriber has been called already. */
export function bigAct(stop: Pick<StopView, "status" | "appointmentStart">, called: boolean): BigAct | null {
  switch (stop.status) {
    case "dispatched": return "accepted";
    case "accepted": return called || stop.appointmentStart ? "departed" : "contacted";
    case "en_route": return "arrived";
    case "on_site": return "completed";
    case "suspended": return "resumed";
    default: return null;
  }
}

/** What else can be said of a visit, in the order of how often it is needed. A request that waits for the dispatcher is not made twice. */
export function besides(stop: Pick<StopView, "status" | "pendingRequest" | "appointmentStart">, called: boolean): (Sheet | "departed")[] {
  const { status } = stop;
  if (!["dispatched", "accepted", "en_route", "on_site", "suspended"].includes(status)) return [];
  const started = status === "en_route" || status === "on_site";
  const asks = stop.pendingRequest === null;
  const found: (Sheet | "departed" | false)[] = [
    status === "on_site" && "nobody_home",
    status === "accepted" && !called && !stop.appointmentStart && "departed",
    (status === "accepted" && (called || stop.appointmentStart !== null) || started) && "contacted",
    status !== "dispatched" && status !== "suspended" && "rebooked",
    asks && (status === "accepted" || started) && "parts",
    asks && (status === "accepted" || started) && "suspension_requested",
    "help",
    status === "on_site" && "further_fault",
    asks && "return_requested",
  ];
  return found.filter((one) => one !== false);
}

/** The visit that comes now: the one that is under way, else the first that can be begun. */
export function nextVisit<Stop extends Pick<StopView, "status">>(stops: readonly Stop[]): Stop | null {
  return stops.find((stop) => stop.status === "on_site") ?? stops.find((stop) => stop.status === "en_route") ?? stops.find((stop) => ["dispatched", "accepted"].includes(stop.status)) ?? null;
}

const WITHIN_METRES = 300;
/** A fix that may err by more says nothing (`MOST_VAGUE` of the server's guards). */
const MOST_VAGUE_METRES = 1000;
const EARTH_METRES = 6_371_009;

/** Metres between two points, `[longitude, latitude]`. */
export function metresBetween(a: readonly number[], b: readonly number[]): number {
  const [lonA, latA, lonB, latB] = [a[0]!, a[1]!, b[0]!, b[1]!].map((degree) => (degree * Math.PI) / 180) as [number, number, number, number];
  const half = Math.sin((latB - latA) / 2) ** 2 + Math.cos(latA) * Math.cos(latB) * Math.sin((lonB - lonA) / 2) ** 2;
  return 2 * EARTH_METRES * Math.asin(Math.min(1, Math.sqrt(half)));
}

/**
 * Whether a check-in is at the place, as far as the phone can know: a fix that is 400 m vague is not held to 300 m, as the server reads it.
 * `far`: a reason is needed. `unknown`: no position, so a reason is needed as well. An order without a point takes any place.
 */
export function arrivalAt(place: readonly number[] | null, found: { point: readonly number[]; accuracy: number } | null): "there" | "far" | "unknown" {
  if (!place) return "there";
  if (!found) return "unknown";
  return metresBetween(place, found.point) <= WITHIN_METRES + Math.min(found.accuracy, MOST_VAGUE_METRES) ? "there" : "far";
}
