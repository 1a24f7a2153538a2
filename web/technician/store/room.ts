import { strictly, type Store } from "./database";

/**
 * Room for acts on a full phone. The browser's estimate of free room is wrong: a write that fails is the signal. Then
 * map tiles go first, then photos that the server has, then a reserve that was laid by for this. Nothing unsent goes.
 */
const RESERVE = "phone-reserve";
const SIZE = 20 * 1024 * 1024;
const WAITS = [0, 20, 80, 300, 1000];

/** The phone has no room left, not even after everything that may go has gone. */
export class PhoneFull extends Error {}

const isFull = (error: unknown): boolean => error instanceof DOMException && error.name === "QuotaExceededError";

/**
 * Lay by the reserve; called when nothing else is to be done. It lies among the caches, since a browser gives their room
 * back at once when they are deleted, and that of a row only after a while. Over plain http there is none.
 */
export async function fillReserve(): Promise<void> {
  if (!("caches" in globalThis) || (await caches.has(RESERVE))) return;
  const noise = new Uint8Array(SIZE);
  // Noise, since a browser may press what repeats; it is handed out in blocks of at most 64 KiB.
  for (let at = 0; at < SIZE; at += 65536) crypto.getRandomValues(noise.subarray(at, at + 65536));
  try {
    await (await caches.open(RESERVE)).put("/reserve", new Response(noise));
  } catch {
    await caches.delete(RESERVE);
  }
}

/** Delete the map's files and the parts of the app that come back by themselves. Like the other two it answers whether there were any. */
async function freeTiles(): Promise<boolean> {
  let some = false;
  try {
    const folder = await navigator.storage.getDirectory();
    const names: string[] = [];
    for await (const name of (folder as unknown as { keys(): AsyncIterable<string> }).keys()) names.push(name);
    for (const name of names) await folder.removeEntry(name, { recursive: true });
    some = names.length > 0;
  } catch {
    // no such folder in this browser
  }
  if ("caches" in globalThis) for (const name of await caches.keys()) if (name.startsWith("phone-later-")) some = (await caches.delete(name)) || some;
  return some;
}

/** Delete the bytes of photos that the server has. */
async function freeSentPhotos(store: Store): Promise<boolean> {
  const sent = (await store.getAll("photos")).filter((photo) => photo.state === "sent");
  await strictly(store, ["bytes"], async (tx) => {
    for (const photo of sent) await tx.objectStore("bytes").delete(photo.id);
  });
  return sent.length > 0;
}

async function freeReserve(): Promise<boolean> {
  return "caches" in globalThis && caches.delete(RESERVE);
}

async function writing<T>(write: () => Promise<T>, free: (() => Promise<boolean>)[]): Promise<T> {
  let left: unknown;
  try {
    return await write();
  } catch (error) {
    if (!isFull(error)) throw error;
    left = error;
  }
  for (const make of free) {
    if (!(await make().catch(() => false))) continue;
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
  return writing(write, [freeTiles, () => freeSentPhotos(store), freeReserve]);
}

/** Write what may be refused aloud: the reserve stays for acts. Raises `PhoneFull`. */
export function savePhoto<T>(store: Store, write: () => Promise<T>): Promise<T> {
  return writing(write, [freeTiles, () => freeSentPhotos(store)]);
}
