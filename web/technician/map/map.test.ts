import { describe, expect, it } from "vitest";
import { toBd09, toGcj02 } from "./coordinates";
import { systemOf, usualApp, wayTo } from "./navigate";

// The same points through the server's own conversion (kit/geo).
const KNOWN = [
  [[121.4737, 31.2304], [121.47822305927693, 31.22845773757727], [121.484781468503, 31.234310593689997]],
  [[104.0657, 30.6595], [104.06820739998749, 30.657079144677592], [104.0747017028295, 30.663109266260737]],
  [[87.6168, 43.8256], [87.61964994946926, 43.82680539311119], [87.62609977081571, 43.83294979479328]],
] as const;

describe("Chinese map systems", () => {
  it.each(KNOWN)("has the server's coordinates for %j", (wgs84, gcj02, bd09) => {
    toGcj02(wgs84).forEach((degrees, axis) => expect(degrees).toBeCloseTo(gcj02[axis]!, 9));
    toBd09(wgs84).forEach((degrees, axis) => expect(degrees).toBeCloseTo(bd09[axis]!, 9));
  });
});

describe("the way to a place", () => {
  const place = KNOWN[0][0];
  it("is told to each app in the system that it counts in", () => {
    expect(wayTo("amap", place, "长江路 1", "android")).toContain("dlat=31.228458&dlon=121.478223");
    expect(wayTo("amap", place, "x", "ios")).toMatch(/^iosamap:/);
    expect(wayTo("amap", place, "x", "other")).toContain("to=121.478223,31.228458");
    expect(wayTo("baidu", place, "x", "android")).toContain("latlng:31.234311,121.484781");
    expect(wayTo("google", place, "x", "android")).toContain("destination=31.230400,121.473700");
    expect(wayTo("apple", place, "x", "ios")).toContain("daddr=31.230400,121.473700");
    expect(wayTo("geo", place, "A & B", "android")).toBe("geo:31.230400,121.473700?q=31.230400,121.473700(A%20%26%20B)");
  });
  it("begins with the app that most people of the phone have", () => {
    const android = systemOf("Mozilla/5.0 (Linux; Android 13; Redmi)");
    expect([usualApp(android, true), usualApp(android, false), usualApp(systemOf("… iPhone OS 17"), false)]).toEqual(["amap", "geo", "apple"]);
  });
});
