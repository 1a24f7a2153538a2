import { expect, test, vi } from "vitest";
import { actsOf, add, change, nextBatch, sweep, undo } from "../outbox";
import { flush, freshStore, made, ME, said, Server } from "./world";
import { MARK } from "../answers";

const states = async (store: Awaited<ReturnType<typeof freshStore>>, account = ME): Promise<string[]> => (await actsOf(store, account)).map((row) => row.state);
const dead = (): never => {
  throw new TypeError("Failed to fetch");
};

test("an act asks the disk to have it before it counts", async () => {
  const store = await freshStore();
  const asked = vi.spyOn(store, "transaction");
  await made(store, "o1", "accepted");
  expect(asked.mock.calls[0]?.[2]).toEqual({ durability: "strict" });
});

test("three answers lost after the server had done it are one act", async () => {
  const [store, server] = [await freshStore(), new Server()];
  const act = await made(store, "o1", "accepted");
  server.weather = [dead, dead, dead];
  for (const wanted of ["later", "later", "later", "drained"]) expect((await flush(store, server)).kind).toBe(wanted);
  expect(server.done).toEqual([act.id]);
  expect(server.posts).toHaveLength(4);
  expect(new Set(server.bodies.map((body) => JSON.stringify(body.acts))).size).toBe(1);
  expect(await states(store)).toEqual(["accepted"]);
});

test("an act that may have arrived says so, and not that it has", async () => {
  const [store, server] = [await freshStore(), new Server()];
  await made(store, "o1", "accepted");
  server.weather = [dead];
  await flush(store, server);
  expect(await states(store)).toEqual(["sent"]);
});

test("a receipt that cannot be written down neither loses nor parks the act", async () => {
  const [store, server] = [await freshStore(), new Server()];
  await made(store, "o1", "accepted");
  const real = store.transaction.bind(store);
  let failed = false;
  vi.spyOn(store, "transaction").mockImplementation(((...what: Parameters<typeof real>) => {
    if (!failed && Array.isArray(what[0]) && what[0].includes("kept")) {
      failed = true;
      throw new DOMException("disk", "UnknownError");
    }
    return real(...what);
  }) as typeof real);
  expect((await flush(store, server)).kind).toBe("later");
  expect(failed).toBe(true);
  expect(await states(store)).toEqual(["sent"]);
  expect((await flush(store, server)).kind).toBe("drained");
  expect([await states(store), server.done.length]).toEqual([["accepted"], 1]);
});

test("acts of one order leave one by one in their order; a refused one stops only its own", async () => {
  const [store, server] = [await freshStore(), new Server()];
  server.refuses = { departed: { result: "rejected", code: "order.too_far", detail: "Too far." } };
  const poison = await made(store, "o1", "departed");
  await made(store, "o1", "arrived");
  for (let number = 2; number <= 20; number += 1) for (const type of ["accepted", "contacted"]) await made(store, `o${number}`, type);
  expect((await flush(store, server)).kind).toBe("drained");
  const rows = await actsOf(store, ME);
  expect(rows.filter((row) => row.lane === "o1").map((row) => row.state)).toEqual(["refused", "here"]);
  expect(rows.filter((row) => row.lane !== "o1").every((row) => row.state === "accepted")).toBe(true);
  const order = (lane: string): string[] => rows.filter((row) => row.lane === lane).map((row) => row.id);
  for (let number = 2; number <= 20; number += 1) expect(server.done.filter((id) => order(`o${number}`).includes(id))).toEqual(order(`o${number}`));
  expect(rows[0]).toMatchObject({ code: "order.too_far", detail: "Too far." });

  server.refuses = {};
  await change(store, poison.id, ["refused"], { state: "here" });
  await flush(store, server);
  expect((await states(store)).every((state) => state === "accepted")).toBe(true);
});

test("work on an order that was taken away is kept on both sides, and nothing waits behind it", async () => {
  const [store, server] = [await freshStore(), new Server()];
  const gone = { id: "o1", number: "1", status: "dispatched", version: 2, mine: false };
  server.refuses = { accepted: { result: "conflict", code: "conflict.state", order: gone }, completed: { result: "conflict", code: "mobile.taken_away", detail: "Kept.", evidenceKept: true, order: gone } };
  await made(store, "o1", "accepted");
  await made(store, "o1", "completed");
  expect((await flush(store, server)).kind).toBe("drained");
  const [accept, complete] = await actsOf(store, ME);
  expect(accept).toMatchObject({ state: "refused", gone: true });
  expect(complete).toMatchObject({ state: "accepted", code: "mobile.taken_away", detail: "Kept.", evidenceKept: true });
});

test("a batch that is refused as a whole is halved until the one that cannot be taken stands alone", async () => {
  const [store, server] = [await freshStore(), new Server()];
  for (let number = 1; number <= 6; number += 1) await made(store, `o${number}`, "accepted");
  const [poison] = await actsOf(store, ME);
  const wire = server.wire;
  server.wire = async (path, what) => {
    const acts = (what.json as { acts: { id: string }[] }).acts;
    return acts.some((act) => act.id === poison!.id) ? said(422, { code: "malformed", detail: "No." }, { [MARK]: "problem" }) : wire(path, what);
  };
  expect((await flush(store, server)).kind).toBe("drained");
  expect(await states(store)).toEqual(["refused", ...Array(5).fill("accepted")]);
});

