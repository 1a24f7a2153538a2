import { describe, expect, it } from "vitest";
import { arrivalAt, besides, bigAct, metresBetween, nextVisit } from "./nextAct";

const stop = (status: string, more: Record<string, unknown> = {}) => ({ status, appointmentStart: null, pendingRequest: null, ...more });

describe("the act that fits now", () => {
  it("goes from accepting to completing, calling first where nobody has called", () => {
    expect(["dispatched", "accepted", "en_route", "on_site", "completed"].map((status) => bigAct(stop(status), false))).toEqual(["accepted", "contacted", "arrived", "completed", null]);
    expect(bigAct(stop("accepted"), true)).toBe("departed");
    expect(bigAct(stop("accepted", { appointmentStart: "2026-03-10T02:00:00Z" }), false)).toBe("departed");
  });
  it("does not ask twice while the dispatcher decides", () => {
    expect(besides(stop("on_site"), true)).toEqual(expect.arrayContaining(["nobody_home", "parts", "suspension_requested", "return_requested", "further_fault", "help", "rebooked"]));
    const waiting = besides(stop("on_site", { pendingRequest: "suspension" }), true);
    expect(waiting).not.toEqual(expect.arrayContaining(["suspension_requested"]));
    expect(waiting).not.toEqual(expect.arrayContaining(["return_requested"]));
  });
  it("lets people drive without a call, and offers nothing for what is over", () => {
    expect(besides(stop("accepted"), false)).toContain("departed");
    expect(besides(stop("completed"), true)).toEqual([]);
  });
  it("is for the visit under way, else for the first that can be begun", () => {
    expect(nextVisit([stop("completed"), stop("accepted"), stop("on_site")])?.status).toBe("on_site");
    expect(nextVisit([stop("suspended"), stop("dispatched"), stop("accepted")])?.status).toBe("dispatched");
    expect(nextVisit([stop("completed")])).toBeNull();
  });
});

describe("a check-in", () => {
  const place = [121.4737, 31.2304];
  const east = (metres: number) => [place[0]! + metres / 95_100, place[1]!];
  it("measures metres", () => {
    expect(metresBetween(place, east(500))).toBeGreaterThan(490);
    expect(metresBetween(place, east(500))).toBeLessThan(510);
  });
  it("is held to 300 m and to what the phone can know", () => {
    expect(arrivalAt(place, { point: east(250), accuracy: 5 })).toBe("there");
    expect(arrivalAt(place, { point: east(500), accuracy: 20 })).toBe("far");
    expect(arrivalAt(place, { point: east(500), accuracy: 400 })).toBe("there");
    expect(arrivalAt(place, { point: east(1500), accuracy: 5000 })).toBe("far");
  });
  it("needs a reason without a position, but not where nobody knows the place", () => {
    expect(arrivalAt(place, null)).toBe("unknown");
    expect(arrivalAt(null, null)).toBe("there");
  });
});
