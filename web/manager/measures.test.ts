import { expect, test } from "vitest";
import { changeOf, heat, meets, narrowedBy, onTimeByWeek, seriesOf, sparkline, stepOf, valueOf } from "./measures";

const one = { score: 80, numbers: { late: { value: null, numerator: 0, denominator: 0, interval: null } }, past: [{ score: 70, values: { late: 0.1 } }] };

test("no cases are no value, and never zero", () => {
  expect(valueOf(one, "late")).toBeNull();
  expect(seriesOf(one, "late")).toEqual([0.1, null]);
  expect(stepOf(null, [1, 2], false)).toBeNull();
  expect(meets(null, { target: 0.9, atMost: false })).toBeNull();
});

test("less is better where the target is a most", () => {
  expect(meets(0.04, { target: 0.05, atMost: true })).toBe(true);
  expect(meets(0.94, { target: 0.95, atMost: false })).toBe(false);
  expect(changeOf([0.1, 0.2], true)).toBe(-1);
  expect(changeOf([70, 80], false)).toBe(1);
  expect(changeOf([null, 80], false)).toBeNull();
});

test("colours run from the best to the worst", () => {
  expect(stepOf(100, [0, 50, 100], false)).toBe(0);
  expect(stepOf(0, [0, 50, 100], false)).toBe(4);
  expect(stepOf(0, [0, 50, 100], true)).toBe(0);
});

test("a sparkline has a gap where a month has no data", () => {
  expect(sparkline([1, 2, null, 3], 60, 20)).toHaveLength(2);
  expect(sparkline([null, null], 60, 20)).toEqual([]);
});

test("weeks begin on Mondays, and a week in which nothing was completed has no share", () => {
  const day = (date: string, completed: number, late: number, backlog: number) => ({ day: date, completed, late, backlog });
  const weeks = onTimeByWeek([day("2026-02-28", 4, 1, 2), day("2026-03-01", 0, 0, 3), day("2026-03-02", 0, 0, 5)]);
  expect(weeks).toEqual([
    { from: "2026-02-28", completed: 4, onTime: 0.75, backlog: 3 },
    { from: "2026-03-02", completed: 0, onTime: null, backlog: 5 },
  ]);
});

test("the colour of an hour is of faults for one such day, and an hour without faults has none", () => {
  const week = heat([{ weekday: 1, hour: 8, faults: 4 }, { weekday: 2, hour: 8, faults: 4 }], [4, 8, 4, 4, 4, 4, 4]);
  expect(week).toHaveLength(7);
  expect(week[0]!.cells[8]).toEqual({ faults: 4, step: 4 });
  expect(week[1]!.cells[8]).toEqual({ faults: 4, step: 2 });
  expect(week[2]!.cells[8]).toEqual({ faults: 0, step: null });
  expect(week.map((row) => row.faults)).toEqual([4, 4, 0, 0, 0, 0, 0]);
});

test("the way back names only what the numbers of a view follow", () => {
  for (const view of ["outages", "faults", "voice"]) expect(narrowedBy(view, null)).toEqual(["grid"]);
  expect(narrowedBy("hours", null)).toEqual(["grid", "technician"]);
  expect(narrowedBy("overview", null)).toEqual(["grid", "contractor", "team", "technician"]);
  expect(narrowedBy("compare", null)).toEqual(["grid", "contractor", "team", "technician"]);
  expect(narrowedBy("compare", "technician")).toEqual(["contractor", "team"]);
  for (const side of ["grid", "contractor", "team", "rules"]) expect(narrowedBy("compare", side)).toEqual([]);
  for (const view of ["settlement", "closing", "decisions", "rules", "alerts", "saved", "outlook", "bulletin"]) expect(narrowedBy(view, null)).toEqual([]);
});

test("what is compared side by side stays out of the way back of other views", () => {
  expect(narrowedBy("voice", "rules")).toEqual(["grid"]);
  expect(narrowedBy("overview", "contractor")).toEqual(["grid", "contractor", "team", "technician"]);
});
