import { serviceArea } from "../shared/area.svelte";
import { api, ask } from "../shared/client";
import { dayOf } from "./day";
import { pause } from "./pause.svelte";
import { phone } from "./phone.svelte";
import { mayWatch, worthKeeping, type Seen } from "./watching";

const SEND_EVERY_MS = 60_000;
const MOST = 500;

/** Positions on the way to subscribers, while the page is open: in the shift, after consent, never in a break. */
class Positions {
  #watch: number | null = null;
  #last: Seen | null = null;
  #waiting: Seen[] = [];

  /** Begin; returns how to stop. */
  start(): () => void {
    const stop = $effect.root(() => {
      $effect(() => {
        const day = dayOf(phone.route);
        const driving = phone.stops.some((one) => one.status === "en_route");
        const may = mayWatch({ consent: day.consent, shift: day.shift, at: serviceArea.minute, pausing: pause.on, driving });
        if (may) this.#begin();
        else this.#end();
      });
    });
    const timer = setInterval(() => void this.#send(), SEND_EVERY_MS);
    return () => {
      stop();
      clearInterval(timer);
      this.#end();
    };
  }

  #begin(): void {
    if (this.#watch !== null || !("geolocation" in navigator)) return;
    this.#watch = navigator.geolocation.watchPosition(
      ({ coords }) => {
        const seen: Seen = { point: [coords.longitude, coords.latitude], accuracy: coords.accuracy, at: serviceArea.clock?.replay ? serviceArea.timeAt(Date.now()) : Date.now() };
        if (!worthKeeping(seen, this.#last)) return;
        this.#last = seen;
        this.#waiting = [...this.#waiting, seen].slice(-MOST);
      },
      () => undefined,
      { enableHighAccuracy: true, maximumAge: 15_000 },
    );
  }

  #end(): void {
    if (this.#watch !== null) navigator.geolocation.clearWatch(this.#watch);
    this.#watch = null;
    this.#last = null;
    void this.#send();
  }

  /** What could not be sent waits for the next time; unlike an act, a position that is lost harms nobody. */
  async #send(): Promise<void> {
    const sending = this.#waiting;
    if (!sending.length) return;
    this.#waiting = [];
    const now = new Date(serviceArea.clock?.replay ? serviceArea.timeAt(Date.now()) : Date.now()).toISOString();
    const positions = sending.map((seen) => ({ point: seen.point, occurredAt: new Date(seen.at).toISOString(), accuracyMetres: seen.accuracy }));
    await ask(api.POST("/api/mobile/positions", { body: { phoneTime: now, positions } })).catch(() => {
      this.#waiting = [...sending, ...this.#waiting].slice(-MOST);
    });
  }
}

export const positions = new Positions();
