import { sentence } from "../shared/client";

const open = new Set<Promise<unknown>>();
/** Wait until nothing that was asked is without an answer. */
export async function allAnswered(): Promise<void> {
  while (open.size) await Promise.allSettled(open);
}

/** One question to the server and its newest answer; an older one that comes late is dropped. */
export class Asked<T> {
  data = $state.raw<T | null>(null);
  problem = $state("");
  #turn = 0;
  #again: () => Promise<T> = () => Promise.reject(new Error("nothing was asked"));

  async ask(what: () => Promise<T>): Promise<void> {
    const turn = ++this.#turn;
    this.#again = what;
    this.problem = "";
    const asking = what();
    open.add(asking);
    try {
      const found = await asking;
      if (turn === this.#turn) this.data = found;
    } catch (error) {
      if (turn !== this.#turn) return;
      this.data = null;
      this.problem = sentence(error);
    } finally {
      open.delete(asking);
    }
  }
  again(): void {
    void this.ask(this.#again);
  }
}
