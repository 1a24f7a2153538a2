import { phone } from "./phone.svelte";

/** A break that the technician has begun: while it lasts no position is looked up. */
class Pause {
  #until = $state(0);
  #now = $state(Date.now());
  #timer: ReturnType<typeof setInterval> | undefined;

  /** Go on with a break that was begun before the page was closed. */
  start(): void {
    this.#until = Number(phone.draft("day", "break").value["until"] ?? 0);
    this.#watch();
  }

  get on(): boolean {
    return this.#until > this.#now;
  }

  toggle(seconds: number): void {
    this.#until = this.on ? 0 : Date.now() + seconds * 1000;
    phone.draft("day", "break").value["until"] = this.#until;
    this.#watch();
  }

  #watch(): void {
    clearInterval(this.#timer);
    this.#now = Date.now();
    if (this.on) this.#timer = setInterval(() => (this.#now = Date.now()), 5000);
  }
}

export const pause = new Pause();
