import { strictly } from "../store/database";
import type { StoredPhoto } from "../store/rows";
import { judge, type Verdict } from "./answers";
import type { Outcome, Surroundings } from "./flusher";
import { actsOf } from "./outbox";
import { sha256 } from "./hash";

/** Bytes of a piece: what a line carries in a second or two, so that little is sent again where it is cut. */
export const PIECES = { first: 32 * 1024, least: 16 * 1024, most: 256 * 1024 };
const PIECE_PATIENCE = 120_000;
const QUICK = 1000;
const SLOW = 3000;

/** How large the next piece is after one of so many bytes took so many milliseconds. */
export function nextPiece(size: number, took: number): number {
  if (took < QUICK) return Math.min(size * 2, PIECES.most);
  return took > SLOW ? Math.max(size / 2, PIECES.least) : size;
}

/** The photos of an account whose acts the server has, oldest first: what can be sent now. */
export async function photosToSend(at: Pick<Surroundings, "store" | "account">): Promise<StoredPhoto[]> {
  const acts = new Map((await actsOf(at.store, at.account)).map((row) => [row.id, row]));
  const has = (photo: StoredPhoto): boolean => photo.actId !== null && acts.get(photo.actId)?.state === "accepted";
  return (await at.store.getAll("photos")).filter((photo) => photo.account === at.account && photo.state === "waiting" && has(photo));
}

/** Send the photos one by one in pieces; acts that come up meanwhile go first. */
export async function sendPhotos(at: Surroundings, acts: () => Promise<Outcome>): Promise<Outcome> {
  const line: Line = { piece: PIECES.first };
  let renewed = false;
  for (;;) {
    const [photo] = await photosToSend(at);
    if (!photo) return { kind: "drained" };
    const data = (await at.store.get("bytes", photo.id).catch(() => undefined))?.data;
    if (!data || data.byteLength !== photo.size || (await sha256(data)) !== photo.sha256) {
      await mark(at, photo.id, { state: "unreadable" });
      continue;
    }
    const verdict = await sendOne(at, photo, data, acts, line);
    if (verdict.kind === "taken") await mark(at, photo.id, { state: "sent", offset: photo.size });
    else if (verdict.kind === "refused") await mark(at, photo.id, { state: "refused", code: verdict.code, detail: verdict.detail });
    else if (verdict.kind === "stale_token") {
      // A token that is refused right after it was renewed is no matter of its age.
      if (renewed) return { kind: "later", after: null };
      renewed = true;
      if (!(await at.renew())) return { kind: "signed_out", wipe: false };
    } else return verdict;
  }
}

/** What was learnt of the line: how large a piece it carries. */
interface Line {
  piece: number;
}

async function sendOne(at: Surroundings, photo: StoredPhoto, data: ArrayBuffer, acts: () => Promise<Outcome>, line: Line): Promise<Verdict> {
  const path = `/api/mobile/photos/${photo.id}`;
  const asked = await at.wire(path, { method: "HEAD" }).catch(() => null);
  if (!asked) return { kind: "later", after: null };
  if (asked.status === 401) return { kind: "signed_out", wipe: false };
  const known = Number(asked.headers.get("Upload-Offset"));
  let offset = asked.status < 300 && Number.isFinite(known) ? known : 0;
  if (asked.status < 300 && asked.headers.has("Upload-Offset") && offset >= photo.size) return { kind: "taken", body: {} };
  while (offset < photo.size) {
    const piece = data.slice(offset, offset + line.piece);
    const about = new URLSearchParams({
      offset: String(offset), total: String(photo.size), sha256: photo.sha256, orderId: photo.orderId, kind: photo.kind, takenAt: photo.takenAt,
      ...(photo.point ? { lon: String(photo.point[0]), lat: String(photo.point[1]) } : {}),
      ...(photo.accuracy === null ? {} : { accuracy: String(photo.accuracy) }),
    });
    const left = performance.now();
    const answer = await at.wire(`${path}/pieces?${about}`, { method: "PATCH", bytes: piece, timeout: PIECE_PATIENCE }).catch(() => null);
    const verdict: Verdict = answer ? judge(answer.status, answer.headers, answer.text, "offset") : { kind: "later", after: null };
    if (verdict.kind !== "taken") return verdict;
    if (piece.byteLength === line.piece) line.piece = nextPiece(line.piece, performance.now() - left);
    const next = Number(verdict.body["offset"]);
    if (!Number.isFinite(next) || next <= offset) return { kind: "later", after: null };
    offset = next;
    await mark(at, photo.id, { offset });
    const meanwhile = await acts();
    if (meanwhile.kind !== "drained") return meanwhile;
  }
  return { kind: "taken", body: {} };
}

/** Write down how far a photo is; its bytes stay until it is swept, as the page shows it. */
async function mark(at: Surroundings, id: string, to: Partial<StoredPhoto>): Promise<void> {
  await strictly(at.store, ["photos"], async (tx) => {
    const photo = await tx.objectStore("photos").get(id);
    if (photo) await tx.objectStore("photos").put({ ...photo, ...to });
  }).catch(() => undefined);
  at.changed();
}
