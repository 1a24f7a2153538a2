import "fake-indexeddb/auto";
import { openDB } from "idb";
import { expect, test, vi } from "vitest";
import { openStore, readOut, StoreBroken, strictly, VERSION, type Store } from "./database";
import { uuid7 } from "./ids";
import { groundOf } from "./rules";
import { PhoneFull, saveAct, savePhoto } from "./room";

test("an older app opens the store of a newer one, and reads and writes what it knows", async () => {
  const newer = await openDB("newer", VERSION + 1, { upgrade: (db) => void db.createObjectStore("invented") });
  const first = await openStore(() => undefined, "fresh");
  first.close();
  newer.close();
  const grown = await openDB("fresh", VERSION + 1, { upgrade: (db) => void db.createObjectStore("invented") });
  grown.close();
  const store = await openStore(() => undefined, "fresh");
  await store.put("kept", 1, "it");
  expect([store.version, await store.get("kept", "it")]).toEqual([VERSION + 1, 1]);
});

test("a page that is open lets go when a newer version comes, and is told", async () => {
  const told = vi.fn();
  await openStore(told, "two");
  const newer = await openDB("two", VERSION + 1);
  expect(newer.version).toBe(VERSION + 1);
  expect(told).toHaveBeenCalled();
});

test("a page of an older app lets go of the store for a newer one, and both go on with it", async () => {
  vi.stubGlobal("navigator", { locks: lockManager() });
  const older = await openStore(() => void openStore(() => undefined, "grows").then((store) => again.push(store)), "grows");
  const again: Store[] = [];
  const newer = await openStore(() => undefined, "grows", VERSION + 1);
  expect(newer.version).toBe(VERSION + 1);
  await vi.waitUntil(() => again.length === 1);
  expect([older.version, again[0]!.version]).toEqual([VERSION, VERSION + 1]);
  await again[0]!.put("kept", "by the older one", "it");
  expect(await newer.get("kept", "it")).toBe("by the older one");
  vi.unstubAllGlobals();
});

test("a page that holds the store and is frozen keeps nobody out: the newer app works with the version that is there", async () => {
  vi.stubGlobal("navigator", { locks: lockManager() });
  const first = await openStore(() => undefined, "held");
  first.close();
  // It has the store and the lock, and hears nothing.
  void navigator.locks.request("held/open", { mode: "shared" }, () => new Promise(() => undefined));
  const frozen = await openDB("held");
  const asked = vi.spyOn(indexedDB, "open");
  const store = await openStore(() => undefined, "held", VERSION + 1);
  // While a change of version waits for somebody, a browser lets nobody in: it must not even be asked for.
  expect(asked.mock.calls.map(([, version]) => version)).toEqual([undefined, undefined]);
  asked.mockRestore();
  await store.put("kept", 1, "it");
  expect([store.version, await store.get("kept", "it")]).toEqual([VERSION, 1]);
  frozen.close();
  store.close();
  vi.unstubAllGlobals();
});

/** The locks of a browser, as far as they are used here: first come, first served; shared ones stand beside each other. */
function lockManager(): Pick<LockManager, "request"> {
  const holders = new Set<string>();
  const queue: { mode: string; begin: () => void }[] = [];
  let count = 0;
  const next = (): void => {
    while (queue[0] && (holders.size === 0 || (queue[0].mode === "shared" && [...holders].every((one) => one.startsWith("shared"))))) queue.shift()!.begin();
  };
  const request = (_: string, { mode = "exclusive", signal }: LockOptions, work: () => unknown): Promise<unknown> =>
    new Promise((done, failed) => {
      const asking = {
        mode,
        begin: () => {
          const me = `${mode}${(count += 1)}`;
          holders.add(me);
          Promise.resolve(work()).then(done, failed).finally(() => (holders.delete(me), next()));
        },
      };
      signal?.addEventListener("abort", () => {
        if (!queue.includes(asking)) return;
        queue.splice(queue.indexOf(asking), 1);
        failed(new DOMException("aborted", "AbortError"));
        next();
      });
      queue.push(asking);
      next();
    });
  return { request } as unknown as Pick<LockManager, "request">;
}

test("a store that fails three times is broken, and what it can be read of is text", async () => {
  const open = vi.spyOn(indexedDB, "open").mockImplementation(() => {
    throw new DOMException("Internal error opening backing store", "UnknownError");
  });
  await expect(openStore(() => undefined, "broken")).rejects.toThrow(StoreBroken);
  expect(open).toHaveBeenCalledTimes(3);
  expect(JSON.parse(await readOut("broken"))).toEqual({ acts: "unreadable", photos: "unreadable", drafts: "unreadable" });
  open.mockRestore();
});

test("a writing that fails half-way leaves nothing", async () => {
  const store = await openStore(() => undefined, "half");
  await expect(strictly(store, ["kept"], async (tx) => {
    await tx.objectStore("kept").put(1, "a");
    throw new Error("no");
  })).rejects.toThrow("no");
  expect(await store.get("kept", "a")).toBeUndefined();
});

test("a full phone gives its reserve for an act and not for a photo", async () => {
  const store = await openStore(() => undefined, "full");
  const laid = new Set(["phone-reserve"]);
  vi.stubGlobal("caches", { keys: async () => [...laid], delete: async (name: string) => laid.delete(name) });
  const write = async (): Promise<string> => {
    if (laid.size) throw new DOMException("full", "QuotaExceededError");
    return "kept";
  };
  await expect(savePhoto(store, write)).rejects.toThrow(PhoneFull);
  expect(await saveAct(store, write)).toBe("kept");
  await expect(saveAct(store, async () => { throw new Error("other"); })).rejects.toThrow("other");
  vi.unstubAllGlobals();
});

test("ids sort by the time they were made and are of version 7", () => {
  const [early, late] = [uuid7(1000), uuid7(2000)];
  expect(early < late).toBe(true);
  expect(early).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test("what a phone promises to keep", () => {
  const ground = { secure: true, persisted: true, standalone: true, iphone: false };
  expect(groundOf(ground)).toBe("ok");
  expect(groundOf({ ...ground, secure: false })).toBe("insecure");
  expect(groundOf({ ...ground, iphone: true, standalone: false })).toBe("install_first");
  expect(groundOf({ ...ground, persisted: false, standalone: false })).toBe("private");
});
