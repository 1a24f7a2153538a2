import { strictly, type Store } from "../store/database";
import { uuid7 } from "../store/ids";
import { BUILD, type Act, type Point, type StoredAct } from "../store/rows";

/** Acts that can be taken back for so long. */
export const HELD: Record<string, number> = { departed: 5000, arrived: 5000 };
/** Receipts stay for so long, so that a person sees what became of their acts. */
const KEPT = 18 * 3600_000;

export interface NewAct {
  account: string;
  lane: string;
  act: Act;
  at: string;
  skew: number | null;
  point?: Point | null;
  accuracy?: number | null;
  photos?: string[];
}

/** Store an act, and give it its photos. Resolves when the disk has it; nothing may be shown before. */
export async function add(store: Store, made: NewAct, now: number = Date.now()): Promise<StoredAct> {
  const row: Omit<StoredAct, "seq"> = {
    id: uuid7(), account: made.account, lane: made.lane, act: made.act, point: made.point ?? null, accuracy: made.accuracy ?? null,
    at: made.at, skew: made.skew, saidAt: null, heldUntil: now + (HELD[made.act.type] ?? 0), state: "here", code: null, detail: null,
    evidenceKept: false, gone: false, photos: made.photos ?? [], settledAt: null, build: BUILD,
  };
  return strictly(store, ["acts", "photos"], async (tx) => {
    const seq = await tx.objectStore("acts").add(row as StoredAct);
    for (const id of row.photos) {
      const photo = await tx.objectStore("photos").get(id);
      if (photo) await tx.objectStore("photos").put({ ...photo, actId: row.id });
    }
    return { ...row, seq };
  });
}

/** All acts of an account, in the order they were made. */
export async function actsOf(store: Store, account: string): Promise<StoredAct[]> {
  return (await store.getAll("acts")).filter((row) => row.account === account);
}

/** Without a receipt: what the badge counts. */
export const unsent = (row: StoredAct): boolean => row.state === "here" || row.state === "sent";

/**
 * The acts to send next: the first unsent one of each lane, in sequence, at most `most`. A refused act stops its own
 * lane, unless the order is somebody else's by now. `all` ignores that one may still be taken back.
 */
export function nextBatch(rows: StoredAct[], now: number, most: number): StoredAct[] {
  const taken = new Set<string>();
  const batch: StoredAct[] = [];
  for (const row of rows) {
    if (taken.has(row.lane) || (row.state === "accepted" || row.gone)) continue;
    taken.add(row.lane);
    if (row.state === "refused" || heldFor(row, now) > 0) continue;
    if (batch.length < most) batch.push(row);
  }
  return batch;
}

/** Milliseconds that an act can still be taken back; a clock that was set meanwhile holds nothing up. */
export function heldFor(row: StoredAct, now: number): number {
  const left = row.heldUntil - now;
  return row.state === "here" && left > 0 && left <= (HELD[row.act.type] ?? 0) ? left : 0;
}

/** Change one act where it still is as expected; null where it is not. */
export function change(store: Store, id: string, from: StoredAct["state"][], to: Partial<StoredAct>): Promise<StoredAct | null> {
  return strictly(store, ["acts"], async (tx) => {
    const row = await tx.objectStore("acts").index("id").get(id);
    if (!row || !from.includes(row.state)) return null;
    const next = { ...row, ...to };
    await tx.objectStore("acts").put(next);
    return next;
  });
}

/** Take an act back; false where it has left, or its time is over. */
export function undo(store: Store, id: string, now: number = Date.now()): Promise<boolean> {
  return strictly(store, ["acts", "photos"], async (tx) => {
    const acts = tx.objectStore("acts");
    const row = await acts.index("id").get(id);
    if (!row || heldFor(row, now) === 0) return false;
    await acts.delete(row.seq);
    for (const photoId of row.photos) {
      const photo = await tx.objectStore("photos").get(photoId);
      if (photo) await tx.objectStore("photos").put({ ...photo, actId: null });
    }
    return true;
  });
}

/** Remove receipts that have been looked at long enough and whose photos have gone. */
export async function sweep(store: Store, account: string, now: number = Date.now()): Promise<void> {
  const photos = new Map((await store.getAll("photos")).map((photo) => [photo.id, photo.state]));
  const old = (await actsOf(store, account)).filter(
    (row) => row.state === "accepted" && (row.settledAt ?? now) < now - KEPT && row.photos.every((id) => photos.get(id) !== "waiting"));
  if (!old.length) return;
  await strictly(store, ["acts", "photos", "bytes"], async (tx) => {
    for (const row of old) {
      await tx.objectStore("acts").delete(row.seq);
      for (const id of row.photos) {
        await tx.objectStore("photos").delete(id);
        await tx.objectStore("bytes").delete(id);
      }
    }
  });
}
