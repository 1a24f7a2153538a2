import { expect, test } from "vitest";
import { actsOf } from "../outbox";
import { say, skew } from "../times";
import { flush, freshStore, made, ME, said, Server } from "./world";

const HOUR = 3600;
const at = (row: { occurredAt: string }): number => Date.parse(row.occurredAt);

test("the difference of the clocks is measured at the middle of the way", () => {
  expect(skew(10_000, 12_000, new Date(1000).toISOString())).toBe(10);
  expect(skew(0, 0, "")).toBeNull();
});

test("acts of a clock that was three hours ahead are said by it, though it has been set since", async () => {
  const store = await freshStore();
  const now = Date.now();
  await made(store, "o1", "accepted", { at: now + 3 * HOUR * 1000, skew: 3 * HOUR });
  await made(store, "o2", "accepted", { at: now, skew: 0 });
  const rows = await actsOf(store, ME);
  const said = say(rows, now, 0);
  expect(said.rows.map((row) => row.lane)).toEqual(["o1"]);
  // What the server takes off is what the phone says now, less what it is: three hours.
  expect(Date.parse(said.phoneTime) - now).toBe(3 * HOUR * 1000);
  expect(said.occurredAt).toEqual([rows[0]!.at]);
});

test("a date that is wrong by days is learnt from the server's refusal, and the act goes in right time at once", async () => {
  const [store, server] = [await freshStore(), new Server()];
  const wrong = Date.now() - 48 * HOUR * 1000;
  await made(store, "o1", "accepted", { at: wrong });
  const id = (await actsOf(store, ME))[0]!.id;
  server.weather = [() => said(200, { answers: [{ id, result: "rejected", order: null, code: "mobile.clock_wrong" }], now: new Date().toISOString() })];
  expect((await flush(store, server, { now: () => Date.now() - 48 * HOUR * 1000 })).kind).toBe("drained");
  const last = server.bodies.at(-1)!;
  expect(Math.abs(at(last.acts[0]!) - Date.now())).toBeLessThan(60_000);
  expect(Math.abs(Date.parse(last.phoneTime) - Date.now())).toBeLessThan(60_000);
  expect((await actsOf(store, ME))[0]).toMatchObject({ state: "accepted", at: new Date(wrong).toISOString() });
});

test("the sequence is the order of doing, whatever the clock said", async () => {
  const [store, server] = [await freshStore(), new Server()];
  const late = await made(store, "o1", "accepted", { at: Date.now() + 1000 });
  const early = await made(store, "o1", "contacted", { at: Date.now() - 1000 });
  await flush(store, server);
  expect(server.done).toEqual([late.id, early.id]);
  expect(server.bodies.map((body) => body.acts[0]!.sequence)).toEqual([1, 2]);
});
