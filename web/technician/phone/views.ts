import { effect, type Stop as ServerStop } from "../store/keeping";
import type { ActState, StoredAct, StoredPhoto } from "../store/rows";
import { unsent } from "../outbox/outbox";

export type Stop = ServerStop;
export type PhoneAct = "accepted" | "contacted" | "rebooked" | "departed" | "arrived" | "completed" | "nobody_home" | "suspension_requested" | "return_requested" | "resumed" | "noted" | "attached";
export type Health = "ok" | "signed_out" | "locked" | "store_lost" | "store_broken" | "insecure" | "install_first" | "private" | "update_ready" | "full";

/** One act as the page shows it. */
export interface ActRow {
  id: string;
  orderId: string;
  type: string;
  /** `here`: on this phone; `sent`: under way, no receipt yet; `accepted`, `refused`: what the server said. */
  state: ActState;
  code: string | null;
  /** The server's sentence about a refusal, or about what became of work on an order that was taken away. */
  detail: string | null;
  /** When it was done, by this phone's clock. */
  at: string;
  photosWaiting: number;
  photos: number;
  /** Milliseconds of `Date.now()` until which it can be taken back. */
  heldUntil: number;
}

/** A stop with the effects of acts that the server has not answered yet. */
export type StopView = Stop & {
  /** Acts without a receipt. */
  unsent: number;
  /** The act that was refused and stops the others of this order. */
  refused: ActRow | null;
  /** Photos of its acts that have not arrived, of how many; null where it has none. */
  awaiting: { missing: number; of: number } | null;
};

export function actRow(row: StoredAct, all: StoredPhoto[]): ActRow {
  const photos = all.filter((photo) => row.photos.includes(photo.id));
  return {
    id: row.id, orderId: row.lane, type: row.act.type, state: row.state, code: row.code, detail: row.detail, at: row.at,
    photosWaiting: photos.filter((photo) => photo.state === "waiting").length, photos: row.photos.length, heldUntil: row.state === "here" ? row.heldUntil : 0,
  };
}

export function stopView(stop: Stop, acts: StoredAct[], photos: StoredPhoto[]): StopView {
  const mine = acts.filter((row) => row.lane === stop.orderId);
  const open = mine.filter(unsent);
  const refused = mine.find((row) => row.state === "refused" && !row.gone);
  const ids = mine.flatMap((row) => row.photos);
  const missing = photos.filter((photo) => ids.includes(photo.id) && photo.state !== "sent").length;
  return {
    ...open.reduce(effect, stop), unsent: open.length, refused: refused ? actRow(refused, photos) : null,
    awaiting: ids.length ? { missing, of: ids.length } : null,
  };
}
