import { describe, expect, it } from "vitest";
import { metresBetween } from "./nextAct";
import { mayWatch, worthKeeping, type Seen } from "./watching";

const shift = { start: "2026-03-10T00:00:00Z", end: "2026-03-10T09:00:00Z", breaks: [] };
const now = { consent: true, shift, at: Date.parse("2026-03-10T03:00:00Z"), pausing: false, driving: true };

describe("positions are looked at", () => {
  it("on the way, in the shift, after consent", () => expect(mayWatch(now)).toBe(true));
  it.each([
    ["consent", { consent: false }], ["a shift", { shift: null }], ["the shift's hours", { at: Date.parse("2026-03-10T10:00:00Z") }],
    ["a break", { pausing: true }], ["a drive", { driving: false }],
  ] as const)("never without regard to %s", (_, change) => expect(mayWatch({ ...now, ...change })).toBe(false));
});

it("two hours of a phone that lies still and wanders by 80 m add less than 100 m", () => {
  let random = 7;
  const noise = (): number => ((random = (random * 16807) % 2147483647) / 2147483647 - 0.5) * 2;
  let last: Seen | null = null;
  let metres = 0;
  for (let second = 0; second < 7200; second += 5) {
    const seen: Seen = { point: [121.47 + (noise() * 80) / 95_100, 31.23 + (noise() * 80) / 111_000], accuracy: 80, at: second * 1000 };
    if (!worthKeeping(seen, last)) continue;
    if (last) metres += metresBetween(last.point, seen.point);
    last = seen;
  }
  expect(last).not.toBeNull();
  expect(metres).toBeLessThan(100);
});

it("a drive is kept, and a vague position is not", () => {
  const at = (metres: number, accuracy: number, second: number): Seen => ({ point: [121.47 + metres / 95_100, 31.23], accuracy, at: second * 1000 });
  expect(worthKeeping(at(120, 10, 20), at(0, 10, 0))).toBe(true);
  expect(worthKeeping(at(20, 10, 20), at(0, 10, 0))).toBe(false);
  expect(worthKeeping(at(900, 500, 20), at(0, 10, 0))).toBe(false);
});
