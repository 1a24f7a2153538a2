import { describe, expect, test } from "vitest";
import { backlogEdges, shadesOf, stepText } from "./gridShading";
import type { Order } from "./orders";
import type { Row } from "./timeline/rows";

const NOW = Date.parse("2026-03-10T04:00:00Z");
const order = (id: string, grid: string | null, status = "accepted", minutes = 600): Order =>
  ({ id, status, grid: grid && { id: grid }, dueAt: new Date(NOW + minutes * 60_000).toISOString(), waitingOn: null }) as unknown as Order;
const person = (load: number, ...visits: { id: string; late?: number; tight?: boolean }[]): Row => ({ load, visits: visits.map((one) => ({ late: 0, tight: false, ...one })) }) as unknown as Row;
const GRIDS = [{ id: "g" }, { id: "h" }];

describe("the colour of a grid", () => {
  test("by load weighs each person by the visits made there; nobody there is no colour", () => {
    const { shades } = shadesOf("load", GRIDS, [order("a", "g"), order("b", "g"), order("c", "g")], [person(1.2, { id: "a" }, { id: "b" }), person(0.3, { id: "c" })], NOW);
    expect(shades.get("g")).toEqual({ step: 2, text: "90%" });
    expect(shades.has("h")).toBe(false);
  });
  test("by risk is the share of open orders that are late or will be", () => {
    const orders = [order("a", "g", "accepted", -1), order("b", "g"), order("c", "g"), order("d", "g"), order("e", "g", "completed", -1)];
    const { shades } = shadesOf("risk", GRIDS, orders, [person(0.5, { id: "b", tight: true })], NOW);
    expect(shades.get("g")).toEqual({ step: 4, text: "50%" });
    expect(shades.get("h")).toEqual({ step: 0, text: "0%" });
  });
  test("by backlog counts what nobody has begun", () => {
    const orders = [order("a", "g"), order("b", "g", "on_site"), order("c", "g", "reported"), order("d", null)];
    expect(shadesOf("backlog", GRIDS, orders, [], NOW).shades.get("g")).toEqual({ step: 2, text: "2" });
  });
  test("is none where none is asked for", () => {
    expect(shadesOf("none", GRIDS, [order("a", "g")], [], NOW).shades.size).toBe(0);
  });
});

test("the steps of the backlog are fifths of the largest one, never less than one", () => {
  expect([backlogEdges(0), backlogEdges(3), backlogEdges(26)]).toEqual([[0, 1, 2, 3, 4], [0, 1, 2, 3, 4], [0, 6, 12, 18, 24]]);
});

test("a legend says where a step begins and ends", () => {
  expect([stepText("load", [0, 0.6], 0), stepText("load", [0, 0.6], 1), stepText("backlog", [0, 6], 1)]).toEqual(["0%–60%", "≥ 60%", "≥ 6"]);
});
