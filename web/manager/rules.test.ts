import { expect, test } from "vitest";
import { changesOf, dayAfter, draftOf, inForceAt, limitsThat, read, replaced, untried, written } from "./rules";

const late = { code: "late", weight: 20, target: 0.95, baseline: 0.87 };
const share = (): number => 100;

test("a rule that nobody touched is no change", () => {
  expect(changesOf([late], [draftOf(late, 100)], share)).toEqual([]);
});

test("shares are written as percentages, and only what was changed is sent", () => {
  expect(draftOf(late, 100)).toEqual({ code: "late", weight: "20", target: "95", baseline: "87" });
  expect(changesOf([late], [{ ...draftOf(late, 100), target: "92.5" }], share)).toEqual([{ code: "late", weight: null, target: 0.925, baseline: null }]);
});

test("a number and its text are the same again", () => {
  for (const value of [0, 0.051, 0.333, 1]) expect(read(written(value, 100), 100)).toBeCloseTo(value, 5);
  expect(written(0.001, 10_000)).toBe("10");
  expect(read("12", 10_000)).toBeCloseTo(0.0012, 8);
  expect(read("", 100)).toBeNull();
  expect(read("x", 1)).toBeNull();
});

test("rules count from the first day of the next month", () => {
  expect(dayAfter("2026-03")).toBe("2026-04-01");
  expect(dayAfter("2026-12")).toBe("2027-01-01");
});

test("the policy of a month is the one that began last before it", () => {
  const [first, second] = [{ validFrom: "2026-01-01T00:00:00Z" }, { validFrom: "2026-03-01T08:00:00+08:00" }];
  expect(inForceAt([second, first], Date.parse("2026-02-01T00:00:00Z"))).toBe(first);
  expect(inForceAt([second, first], Date.parse("2026-03-01T00:00:00Z"))).toBe(second);
  expect(inForceAt([second, first], Date.parse("2025-01-01T00:00:00Z"))).toBe(first);
});

test("a month under other rules is told what they do differently, and nothing else", () => {
  expect(limitsThat({ deductLate: 2, leastOrders: 20, nightStarts: "20:00" }, { deductLate: 3, leastOrders: 20, nightStarts: "22:00" })).toEqual({ deductLate: 3 });
  const mine = [{ ...late, active: true }, { code: "calm", weight: 5, target: 0.9, baseline: null, active: true }];
  expect(replaced(mine, mine)).toEqual([]);
  expect(replaced(mine, [{ ...late, target: 0.9, active: true }])).toEqual([
    { code: "late", weight: null, target: 0.9, baseline: null },
    { code: "calm", weight: 0, target: null, baseline: null },
  ]);
});

test("every number that takes points or a rank is compared", () => {
  expect(limitsThat({ deductHotline: 10, deductComplaint: 5, leastSubscribers: 100 }, { deductHotline: 20, deductComplaint: 6, leastSubscribers: 50 })).toEqual({
    deductHotline: 20, deductComplaint: 6, leastSubscribers: 50,
  });
});

const watched = { code: "calm", weight: 0, target: null, baseline: null, active: true };
const active = { ...late, active: true, atMost: false, definition: { of: "orders" } };

test("two months with the same rules leave nothing untried", () => {
  expect(untried([active, watched], [active, watched], { repairSeconds: 1 }, { repairSeconds: 1, arrivalRadiusMetres: 9 })).toEqual([]);
});

test("an indicator that one of two months has not is told", () => {
  expect(untried([active], [active, { ...late, code: "new", active: true }, { ...late, code: "off", active: false }], {}, {})).toEqual([{ what: "missing", code: "new" }]);
  expect(untried([active, watched], [active], {}, {})).toEqual([{ what: "extra", code: "calm" }]);
  expect(untried([active], [], {}, {})).toEqual([]); // tried with a weight of 0
});

test("a baseline that the other month has not is told and not sent as one", () => {
  const without = { ...active, baseline: null };
  expect(replaced([active], [without])).toEqual([]);
  expect(untried([active], [without], {}, {})).toEqual([{ what: "baseline", code: "late" }]);
  expect(untried([without], [active], {}, {})).toEqual([]);
  expect(replaced([without], [active])).toEqual([{ code: "late", weight: null, target: null, baseline: 0.87 }]);
});

test("an indicator without a target is scored by nobody, so it is tried without weight", () => {
  const without = { ...active, target: null, baseline: null };
  expect(replaced([active], [without])).toEqual([{ code: "late", weight: 0, target: null, baseline: null }]);
  expect(untried([active], [without], {}, {})).toEqual([]);
  expect(untried([{ ...active, weight: 0 }], [{ ...without, weight: 0 }], {}, {})).toEqual([{ what: "target", code: "late" }]);
});

test("an indicator that counts something else is told, and so are the times of orders", () => {
  expect(untried([active], [{ ...active, definition: { of: "visits" } }], {}, {})).toEqual([{ what: "definition", code: "late" }]);
  expect(untried([active], [{ ...active, atMost: true }], {}, {})).toEqual([{ what: "definition", code: "late" }]);
  expect(untried([active], [active], { repairSeconds: 14_400 }, { repairSeconds: 7200 })).toEqual([{ what: "promises" }]);
  expect(untried([active], [active], { tiersWithoutNight: ["vip"] }, { tiersWithoutNight: [] })).toEqual([{ what: "promises" }]);
});
