import { serviceArea } from "../shared/area.svelte";
import type { Change } from "../shared/live.svelte";
import { phones } from "./phones/phones.svelte";
import { workday } from "./workday.svelte";

/** More changed orders than this are read as the whole list. */
const ONE_BY_ONE = 25;
/** So long at most the feed waits for the answer to what this page does itself, in milliseconds. */
const PATIENCE = 3000;

/** What the feed told of a thing: its version, infinite where none was told, and when this page heard it. */
type News = { version: number; at: number };

/**
 * What the area tells of changes, gathered for a moment, then read again.
 *
 * The feed tells this page of its own acts too. An order whose told version the page holds already is no news; neither is anything
 * that was heard before the page began to read it.
 */
class Changes {
  #heard = new Map<string, Map<string, News>>();
  #flushing: ReturnType<typeof setTimeout> | undefined;
  #flushed = 0;
  #acting = 0;

  note(changes: readonly Change[]): void {
    const at = performance.now();
    for (const { topic, key, version } of changes) {
      const ofTopic = this.#heard.get(topic) ?? new Map<string, News>();
      this.#heard.set(topic, ofTopic.set(key, { version: Math.max(version ?? Infinity, ofTopic.get(key)?.version ?? 0), at }));
    }
    // A single change is shown at once, a flood of them in gulps.
    this.#flushing ??= setTimeout(() => void this.#flush(), Date.now() - this.#flushed < 1000 ? 400 : 60);
  }

  forget(): void {
    clearTimeout(this.#flushing);
    this.#flushing = undefined;
    this.#heard.clear();
  }

  /** Do something that changes the area, and read what follows from it; what the feed tells meanwhile waits for that. */
  async whileActing<T>(work: () => Promise<T>): Promise<T> {
    this.#acting++;
    try {
      return await work();
    } finally {
      this.#acting--;
    }
  }

  async #flush(): Promise<void> {
    const first = Math.min(...[...this.#heard.values()].flatMap((news) => [...news.values()].map((one) => one.at)));
    if (this.#acting && performance.now() - first < PATIENCE) {
      this.#flushing = setTimeout(() => void this.#flush(), 60);
      return;
    }
    this.#flushing = undefined;
    this.#flushed = Date.now();
    const heard = this.#heard;
    this.#heard = new Map();
    const latest = (news: Iterable<News> = []): number => Math.max(0, ...[...news].map((one) => one.at));
    const told = (...topics: string[]): number => Math.max(...topics.map((topic) => latest(heard.get(topic)?.values())));
    const news = [...(heard.get("order") ?? [])].filter(([id, { version }]) => version > workday.versionOf(id));
    const orders = news.map(([id]) => id);
    const ordersAt = latest(news.map(([, one]) => one));
    if (heard.has("evidence")) void phones.loadConflicts();
    if (heard.has("phone")) void phones.loadLosses();
    if (heard.has("seen") || heard.has("unseen")) void phones.loadUnseen();
    if (heard.has("outage")) workday.outagesTouched++;
    if (heard.has("clock")) void serviceArea.loadClock();
    if (heard.has("position")) workday.positionsChanged();
    if (heard.has("roster") || heard.has("technicians")) void workday.loadShifts();
    if (heard.has("plan")) workday.planTouched = told("plan");
    if (heard.has("assessment") || heard.has("appeal")) workday.scoresTouched++;
    if (Math.max(told("plan", "route"), ordersAt) > workday.routesAskedAt) void workday.loadRoutes();
    const worklists = async (): Promise<void> => {
      if (Math.max(told("import"), ordersAt) > workday.worklistsAskedAt) await workday.loadWorklists();
    };
    if (heard.has("import") || orders.length > ONE_BY_ONE) {
      await Promise.all([workday.loadOrders(), worklists()]);
    } else if (orders.length) {
      await Promise.all([workday.refresh(...orders), worklists()]);
    }
    if (orders.length) workday.changed = new Set(orders);
    if (orders.length || heard.has("import")) workday.ordersTouched++;
  }
}

export const changes = new Changes();
