import { serviceArea } from "../shared/area.svelte";
import { randomId, setCsrf, type Schemas } from "../shared/client";
import { setLanguage } from "../shared/i18n.svelte";
import { drain, type Outcome } from "./outbox/flusher";
import { heldFor, sweep, unsent } from "./outbox/outbox";
import { alone, Runner } from "./outbox/runner";
import type { TakenPhoto } from "./outbox/taking";
import { WORTH_SAYING } from "./outbox/times";
import { Acting, type AboutPhoto, type More } from "./phone/acting.svelte";
import { forgetMark, Held } from "./phone/held.svelte";
import { Person } from "./phone/person";
import { Today } from "./phone/today.svelte";
import { actRow, stopView, type ActRow, type Health, type StopView } from "./phone/views";
import { deleteStore, readOut } from "./store/database";
import type { Draft } from "./store/drafts.svelte";
import { areaKey, keep, kept, KEYS, placeKey, type KeptAccount, type KeptArea, type Route } from "./store/keeping";
import { fillReserve, PhoneFull } from "./store/room";
import { APART, isApart, type Act, type Point, type StoredPhoto } from "./store/rows";
import { groundOf, readGround } from "./store/rules";
import { AppVersion } from "./worker/version.svelte";

export type { ActRow, Health, PhoneAct, Stop, StopView } from "./phone/views";