test("nobody's answer but ours parks an act, and an answer for another act is no receipt", async () => {
  const [store, server] = [await freshStore(), new Server()];
  await made(store, "o1", "accepted");
  for (const answer of [said(404, "<html>"), said(409, { code: "x" }), said(500, "no"), said(200, "<html>portal"), said(200, { answers: [{ id: "another", result: "applied" }], now: "" })]) {
    server.weather = [() => answer];
    expect((await flush(store, server)).kind).toBe("later");
    expect(await states(store)).toEqual(["sent"]);
  }
});

test("a session that ended stops sending, and an old token is renewed once", async () => {
  const [store, server] = [await freshStore(), new Server()];
  await made(store, "o1", "accepted");
  server.weather = [() => said(401, { code: "not_signed_in" })];
  expect(await flush(store, server)).toEqual({ kind: "signed_out", wipe: false });
  expect(await states(store)).toEqual(["sent"]);
  server.weather = [() => said(403, { code: "csrf" })];
  const renew = vi.fn(async () => true);
  expect((await flush(store, server, { renew })).kind).toBe("drained");
  expect(renew).toHaveBeenCalledOnce();
});

test("another person on the phone neither sees nor sends the first one's acts", async () => {
  const [store, server] = [await freshStore(), new Server()];
  await made(store, "o1", "accepted", { account: "account-2" });
  expect(await actsOf(store, ME)).toEqual([]);
  await flush(store, server);
  expect(server.posts).toEqual([]);
  expect(await states(store, "account-2")).toEqual(["here"]);
});

test("setting off can be taken back for five seconds, and does not leave before", async () => {
  const [store, server] = [await freshStore(), new Server()];
  const now = Date.now();
  const act = await add(store, { account: ME, lane: "o1", act: { type: "departed" }, at: new Date(now).toISOString(), skew: null }, now);
  expect((await flush(store, server)).kind).toBe("drained");
  expect(server.posts).toEqual([]);
  expect(nextBatch(await actsOf(store, ME), now + 5001, 50)).toHaveLength(1);
  // A clock that was set back holds nothing for hours.
  expect(nextBatch(await actsOf(store, ME), now - 3600_000, 50)).toHaveLength(1);
  expect(await undo(store, act.id, now + 4000)).toBe(true);
  expect(await actsOf(store, ME)).toEqual([]);
});

test("what has left cannot be taken back", async () => {
  const [store, server] = [await freshStore(), new Server()];
  const act = await made(store, "o1", "departed");
  expect(await undo(store, act.id)).toBe(false);
  await flush(store, server);
  expect(await undo(store, act.id)).toBe(false);
  expect(server.done).toEqual([act.id]);
});

test("a row of a version that this one does not know is kept, and sent as it is", async () => {
  const [store, server] = [await freshStore(), new Server()];
  await store.add("acts", { ...(await made(store, "o2", "accepted")), seq: 77, id: "new", act: { type: "teleported", to: "o9" }, build: 9, lane: "o1" } as never);
  await flush(store, server);
  expect(server.done).toContain("new");
});

test("receipts are kept for the day and swept after it; a photo on its way keeps its act", async () => {
  const [store, server] = [await freshStore(), new Server()];
  await made(store, "o1", "accepted");
  await made(store, "o2", "accepted");
  await flush(store, server);
  await sweep(store, ME);
  expect(await states(store)).toHaveLength(2);
  await sweep(store, ME, Date.now() + 19 * 3600_000);
  expect(await states(store)).toHaveLength(0);
});

test("changes that were seen and offers that were answered have addresses of their own, and an offer that is over says so", async () => {
  const [store, server] = [await freshStore(), new Server()];
  const asked: [string, unknown][] = [];
  const states = ["accepted", "gone"];
  server.wire = async (path, { json }) => {
    asked.push([path, json]);
    return said(200, path.endsWith("/seen") ? { seen: 1 } : { id: "x", state: states.shift(), order: null });
  };
  const put = (lane: string, act: Record<string, unknown> & { type: string }): Promise<unknown> => add(store, { account: ME, lane, act, at: new Date().toISOString(), skew: null });
  await put("seen", { type: "seen", changeIds: ["c1"] });
  await put("offer:f1", { type: "offer", offerId: "f1", answer: "accept" });
  await put("offer:f2", { type: "offer", offerId: "f2", answer: "accept" });
  expect((await flush(store, server)).kind).toBe("drained");
  expect(asked).toEqual([
    ["/api/mobile/seen", { changeIds: ["c1"] }],
    ["/api/mobile/offers/f1", { answer: "accept" }],
    ["/api/mobile/offers/f2", { answer: "accept" }],
  ]);
  expect((await actsOf(store, ME)).map((row) => [row.state, row.code])).toEqual([["accepted", null], ["accepted", null], ["refused", "offer.gone"]]);
});

test("acts of an older version of the app are sent as what they are, apart from newer ones", async () => {
  const [store, server] = [await freshStore(), new Server()];
  const old = await made(store, "o1", "accepted");
  await change(store, old.id, ["here"], { build: 1 });
  await made(store, "o2", "accepted");
  expect((await flush(store, server)).kind).toBe("drained");
  expect(server.bodies.map((body) => (body as unknown as { build: number }).build)).toEqual([1, 2]);
});

test("a server that wants a newer app takes the acts first", async () => {
  const [store, server] = [await freshStore(), new Server()];
  const act = await made(store, "o1", "accepted");
  const tooOld = vi.fn();
  server.weather = [(answer) => ({ ...answer, text: JSON.stringify({ ...(JSON.parse(answer.text) as object), update: true }) })];
  expect((await flush(store, server, { tooOld })).kind).toBe("drained");
  expect([server.done, tooOld.mock.calls.length]).toEqual([[act.id], 1]);
});
