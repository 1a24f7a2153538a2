import { whereNow } from "./phone.svelte";

type Found = Awaited<ReturnType<typeof whereNow>>;
const FRESH_MS = 60_000;
const WAIT_MS = 3000;

/** The position for a photo: looked up while the camera is open, so that nobody waits for it afterwards. */
class Fix {
  #found: { at: number; asked: Promise<Found> } | null = null;

  /** Begin to look. */
  wish(): void {
    if (!this.#found || Date.now() - this.#found.at > FRESH_MS) this.#found = { at: Date.now(), asked: whereNow() };
  }

  /** What is known of the position within three seconds; null where nothing is. */
  soon(): Promise<Found> {
    this.wish();
    return Promise.race([this.#found!.asked, new Promise<null>((done) => setTimeout(() => done(null), WAIT_MS))]);
  }
}

export const fix = new Fix();
