import { deleteDB, openDB, type DBSchema, type IDBPDatabase, type IDBPTransaction } from "idb";
import type { StoredAct, StoredDraft, StoredPhoto } from "./rows";

export const NAME = "grid-dispatch-phone";
/** Raise it only by adding stores and indexes: the version before this one opens the newer store too. */
export const VERSION = 1;
/** A page that has not let go of the store after so many milliseconds is frozen. */
const LET_GO_WITHIN = 2500;
const TRIES = 3;

interface Schema extends DBSchema {
  acts: { key: number; value: StoredAct; indexes: { id: string } };
  photos: { key: string; value: StoredPhoto };
  bytes: { key: string; value: { id: string; data: ArrayBuffer } };
  drafts: { key: string; value: StoredDraft };
  kept: { key: string; value: unknown };
}
export type StoreName = "acts" | "photos" | "bytes" | "drafts" | "kept";
export type Store = IDBPDatabase<Schema>;
export type Writing<Names extends StoreName[] = StoreName[]> = IDBPTransaction<Schema, Names, "readwrite">;

/** The store cannot be opened at all: what is in it can perhaps be read out, and a new one begun. */
export class StoreBroken extends Error {}

/**
 * Open the store. A newer one, left by a later version of this app, is opened as it is, and so is an older one that
 * another page holds and does not let go, frozen perhaps. Raises `StoreBroken`.
 *
 * A browser lets nobody in, at any version, while a change of version waits for such a page: so none is asked for before
 * all pages have let go, which a lock says. Where a browser has no locks (plain http) it is asked for all the same.
 */
export async function openStore(closed: () => void = () => undefined, name: string = NAME, version: number = VERSION): Promise<Store> {
  let last: unknown;
  for (let tried = 0; tried < TRIES; tried += 1) {
    try {
      const found = await openAsItIs(name, closed);
      if (found.version >= version) return found;
      found.close();
      await raise(name, version);
      return await openAsItIs(name, closed);
    } catch (error) {
      last = error;
    }
  }
  throw new StoreBroken("the store does not open", { cause: last });
}

const locks = (): LockManager | undefined => globalThis.navigator?.locks;
const lockOf = (name: string): string => `${name}/open`;

/** Share the lock of those who have the store open; answers how to leave it. */
function share(name: string): Promise<() => void> {
  const manager = locks();
  if (!manager) return Promise.resolve(() => undefined);
  return new Promise((got, failed) => {
    manager.request(lockOf(name), { mode: "shared" }, () => new Promise<void>((leave) => got(leave))).catch(failed);
  });
}

/** Open whatever version is there, and let go of it when a newer version of the app wants it. */
async function openAsItIs(name: string, closed: () => void): Promise<Store> {
  const leave = await share(name);
  let store: Store;
  try {
    store = await openOnce(name, undefined, closed);
  } catch (error) {
    leave();
    throw error;
  }
  const wanted = locks() ? new BroadcastChannel(lockOf(name)) : null;
  const close = store.close.bind(store);
  store.close = () => {
    close();
    wanted?.close();
    leave();
  };
  if (wanted) {
    wanted.onmessage = ({ data }) => {
      if (Number(data) <= store.version) return;
      store.close();
      closed();
    };
  }
  return store;
}

/** Bring the store to this version, unless somebody does not let go of it. */
async function raise(name: string, version: number): Promise<void> {
  const upgrade = async (): Promise<void> => (await openOnce(name, version, () => undefined)).close();
  const manager = locks();
  if (!manager) return upgrade();
  const wanted = new BroadcastChannel(lockOf(name));
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), LET_GO_WITHIN);
  try {
    const alone = manager.request(lockOf(name), { signal: stop.signal }, upgrade);
    wanted.postMessage(version);
    await alone;
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
    wanted.close();
  }
}

async function openOnce(name: string, version: number | undefined, closed: () => void): Promise<Store> {
  return openDB<Schema>(name, version, {
    upgrade(db) {
      const has = (store: StoreName): boolean => db.objectStoreNames.contains(store);
      if (!has("acts")) db.createObjectStore("acts", { keyPath: "seq", autoIncrement: true }).createIndex("id", "id", { unique: true });
      if (!has("photos")) db.createObjectStore("photos", { keyPath: "id" });
      if (!has("bytes")) db.createObjectStore("bytes", { keyPath: "id" });
      if (!has("drafts")) db.createObjectStore("drafts", { keyPath: "key" });
      if (!has("kept")) db.createObjectStore("kept");
    },
    blocking(_, __, event) {
      (event.target as IDBDatabase).close();
      closed();
    },
    terminated: closed,
  });
}

/** Write so that it survives the loss of power: resolves once the disk has it. */
export async function strictly<Names extends StoreName[], Result>(store: Store, names: Names, write: (tx: Writing<Names>) => Promise<Result>): Promise<Result> {
  const tx = store.transaction(names, "readwrite", { durability: "strict" });
  let result: Result;
  try {
    result = await write(tx);
  } catch (error) {
    tx.done.catch(() => undefined);
    try {
      tx.abort();
    } catch {
      // it has ended by itself
    }
    throw error;
  }
  await tx.done;
  return result;
}

/** What of one account can be read from a store that is perhaps broken, as text. */
export async function readOut(name: string = NAME): Promise<string> {
  const read: Record<string, unknown> = {};
  const store = await openOnce(name, undefined, () => undefined).catch(() => null);
  for (const part of ["acts", "photos", "drafts"] as const) {
    read[part] = store ? await store.getAll(part).catch((error: unknown) => `unreadable: ${(error as Error).name}`) : "unreadable";
  }
  store?.close();
  return JSON.stringify(read, null, 1);
}

export async function deleteStore(name: string = NAME): Promise<void> {
  await deleteDB(name);
}
