import { api, ask, sentence, type Schemas } from "./client";
import { isoDay, named, setTimeZone } from "./i18n.svelte";
import { Live, type Change } from "./live.svelte";
import { t } from "./staff";

export type Area = Schemas["AreaOut"];

const CLOCK_EVERY = 60_000;

/** The service area that a page works in: its clock, its rules as data, and what changes in it. */
class ServiceArea {
  all = $state.raw<Area[]>([]);
  current = $state.raw<Area | null>(null);
  phase = $state<"loading" | "ready" | "error">("loading");
  problem = $state("");
  clock = $state.raw<{ now: number; at: number; speed: number; replay: boolean } | null>(null);
  /** Milliseconds of the area's time, moved on every second. */
  now = $state(Date.now());
  /** The same to the half minute: what is late and what follows from it is not worked out anew every second. */
  minute = $derived(this.now - (this.now % 30_000));
  today = $derived(isoDay(new Date(this.minute)));
  faultTypes = $state.raw<Schemas["FaultTypeOut"][]>([]);
  reasons = $state.raw<Schemas["ReasonOut"][]>([]);
  live = new Live();

  #timers: ReturnType<typeof setInterval>[] = [];
  #early: Promise<Area[] | null> | null = null;

  /** The id of the area; empty while there is none. */
  get id(): string {
    return this.current?.id ?? "";
  }

  /** Ask for the areas while it is still being found out who asks. */
  hurry(): void {
    this.#early = this.#list().catch(() => null);
  }
  async #list(): Promise<Area[]> {
    return (await ask(api.GET("/api/areas", {}))).items;
  }

  /** Read which areas there are; false where they could not be read, and `problem` says why. */
  async load(): Promise<boolean> {
    this.phase = "loading";
    try {
      const early = this.#early;
      this.#early = null;
      this.all = (await early) ?? (await this.#list());
      this.phase = "ready";
      return true;
    } catch (error) {
      this.problem = sentence(error);
      this.phase = "error";
      return false;
    }
  }

  /** Work in this area from now on: its zone and clock hold at once, its rules follow; resolves once they are there or cannot be had. */
  async enter(area: Area): Promise<void> {
    this.#begin(area);
    this.#setClock(area.clock);
    const params = { path: { area_id: area.id } };
    const quiet = <T,>(promise: Promise<T>, done: (value: T) => void): Promise<void> =>
      promise.then((value) => void (area.id === this.id && done(value))).catch(() => undefined);
    await Promise.all([
      quiet(ask(api.GET("/api/areas/{area_id}/fault-types", { params })), (types) => (this.faultTypes = types)),
      quiet(ask(api.GET("/api/areas/{area_id}/reasons", { params })), (reasons) => (this.reasons = reasons)),
    ]);
  }

  /** Work in an area as it was when it was last read; no network is asked. */
  restore(area: Area, clock: typeof this.clock, faultTypes: Schemas["FaultTypeOut"][], reasons: Schemas["ReasonOut"][]): void {
    this.#begin(area);
    [this.clock, this.faultTypes, this.reasons] = [clock, faultTypes, reasons];
    this.#tick();
  }

  #begin(area: Area): void {
    this.leave();
    this.current = area;
    setTimeZone(area.timezone);
    this.#timers = [setInterval(() => this.#tick(), 1000), setInterval(() => void this.loadClock(), CLOCK_EVERY)];
  }

  /** Hear what changes in the area; resolves once nothing that changes later is missed. */
  async watch(told: (changes: Change[]) => void): Promise<void> {
    await this.live.start(this.id, told);
  }

  /** Stop the clock and the listening; what was read stays until another area is entered. */
  leave(): void {
    this.live.stop();
    this.#timers.forEach(clearInterval);
    this.#timers = [];
  }

  /** Forget everything: somebody else may sit down. */
  close(): void {
    this.leave();
    this.current = null;
    this.all = [];
    this.phase = "loading";
  }

  async loadClock(): Promise<void> {
    const id = this.id;
    const clock = await ask(api.GET("/api/areas/{area_id}/clock", { params: { path: { area_id: id } } })).catch(() => null);
    if (clock && id === this.id) this.#setClock(clock);
  }

  #setClock(clock: Schemas["ClockOut"]): void {
    this.clock = { now: Date.parse(clock.now), at: Date.now(), speed: clock.replay ? clock.speed : 1, replay: clock.replay };
    this.#tick();
  }

  #tick(): void {
    if (this.clock) this.now = this.timeAt(Date.now());
  }

  /** The area's time at a real moment, both in milliseconds. */
  timeAt(real: number): number {
    const clock = this.clock;
    return clock ? clock.now + (real - clock.at) * clock.speed : real;
  }

  /** The name of a fault type in the page's language. */
  faultName(code: string): string {
    const type = this.faultTypes.find((found) => found.code === code);
    return type ? named(type) : code.replaceAll("_", " ");
  }

  /** The name of a reason in the page's language. */
  reasonName(code: string | null | undefined, kind?: string): string {
    if (!code) return t("none");
    const reason = this.reasons.find((found) => found.code === code && (!kind || found.kind === kind));
    return reason ? named(reason) : code.replaceAll("_", " ");
  }

  /** The reasons of a kind that may be chosen now. */
  reasonsOf(kind: string | undefined): Schemas["ReasonOut"][] {
    return this.reasons.filter((reason) => reason.active && reason.kind === kind);
  }
}

export const serviceArea = new ServiceArea();
