import { api, ask } from "./client";

/** A thing that changed, with its version where the server tells one. */
export type Change = { topic: string; key: string; version?: number | null };

const POLL_EVERY = 10_000;
const SILENT_AFTER = 40_000;

/** Watches an area: a stream while it holds, asking every ten seconds while it does not, from the last cursor on. */
export class Live {
  state = $state<"starting" | "live" | "polling" | "lost">("starting");
  /** Real time of the last sign of life. */
  since = $state(Date.now());
  #source: EventSource | null = null;
  #cursor: string | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #area = "";
  #told: (changes: Change[]) => void = () => undefined;
  #tries = 0;

  /** Resolves once it is known from where on changes are told: what is read after that misses none. */
  async start(area: string, told: (changes: Change[]) => void): Promise<void> {
    this.stop();
    this.#area = area;
    this.#told = told;
    this.state = "starting";
    this.#timer = setInterval(() => void this.#tick(), POLL_EVERY);
    addEventListener("offline", this.#cut);
    addEventListener("online", this.#back);
    document.addEventListener("visibilitychange", this.#back);
    await this.#tick(true);
  }

  /** The machine itself says that it has no network: known at once, not after silence. */
  #cut = (): void => {
    this.#source?.close();
    this.#source = null;
    this.#tries = 2;
    this.state = "lost";
  };
  /** Back from no network or from sleep: ask at once what was missed. */
  #back = (): void => {
    if (document.visibilityState === "visible" && (this.state !== "live" || Date.now() - this.since > POLL_EVERY)) void this.#tick(true);
  };

  stop(): void {
    this.#source?.close();
    this.#source = null;
    clearInterval(this.#timer);
    removeEventListener("offline", this.#cut);
    removeEventListener("online", this.#back);
    document.removeEventListener("visibilitychange", this.#back);
    this.#cursor = undefined;
  }

  #open(): void {
    const cursor = this.#cursor ? `?cursor=${encodeURIComponent(this.#cursor)}` : "";
    const source = new EventSource(`/api/areas/${this.#area}/changes${cursor}`);
    this.#source = source;
    const alive = (event: MessageEvent): void => {
      if (event.lastEventId) this.#cursor = event.lastEventId;
      this.#alive("live");
    };
    source.addEventListener("cursor", alive);
    source.addEventListener("change", (event) => {
      alive(event);
      this.#told([JSON.parse(event.data) as Change]);
    });
    source.onerror = () => {
      // A closed stream does not come back by itself; the next tick asks and opens it again.
      if (source.readyState === EventSource.CLOSED && this.#source === source) this.#source = null;
      if (this.state === "live") this.state = "polling";
    };
  }

  #alive(state: "live" | "polling"): void {
    this.state = state;
    this.since = Date.now();
    this.#tries = 0;
  }

  async #tick(now = false): Promise<void> {
    const silent = Date.now() - this.since > SILENT_AFTER;
    if (!now && this.state === "live" && this.#source && !silent) return;
    const area = this.#area;
    const first = this.state === "starting" && !this.#source;
    try {
      // Comments of the stream do not reach the page, so a quiet one is asked whether anything was missed.
      const query = { cursor: this.#cursor };
      const found = await ask(api.GET("/api/areas/{area_id}/changes/list", { params: { path: { area_id: area }, query } }));
      if (area !== this.#area) return;
      // Without a cursor after a failure nobody knows what was missed: as much as an import may have changed.
      if (!this.#cursor && !first) this.#told([{ topic: "import", key: "" }]);
      this.#cursor = found.cursor;
      const open = this.#source?.readyState === EventSource.OPEN;
      if (!first) this.#alive(open ? "live" : "polling");
      if (found.items.length) this.#told(found.items);
      if (!this.#source) this.#open();
    } catch {
      this.#tries++;
      if (first) this.state = "polling";
      if (this.#tries > 1 || silent) this.state = "lost";
    }
  }
}
