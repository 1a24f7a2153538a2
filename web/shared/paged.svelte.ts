import { ask, Problem, sentence } from "./client";

type Page<T> = { items: T[]; nextCursor?: string | null };
type Fetch<T> = (cursor: string | undefined) => Promise<{ data?: Page<T>; error?: unknown; response: Response }>;

/** A list that is read page by page, with its loading, empty, error and no-permission states. */
export class Paged<T> {
  items = $state.raw<T[]>([]);
  phase = $state<"idle" | "loading" | "ready" | "error" | "forbidden">("idle");
  problem = $state("");
  next = $state<string | null>(null);
  #fetch: Fetch<T>;
  #turn = 0;

  constructor(fetch: Fetch<T>) {
    this.#fetch = fetch;
  }

  /** As many as are loaded, with a sign that there are more. */
  get count(): string {
    return this.phase === "ready" || this.items.length ? `${this.items.length}${this.next ? "+" : ""}` : "";
  }

  clear(): void {
    this.#turn++;
    this.items = [];
    this.next = null;
    this.phase = "idle";
  }

  /** Read from the beginning; what is shown stays until the answer is there. */
  async load(): Promise<void> {
    const turn = ++this.#turn;
    if (this.phase !== "ready") this.phase = "loading";
    await this.#page(undefined, turn);
  }

  async more(): Promise<void> {
    if (this.next) await this.#page(this.next, this.#turn);
  }

  async #page(cursor: string | undefined, turn: number): Promise<void> {
    try {
      const page = await ask(this.#fetch(cursor));
      if (turn !== this.#turn) return;
      this.items = cursor ? [...this.items, ...page.items] : page.items;
      this.next = page.nextCursor ?? null;
      this.phase = "ready";
    } catch (error) {
      if (turn !== this.#turn) return;
      this.problem = sentence(error);
      this.phase = error instanceof Problem && error.status === 403 ? "forbidden" : "error";
    }
  }
}
