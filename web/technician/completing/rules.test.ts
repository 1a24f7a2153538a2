import { describe, expect, it } from "vitest";
import type { Guide, Reading } from "../day";
import { actOf, judge, leaves, missing, numberOf, search, withMaterial, type Form } from "./rules";

const power: Reading = { key: "rx_power", name: { en: "Optical power", zh: "光功率" }, unit: "dBm", low: -27, high: -8, required: true };
const guide: Guide = {
  code: "no_signal",
  causes: [{ code: "fibre", name: { en: "Fibre", zh: "光纤" }, within: [{ code: "bent", name: { en: "Bent too far", zh: "弯折过度" } }] }, { code: "terminal", name: { en: "Terminal", zh: "终端" } }],
  actions: [], readings: [power], checklist: [{ key: "tidy", name: { en: "Tidied up", zh: "已清理" } }], photos: { before: 1, after: 1 },
};
const whole: Form = { cause: "fibre", causeDetail: "bent", action: "repaired", readings: { rx_power: "-21,5" }, before: ["b"], after: ["a"], checklist: ["tidy"], signedWith: "code", code: " 1234 ", asked: true };

describe("the tree of causes", () => {
  it("has each branch with its way, and is searched in both languages", () => {
    const all = leaves(guide.causes);
    expect(all.map((leaf) => [leaf.within, leaf.code])).toEqual([[null, "fibre"], ["fibre", "bent"], [null, "terminal"]]);
    expect(search(all, "弯折").map((leaf) => leaf.code)).toEqual(["bent"]);
    expect(search(all, "fibre BENT").map((leaf) => leaf.code)).toEqual(["bent"]);
    expect(search(all, "nothing")).toEqual([]);
  });
});

describe("a reading", () => {
  it.each([["-21.5", -21.5], ["−21,5", -21.5], ["－8", -8], ["+3", 3], ["", null], ["-", null], ["12 dBm", null]] as const)("%j is %j", (text, value) => {
    expect(numberOf(text)).toBe(value);
  });
  it("is judged by its limits, both inclusive", () => {
    expect(["-27", "-8", "-27.1", "-7.9", "x", " "].map((text) => judge(power, text))).toEqual(["ok", "ok", "outside", "outside", "no_number", "empty"]);
  });
});

describe("completing", () => {
  it("names what is missing in the order of the page", () => {
    expect(missing({}, guide)).toEqual(["cause", "action", "readings", "before", "after", "checklist", "signature", "asked"]);
    expect(missing(whole, guide)).toEqual([]);
  });
  it("wants a reading outside its limits measured again or explained", () => {
    const low = { ...whole, readings: { rx_power: "-30" } };
    expect(missing(low, guide)).toEqual(["readings"]);
    expect(missing({ ...low, readingReasons: { rx_power: "old cable" } }, guide)).toEqual([]);
  });
  it("takes strokes or a code, as was chosen", () => {
    expect(missing({ ...whole, signedWith: "signature" }, guide)).toEqual(["signature"]);
    expect(missing({ ...whole, signedWith: "signature", strokes: [{}] }, guide)).toEqual([]);
  });
  it("becomes an act with numbers, and reasons only for what lies outside", () => {
    const act = actOf({ ...whole, readingReasons: { rx_power: "left from before" } }, guide, null);
    expect(act).toMatchObject({ type: "completed", cause: "fibre", causeDetail: "bent", readings: { rx_power: -21.5 }, photoIds: ["b", "a"], finishCode: "1234", checklist: ["tidy"], subscriberAsked: true });
    expect(act).not.toHaveProperty("readingReasons");
    expect(actOf({ ...whole, readings: { rx_power: "-30" }, readingReasons: { rx_power: "old cable" } }, guide, "s")).toMatchObject({ readingReasons: { rx_power: "old cable" }, signaturePhotoId: "s" });
  });
});

describe("materials", () => {
  it("counts what is picked again, but a serial number once", () => {
    const picked = { code: "drop_cable", name: "Drop cable", scanned: false };
    const serial = { code: "HW123", name: "HW123", scanned: true };
    const list = [picked, picked, serial, serial].reduce(withMaterial, []);
    expect(list.map((one) => [one.code, one.count])).toEqual([["drop_cable", 2], ["HW123", 1]]);
  });
});
