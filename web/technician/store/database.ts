import { deleteDB, openDB, type DBSchema, type IDBPDatabase, type IDBPTransaction } from "idb";
import type { StoredAct, StoredDraft, StoredPhoto } from "./rows";

export const NAME = "grid-dispatch-phone";
/** Raise it only by adding stores and indexes: the version before this one opens the newer store too. */
export const VERSION = 1;
const BLOCKED_AFTER = 2500;
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

/** Open the store. A newer one, left by a later version of this app, is opened as it is. Raises `StoreBroken`. */
export async function openStore(closed: () => void = () => undefined, name: string = NAME): Promise<Store> {
  let last: unknown;
  for (let tried = 0; tried < TRIES; tried += 1) {
    try {
      return await openOnce(name, VERSION, closed);
    } catch (error) {
      last = error;
      if (error instanceof DOMException && error.name === "VersionError") {
        return await openOnce(name, undefined, closed).catch((newer: unknown) => {
          throw new StoreBroken("the store does not open", { cause: newer });
        });
      }
    }
  }
  throw new StoreBroken("the store does not open", { cause: last });
}

function openOnce(name: string, version: number | undefined, closed: () => void): Promise<Store> {
  return new Promise((resolve, reject) => {
    let late = false;
    let waited: ReturnType<typeof setTimeout> | undefined;
    openDB<Schema>(name, version, {
      upgrade(db) {
        const has = (store: StoreName): boolean => db.objectStoreNames.contains(store);
        if (!has("acts")) db.createObjectStore("acts", { keyPath: "seq", autoIncrement: true }).createIndex("id", "id", { unique: true });
        if (!has("photos")) db.createObjectStore("photos", { keyPath: "id" });
        if (!has("bytes")) db.createObjectStore("bytes", { keyPath: "id" });
        if (!has("drafts")) db.createObjectStore("drafts", { keyPath: "key" });
        if (!has("kept")) db.createObjectStore("kept");
      },
      blocked() {
        // Another page holds the old version open and does not let go, frozen perhaps: use the version that is there.
        waited = setTimeout(() => {
          late = true;
          if (version === undefined) reject(new DOMException("blocked", "UnknownError"));
          else openOnce(name, undefined, closed).then(resolve, reject);
        }, BLOCKED_AFTER);
      },
      blocking(_, __, event) {
        (event.target as IDBDatabase).close();
        closed();
      },
      terminated: closed,
    }).then(
      (db) => {
        clearTimeout(waited);
        if (late) db.close();
        else resolve(db);
      },
      (error: unknown) => {
        clearTimeout(waited);
        reject(error instanceof Error ? error : new Error("the store does not open", { cause: error }));
      },
    );
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