/** The phone as the pages see it: what is kept on it, what is shown of that, and what is sent. Everything is read from the store first. */
class Phone {
  #held = new Held(() => this.#runner.wake());
  #runner = new Runner(() => this.#drain(), (outcome) => this.#ended(outcome));
  #person = new Person(this.#held, {
    enter: (account) => this.#enter(account), close: () => this.close(),
    again: () => {
      this.#runner.wake();
      if (!this.route) void this.load();
    },
    left: () => {
      this.#runner.stop();
      this.#today.stop();
    },
  });
  #today = new Today(this.#held, (wipe) => this.#person.leftOut(wipe), () => void this.#person.tellLoss());
  #acting = new Acting(this.#held, this.#runner);
  #version = new AppVersion();
  #ground = $state<"ok" | "insecure" | "install_first" | "private">("ok");
  #opening: Promise<void> | null = null;

  // --- what is shown ---------------------------------------------------------------------------------------------

  get phase(): Held["phase"] {
    return this.#held.phase;
  }
  get account(): KeptAccount | null {
    return this.#held.account;
  }
  get route(): Route | null {
    return this.#held.route;
  }
  get routeAt(): number | null {
    return this.#held.routeAt;
  }
  get lastContact(): number | null {
    return this.#held.lastContact;
  }
  /** Seconds that this phone's clock is ahead of the server's. */
  get skewSeconds(): number {
    return this.#held.skewSeconds;
  }
  /** The last place on the page, so that the app opens there again. */
  get place(): Record<string, unknown> | null {
    return this.#held.place;
  }
  /** Whether the last try to reach the server failed. */
  get unreachable(): boolean {
    return this.#held.unreachable;
  }
  /** A sentence about the route that could not be read, where there is none to show. */
  get problem(): string {
    return this.#held.problem;
  }

  rows = $derived(this.#held.acts.map((row) => actRow(row, this.#held.photos)));
  unsent = $derived({ acts: this.#held.acts.filter(unsent).length, photos: this.#held.photos.filter((photo) => photo.actId && photo.state === "waiting").length });
  stops: StopView[] = $derived((this.route?.stops ?? []).map((stop) => stopView(stop, this.#held.acts, this.#held.photos)));
  waiting: StopView[] = $derived((this.route?.waiting ?? []).map((stop) => stopView(stop, this.#held.acts, this.#held.photos)));
  /** Ids of the changes and offers that were answered on this phone, whether or not the server has heard of it. */
  answered = $derived(new Set(this.#held.acts.filter((row) => isApart(row.lane) && row.state !== "refused").flatMap((row) => (row.act["changeIds"] as string[] | undefined) ?? [String(row.act["offerId"])])));
  clockWrong = $derived(Math.abs(this.skewSeconds) > WORTH_SAYING);
  health: Health = $derived.by(() => {
    if (this.phase === "broken") return "store_broken";
    if (this.#held.lost) return "store_lost";
    if (this.#held.locked) return "locked";
    if (this.#held.signedOut) return "signed_out";
    if (this.#held.full) return "full";
    if (this.#version.ready) return "update_ready";
    return this.#ground;
  });

  stop(orderId: string): StopView | undefined {
    return this.stops.find((stop) => stop.orderId === orderId) ?? this.waiting.find((stop) => stop.orderId === orderId);
  }

  // --- opening and closing ---------------------------------------------------------------------------------------

  /** Open the store and show what is in it; the network is asked afterwards. */
  open(): Promise<void> {
    return (this.#opening ??= this.#open().finally(() => (this.#opening = null)));
  }

  async #open(): Promise<void> {
    const held = this.#held;
    if (held.store) return;
    try {
      const store = await held.open();
      const account = await kept<KeptAccount>(store, KEYS.account);
      if (account) await this.#enter(account);
    } catch {
      held.phase = "broken";
      return;
    }
    held.listen((what) => void (what === "account" ? this.#person.changed() : what === "woken" ? this.refresh() : held.read()));
    for (const event of ["visibilitychange", "freeze"]) document.addEventListener(event, this.#hidden);
    void this.#version.start();
    if (held.phase === "open") void this.#person.who().catch(() => false);
    else await Promise.race([this.#person.who(), new Promise((go) => setTimeout(go, 4000))]);
    // Not `this.phase`: what was awaited may have changed it.
    if ((held.phase as string) === "starting") held.phase = "nobody";
  }

  /** Stop everything that runs; what is kept stays. */
  close(): void {
    this.#runner.stop();
    this.#today.stop();
    for (const event of ["visibilitychange", "freeze"]) document.removeEventListener(event, this.#hidden);
    this.#held.close();
    this.#held.phase = "starting";
    serviceArea.close();
  }

  /** Show the phone of this account. */
  async #enter(account: KeptAccount): Promise<void> {
    const held = this.#held;
    const store = held.store!;
    held.account = account;
    setCsrf(account.token);
    if (!localStorage.getItem("language") && !sessionStorage.getItem("lang") && account.language === "zh") setLanguage("zh");
    const [area, place, skew, contact] = await Promise.all([
      kept<KeptArea>(store, areaKey(account.id)), kept<Record<string, unknown>>(store, placeKey(account.id)),
      kept<number>(store, KEYS.skew), kept<number>(store, KEYS.contact), held.read(), held.drafts.load(store, account.id),
    ]);
    held.place = place;
    held.skewSeconds = skew ?? 0;
    held.lastContact = contact;
    if (area) serviceArea.restore(area.area, area.clock, area.faultTypes, area.reasons);
    this.#today.lock();
    held.phase = "open";
    this.#runner.start();
    this.#today.start();
    void readGround().then((ground) => (this.#ground = groundOf(ground)));
    const idle = globalThis.requestIdleCallback ?? ((run: () => void) => setTimeout(run, 3000));
    idle(() => {
      void fillReserve();
      this.#version.warm();
    });
  }

  /** Somebody has signed in: the one who has the phone, or another person, who sees nothing of the first one's. */
  signedIn(signedIn: Schemas["SignedInOut"]): Promise<void> {
    return this.#person.signedIn(signedIn);
  }

  /** Whoever has the phone leaves it. With acts or photos unsent it asks first: it answers false unless `consent`; they stay, and go when the same person signs in again. */
  async signOut(consent = false): Promise<boolean> {
    if (!consent && (this.unsent.acts || this.unsent.photos)) return false;
    await this.#person.signOut();
    return true;
  }

  /** Read the route again. */
  load(): Promise<void> {
    return this.#today.load();
  }

  /** The streets along the route, `[longitude, latitude]`; null where nobody can say now. */
  streets(): Promise<number[][] | null> {
    return this.#today.streets();
  }

  /** Try once more now, because a person asked. */
  async refresh(): Promise<void> {
    this.#runner.wake();
    await this.load();
  }

  // --- acts, photos, drafts --------------------------------------------------------------------------------------

  /** Do something to an order. Resolves when this phone has stored it for good; the network is never waited for. */
  async act(orderId: string, act: Act, more: More = {}): Promise<ActRow> {
    return actRow(await this.#acting.act(orderId, act, more), this.#held.photos);
  }

  /** Take back an act that has not left yet; false where it has. */
  undo(actId: string): Promise<boolean> {
    return this.#acting.undo(actId);
  }

  /** Send a refused act again, as it is. */
  retry(actId: string): Promise<void> {
    return this.#acting.retry(actId);
  }

  /** Give a refused act to the dispatcher: it goes as a note with all that it says, and the order's other acts go on. */
  handOver(actId: string): Promise<void> {
    return this.#acting.handOver(actId);
  }

  /** The act as text, also put on the clipboard where the browser lets it. */
  async copyOut(actId: string): Promise<string> {
    const row = this.#held.acts.find((one) => one.id === actId);
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

  /** The photos of an order that this phone has. */
  photosOf(orderId: string): StoredPhoto[] {
    return this.#held.photos.filter((photo) => photo.orderId === orderId);
  }

  takePhoto(file: Blob, about: AboutPhoto): Promise<TakenPhoto> {
    return this.#acting.photograph(file, about);
  }

  /** The address of a stored photo's picture; null where its bytes are gone. Free it with `URL.revokeObjectURL`. */
  pictureOf(photoId: string): Promise<string | null> {
    return this.#acting.pictureOf(photoId);
  }

  /** Throw away a photo that no act has taken yet. */
  dropPhoto(photoId: string): Promise<void> {
    return this.#acting.dropPhoto(photoId);
  }

  draft(orderId: string, kind: string): Draft {
    return this.#held.drafts.of(orderId, kind);
  }

  /** Remember where on the page the person is; at once, since the camera may kill the page. */
  async goTo(place: Record<string, unknown> | null): Promise<void> {
    const held = this.#held;
    held.place = place;
    if (held.store && held.account) await keep(held.store, placeKey(held.account.id), place).catch(() => undefined);
  }

  // --- the app itself --------------------------------------------------------------------------------------------

  /** Use the version of the app that waits; drafts are saved first. */
  async update(): Promise<void> {
    await this.#held.drafts.flush();
    this.#version.apply();
  }

  /** The person has read that the store was lost. */
  dismiss(): void {
    this.#held.lost = false;
  }

  /** Everything that can be read of a broken store, as text. */
  rescue(): Promise<string> {
    return readOut();
  }

  /** Throw the broken store away and begin again; the dispatcher is told, since unsent work may have been in it. */
  async startAfresh(): Promise<void> {
    await deleteStore();
    forgetMark();
    this.#held.phase = "starting";
    await this.open();
    if (this.#held.store) await keep(this.#held.store, KEYS.loss, (this.#held.loss = randomId()));
    await this.#person.tellLoss();
  }

  // --- sending ---------------------------------------------------------------------------------------------------

  async #drain(): Promise<Outcome | null> {
    const held = this.#held;
    const [store, account] = [held.store, held.account];
    if (!store || !account || held.signedOut) return null;
    await sweep(store, account.id).catch(() => undefined);
    return alone(store, account.id, () =>
      drain({
        store, account: account.id, wire: held.wire, now: () => held.now(), trial: () => held.trial(), renew: () => this.#person.who(),
        tooOld: () => this.#version.look(),
        changed: () => {
          void held.read();
          held.tell("changed");
        },
      }),
    );
  }

  #ended(outcome: Outcome): void {
    const held = this.#held;
    held.unreachable = outcome.kind === "later";
    if (outcome.kind === "signed_out") void this.#person.leftOut(outcome.wipe);
    for (const row of held.acts) if (heldFor(row, Date.now())) this.#runner.wakeIn(heldFor(row, Date.now()) + 50);
    if (held.acts.some((row) => (row.settledAt ?? 0) > (held.routeAt ?? 0))) void this.load();
  }

  /** The system may end the page from now on without another word. */
  #hidden = (event: Event): void => {
    if (event.type === "freeze" || document.visibilityState === "hidden") void this.#held.drafts.flush();
  };
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
