import { afterEach, describe, expect, test } from "vitest";
import { countdown, dateTime, day, duration, instant, isoDay, listed, locale, moment, number, offsetName, percent, setLanguage, setTimeZone, speak, time, weekdays } from "./i18n.svelte";

const { t, word } = speak({
  plain: { en: "All areas", zh: "全部区域" },
  many: { en: "{count} {count:order|orders} of {name}", zh: "{name}的 {count} 张工单" },
  "status.on_site": { en: "On site", zh: "处理中" },
  "status.with": { en: "With {name}", zh: "由{name}" },
});

afterEach(() => {
  setLanguage("en");
  setTimeZone("UTC");
});

describe("a sentence", () => {
  test("is in the chosen language", () => {
    expect(t("plain")).toBe("All areas");
    setLanguage("zh");
    expect(t("plain")).toBe("全部区域");
  });
  test("has its parameters, numbers as the language writes them, and the word that fits the count", () => {
    expect(t("many", { count: 1, name: "Ann" })).toBe("1 order of Ann");
    expect(t("many", { count: 12_345, name: "Ann" })).toBe("12,345 orders of Ann");
  });
  test("shows a dash where a parameter is missing", () => {
    expect(t("many", { count: 2 })).toBe("2 orders of –");
  });
  test("is in strange letters where somebody looks for what nobody translated, its parameters are not", () => {
    locale.pseudo = true;
    expect(t("many", { count: 1, name: "Ann" })).toMatch(/^⟦1 [^A-Za-z]+ [^A-Za-z]+ Ann⟧$/);
  });
});

describe("a code of the server", () => {
  test("has its words, with parameters", () => {
    expect(word("status", "on_site")).toBe("On site");
    expect(word("status", "with", { name: "Ann" })).toBe("With Ann");
  });
  test("without words is shown as it came, and nothing as a dash", () => {
    expect(word("status", "brand_new")).toBe("brand new");
    expect([word("status", null), word("status", undefined), word("status", "")]).toEqual(["–", "–", "–"]);
  });
});

describe("times are the area's", () => {
  test("in both languages", () => {
    setTimeZone("Asia/Shanghai");
    expect(time("2026-03-10T00:05:00Z")).toBe("08:05");
    expect(dateTime("2026-03-10T00:05:00Z")).toBe("10 Mar, 08:05");
    setLanguage("zh");
    expect(dateTime("2026-03-10T00:05:00Z")).toBe("3月10日 08:05");
  });
  test("midnight is 00:00, never 24:00", () => {
    setTimeZone("Asia/Shanghai");
    expect(time("2026-03-09T16:00:00Z")).toBe("00:00");
  });
  test("a moment of another day says its day", () => {
    setTimeZone("Asia/Shanghai");
    expect(moment("2026-03-10T00:05:00Z", "2026-03-10")).toBe("08:05");
    expect(moment("2026-03-10T00:05:00Z", "2026-03-09")).toBe("10 Mar 08:05");
  });
  test("follow daylight saving", () => {
    setTimeZone("America/Vancouver");
    expect([time("2026-03-08T09:59:00Z"), time("2026-03-08T10:00:00Z")]).toEqual(["01:59", "03:00"]);
    expect([offsetName(new Date("2026-03-08T09:59:00Z")), offsetName(new Date("2026-03-08T10:00:00Z"))]).toEqual(["GMT-8", "GMT-7"]);
    expect(instant("2026-07-01", "08:00").toISOString()).toBe("2026-07-01T15:00:00.000Z");
    expect(isoDay(new Date("2026-07-01T06:59:00Z"))).toBe("2026-06-30");
  });
  test("nothing is a dash", () => {
    expect([time(null), dateTime(undefined), moment(null, "2026-03-10")]).toEqual(["–", "–", "–"]);
  });
});

describe("days, numbers and lengths of time", () => {
  test("a day is long and in its language", () => {
    expect(day("2026-03-10")).toBe("Tue, 10 Mar 2026");
    expect(day("")).toBe("");
    expect(weekdays()).toEqual(["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]);
    setLanguage("zh");
    expect(weekdays()).toEqual(["一", "二", "三", "四", "五", "六", "日"]);
    expect(weekdays(true)[6]).toBe("星期日");
  });
  test("numbers have as many digits as asked", () => {
    expect([number(1234.5), number(1234.56, 1), number(null), percent(0.954), percent(undefined)]).toEqual(["1,235", "1,234.6", "–", "95.4%", "–"]);
  });
  test("a length of time is minutes, hours, and days from two days on, whichever sign it has", () => {
    expect([duration(59), duration(-600), duration(3_660), duration(48 * 3600)]).toEqual(["1 min", "10 min", "1 h 1 min", "2 d 0 h"]);
  });
  test("a countdown is as a clock has it", () => {
    expect([countdown(0), countdown(-605), countdown(3_599), countdown(47 * 3600 + 59 * 60)]).toEqual(["0:00", "0:10", "1:00", "47:59"]);
  });
  test("things in a row are parted as the language does", () => {
    expect(listed(["a", "b"])).toBe("a, b");
    setLanguage("zh");
    expect(listed(["a", "b"])).toBe("a、b");
  });
});
