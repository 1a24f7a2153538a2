import type { Store } from "../store/database";
import { uuid7 } from "../store/ids";
import { pause } from "./answers";
import type { Outcome } from "./flusher";

const LEASE = 45_000;
export const LOCK = "grid-dispatch-outbox";

interface Lease {
  page: string;
  /** Milliseconds. */
  until: number;
}

/** A name of this page that stays while it is loaded again. */
function thisPage(): string {
  const name = sessionStorage.getItem("page") ?? uuid7();
  sessionStorage.setItem("page", name);
  return name;
}

/**
 * Run `work` alone among all pages and the worker of this browser. The lock of somebody who died is free at once; where
 * a browser has no locks (plain http), a lease in the store does, and ends by itself.
 */
export async function alone<T>(store: Store, account: string, work: () => Promise<T>): Promise<T | null> {
  if (navigator.locks) return navigator.locks.request(`${LOCK}/${account}`, work);
  const key = `sender/${account}`;
  const lease = (): Lease => ({ page: thisPage(), until: Date.now() + LEASE });
  const tx = store.transaction("kept", "readwrite");
  const held = (await tx.store.get(key)) as Lease | undefined;
  // What this page had before it was loaded again is its own: whoever held it is gone.
  const free = !held || held.page === thisPage() || held.until < Date.now() || held.until > Date.now() + LEASE;
  if (free) await tx.store.put(lease(), key);
  await tx.done;
  if (!free) return null;
  const renewal = setInterval(() => void store.put("kept", lease(), key).catch(() => undefined), LEASE / 3);
  try {
    return await work();
  } finally {
    clearInterval(renewal);
    await store.delete("kept", key).catch(() => undefined);
  }
}

/** When the outbox is sent: at the start, after each act, when the page is seen or the network is back, and by a timer. */
export class Runner {
  #running = false;
  #again = false;
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = true;

  constructor(
    readonly work: () => Promise<Outcome | null>,
    readonly ended: (outcome: Outcome) => void,
  ) {}

  start(): void {
    if (!this.#stopped) return;
    this.#stopped = false;
    document.addEventListener("visibilitychange", this.#seen);
    addEventListener("online", this.wake);
    addEventListener("pageshow", this.wake);
    this.wake();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    document.removeEventListener("visibilitychange", this.#seen);
    removeEventListener("online", this.wake);
    removeEventListener("pageshow", this.wake);
  }

  #seen = (): void => {
    if (document.visibilityState === "visible") this.wake();
  };

  /** Send now; while it is being sent already, once more afterwards. */
  wake = (): void => {
    this.#again = true;
    if (!this.#running && !this.#stopped) void this.#run();
  };

  /** Send in so many milliseconds, when the last act can no longer be taken back. */
  wakeIn(milliseconds: number): void {
    setTimeout(this.wake, milliseconds);
  }

  async #run(): Promise<void> {
    this.#running = true;
    clearTimeout(this.#timer);
    let outcome: Outcome | null = null;
    while (this.#again && !this.#stopped) {
      this.#again = false;
      outcome = await this.work().catch((): Outcome => ({ kind: "later", after: null }));
    }
    this.#running = false;
    if (this.#stopped) return;
    if (outcome) this.ended(outcome);
    const well = outcome?.kind === "drained";
    this.#failures = well ? 0 : this.#failures + 1;
    const wait = well ? 30 + Math.random() * 30 : pause(this.#failures, outcome?.kind === "later" ? outcome.after : null);
    this.#timer = setTimeout(this.wake, wait * 1000);
  }
}
