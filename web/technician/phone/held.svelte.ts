import { serviceArea } from "../../shared/area.svelte";
import { randomId } from "../../shared/client";
import { accepted } from "../../shared/i18n.svelte";
import { actsOf } from "../outbox/outbox";
import { wire, type Wire } from "../outbox/wire";
import { openStore, type Store } from "../store/database";
import { Drafts } from "../store/drafts.svelte";
import { keep, kept, KEYS, routeKey, type KeptAccount, type KeptRoute, type Route } from "../store/keeping";
import type { StoredAct, StoredPhoto } from "../store/rows";

const MARK = "phone-store";

/** What this phone holds: its store, and what of it is shown. The other parts of the phone read and write here. */
export class Held {
  /** `starting`: the store is being opened. `nobody`: sign in. `broken`: the store does not open. */
  phase = $state<"starting" | "nobody" | "open" | "broken">("starting");
  account = $state.raw<KeptAccount | null>(null);
  route = $state.raw<Route | null>(null);
  routeAt = $state<number | null>(null);
  lastContact = $state<number | null>(null);
  skewSeconds = $state(0);
  place = $state.raw<Record<string, unknown> | null>(null);
  unreachable = $state(false);
  problem = $state("");
  acts = $state.raw<StoredAct[]>([]);
  photos = $state.raw<StoredPhoto[]>([]);
  signedOut = $state(false);
  locked = $state(false);
  lost = $state(false);
  full = $state(false);

  store: Store | null = null;
  /** The id of a loss that the server has not heard of. */
  loss: string | null = null;
  readonly drafts = new Drafts();
  readonly wire: Wire = wire(() => this.account?.token ?? "", accepted);
  #channel: BroadcastChannel | null = null;
  #reopening: Promise<Store | null> | null = null;

  /** `reopened`: called when a store that was closed from outside is open again. */
  constructor(readonly reopened: () => void) {}

  /** Open the store, and notice one that has been emptied: the mark that lies elsewhere is still there. */
  async open(): Promise<Store> {
    this.store = await openStore(() => this.#closed());
    this.lost = localStorage.getItem(MARK) !== null && (await kept(this.store, KEYS.marker)) === null;
    if (this.lost) await keep(this.store, KEYS.loss, randomId());
    this.loss = await kept<string>(this.store, KEYS.loss);
    await keep(this.store, KEYS.marker, Date.now());
    localStorage.setItem(MARK, "1");
    return this.store;
  }

  /** A newer version of the app wants the store, or the browser took it away: let go, and open it again. */
  #closed(): void {
    this.store = null;
    this.#reopening = openStore(() => this.#closed()).then(
      (store) => {
        this.store = store;
        this.drafts.use(store);
        void this.read();
        this.reopened();
        return store;
      },
      () => {
        this.phase = "broken";
        return null;
      },
    );
  }

  close(): void {
    this.#channel?.close();
    this.drafts.close();
    this.store?.close();
    this.store = null;
  }

  /** Write into the store; where it was closed under the writing, into the one that is opened for it. */
  async into<T>(write: (store: Store) => Promise<T>): Promise<T> {
    for (let tried = 0; ; tried += 1) {
      const store = this.store ?? (await this.#reopening);
      if (!store) throw new Error("no store");
      try {
        return await write(store);
      } catch (error) {
        const closed = error instanceof DOMException && ["InvalidStateError", "AbortError"].includes(error.name) && this.store !== store;
        if (!closed || tried > 2) throw error;
      }
    }
  }

  /** Read what the store has now; another page or the worker may have written. One that is taken away under the reading is read when it is open again. */
  async read(): Promise<void> {
    const [store, account] = [this.store, this.account];
    if (!store || !account) return;
    const found = await Promise.all([
      actsOf(store, account.id), store.getAll("photos"), kept<KeptRoute>(store, routeKey(account.id)),
      kept<number>(store, KEYS.contact), kept<number>(store, KEYS.skew),
    ]).catch(() => null);
    if (!found) return;
    const [acts, photos, route, contact, skew] = found;
    if (this.account?.id !== account.id) return;
    this.acts = acts;
    this.photos = photos.filter((photo) => photo.account === account.id);
    if (route && route.at >= (this.routeAt ?? 0)) [this.route, this.routeAt] = [route.route, route.at];
    this.lastContact = contact ?? this.lastContact;
    this.skewSeconds = skew ?? this.skewSeconds;
  }

  /** Show nothing of anybody. */
  empty(): void {
    this.drafts.close();
    this.account = null;
    this.route = null;
    this.routeAt = null;
    this.acts = [];
    this.photos = [];
    this.signedOut = this.locked = false;
  }

  // --- other pages of this browser -------------------------------------------------------------------------------

  listen(told: (what: string) => void): void {
    this.#channel = "BroadcastChannel" in globalThis ? new BroadcastChannel("grid-dispatch-phone") : null;
    if (this.#channel) this.#channel.onmessage = ({ data }) => told(String(data));
  }
  tell(what: "changed" | "account"): void {
    this.#channel?.postMessage(what);
  }

  // --- time ------------------------------------------------------------------------------------------------------

  trial(): boolean {
    return serviceArea.clock?.replay ?? false;
  }

  /** The time by which acts are said: the phone's own clock, in a trial area that of the area. */
  now(): number {
    return this.trial() ? serviceArea.timeAt(Date.now()) : Date.now();
  }
}

/** Whoever threw the store away knows that it is gone: it is no loss to be noticed, but the dispatcher is told. */
export function forgetMark(): void {
  localStorage.removeItem(MARK);
}
