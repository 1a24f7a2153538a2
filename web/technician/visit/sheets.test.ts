import { describe, expect, it } from "vitest";
import { sheetAct } from "./sheets";

const at = (day: string, time: string): string => `${day}T${time}:00Z`;
const window = { start: "2026-03-10T06:00:00Z", end: "2026-03-10T08:00:00Z" };

describe("a sheet becomes an act", () => {
  it("only when nothing is missing", () => {
    expect(sheetAct("contacted", {}, at)).toBeNull();
    expect(sheetAct("contacted", { reached: true, booked: true }, at)).toBeNull();
    expect(sheetAct("rebooked", { ...window }, at)).toBeNull();
    expect(sheetAct("parts", { reason: "material_cable" }, at)).toBeNull();
    expect(sheetAct("return_requested", { note: "x" }, at)).toBeNull();
    expect(sheetAct("further_fault", { fault: "slow" }, at)).toBeNull();
  });
  it("with what was said", () => {
    expect(sheetAct("contacted", { reached: false, note: " rang twice " }, at)).toEqual({ type: "contacted", reached: false, note: "rang twice" });
    expect(sheetAct("contacted", { reached: true, booked: true, ...window }, at)).toMatchObject({ windowStart: window.start, windowEnd: window.end });
    expect(sheetAct("parts", { reason: "material_cable", resumeDay: "2026-03-11", resumeTime: "09:00", photos: ["p"] }, at)).toEqual({ type: "suspension_requested", reason: "material_cable", resumeAt: "2026-03-11T09:00:00Z", photoIds: ["p"] });
    expect(sheetAct("help", { help: "second_person" }, at)).toMatchObject({ type: "noted", evidence: { wish: "help", kind: "second_person" } });
  });
});
