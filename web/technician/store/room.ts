import { strictly, type Store } from "./database";

/**
 * Room for acts on a full phone. The browser's estimate of free room is wrong: a write that fails is the signal. Then
 * map tiles go first, then photos that the server has, then a reserve that was laid by for this. Nothing unsent goes.
 */
const PART = 4 * 1024 * 1024;
const PARTS = 5;
const WAITS = [0, 50, 200, 500, 1000];

/** The phone has no room left, not even after everything that may go has gone. */
export class PhoneFull extends Error {}

const isFull = (error: unknown): boolean => error instanceof DOMException && error.name === "QuotaExceededError";

/** Lay by what is missing of the reserve; called when nothing else is to be done. */
export async function fillReserve(store: Store): Promise<void> {
  for (let count = await store.count("reserve"); count < PARTS; count += 1) {
    const part = new Uint8Array(PART);
    // Noise, since a browser may press what repeats; it is handed out in blocks of at most 64 KiB.
    for (let at = 0; at < PART; at += 65536) crypto.getRandomValues(part.subarray(at, at + 65536));
    try {
      await store.add("reserve", part.buffer);
    } catch {
      return;
    }
  }
}

/** Delete the map's files and the parts of the app that come back by themselves. */
async function freeTiles(): Promise<void> {
  try {
    const folder = await navigator.storage.getDirectory();
    const names: string[] = [];
    for await (const name of (folder as unknown as { keys(): AsyncIterable<string> }).keys()) names.push(name);
    for (const name of names) await folder.removeEntry(name, { recursive: true });
  } catch {
    // no such folder in this browser
  }
  if ("caches" in globalThis) for (const name of await caches.keys()) if (name.startsWith("phone-later-")) await caches.delete(name);
}

/** Delete the bytes of photos that the server has. */
async function freeSentPhotos(store: Store): Promise<void> {
  const sent = (await store.getAll("photos")).filter((photo) => photo.state === "sent");
  await strictly(store, ["bytes"], async (tx) => {
    for (const photo of sent) await tx.objectStore("bytes").delete(photo.id);
  });
}

const freeReserve = (store: Store): Promise<void> => strictly(store, ["reserve"], (tx) => tx.objectStore("reserve").clear());

async function writing<T>(write: () => Promise<T>, free: (() => Promise<void>)[]): Promise<T> {
  let left: unknown;
  try {
    return await write();
  } catch (error) {
    if (!isFull(error)) throw error;
    left = error;
  }
  for (const make of free) {
    await make().catch(() => undefined);
    // A browser frees what was deleted a moment later.
    for (const wait of WAITS) {
      await new Promise((go) => setTimeout(go, wait));
      try {
        return await write();
      } catch (error) {
        if (!isFull(error)) throw error;
        left = error;
      }
    }
  }
  throw new PhoneFull("no room", { cause: left });
}

/** Write what must not be lost. Raises `PhoneFull` where even the reserve does not help. */
export function saveAct<T>(store: Store, write: () => Promise<T>): Promise<T> {
  return writing(write, [freeTiles, () => freeSentPhotos(store), () => freeReserve(store)]);
}

/** Write what may be refused aloud: the reserve stays for acts. Raises `PhoneFull`. */
export function savePhoto<T>(store: Store, write: () => Promise<T>): Promise<T> {
  return writing(write, [freeTiles, () => freeSentPhotos(store)]);
}
