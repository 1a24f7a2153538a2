import { expect, test, vi } from "vitest";
import { sha256 } from "../hash";
import { nextPiece, PIECES } from "../photos";
import { actsOf } from "../outbox";
import { uuid7 } from "../../store/ids";
import type { Store } from "../../store/database";
import { MARK } from "../answers";
import { flush, freshStore, made, ME, said, Server } from "./world";

const PIECE = PIECES.first;

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
  const size = PIECE * 6;
  const id = await photo(store, size);
  await made(store, "o1", "completed", { photos: [id] });
  // The act, the question how far it is, a piece, one twice as large of which only the answer is lost.
  server.weather = [(a) => a, (a) => a, (a) => a, () => { throw new TypeError("cut"); }];
  expect((await flush(store, server)).kind).toBe("later");
  expect((await store.get("photos", id))!.state).toBe("waiting");
  const before = server.moved;
  expect((await flush(store, server)).kind).toBe("drained");
  expect(server.moved - before).toBe(PIECE * 3);
  expect(server.photos.get(id)).toHaveLength(size);
  expect((await store.get("photos", id))!.state).toBe("sent");
});

test("on a slow line a photo that is cut at 60 % moves less than 45 % of its bytes again", async () => {
  const [store, server] = [await freshStore(), new Server()];
  const size = 400_000;
  const id = await photo(store, size);
  await made(store, "o1", "completed", { photos: [id] });
  let clock = 0;
  const now = vi.spyOn(performance, "now").mockImplementation(() => clock);
  const wire = server.wire;
  let sent = 0;
  server.wire = async (path, what) => {
    sent += what.bytes?.byteLength ?? 0;
    clock += (what.bytes?.byteLength ?? 0) / 8; // 64 kbit/s
    if (sent > size * 0.6) throw new TypeError("cut");
    return wire(path, what);
  };
  expect((await flush(store, server)).kind).toBe("later");
  expect(server.photos.get(id)!.length).toBeGreaterThan(size * 0.5);
  [server.wire, server.moved] = [wire, 0];
  expect((await flush(store, server)).kind).toBe("drained");
  now.mockRestore();
  expect(server.moved).toBeLessThan(size * 0.45);
  expect(server.photos.get(id)).toHaveLength(size);
});

test("pieces grow on a quick line and shrink on a slow one, within bounds", () => {
  expect([nextPiece(PIECES.first, 100), nextPiece(PIECES.most, 1), nextPiece(PIECES.first, 2000), nextPiece(PIECES.first, 9000), nextPiece(PIECES.least, 9000)])
    .toEqual([2 * PIECES.first, PIECES.most, PIECES.first, PIECES.first / 2, PIECES.least]);
});

test("a token that is refused again after it was renewed is not asked for without end", async () => {
  const [store, server] = [await freshStore(), new Server()];
  const id = await photo(store, 10);
  await made(store, "o1", "completed", { photos: [id] });
  const wire = server.wire;
  server.wire = async (path, what) => (what.method === "PATCH" ? said(403, { code: "csrf" }, { [MARK]: "problem" }) : wire(path, what));
  const renew = vi.fn(async () => true);
  expect((await flush(store, server, { renew })).kind).toBe("later");
  expect(renew).toHaveBeenCalledOnce();
  expect((await store.get("photos", id))!.state).toBe("waiting");
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
