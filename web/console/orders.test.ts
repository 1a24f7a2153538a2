import { describe, expect, test } from "vitest";
import table from "../../tests/dispatch/orders/queue_cases.json";
import { canSee, dueOf, isLate, matches, narrowed, NOTHING, QUEUES, seesPositions, STATES, TABS, type Order } from "./orders";

const NOW = Date.parse("2026-03-10T04:00:00Z");
const inMinutes = (minutes: number): string => new Date(NOW + minutes * 60_000).toISOString();
const order = (given: Partial<Order> = {}): Order =>
  ({ id: "one", status: "accepted", owner: { id: "t", name: "Ann" }, level: "normal", bounces: 0, escalatedToLead: false, dueAt: inMinutes(180), callbackDueAt: null, waitingOn: null, grid: null, faultType: "no_internet", tier: "ordinary", ...given }) as Order;
const NONE: ReadonlySet<string> = new Set();
const queuesOf = (given: Partial<Order>, tooLate = NONE): string[] => QUEUES.filter((queue) => matches(order(given), queue, NOW, tooLate));

describe("which queues an order is in", () => {
  test("one that somebody works on in good time is open", () => {
    expect(queuesOf({})).toEqual(["open", "all"]);
  });
  test("every order is in `all`, and open until it is closed, cancelled or merged", () => {
    expect(STATES.filter((status) => !matches(order({ status }), "open", NOW, NONE))).toEqual(["closed", "cancelled", "merged"]);
    expect(STATES.every((status) => matches(order({ status }), "all", NOW, NONE))).toBe(true);
  });
  test("one that nobody owns is unassigned, but not once the work is done", () => {
    expect(queuesOf({ owner: null, status: "reported" })).toEqual(["open", "unassigned", "all"]);
    expect(queuesOf({ owner: null, status: "completed" })).toEqual(["open", "all"]);
  });
  test("one that is due within the hour is at risk, from this very minute on", () => {
    expect(queuesOf({ dueAt: inMinutes(59) })).toContain("at_risk");
    expect(queuesOf({ dueAt: inMinutes(60) })).not.toContain("at_risk");
    expect(queuesOf({ dueAt: inMinutes(0) })).toContain("at_risk");
  });
  test("one whose visit is planned to end after it is due is at risk however far away that is", () => {
    expect(queuesOf({ dueAt: inMinutes(600) }, new Set(["one"]))).toContain("at_risk");
    expect(queuesOf({ dueAt: inMinutes(600) }, new Set(["another"]))).not.toContain("at_risk");
  });
  test("a suspended one is never at risk, but late when its time is over", () => {
    expect(queuesOf({ status: "suspended", dueAt: inMinutes(10) })).toEqual(["open", "all"]);
    expect(queuesOf({ status: "suspended", dueAt: inMinutes(-1) })).toEqual(["open", "late", "all"]);
  });
  test("one past its due time is late and no longer at risk", () => {
    expect(queuesOf({ dueAt: inMinutes(-1) }, new Set(["one"]))).toEqual(["open", "late", "all"]);
  });
  test("one without a promise is due when it must be dispatched", () => {
    const waitingOn = { who: "dispatcher", due: inMinutes(-5) } as never;
    expect(queuesOf({ status: "reported", owner: null, dueAt: null, waitingOn })).toEqual(["open", "unassigned", "late", "all"]);
    expect(queuesOf({ status: "reported", owner: null, dueAt: null })).toEqual(["open", "unassigned", "all"]);
  });
  test("finished work is neither late nor at risk, however late its callback is", () => {
    expect(queuesOf({ status: "completed", callbackDueAt: inMinutes(-60) })).toEqual(["open", "all"]);
  });
  test("an urgent one is so until its work is done", () => {
    expect(queuesOf({ level: "urgent" })).toContain("urgent");
    expect(queuesOf({ level: "urgent", status: "completed" })).not.toContain("urgent");
  });
  test("one that came back from a technician or was handed up is bounced", () => {
    expect(queuesOf({ bounces: 1 })).toContain("bounced");
    expect(queuesOf({ escalatedToLead: true })).toContain("bounced");
    expect(queuesOf({ bounces: 1, status: "closed" })).toEqual(["all"]);
  });
  test.each(["duplicates", "outages"])("with the list of %s on the screen the map goes on showing what is open", (queue) => {
    expect(STATES.filter((status) => matches(order({ status }), queue, NOW, NONE))).toEqual(STATES.filter((status) => matches(order({ status }), "open", NOW, NONE)));
  });
});

describe("what an order counts down to", () => {
  test("is its promise while work is open, its callback once it is done, then nothing", () => {
    expect(dueOf(order())).toBe(inMinutes(180));
    expect(dueOf(order({ status: "completed", callbackDueAt: inMinutes(30) }))).toBe(inMinutes(30));
    expect(dueOf(order({ status: "closed" }))).toBeNull();
  });
  test("is late only after it, not at it", () => {
    expect([-1, 0, 1].map((minutes) => isLate(order({ dueAt: inMinutes(minutes) }), NOW))).toEqual([true, false, false]);
  });
});

describe("a filter", () => {
  const one = order({ grid: { id: "g", name: "North" } as never, tier: "vip" });
  test("that is empty lets everything through", () => {
    expect(narrowed(one, NOTHING)).toBe(true);
  });
  test("asks for all that it names", () => {
    expect(narrowed(one, { status: "accepted", grid: "g", fault: "no_internet", tier: "vip" })).toBe(true);
    for (const wrong of [{ status: "closed" }, { grid: "h" }, { fault: "slow" }, { tier: "ordinary" }]) expect(narrowed(one, { ...NOTHING, ...wrong })).toBe(false);
  });
  test("by grid leaves out what has none", () => {
    expect(narrowed(order(), { ...NOTHING, grid: "g" })).toBe(false);
  });
});

test("a role finds the tabs that it may read", () => {
  const tabs = (role: string | undefined): string[] => TABS.filter((tab) => canSee(tab, role));
  expect(tabs("administrator")).toEqual([...TABS]);
  expect(tabs("agent")).not.toContain("scores");
  expect(tabs("dispatcher")).not.toContain("checks");
  expect(tabs("inspector")).toContain("checks");
  expect(tabs(undefined)).toEqual([]);
});

describe("the cases that the server's queues are held to as well", () => {
  const now = Date.parse(table.now);
  test.each(table.cases)("$name", (found) => {
    const given = { id: "one", ...found.order } as unknown as Order;
    const visit = found.visit as { endedAt: string | null; plannedEnd: string } | null;
    const late = visit && visit.endedAt === null && given.dueAt !== null && visit.plannedEnd > given.dueAt;
    expect(table.queues.filter((queue) => matches(given, queue as never, now, late ? new Set(["one"]) : NONE))).toEqual(found.queues);
  });
});

test("only who sends technicians about is told where they are", () => {
  expect(["dispatcher", "grid_lead", "administrator"].every(seesPositions)).toBe(true);
  expect([undefined, "agent", "inspector", "manager", "observer", "technician"].some(seesPositions)).toBe(false);
});
