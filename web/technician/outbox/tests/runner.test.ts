import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Outcome } from "../flusher";
import { Runner } from "../runner";

const DRAINED: Outcome = { kind: "drained" };
const LATER: Outcome = { kind: "later", after: null };
let told: Record<string, (() => void)[]>;
let seen: string;

beforeEach(() => {
  told = {};
  seen = "visible";
  const listen = (name: string, heard: () => void): void => void (told[name] ??= []).push(heard);
  const stop = (name: string, heard: () => void): void => void (told[name] = (told[name] ?? []).filter((one) => one !== heard));
  vi.stubGlobal("addEventListener", listen);
  vi.stubGlobal("removeEventListener", stop);
  vi.stubGlobal("document", { addEventListener: listen, removeEventListener: stop, get visibilityState() { return seen; } });
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const happens = (name: string): void => told[name]?.forEach((heard) => heard());

test("what is unsent is sent at the start, when the page is seen, when the network is back, and by a timer alone", async () => {
  const work = vi.fn(async () => DRAINED);
  const runner = new Runner(work, () => undefined);
  runner.start();
  await vi.advanceTimersByTimeAsync(0);
  expect(work).toHaveBeenCalledTimes(1);
  happens("visibilitychange");
  await vi.advanceTimersByTimeAsync(0);
  expect(work).toHaveBeenCalledTimes(2);
  seen = "hidden";
  happens("visibilitychange");
  await vi.advanceTimersByTimeAsync(0);
  expect(work).toHaveBeenCalledTimes(2);
  happens("online");
  happens("pageshow");
  await vi.advanceTimersByTimeAsync(0);
  expect(work).toHaveBeenCalledTimes(4);
  // Nobody says anything any more.
  await vi.advanceTimersByTimeAsync(60_000);
  expect(work.mock.calls.length).toBeGreaterThan(4);
  runner.stop();
  const calls = work.mock.calls.length;
  await vi.advanceTimersByTimeAsync(600_000);
  expect(work).toHaveBeenCalledTimes(calls);
});

test("while it is being sent, whatever wakes it makes it look once more and never twice at a time", async () => {
  let [running, most] = [0, 0];
  const ends: (() => void)[] = [];
  const runner = new Runner(async () => {
    most = Math.max(most, (running += 1));
    await new Promise<void>((end) => ends.push(end));
    running -= 1;
    return DRAINED;
  }, () => undefined);
  runner.start();
  for (let times = 0; times < 5; times += 1) runner.wake();
  ends.shift()!();
  await vi.advanceTimersByTimeAsync(0);
  expect([ends.length, most]).toEqual([1, 1]);
  ends.shift()!();
  await vi.advanceTimersByTimeAsync(0);
  expect(ends).toHaveLength(0);
  runner.stop();
});

test("a network that fails is tried again and again, the pauses spread over their whole length and never beyond five minutes", async () => {
  const random = vi.spyOn(Math, "random").mockReturnValue(1);
  const work = vi.fn(async () => LATER);
  const runner = new Runner(work, () => undefined);
  runner.start();
  const at: number[] = [];
  const began = Date.now();
  work.mockImplementation(async () => {
    at.push((Date.now() - began) / 1000);
    return LATER;
  });
  await vi.advanceTimersByTimeAsync(3600_000);
  const gaps = at.slice(1).map((moment, index) => Math.round(moment - at[index]!));
  expect(gaps.slice(0, 8)).toEqual([8, 16, 32, 64, 128, 256, 300, 300]);
  random.mockReturnValue(0);
  const before = work.mock.calls.length;
  await vi.advanceTimersByTimeAsync(300_000);
  expect(work.mock.calls.length).toBeGreaterThan(before + 5);
  runner.stop();
  random.mockRestore();
});

test("work that throws is work for later", async () => {
  const ended: Outcome[] = [];
  const runner = new Runner(async () => { throw new Error("store"); }, (outcome) => ended.push(outcome));
  runner.start();
  await vi.advanceTimersByTimeAsync(0);
  expect(ended).toEqual([LATER]);
  runner.stop();
});
