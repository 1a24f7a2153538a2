import { serviceArea } from "../shared/area.svelte";
import { Problem, setCsrf, type Schemas } from "../shared/client";
import { accepted, setLanguage } from "../shared/i18n.svelte";
import { homeOf } from "../shared/roles";
import { drain, type Outcome } from "./outbox/flusher";
import { judge } from "./outbox/answers";
import { actsOf, add, change, heldFor, HELD, sweep, undo, unsent } from "./outbox/outbox";
import { keepPhoto, type TakenPhoto } from "./outbox/taking";
import { alone, Runner } from "./outbox/runner";
import { WORTH_SAYING } from "./outbox/times";
import { wire, type Wire } from "./outbox/wire";
import { openStore, readOut, deleteStore, type Store } from "./store/database";
import { Drafts, type Draft } from "./store/drafts.svelte";
import { areaKey, effect, keep, kept, KEYS, routeKey, placeKey, type KeptAccount, type KeptArea, type KeptRoute, type Route, type Stop as ServerStop } from "./store/keeping";
import { fillReserve, PhoneFull, saveAct } from "./store/room";
import { APART, isApart, type Act, type ActState, type PhotoKind, type Point, type StoredAct, type StoredPhoto } from "./store/rows";
import { groundOf, readGround } from "./store/rules";
import { wipeAll } from "./store/wipe";
import { AppVersion } from "./worker/version.svelte";
import { t, word } from "./words";

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

const ROUTE_EVERY = 60_000;

/** The phone: what is kept on it, what is shown of that, and what is sent. Everything is read from the store first. */
class Phone {
  /** `starting`: the store is being opened. `nobody`: sign in. `broken`: the store does not open. */
  phase = $state<"starting" | "nobody" | "open" | "broken">("starting");
  account = $state.raw<KeptAccount | null>(null);
  route = $state.raw<Route | null>(null);
  routeAt = $state<number | null>(null);
  lastContact = $state<number | null>(null);
  /** Seconds that this phone's clock is ahead of the server's. */
  skewSeconds = $state(0);
  /** The last place on the page, so that the app opens there again. */
  place = $state.raw<Record<string, unknown> | null>(null);
  /** Whether the last try to reach the server failed. */
  unreachable = $state(false);
  /** A sentence about the route that could not be read, where there is none to show. */
  problem = $state("");

  #acts = $state.raw<StoredAct[]>([]);
  #photos = $state.raw<StoredPhoto[]>([]);
  #signedOut = $state(false);
  #locked = $state(false);
  #lost = $state(false);
  #full = $state(false);
  #ground = $state<"ok" | "insecure" | "install_first" | "private">("ok");
  #store: Store | null = null;
  #drafts = new Drafts();
  #channel: BroadcastChannel | null = null;
  #version = new AppVersion();
  #timer: ReturnType<typeof setInterval> | undefined;
  #opening: Promise<void> | null = null;
  #lastTick = Date.now();
  #wire: Wire = wire(() => this.account?.token ?? "", accepted);
  #runner = new Runner(() => this.#drain(), (outcome) => this.#ended(outcome));

