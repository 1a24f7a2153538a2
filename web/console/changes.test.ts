import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { changes } from "./changes";
import type { Order } from "./orders";
import { workday } from "./workday.svelte";

const order = (version: number): Order => ({ id: "one", version, areaId: "elsewhere" }) as Order;
const read = { refresh: vi.fn(), loadOrders: vi.fn(), loadRoutes: vi.fn(), loadWorklists: vi.fn() };
const calls = (): Record<string, number> => Object.fromEntries(Object.entries(read).map(([name, spy]) => [name, spy.mock.calls.length]));
const NOTHING = { refresh: 0, loadOrders: 0, loadRoutes: 0, loadWorklists: 0 };

beforeEach(() => {
  vi.useFakeTimers();
  vi.advanceTimersByTime(1);
  for (const [name, spy] of Object.entries(read)) vi.spyOn(workday, name as keyof typeof read).mockImplementation(spy.mockReset().mockResolvedValue(undefined));
  workday.routesAskedAt = workday.worklistsAskedAt = 0;
});
afterEach(() => {
  changes.forget();
  vi.useRealTimers();
  vi.restoreAllMocks();
});
const soon = (): Promise<unknown> => vi.advanceTimersByTimeAsync(500);

describe("what the feed tells", () => {
  test("of an order is read once, with its routes and worklists", async () => {
    changes.note([{ topic: "order", key: "a", version: 2 }, { topic: "order", key: "a", version: 3 }]);
    await soon();
    expect(calls()).toEqual({ ...NOTHING, refresh: 1, loadRoutes: 1, loadWorklists: 1 });
    expect(read.refresh).toHaveBeenCalledWith("a");
    expect(workday.changed.has("a")).toBe(true);
  });
  test("of a version that the page holds already is no news", async () => {
    workday.put(order(5));
    changes.note([{ topic: "order", key: "one", version: 5 }]);
    await soon();
    expect(calls()).toEqual(NOTHING);
  });
  test("of a newer version, or without a version, is read", async () => {
    workday.put(order(6));
    changes.note([{ topic: "order", key: "one", version: 7 }]);
    await soon();
    changes.note([{ topic: "order", key: "one" }]);
    await soon();
    expect(read.refresh).toHaveBeenCalledTimes(2);
  });
  test("of this page's own act waits for the answer, which makes it no news", async () => {
    let answer = (): void => undefined;
    const acting = changes.whileActing(() => new Promise<void>((done) => (answer = done)));
    changes.note([{ topic: "order", key: "one", version: 9 }]);
    await soon();
    workday.put(order(9));
    answer();
    await acting;
    await soon();
    expect(calls()).toEqual(NOTHING);
  });
  test("is read all the same where an answer does not come", async () => {
    let answer = (): void => undefined;
    const acting = changes.whileActing(() => new Promise<void>((done) => (answer = done)));
    changes.note([{ topic: "order", key: "one", version: 12 }]);
    await vi.advanceTimersByTimeAsync(4000);
    expect(read.refresh).toHaveBeenCalledTimes(1);
    answer();
    await acting;
  });
  test("of a route before the routes were asked for is in their answer", async () => {
    changes.note([{ topic: "route", key: "t" }]);
    await vi.advanceTimersByTimeAsync(10);
    workday.routesAskedAt = performance.now();
    await soon();
    expect(calls()).toEqual(NOTHING);
  });
  test("of a planning run is nothing that anybody must read, of a plan it is", async () => {
    const before = workday.planTouched;
    changes.note([{ topic: "plan_run", key: "r" }]);
    await soon();
    expect([workday.planTouched, calls()]).toEqual([before, NOTHING]);
    changes.note([{ topic: "plan", key: "p" }]);
    await soon();
    expect(workday.planTouched).toBeGreaterThan(before);
    expect(calls()).toEqual({ ...NOTHING, loadRoutes: 1 });
  });
  test("of very many orders is read as the whole list", async () => {
    changes.note(Array.from({ length: 30 }, (_, index) => ({ topic: "order", key: `o${index}`, version: 1 })));
    await soon();
    expect(calls()).toEqual({ ...NOTHING, loadOrders: 1, loadRoutes: 1, loadWorklists: 1 });
  });
});
