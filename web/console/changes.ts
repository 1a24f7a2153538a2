import { serviceArea } from "../shared/area.svelte";
import type { Change } from "../shared/live.svelte";
import { workday } from "./workday.svelte";

/** More changed orders than this are read as the whole list. */
const ONE_BY_ONE = 25;

/** What the area tells of changes, gathered for a moment, then read again. */
class Changes {
  #changed = new Map<string, Set<string>>();
  #flushing: ReturnType<typeof setTimeout> | undefined;
  #flushed = 0;

  note(changes: readonly Change[]): void {
    for (const change of changes) {
      const keys = this.#changed.get(change.topic) ?? new Set();
      this.#changed.set(change.topic, keys.add(change.key));
    }
    // A single change is shown at once, a flood of them in gulps.
    this.#flushing ??= setTimeout(() => void this.#flush(), Date.now() - this.#flushed < 1000 ? 400 : 60);
  }

  forget(): void {
    clearTimeout(this.#flushing);
    this.#flushing = undefined;
    this.#changed = new Map();
  }

  async #flush(): Promise<void> {
    this.#flushing = undefined;
    this.#flushed = Date.now();
    const changed = this.#changed;
    this.#changed = new Map();
    const orders = [...(changed.get("order") ?? [])];
    if (changed.has("clock")) void serviceArea.loadClock();
    if (changed.has("position")) workday.positionsChanged();
    if (changed.has("roster") || changed.has("technicians")) void workday.loadShifts();
    if (changed.has("plan_run") || changed.has("plan")) workday.planTouched++;
    if (changed.has("assessment") || changed.has("appeal")) workday.scoresTouched++;
    if (changed.has("plan") || changed.has("route") || orders.length) void workday.loadRoutes();
    if (changed.has("import") || orders.length > ONE_BY_ONE) {
      await Promise.all([workday.loadOrders(), workday.loadWorklists()]);
    } else if (orders.length) {
      await Promise.all([workday.refresh(...orders), workday.loadWorklists()]);
    }
    if (orders.length) workday.changedElsewhere = new Set(orders);
    if (orders.length || changed.has("import")) workday.ordersTouched++;
  }
}

export const changes = new Changes();
