import { expect, test } from "vitest";
import { sha256 } from "../hash";
import { PIECE } from "../photos";
import { actsOf } from "../outbox";
import { uuid7 } from "../../store/ids";
import type { Store } from "../../store/database";
import { flush, freshStore, made, ME, Server } from "./world";

async function photo(store: Store, size: number, actId: string | null = null): Promise<string> {
  const data = new Uint8Array(size).map((_, index) => index * 7).buffer;
  const id = uuid7();
  await store.put("bytes", { id, data });
  await store.put("photos", {
    id, account: ME, orderId: "o1", actId, kind: "after", takenAt: new Date().toISOString(), point: [104, 30], accuracy: 8, size, sha256: await sha256(data),
    type: "image/jpeg", state: "waiting", offset: 0, code: null, detail: null,
  });
  return id;
}

test("a photo follows its act in pieces, and one that was cut goes on where the server is", async () => {
  const [store, server] = [await freshStore(), new Server()];
  const size = Math.floor(PIECE * 2.5);
  const id = await photo(store, size);
  await made(store, "o1", "completed", { photos: [id] });
  // The act, the question how far it is, one piece; then the line is cut.
  server.weather = [(a) => a, (a) => a, (a) => a, () => { throw new TypeError("cut"); }];
  expect((await flush(store, server)).kind).toBe("later");
  expect((await store.get("photos", id))!.state).toBe("waiting");
  const before = server.moved;
  expect((await flush(store, server)).kind).toBe("drained");
  expect(server.moved - before).toBeLessThan(size * 0.45);
  expect(server.photos.get(id)).toHaveLength(size);
  expect((await store.get("photos", id))!.state).toBe("sent");
});

test("a photo of a draft, or of an act that is not taken, waits", async () => {
  const [store, server] = [await freshStore(), new Server()];
  const [loose, tied] = [await photo(store, 10), await photo(store, 10)];
  server.refuses = { completed: { result: "rejected", code: "x" } };
  await made(store, "o1", "completed", { photos: [tied] });
  await flush(store, server);
  expect(server.photos.size).toBe(0);
  expect([(await store.get("photos", loose))!.actId, (await store.get("photos", tied))!.state]).toEqual([null, "waiting"]);
});

test("bytes that are gone or changed are said so, and the other photos go", async () => {
  const [store, server] = [await freshStore(), new Server()];
  const [gone, changed, whole] = [await photo(store, 10), await photo(store, 10), await photo(store, 10)];
  await store.delete("bytes", gone);
  await store.put("bytes", { id: changed, data: new Uint8Array(10).buffer });
  await made(store, "o1", "completed", { photos: [gone, changed, whole] });
  expect((await flush(store, server)).kind).toBe("drained");
  expect(await Promise.all([gone, changed, whole].map(async (id) => (await store.get("photos", id))!.state))).toEqual(["unreadable", "unreadable", "sent"]);
});

test("an act made while a photo is sent goes before its next piece", async () => {
  const [store, server] = [await freshStore(), new Server()];
  const id = await photo(store, PIECE * 3);
  await made(store, "o1", "completed", { photos: [id] });
  let late: string | undefined;
  server.weather = [(a) => a, (a) => a, async (a) => { late = (await made(store, "o2", "accepted")).id; return a; }];
  await flush(store, server);
  expect((await actsOf(store, ME)).every((row) => row.state === "accepted")).toBe(true);
  expect(server.posts).toEqual([[expect.any(String)], [late]]);
  expect(server.photos.get(id)).toHaveLength(PIECE * 3);
});

test("five pictures within a moment are five rows", async () => {
  const store = await freshStore();
  const ids = await Promise.all(Array.from({ length: 5 }, () => photo(store, 100)));
  expect(new Set(ids).size).toBe(5);
  expect(await store.count("bytes")).toBe(5);
});
