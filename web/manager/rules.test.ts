import { expect, test } from "vitest";
import { changesOf, dayAfter, draftOf, read, written } from "./rules";

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