  rows = $derived(this.#acts.map((row) => this.#shown(row)));
  unsent = $derived({ acts: this.#acts.filter(unsent).length, photos: this.#photos.filter((photo) => photo.actId && photo.state === "waiting").length });
  stops: StopView[] = $derived((this.route?.stops ?? []).map((stop) => this.#view(stop)));
  waiting: StopView[] = $derived((this.route?.waiting ?? []).map((stop) => this.#view(stop)));
  /** Ids of the changes and offers that were answered on this phone, whether or not the server has heard of it. */
  answered = $derived(new Set(this.#acts.filter((row) => isApart(row.lane) && row.state !== "refused").flatMap((row) => (row.act["changeIds"] as string[] | undefined) ?? [String(row.act["offerId"])])));
  clockWrong = $derived(Math.abs(this.skewSeconds) > WORTH_SAYING);
  health: Health = $derived.by(() => {
    if (this.phase === "broken") return "store_broken";
    if (this.#lost) return "store_lost";
    if (this.#locked) return "locked";
    if (this.#signedOut) return "signed_out";
    if (this.#full) return "full";
    if (this.#version.ready) return "update_ready";
    return this.#ground;
  });

  // --- opening and closing ---------------------------------------------------------------------------------------

  /** Open the store and show what is in it; the network is asked afterwards. */
  open(): Promise<void> {
    return (this.#opening ??= this.#open().finally(() => (this.#opening = null)));
  }

  async #open(): Promise<void> {
    if (this.#store) return;
    try {
      this.#store = await openStore(() => this.#storeClosed());
      const account = await kept<KeptAccount>(this.#store, KEYS.account);
      if (account) await this.#enter(account);
      await this.#mark();
    } catch {
      this.phase = "broken";
      return;
    }
    this.#channel = "BroadcastChannel" in globalThis ? new BroadcastChannel("grid-dispatch-phone") : null;
    if (this.#channel) this.#channel.onmessage = ({ data }) => void this.#told(String(data));
    document.addEventListener("visibilitychange", this.#hidden);
    void this.#version.start();
    if (this.phase === "open") void this.#who();
    else await Promise.race([this.#who(), new Promise((go) => setTimeout(go, 4000))]);
    if (this.phase === "starting") this.phase = "nobody";
  }

  /** Stop everything that runs; what is kept stays. */
  close(): void {
    this.#runner.stop();
    clearInterval(this.#timer);
    document.removeEventListener("visibilitychange", this.#hidden);
    this.#channel?.close();
    this.#drafts.close();
    this.#store?.close();
    this.#store = null;
    this.phase = "starting";
    serviceArea.close();
  }

  /** A newer version of the app wants the store, or the browser took it away: let go, and open it again. */
  #storeClosed(): void {
    this.#store = null;
    this.#reopening = openStore(() => this.#storeClosed()).then(
      (store) => {
        this.#store = store;
        this.#drafts.use(store);
        this.#runner.wake();
        return store;
      },
      () => {
        this.phase = "broken";
        return null;
      },
    );
  }
  #reopening: Promise<Store | null> | null = null;

  /** Write into the store; where it was closed under the writing, into the one that is opened for it. */
  async #into<T>(write: (store: Store) => Promise<T>): Promise<T> {
    for (let tried = 0; ; tried += 1) {
      const store = this.#store ?? (await this.#reopening);
      if (!store) throw new Error("no store");
      try {
        return await write(store);
      } catch (error) {
        const closed = error instanceof DOMException && ["InvalidStateError", "AbortError"].includes(error.name) && this.#store !== store;
        if (!closed || tried > 2) throw error;
      }
    }
  }

  /** Notice a store that has been emptied: the mark that lies elsewhere is still there. */
  async #mark(): Promise<void> {
    const store = this.#store!;
    this.#lost = localStorage.getItem("phone-store") !== null && (await kept(store, KEYS.marker)) === null;
    await keep(store, KEYS.marker, Date.now());
    localStorage.setItem("phone-store", "1");
  }

  /** Show the phone of this account. */
  async #enter(account: KeptAccount): Promise<void> {
    const store = this.#store!;
    this.account = account;
    setCsrf(account.token);
    if (!localStorage.getItem("language") && !sessionStorage.getItem("lang") && account.language === "zh") setLanguage("zh");
    const [area, place, skew, contact] = await Promise.all([
      kept<KeptArea>(store, areaKey(account.id)), kept<Record<string, unknown>>(store, placeKey(account.id)),
      kept<number>(store, KEYS.skew), kept<number>(store, KEYS.contact), this.#read(), this.#drafts.load(store, account.id),
    ]);
    this.place = place;
    this.skewSeconds = skew ?? 0;
    this.lastContact = contact;
    if (area) serviceArea.restore(area.area, area.clock, area.faultTypes, area.reasons);
    this.#lock();
    this.phase = "open";
    this.#runner.start();
    clearInterval(this.#timer);
    this.#timer = setInterval(() => void this.#tick(), 5000);
    void this.#loadArea();
    void this.load();
    void readGround().then((ground) => (this.#ground = groundOf(ground)));
    const idle = globalThis.requestIdleCallback ?? ((run: () => void) => setTimeout(run, 3000));
    idle(() => {
      void fillReserve();
      this.#version.warm();
    });
  }

  // --- who has the phone -----------------------------------------------------------------------------------------

  /** Ask the server who is signed in. */
  async #who(): Promise<boolean> {
    await this.#leave();
    if (!this.account && this.#store && (await kept(this.#store, KEYS.leaving)) !== null) return false;
    const answer = await this.#wire("/api/me", { method: "GET", timeout: 15_000 }).catch(() => null);
    if (!answer) return false;
    const verdict = judge(answer.status, answer.headers, answer.text, "account");
    if (verdict.kind === "taken") {
      const { account, csrfToken } = verdict.body as unknown as Schemas["MeOut"];
      await this.signedIn({ account, csrfToken: csrfToken ?? "" });
      return this.account?.id === account.id;
    }
    if (verdict.kind === "signed_out") await this.#leftOut(verdict.wipe);
    return false;
  }

  /** Somebody has signed in: the one who has the phone, or another person, who sees nothing of the first one's. */
  async signedIn({ account, csrfToken }: Schemas["SignedInOut"]): Promise<void> {
    if (homeOf(account.role) !== "/technician") {
      location.replace(homeOf(account.role) + location.search);
      return;
    }
    const store = this.#store;
    if (!store) return;
    const mine: KeptAccount = { id: account.id, name: account.name, language: account.language, token: csrfToken };
    const before = this.account;
    if (before && before.id !== mine.id) await this.#forget(before.id);
    await keep(store, KEYS.account, mine);
    await store.delete("kept", KEYS.leaving);
    this.#signedOut = false;
    if (before?.id === mine.id && this.phase === "open") {
      this.account = mine;
      setCsrf(csrfToken);
      this.#runner.wake();
      if (!this.route) void this.load();
    } else await this.#enter(mine);
    if (!before) this.#channel?.postMessage("account");
  }

  /** Whoever has the phone leaves it. With acts or photos unsent it asks first: it answers false unless `consent`; they stay, and go when the same person signs in again. */
  async signOut(consent = false): Promise<boolean> {
    if (!consent && (this.unsent.acts || this.unsent.photos)) return false;
    await this.#drafts.flush();
    const token = this.account?.token ?? "";
    if (this.account) await this.#forget(this.account.id);
    if (this.#store) await keep(this.#store, KEYS.leaving, token);
    this.#nobody();
    await this.#leave();
    this.#channel?.postMessage("account");
    return true;
  }

  /** Tell the server of somebody who has left; without a network, at the next contact, before anything else is asked. */
  async #leave(): Promise<void> {
    const store = this.#store;
    const token = store && (await kept<string>(store, KEYS.leaving));
    if (!store || token === null) return;
    // Until then whoever signs in does so over the session that is still there.
    setCsrf(token);
    const answer = await wire(() => token, accepted)("/api/sign-out", { method: "POST" }).catch(() => null);
    if (!answer || answer.status >= 500 || answer.status === 0) return;
    await store.delete("kept", KEYS.leaving);
    setCsrf(this.account?.token ?? "");
  }

  /** Remove what the phone knows of subscribers for this account; its acts, photos and drafts stay. */
  async #forget(account: string): Promise<void> {
    const store = this.#store;
    if (!store) return;
    const tx = store.transaction("kept", "readwrite");
    for (const key of [KEYS.account, routeKey(account), areaKey(account), placeKey(account)]) await tx.store.delete(key);
    await tx.done;
  }

  #nobody(): void {
    this.#runner.stop();
    clearInterval(this.#timer);
    this.#drafts.close();
    this.account = null;
    this.route = null;
    this.routeAt = null;
    this.#acts = [];
    this.#photos = [];
    this.#signedOut = this.#locked = false;
    setCsrf("");
    serviceArea.close();
    this.phase = "nobody";
  }

  /** The server no longer knows who asks: work goes on, sending waits. A phone that was signed out from the console is emptied. */
  async #leftOut(wipe: boolean): Promise<void> {
    // The cookie outlives the wiping: a phone that is empty has nothing left to do about it.
    if (!wipe || (await this.#empty())) {
      this.#signedOut = this.account !== null;
      return;
    }
    await this.#wire("/api/mobile/wiped", { method: "POST", json: { unsent: this.unsent.acts + this.unsent.photos } }).catch(() => null);
    this.close();
    await wipeAll();
    location.replace("/technician");
  }

  /** Whether nothing of anybody is on this phone. */
  async #empty(): Promise<boolean> {
    const store = this.#store;
    if (!store || this.account) return false;
    const counts = await Promise.all((["acts", "photos", "drafts"] as const).map((name) => store.count(name)));
    return counts.every((count) => count === 0);
  }

  // --- what the server knows -------------------------------------------------------------------------------------

  /** Read the route again. */
  async load(): Promise<void> {
    const [store, account] = [this.#store, this.account];
    if (!store || !account) return;
    const before = await kept<KeptRoute>(store, routeKey(account.id));
    const headers: Record<string, string> = before?.etag ? { "If-None-Match": before.etag } : {};
    const answer = await this.#wire("/api/mobile/route", { method: "GET", headers }).catch(() => null);
    this.unreachable = !answer;
    if (this.account?.id !== account.id || !this.#store) return;
    if (!answer) this.problem = this.route ? "" : t("no_connection");
    else if (answer.status === 304 && before) await this.#keepRoute({ ...before, at: Date.now() });
    else {
      const verdict = judge(answer.status, answer.headers, answer.text, "stops");
      if (verdict.kind === "taken") {
        await this.#keepRoute({ route: verdict.body as unknown as Route, etag: answer.headers.get("ETag") ?? "", at: Date.now() });
      } else if (verdict.kind === "signed_out") await this.#leftOut(verdict.wipe);
      else if (verdict.kind === "refused") this.problem = verdict.detail;
      else this.unreachable = true;
    }
  }

  async #keepRoute(found: KeptRoute): Promise<void> {
    const [store, account] = [this.#store, this.account];
    if (!store || !account) return;
    this.problem = "";
    await saveAct(store, () => keep(store, routeKey(account.id), found)).catch(() => undefined);
    await keep(store, KEYS.contact, found.at).catch(() => undefined);
    this.#signedOut = false;
    await this.#read();
    // A full phone could not keep it; it is shown all the same.
    if ((this.routeAt ?? 0) < found.at) [this.route, this.routeAt] = [found.route, found.at];
    this.lastContact = found.at;
    this.#lock();
    this.#changed();
  }

  async #loadArea(): Promise<void> {
    const account = this.account;
    if (!(await serviceArea.load())) return;
    const area = serviceArea.all[0];
    if (!area || !account || account.id !== this.account?.id) return;
    await serviceArea.enter(area);
    if (this.#store && account.id === this.account?.id) {
      const { clock, faultTypes, reasons } = serviceArea;
      await keep(this.#store, areaKey(account.id), $state.snapshot({ area, clock, faultTypes, reasons }) satisfies KeptArea).catch(() => undefined);
    }
  }

  /** Beyond the time that the server allows, customers' data are taken off the phone; acts stay and can still be sent. */
  #lock(): void {
    const until = this.route?.offlineUntil;
    const now = this.#trial() ? this.#now() : Date.now() - this.skewSeconds * 1000;
    if (until && serviceArea.clock && Date.parse(until) < now && this.account && this.#store) {
      this.route = null;
      this.routeAt = null;
      this.#locked = true;
      void this.#store.delete("kept", routeKey(this.account.id));
    } else if (this.route) this.#locked = false;
  }

  async #tick(): Promise<void> {
    const now = Date.now();
    const ran = now - this.#lastTick;
    this.#lastTick = now;
    // The clock was set back: what was measured before holds no more, and is known by how far it jumped.
    if (ran < -60_000 && this.#store) {
      this.skewSeconds = Math.round(this.skewSeconds + (ran - 5000) / 1000);
      await keep(this.#store, KEYS.skew, this.skewSeconds).catch(() => undefined);
    }
    this.#lock();
    const age = now - Math.max(this.routeAt ?? 0, 0);
    if (document.visibilityState === "visible" && (age > ROUTE_EVERY || age < 0) && !this.#signedOut) {
      this.#timerJitter ??= setTimeout(() => {
        this.#timerJitter = undefined;
        void this.load();
      }, Math.random() * 20_000);
    }
  }
  #timerJitter: ReturnType<typeof setTimeout> | undefined;

  // --- acts ------------------------------------------------------------------------------------------------------

  /** Do something to an order. Resolves when this phone has stored it for good; the network is never waited for. */
  async act(orderId: string, act: Act, more: { point?: Point | null; accuracy?: number | null; photos?: string[] } = {}): Promise<ActRow> {
    const account = this.account;
    if (!account) throw new Problem(0, "store_unusable", t("store_unusable"));
    const made = {
      account: account.id, lane: orderId, act: $state.snapshot(act) as Act, at: new Date(this.#now()).toISOString(),
      skew: this.#trial() || !this.lastContact ? null : this.skewSeconds, point: more.point ?? null, accuracy: more.accuracy ?? null, photos: more.photos ?? [],
    };
    let row: StoredAct;
    try {
      row = await this.#into((store) => saveAct(store, () => add(store, made)));
      this.#full = false;
    } catch (error) {
      this.#full = error instanceof PhoneFull;
      throw new Problem(0, this.#full ? "phone_full" : "store_unusable", t(this.#full ? "phone_full_act" : "store_unusable"));
    }
    this.#acts = [...this.#acts, row];
    if (row.photos.length) this.#photos = this.#photos.map((photo) => (row.photos.includes(photo.id) ? { ...photo, actId: row.id } : photo));
    this.#changed();
    this.#runner.wake();
    const held = HELD[act.type];
    if (held) this.#runner.wakeIn(held + 50);
    return this.#shown(row);
  }

  /** Take back an act that has not left yet; false where it has. */
  async undo(actId: string): Promise<boolean> {
    const done = this.#store ? await undo(this.#store, actId).catch(() => false) : false;
    await this.#read();
    this.#changed();
    return done;
  }

  /** Send a refused act again, as it is. */
  async retry(actId: string): Promise<void> {
    if (this.#store) await change(this.#store, actId, ["refused"], { state: "here", code: null, detail: null, settledAt: null });
    await this.#read();
    this.#runner.wake();
  }

  /** Give a refused act to the dispatcher: it goes as a note with all that it says, and the order's other acts go on. */
  async handOver(actId: string): Promise<void> {
    const row = this.#acts.find((one) => one.id === actId && one.state === "refused");
    if (!row || !this.#store) return;
    const evidence = { actId: row.id, act: row.act, point: row.point, phoneOccurredAt: row.at, code: row.code };
    await this.act(row.lane, { type: "noted", note: t("handed_over", { what: word("do", row.act.type), why: row.detail ?? row.code ?? "" }).slice(0, 2000), evidence }, { photos: row.photos });
    await change(this.#store, actId, ["refused"], { state: "accepted", code: "handed_over", photos: [] });
    await this.#read();
    this.#runner.wake();
  }

  /** The act as text, also put on the clipboard where the browser lets it. */
  async copyOut(actId: string): Promise<string> {
    const row = this.#acts.find((one) => one.id === actId);
    const text = row ? JSON.stringify({ order: this.stop(row.lane)?.number ?? row.lane, at: row.at, act: row.act, point: row.point, code: row.code, detail: row.detail }, null, 1) : "";
    await navigator.clipboard?.writeText(text).catch(() => undefined);
    return text;
  }

  /** The person has looked at these changes of the route. */
  async seen(changeIds: string[]): Promise<void> {
    if (changeIds.length) await this.act(APART.seen, { type: "seen", changeIds });
  }

  async answerOffer(offerId: string, answer: "accept" | "decline"): Promise<ActRow> {
    return this.act(APART.offer + offerId, { type: "offer", offerId, answer });
  }

  stop(orderId: string): StopView | undefined {
    return this.stops.find((stop) => stop.orderId === orderId) ?? this.waiting.find((stop) => stop.orderId === orderId);
  }

  /** The photos of an order that this phone has. */
  photosOf(orderId: string): StoredPhoto[] {
    return this.#photos.filter((photo) => photo.orderId === orderId);
  }

  // --- drafts, photos, place -------------------------------------------------------------------------------------

  draft(orderId: string, kind: string): Draft {
    return this.#drafts.of(orderId, kind);
  }

  async takePhoto(file: Blob, about: { orderId: string; kind: PhotoKind; point?: Point | null; accuracy?: number | null }): Promise<TakenPhoto> {
    const account = this.account;
    if (!account) throw new Problem(0, "store_unusable", t("store_unusable"));
    try {
      const at = new Date(this.#now()).toISOString();
      const taken = await this.#into((store) => keepPhoto(store, file, { ...about, account: account.id, at }));
      await this.#read();
      return taken;
    } catch (error) {
      if (error instanceof PhoneFull) throw new PhoneFull(t("phone_full"));
      throw new Problem(0, "no_picture", t("no_picture"));
    }
  }

  /** The address of a stored photo's picture; null where its bytes are gone. Free it with `URL.revokeObjectURL`. */
  async pictureOf(photoId: string): Promise<string | null> {
    const bytes = await this.#store?.get("bytes", photoId).catch(() => undefined);
    return bytes ? URL.createObjectURL(new Blob([bytes.data], { type: "image/jpeg" })) : null;
  }

  /** Throw away a photo that no act has taken yet. */
  async dropPhoto(photoId: string): Promise<void> {
    const photo = this.#photos.find((one) => one.id === photoId);
    if (!this.#store || !photo || photo.actId) return;
    await this.#store.delete("photos", photoId);
    await this.#store.delete("bytes", photoId);
    await this.#read();
  }

  /** Remember where on the page the person is; at once, since the camera may kill the page. */
  async goTo(place: Record<string, unknown> | null): Promise<void> {
    this.place = place;
    if (this.#store && this.account) await keep(this.#store, placeKey(this.account.id), place).catch(() => undefined);
  }

  // --- the app itself --------------------------------------------------------------------------------------------

  /** Use the version of the app that waits; drafts are saved first. */
  async update(): Promise<void> {
    await this.#drafts.flush();
    this.#version.apply();
  }

  /** The person has read that the store was lost. */
  dismiss(): void {
    this.#lost = false;
  }

  /** Everything that can be read of a broken store, as text. */
  rescue(): Promise<string> {
    return readOut();
  }

  /** Throw the broken store away and begin again. */
  async startAfresh(): Promise<void> {
    await deleteStore();
    localStorage.removeItem("phone-store");
    this.phase = "starting";
    await this.open();
  }

  /** Try once more now, because a person asked. */
  async refresh(): Promise<void> {
    this.#runner.wake();
    await this.load();
  }

  // --- inside ----------------------------------------------------------------------------------------------------

  #trial(): boolean {
    return serviceArea.clock?.replay ?? false;
  }

  /** The time by which acts are said: the phone's own clock, in a trial area that of the area. */
  #now(): number {
    return this.#trial() ? serviceArea.timeAt(Date.now()) : Date.now();
  }

  async #drain(): Promise<Outcome | null> {
    const [store, account] = [this.#store, this.account];
    if (!store || !account || this.#signedOut) return null;
    await sweep(store, account.id).catch(() => undefined);
    return alone(store, account.id, () =>
      drain({
        store, account: account.id, wire: this.#wire, now: () => this.#now(), trial: () => this.#trial(), renew: () => this.#who(),
        tooOld: () => this.#version.look(),
        changed: () => {
          void this.#read();
          this.#changed();
        },
      }),
    );
  }

  #ended(outcome: Outcome): void {
    this.unreachable = outcome.kind === "later";
    if (outcome.kind === "signed_out") void this.#leftOut(outcome.wipe);
    for (const row of this.#acts) if (heldFor(row, Date.now())) this.#runner.wakeIn(heldFor(row, Date.now()) + 50);
    if (this.#acts.some((row) => (row.settledAt ?? 0) > (this.routeAt ?? 0))) void this.load();
  }

  /** Read what the store has now; another page or the worker may have written. */
  async #read(): Promise<void> {
    const [store, account] = [this.#store, this.account];
    if (!store || !account) return;
    const [acts, photos, route, contact, skew] = await Promise.all([
      actsOf(store, account.id), store.getAll("photos"), kept<KeptRoute>(store, routeKey(account.id)),
      kept<number>(store, KEYS.contact), kept<number>(store, KEYS.skew),
    ]);
    if (this.account?.id !== account.id) return;
    this.#acts = acts;
    this.#photos = photos.filter((photo) => photo.account === account.id);
    if (route && route.at >= (this.routeAt ?? 0)) [this.route, this.routeAt] = [route.route, route.at];
    this.lastContact = contact ?? this.lastContact;
    this.skewSeconds = skew ?? this.skewSeconds;
  }

  #changed(): void {
    this.#channel?.postMessage("changed");
  }

  async #told(what: string): Promise<void> {
    if (what === "account" && this.#store) {
      const account = await kept<KeptAccount>(this.#store, KEYS.account);
      if (account?.id === this.account?.id) return;
      if (account) await this.#enter(account);
      else this.#nobody();
    } else await this.#read();
  }

  #hidden = (): void => {
    if (document.visibilityState === "hidden") void this.#drafts.flush();
  };

  #shown(row: StoredAct): ActRow {
    const photos = this.#photos.filter((photo) => row.photos.includes(photo.id));
    return {
      id: row.id, orderId: row.lane, type: row.act.type, state: row.state, code: row.code, detail: row.detail, at: row.at,
      photosWaiting: photos.filter((photo) => photo.state === "waiting").length, photos: row.photos.length, heldUntil: row.state === "here" ? row.heldUntil : 0,
    };
  }

  #view(stop: Stop): StopView {
    const mine = this.#acts.filter((row) => row.lane === stop.orderId);
    const open = mine.filter(unsent);
    const refused = mine.find((row) => row.state === "refused" && !row.gone);
    const ids = mine.flatMap((row) => row.photos);
    const missing = this.#photos.filter((photo) => ids.includes(photo.id) && photo.state !== "sent").length;
    return {
      ...open.reduce(effect, stop), unsent: open.length, refused: refused ? this.#shown(refused) : null,
      awaiting: ids.length ? { missing, of: ids.length } : null,
    };
  }
}

export const phone = new Phone();

/** Where the phone is and how sure of it, in metres; null where it cannot or may not say. */
export function whereNow(): Promise<{ point: Point; accuracy: number } | null> {
  return new Promise((resolve) => {
    if (!("geolocation" in navigator)) return resolve(null);
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => resolve({ point: [coords.longitude, coords.latitude], accuracy: coords.accuracy }),
      () => resolve(null),
      { enableHighAccuracy: true, timeout: 8000, maximumAge: 30_000 },
    );
  });
}
export { PhoneFull };
/** What is being filled in for an order: kept with every key. */
export const draft = (orderId: string, kind: string): Draft => phone.draft(orderId, kind);
/** Keep a photo on this phone: upright, at most 1600 px and 400 kB. Raises `PhoneFull` with a sentence. */
export const takePhoto = (...what: Parameters<typeof phone.takePhoto>): Promise<TakenPhoto> => phone.takePhoto(...what);
