import { api, ask, Problem, randomId, sentence, type Schemas } from "../shared/client";
import { named, setTimeZone } from "../shared/i18n.svelte";
import { t, word } from "./words";

export type Stop = Schemas["RouteStop"];
export type PhoneAct = "accepted" | "contacted" | "departed" | "arrived" | "completed" | "nobody_home" | "suspension_requested" | "return_requested" | "resumed";

/** What a technician may do to a stop, the usual next step first. */
export function nextActs(stop: Stop): PhoneAct[] {
  const asks: PhoneAct[] = stop.pendingRequest ? [] : ["suspension_requested", "return_requested"];
  switch (stop.status) {
    case "dispatched":
      return ["accepted", ...(stop.pendingRequest ? [] : (["return_requested"] as const))];
    case "accepted":
      return ["departed", "contacted", ...asks];
    case "en_route":
      return ["arrived", ...asks];
    case "on_site":
      return ["completed", "nobody_home", ...asks];
    case "suspended":
      return ["resumed"];
    default:
      return [];
  }
}

/** The technician's day: the route as the server knows it, and acts sent to it one by one. */
class Phone {
  route = $state.raw<Schemas["MobileRoute"] | null>(null);
  area = $state.raw<Schemas["AreaOut"] | null>(null);
  faultTypes = $state.raw<Schemas["FaultTypeOut"][]>([]);
  reasons = $state.raw<Schemas["ReasonOut"][]>([]);
  clock = $state.raw<{ now: number; at: number; speed: number; replay: boolean } | null>(null);
  now = $state(Date.now());
  problem = $state("");
  at = $state("");
  said = $state.raw<{ text: string; bad: boolean } | null>(null);
  #timers: ReturnType<typeof setInterval>[] = [];

  async open(): Promise<void> {
    try {
      const areas = (await ask(api.GET("/api/areas", {}))).items;
      this.area = areas[0] ?? null;
      if (this.area) {
        setTimeZone(this.area.timezone);
        this.#setClock(this.area.clock);
        const path = { area_id: this.area.id };
        void ask(api.GET("/api/areas/{area_id}/fault-types", { params: { path } })).then((types) => (this.faultTypes = types)).catch(() => undefined);
        void ask(api.GET("/api/areas/{area_id}/reasons", { params: { path } })).then((reasons) => (this.reasons = reasons)).catch(() => undefined);
      }
      this.close();
      this.#timers = [setInterval(() => this.#tick(), 1000), setInterval(() => void this.load(), 30_000)];
      await this.load();
    } catch (error) {
      this.problem = sentence(error);
    }
  }

  #setClock(clock: Schemas["ClockOut"]): void {
    this.clock = { now: Date.parse(clock.now), at: Date.now(), speed: clock.replay ? clock.speed : 1, replay: clock.replay };
    this.#tick();
  }

  #tick(): void {
    const clock = this.clock;
    this.now = clock ? clock.now + (Date.now() - clock.at) * clock.speed : Date.now();
  }

  async load(): Promise<void> {
    try {
      if (this.area) this.#setClock(await ask(api.GET("/api/areas/{area_id}/clock", { params: { path: { area_id: this.area.id } } })));
      this.route = (await ask(api.GET("/api/mobile/route", {}))) ?? this.route;
      this.problem = "";
      this.at = new Date(this.now).toISOString();
    } catch (error) {
      this.problem = sentence(error);
    }
  }

  close(): void {
    this.#timers.forEach(clearInterval);
    this.#timers = [];
  }

  reasonsOf(kind: string): { code: string; text: string }[] {
    return this.reasons.filter((reason) => reason.active && reason.kind === kind).map((reason) => ({ code: reason.code, text: named(reason) }));
  }

  /** Send one act; answers the code of a refusal, null when it stands. */
  async send(stop: Stop, act: Record<string, unknown> & { type: PhoneAct }, point: [number, number] | null = null): Promise<string | null> {
    const what = word("do", act.type);
    try {
      // In a trial area people live by its clock; elsewhere the phone's own is sent, so that the server can see it is off.
      const now = new Date(this.clock?.replay ? this.now : Date.now()).toISOString();
      const body = { phoneTime: now, acts: [{ id: randomId(), orderId: stop.orderId, occurredAt: now, act, point }] };
      const { answers } = await ask(api.POST("/api/mobile/sync", { body: body as Schemas["SyncRequest"] }));
      const answer = answers[0];
      if (!answer) throw new Problem(500, "unknown", t("page_error"));
      const stands = answer.result === "applied" || answer.result === "already";
      const text = stands ? t(answer.result === "applied" ? "sent.applied" : "sent.already", { what }) : `${answer.detail ?? ""} ${answer.evidenceKept ? t("evidence_kept") : ""}`.trim();
      this.said = { text, bad: !stands };
      await this.load();
      return stands ? null : (answer.code ?? answer.result);
    } catch (error) {
      this.said = { text: sentence(error), bad: true };
      return error instanceof Problem ? error.code : "unknown";
    }
  }

  async sendPhoto(id: string, orderId: string, kind: "after" | "signature", file: File): Promise<void> {
    const form = new FormData();
    form.append("file", file);
    await ask(
      api.PUT("/api/mobile/photos/{photo_id}", {
        params: { path: { photo_id: id }, query: { orderId, kind } },
        body: { file: "" },
        bodySerializer: () => form,
      }));
  }
}

export const phone = new Phone();

/** Where the phone is; null where it cannot or may not say. */
export function position(): Promise<[number, number] | null> {
  return new Promise((resolve) => {
    if (!("geolocation" in navigator)) return resolve(null);
    navigator.geolocation.getCurrentPosition(
      (found) => resolve([found.coords.longitude, found.coords.latitude]),
      () => resolve(null),
      { enableHighAccuracy: true, timeout: 8000, maximumAge: 30_000 },
    );
  });
}
