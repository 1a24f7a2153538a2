import type { Store } from "./database";

const DEBOUNCE = 400;

/** What is being filled in: kept with every key, and there again after the page has died. */
export class Draft {
  value = $state<Record<string, unknown>>({});
  #saved = "{}";
  #timer: ReturnType<typeof setTimeout> | undefined;
  #writing: Promise<void> = Promise.resolve();
  #cleared = false;
  #end: () => void;

  constructor(
    readonly key: string,
    readonly account: string,
    readonly store: () => Store | null,
    initial: Record<string, unknown>,
  ) {
    this.value = structuredClone(initial);
    this.#saved = JSON.stringify(initial);
    this.#end = $effect.root(() => {
      $effect(() => {
        const text = JSON.stringify(this.value);
        if (text === this.#saved) return;
        this.#cleared = false;
        this.#timer ??= setTimeout(() => void this.flush(), DEBOUNCE);
      });
    });
  }

  /** Save what is there now; resolves when the disk has it. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const value = $state.snapshot(this.value) as Record<string, unknown>;
    const text = JSON.stringify(value);
    if (text === this.#saved || this.#cleared) return this.#writing;
    this.#writing = this.#writing.then(async () => {
      const store = this.store();
      if (!store) return;
      const tx = store.transaction("drafts", "readwrite", { durability: "strict" });
      await tx.store.put({ key: this.key, account: this.account, value });
      await tx.done;
      this.#saved = text;
    }).catch(() => undefined);
    return this.#writing;
  }

  /** Forget it: it has become an act. */
  async clear(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#writing;
    this.#cleared = true;
    this.#saved = "{}";
    this.value = {};
    await this.store()?.delete("drafts", this.key).catch(() => undefined);
  }

  /** Stop watching; what was saved stays. */
  close(): void {
    clearTimeout(this.#timer);
    this.#end();
  }
}

/** All drafts of the account that has the phone. They are read at the start, so that a form is filled at once. */
export class Drafts {
  #open = new Map<string, Draft>();
  #kept = new Map<string, Record<string, unknown>>();
  #store: Store | null = null;
  #account = "";

  async load(store: Store, account: string): Promise<void> {
    this.close();
    this.#store = store;
    this.#account = account;
    for (const row of await store.getAll("drafts")) if (row.account === account) this.#kept.set(row.key, row.value);
  }

  /** The store was opened anew. */
  use(store: Store): void {
    this.#store = store;
  }

  of(orderId: string, kind: string): Draft {
    const key = `${this.#account}/${orderId}/${kind}`;
    let draft = this.#open.get(key);
    if (!draft) this.#open.set(key, (draft = new Draft(key, this.#account, () => this.#store, this.#kept.get(key) ?? {})));
    return draft;
  }

  /** Save all of them now: the page may be killed at any moment. */
  async flush(): Promise<void> {
    await Promise.all([...this.#open.values()].map((draft) => draft.flush()));
  }

  close(): void {
    for (const draft of this.#open.values()) draft.close();
    this.#open.clear();
    this.#kept.clear();
  }
}
