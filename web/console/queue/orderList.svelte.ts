import { serviceArea } from "../../shared/area.svelte";
import { api } from "../../shared/client";
import { Paged } from "../../shared/paged.svelte";
import { dueTime, isLate, matches, narrowed, NOTHING, type Narrow, type Order } from "../orders";
import { workday } from "../workday.svelte";

/** What the list of orders is cut down to: a queue, a filter, and words that are searched for. */
class OrderList {
  filter = $state<string>("open");
  narrow = $state.raw<Narrow>(NOTHING);
  search = $state("");
  /** What the server found for the words, also where it is not of the day. */
  found = new Paged<Order>((cursor) =>
    api.GET("/api/areas/{area_id}/orders", { params: { path: { area_id: serviceArea.id }, query: { q: this.search.trim(), cursor, limit: 50 } } }));
  shown = $derived.by(() => this.#shown());

  /** Everything of the queue again. */
  clear(): void {
    this.narrow = NOTHING;
    this.search = "";
  }

  /** Late ones first, then urgent ones, each by what is due next; those that wait for their callback last. */
  #shown(): Order[] {
    const searching = this.search.trim().length >= 2;
    const base = searching && this.found.phase === "ready" ? this.found.items.map((order) => workday.orders.get(order.id) ?? order) : [...workday.orders.values()];
    const [now, filter, narrow, tooLate] = [serviceArea.minute, this.filter, this.narrow, workday.tooLate];
    const list: { key: number; order: Order }[] = [];
    for (const order of base) {
      if (!(searching || matches(order, filter, now, tooLate)) || !narrowed(order, narrow)) continue;
      const rank = order.status === "completed" ? 3 : isLate(order, now) ? 0 : order.level === "urgent" ? 1 : 2;
      list.push({ key: rank * 1e13 + (dueTime(order) ?? 9e12), order });
    }
    return list.sort((a, b) => a.key - b.key).map(({ order }) => order);
  }
}

export const orderList = new OrderList();
