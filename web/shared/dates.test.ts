import { describe, expect, test } from "vitest";
import { addDays, addMonths, instantIn, isoDayIn, weekdayOf } from "./dates";

const at = (zone: string, day: string, time?: string): string => instantIn(zone, day, time).toISOString();

describe("the moment of a local time", () => {
  test("is hours before UTC's in the east and after it in the west", () => {
    expect(at("Asia/Shanghai", "2026-03-10", "08:30")).toBe("2026-03-10T00:30:00.000Z");
    expect(at("America/Vancouver", "2026-01-10", "08:30")).toBe("2026-01-10T16:30:00.000Z");
  });
  test("without a time is the day's beginning", () => {
    expect(at("Asia/Shanghai", "2026-03-10")).toBe("2026-03-09T16:00:00.000Z");
  });
  test("knows zones that are not whole hours away", () => {
    expect(at("Asia/Kathmandu", "2026-06-01", "00:00")).toBe("2026-05-31T18:15:00.000Z");
  });
  test("before and after the clocks go forward has the offset of its own hour", () => {
    expect(at("America/Vancouver", "2026-03-08", "01:59")).toBe("2026-03-08T09:59:00.000Z");
    expect(at("America/Vancouver", "2026-03-08", "03:00")).toBe("2026-03-08T10:00:00.000Z");
  });
  test("in the hour that is skipped stays beside that hour", () => {
    // 02:30 does not exist: an hour earlier or later by the clock is the same distance away.
    const skipped = instantIn("America/Vancouver", "2026-03-08", "02:30").getTime();
    expect(["2026-03-08T09:30:00.000Z", "2026-03-08T10:30:00.000Z"]).toContain(new Date(skipped).toISOString());
  });
  test("before and after the clocks go back has the offset of its own hour", () => {
    expect(at("America/Vancouver", "2026-11-01", "00:30")).toBe("2026-11-01T07:30:00.000Z");
    expect(at("America/Vancouver", "2026-11-01", "02:30")).toBe("2026-11-01T10:30:00.000Z");
  });
  test("in the hour that comes twice is one of the two", () => {
    expect(["2026-11-01T08:30:00.000Z", "2026-11-01T09:30:00.000Z"]).toContain(at("America/Vancouver", "2026-11-01", "01:30"));
  });
  test("makes the days of a change 23 and 25 hours long", () => {
    const hours = (day: string): number => (instantIn("America/Vancouver", addDays(day, 1)).getTime() - instantIn("America/Vancouver", day).getTime()) / 3_600_000;
    expect(["2026-03-07", "2026-03-08", "2026-11-01", "2026-11-02"].map(hours)).toEqual([24, 23, 25, 24]);
  });
  test("is found where the clocks change at midnight", () => {
    expect(at("America/Santiago", "2026-09-06", "12:00")).toBe("2026-09-06T15:00:00.000Z");
  });
  test.each(["Asia/Shanghai", "America/Vancouver", "Australia/Lord_Howe", "UTC"])("comes back to its own day in %s", (zone) => {
    for (let day = "2026-01-01"; day < "2027-01-01"; day = addDays(day, 1)) expect(isoDayIn(zone, instantIn(zone, day, "12:00"))).toBe(day);
  });
});

describe("a day of the calendar", () => {
  test("of a moment is the zone's, not Greenwich's", () => {
    const moment = new Date("2026-03-09T20:00:00Z");
    expect(["Asia/Shanghai", "UTC", "America/Vancouver"].map((zone) => isoDayIn(zone, moment))).toEqual(["2026-03-10", "2026-03-09", "2026-03-09"]);
  });
  test("goes over ends of months, years and February", () => {
    expect([addDays("2026-12-31", 1), addDays("2026-01-01", -1), addDays("2028-02-28", 1), addDays("2026-02-28", 1)]).toEqual(["2027-01-01", "2025-12-31", "2028-02-29", "2026-03-01"]);
  });
  test("of another month is that month's last where it is too short", () => {
    expect([addMonths("2026-01-31", 1), addMonths("2028-01-31", 1), addMonths("2026-03-31", -1), addMonths("2026-12-15", 1), addMonths("2026-01-15", -1)]).toEqual([
      "2026-02-28", "2028-02-29", "2026-02-28", "2027-01-15", "2025-12-15",
    ]);
  });
  test("has its weekday counted from Monday", () => {
    expect([weekdayOf("2026-11-30"), weekdayOf("2026-11-29")]).toEqual([0, 6]);
  });
});
