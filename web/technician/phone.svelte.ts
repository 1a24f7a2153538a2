import { serviceArea } from "../shared/area.svelte";
import { api, ask, Problem, randomId, sentence, type Schemas } from "../shared/client";
import { toast } from "../shared/toast.svelte";
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
  problem = $state("");
  at = $state("");
  #timer: ReturnType<typeof setInterval> | undefined;

  async open(): Promise<void> {
    if (!(await serviceArea.load())) {
      this.problem = serviceArea.problem;
      return;
    }
    const area = serviceArea.all[0];
    if (area) serviceArea.enter(area);
    clearInterval(this.#timer);
    this.#timer = setInterval(() => void this.load(), 30_000);
    await this.load();
  }

  async load(): Promise<void> {
    try {
      void serviceArea.loadClock();
      this.route = (await ask(api.GET("/api/mobile/route", {}))) ?? this.route;
      this.problem = "";
      this.at = new Date(serviceArea.now).toISOString();
    } catch (error) {
      this.problem = sentence(error);
    }
  }

  close(): void {
    clearInterval(this.#timer);
    this.route = null;
    serviceArea.close();
    toast.clear();
  }

  /** Send one act; answers the code of a refusal, null when it stands. */
  async send(stop: Stop, act: Record<string, unknown> & { type: PhoneAct }, point: [number, number] | null = null): Promise<string | null> {
    const what = word("do", act.type);
    try {
      // In a trial area people live by its clock; elsewhere the phone's own is sent, so that the server can see it is off.
      const now = new Date(serviceArea.clock?.replay ? serviceArea.now : Date.now()).toISOString();
      const body = { phoneTime: now, acts: [{ id: randomId(), orderId: stop.orderId, occurredAt: now, act, point }] };
      const { answers } = await ask(api.POST("/api/mobile/sync", { body: body as Schemas["SyncRequest"] }));
      const answer = answers[0];
      if (!answer) throw new Problem(500, "unknown", t("page_error"));
      const stands = answer.result === "applied" || answer.result === "already";
      const text = stands ? t(answer.result === "applied" ? "sent.applied" : "sent.already", { what }) : `${answer.detail ?? ""} ${answer.evidenceKept ? t("evidence_kept") : ""}`.trim();
      toast.say(text, !stands);
      await this.load();
      return stands ? null : (answer.code ?? answer.result);
    } catch (error) {
      toast.say(sentence(error), true);
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
