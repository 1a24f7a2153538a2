import { expect, it } from "vitest";
import { slots } from "./slots";

const at = (day: string, time: string): number => Date.parse(`${day}T${time}:00Z`);
const times = (list: ReturnType<typeof slots>): string[] => list.map((slot) => `${new Date(slot.start).toISOString().slice(8, 16)}–${new Date(slot.end).toISOString().slice(11, 16)}`);

it("offers the window of the plan first, then the day's, then tomorrow's", () => {
  const found = slots(at("2026-03-10", "09:20"), "2026-03-10", "2026-03-11", at("2026-03-10", "14:30"), at);
  expect(times(found)).toEqual(["10T14:00–16:00", "10T10:00–12:00", "10T12:00–14:00", "10T16:00–18:00", "10T18:00–20:00"]);
});
it("offers no window of which less than an hour is left", () => {
  expect(times(slots(at("2026-03-10", "19:30"), "2026-03-10", "2026-03-11", null, at))).toEqual(["11T10:00–12:00", "11T14:00–16:00"]);
});
