/** What the phone keeps. Every row that belongs to a person carries the id of that person's account. */

export type Point = [number, number];
/** `here`: on this phone. `sent`: under way, no receipt yet. `accepted`, `refused`: the server's receipt. */
export type ActState = "here" | "sent" | "accepted" | "refused";

export type Act = Record<string, unknown> & { type: string };

/** One act of the outbox; `seq` is the order in which acts were made on this phone, whatever its clock said. */
export interface StoredAct {
  seq: number;
  id: string;
  account: string;
  /** The order it is done to: acts of one order leave in their sequence. What is done to none has a lane of its own, see `APART`. */
  lane: string;
  act: Act;
  point: Point | null;
  accuracy: number | null;
  /** What the phone's clock said when it was done, RFC 3339. */
  at: string;
  /** Seconds that the clock was known to be ahead of the server's then; null where it had not been measured. */
  skew: number | null;
  /** The time that was first sent; it stays, so that a repeat is the same act. */
  saidAt: string | null;
  /** Milliseconds until which it waits for second thoughts. */
  heldUntil: number;
  state: ActState;
  code: string | null;
  detail: string | null;
  evidenceKept: boolean;
  /** A refusal of an order that is somebody else's by now: nothing can be mended, and nothing waits behind it. */
  gone: boolean;
  photos: string[];
  /** When the receipt came, milliseconds. */
  settledAt: number | null;
  /** The number of the app's act schema that made it. */
  build: number;
}

export type PhotoState = "waiting" | "sent" | "unreadable" | "refused";
export type PhotoKind = "before" | "after" | "evidence" | "signature";

/** A photo without its bytes, which lie in a store of their own. */
export interface StoredPhoto {
  id: string;
  account: string;
  orderId: string;
  /** Null while it belongs to a draft only. */
  actId: string | null;
  kind: PhotoKind;
  takenAt: string;
  point: Point | null;
  accuracy: number | null;
  size: number;
  sha256: string;
  type: string;
  state: PhotoState;
  /** Bytes that the server has said it has. */
  offset: number;
  code: string | null;
  detail: string | null;
}

export interface StoredDraft {
  /** `account/order/kind` */
  key: string;
  account: string;
  value: Record<string, unknown>;
}

/** How the lanes begin whose acts have an address of their own: changes that were seen, offers that were answered. */
export const APART = { seen: "seen", offer: "offer:" } as const;
export const isApart = (lane: string): boolean => lane === APART.seen || lane.startsWith(APART.offer);

/** The number of the acts' shape; the server understands this one and the two before it. */
export const BUILD = 2;
