import type { Shade } from "../shared/map/grids";
import { number, percent } from "../shared/i18n.svelte";
import { isLate, type Order } from "./orders";
import type { Row } from "./timeline/rows";

export const MEASURES = ["none", "load", "risk", "backlog"] as const;
export type Measure = (typeof MEASURES)[number];

const WORKING = new Set(["reported", "dispatched", "accepted", "en_route", "on_site", "suspended"]);
/** Where each step of colour begins. Load is a share of rostered hours, risk a share of open orders, backlog a number of them. */
export const EDGES: Record<Exclude<Measure, "none" | "backlog">, readonly number[]> = { load: [0, 0.6, 0.8, 0.95, 1.05], risk: [0, 0.02, 0.1, 0.2, 0.35] };

/** Steps of the backlog: fifths of the largest one, so that a small town is not all calm and a large one not all red. */
export function backlogEdges(largest: number): number[] {
  const step = Math.max(1, Math.ceil(largest / 5));
  return [0, 1, 2, 3, 4].map((at) => at * step);
}

/**
 * What a measure says of each grid.
 *
 * - load: the load of those who work there that day, each weighted by the number of their visits there;
 * - risk: open orders that are late, or will end late or less than half an hour before they are due, of all open ones;
 * - backlog: open orders that nobody has begun.
 */
export function shadesOf(measure: Measure, grids: readonly { id: string }[], orders: Iterable<Order>, rows: readonly Row[], now: number): { shades: Map<string, Shade>; edges: readonly number[] } {
  const shades = new Map<string, Shade>();
  if (measure === "none") return { shades, edges: [] };
  const visits = new Map(rows.flatMap((row) => row.visits.map((visit) => [visit.id, { visit, load: row.load }] as const)));
  const sums = new Map(grids.map((grid) => [grid.id, { open: 0, risky: 0, waiting: 0, load: 0, weight: 0 }]));
  for (const order of orders) {
    const sum = order.grid ? sums.get(order.grid.id) : undefined;
    if (!sum) continue;
    const planned = visits.get(order.id);
    if (planned && planned.load !== null) {
      sum.load += planned.load;
      sum.weight++;
    }
    if (!WORKING.has(order.status)) continue;
    sum.open++;
    if (isLate(order, now) || (planned && (planned.visit.late > 0 || planned.visit.tight))) sum.risky++;
    if (order.status !== "en_route" && order.status !== "on_site") sum.waiting++;
  }
  const edges = measure === "backlog" ? backlogEdges(Math.max(0, ...[...sums.values()].map((sum) => sum.waiting))) : EDGES[measure];
  for (const [id, sum] of sums) {
    const value = measure === "backlog" ? sum.waiting : measure === "risk" ? (sum.open ? sum.risky / sum.open : 0) : sum.weight ? sum.load / sum.weight : null;
    if (value === null) continue;
    let step = 0;
    edges.forEach((edge, at) => {
      if (value >= edge) step = at;
    });
    shades.set(id, { step, text: measure === "backlog" ? number(value) : percent(Math.round(value * 100) / 100) });
  }
  return { shades, edges };
}

/** The words of a legend's step. */
export function stepText(measure: Measure, edges: readonly number[], at: number): string {
  const say = (value: number): string => (measure === "backlog" ? number(value) : percent(value));
  const next = edges[at + 1];
  return next === undefined ? `≥ ${say(edges[at] ?? 0)}` : `${say(edges[at] ?? 0)}–${say(next)}`;
}
