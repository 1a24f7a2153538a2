import "fake-indexeddb/auto";
import { drain, type Outcome } from "../flusher";
import { add } from "../outbox";
import { openStore, type Store } from "../../store/database";
import type { StoredAct } from "../../store/rows";
import type { Heard, Sending } from "../wire";

export const ME = "account-1";
let count = 0;

/** A store of its own for each test. */
export const freshStore = (): Promise<Store> => openStore(() => undefined, `test-${(count += 1)}`);

/** A server that takes acts once, and a network that can do to its answers what networks do. */
export class Server {
  /** The acts that it has done, in their order. */
  done: string[] = [];
  posts: string[][] = [];
  bodies: { phoneTime: string; acts: { id: string; occurredAt: string; sequence: number }[] }[] = [];
  /** What it says of acts of a type, instead of doing them. */
  refuses: Record<string, Record<string, unknown>> = {};
  /** What becomes of the next answers; a thrown error is a dead line. */
  weather: ((answer: Heard) => Heard | Promise<Heard>)[] = [];
  photos = new Map<string, Uint8Array>();
  moved = 0;
  now = () => Date.now();

  wire = async (path: string, what: Sending): Promise<Heard> => {
    const answer = this.#answer(path, what);
    const weather = this.weather.shift();
    return weather ? weather(answer) : answer;
  };

  #answer(path: string, { method, json, bytes }: Sending): Heard {
    if (path === "/api/mobile/sync") {
      const body = json as { phoneTime: string; acts: { id: string; occurredAt: string; sequence: number; orderId: string; act: { type: string } }[] };
      this.bodies.push(body);
      this.posts.push(body.acts.map((act) => act.id));
      const answers = body.acts.map((act) => {
        const refused = this.refuses[act.act.type];
        if (refused) return { id: act.id, order: { id: act.orderId, number: "1", status: "accepted", version: 1, mine: true }, ...refused };
        const already = this.done.includes(act.id);
        if (!already) this.done.push(act.id);
        return { id: act.id, result: already ? "already" : "applied", order: null };
      });
      return said(200, { answers, now: new Date(this.now()).toISOString(), skewSeconds: 0 });
    }
    const url = new URL(path, "http://phone.test");
    const id = url.pathname.split("/")[4]!;
    const there = this.photos.get(id) ?? new Uint8Array();
    if (method === "HEAD") return { status: 200, headers: new Headers({ "Upload-Offset": String(there.length) }), text: "" };
    const piece = new Uint8Array(bytes!);
    this.moved += piece.length;
    if (Number(url.searchParams.get("offset")) === there.length) this.photos.set(id, new Uint8Array([...there, ...piece]));
    return said(200, { offset: this.photos.get(id)!.length });
  }
}

export function said(status: number, body: unknown, headers: Record<string, string> = {}): Heard {
  return { status, headers: new Headers({ "Content-Type": "application/json", ...headers }), text: typeof body === "string" ? body : JSON.stringify(body) };
}

export function flush(store: Store, server: Server, more: { renew?: () => Promise<boolean>; now?: () => number; tooOld?: () => void } = {}): Promise<Outcome> {
  return drain({ store, account: ME, wire: server.wire, now: more.now ?? Date.now, trial: () => false, renew: more.renew ?? (async () => true), changed: () => undefined, ...(more.tooOld ? { tooOld: more.tooOld } : {}) });
}

/** Store an act that nobody can take back any more. */
export function made(store: Store, lane: string, type: string, more: { account?: string; photos?: string[]; at?: number; skew?: number | null } = {}): Promise<StoredAct> {
  const at = new Date(more.at ?? Date.now()).toISOString();
  return add(store, { account: more.account ?? ME, lane, act: { type }, at, skew: more.skew ?? null, photos: more.photos ?? [] }, Date.now() - 10_000);
}
