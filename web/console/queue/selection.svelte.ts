import { api, ask, sentence, type Schemas } from "../../shared/client";
import { takesReports } from "../../shared/roles";
import { session } from "../../shared/session.svelte";
import { orderList } from "./orderList.svelte";
import { screen } from "../screen.svelte";
import { workday } from "../workday.svelte";
import { serviceArea } from "../../shared/area.svelte";
import { act, type Act } from "../acting";
import type { Order } from "../orders";

export type Suspicion = Schemas["SuspicionOut"];
export type Result = { id: string; number: string; ok: boolean; text: string };

type Given = { id: string; number: string; version?: number };

const AT_A_TIME = 4;

/** What a dispatcher holds in their hands: the chosen orders, what became of each, the open dialogs, and what may be one. */
class Selection {
  chosen = $state.raw<ReadonlySet<string>>(new Set());
  running = $state.raw<{ done: number; of: number } | null>(null);
  results = $state.raw<Result[]>([]);
  dialog = $state<"palette" | "keys" | null>(null);
  reporting = $state(false);
  suspicions = $state.raw<Suspicion[]>([]);
  suspicionsPhase = $state<"loading" | "ready" | "error">("loading");
  suspicionsProblem = $state("");

  duplicates = $derived(this.suspicions.filter((one) => one.kind === "duplicate"));
  outages = $derived(this.suspicions.filter((one) => one.kind === "outage"));
  #turn = 0;

  choose(id: string, on: boolean): void {
    const chosen = new Set(this.chosen);
    if (on) chosen.add(id);
    else chosen.delete(id);
    this.chosen = chosen;
  }
  chooseAll(ids: Iterable<string>): void {
    this.chosen = new Set([...this.chosen, ...ids]);
  }
  none(): void {
    this.chosen = new Set();
  }

  async loadSuspicions(): Promise<void> {
    const turn = ++this.#turn;
    const area = serviceArea.id;
    if (!area) return;
    try {
      const found = await ask(api.GET("/api/areas/{area_id}/worklists/suspicions", { params: { path: { area_id: area } } }));
      if (turn !== this.#turn || area !== serviceArea.id) return;
      this.suspicions = found;
      this.suspicionsPhase = "ready";
    } catch (error) {
      if (turn !== this.#turn) return;
      this.suspicionsProblem = sentence(error);
      this.suspicionsPhase = "error";
    }
  }

  /** Do an act to each of these orders, and keep what became of every single one. */
  async doToAll<T extends Given>(orders: readonly T[], wanted: (order: T) => Act, said: (order: Order) => string): Promise<Result[]> {
    const results: Result[] = [];
    this.results = [];
    this.running = { done: 0, of: orders.length };
    const waiting = [...orders];
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        results.push(await this.#one(next, wanted(next), said));
        this.running = { done: results.length, of: orders.length };
      }
    };
    await Promise.all(Array.from({ length: Math.min(AT_A_TIME, orders.length) }, work));
    const place = new Map(orders.map((order, index) => [order.id, index]));
    this.results = results.sort((a, b) => Number(a.ok) - Number(b.ok) || place.get(a.id)! - place.get(b.id)!);
    this.running = null;
    // What could not be done stays chosen, to be looked at or tried again.
    this.chosen = new Set(results.filter((one) => !one.ok).map((one) => one.id));
    workday.changed = new Set(results.map((one) => one.id));
    void Promise.all([workday.loadRoutes(), workday.loadWorklists(), this.loadSuspicions()]);
    return this.results;
  }

  async #one(order: Given, wanted: Act, said: (order: Order) => string): Promise<Result> {
    try {
      const done = await act(order.id, wanted, order.version);
      return { id: order.id, number: order.number, ok: true, text: said(done) };
    } catch (error) {
      void workday.refresh(order.id);
      return { id: order.id, number: order.number, ok: false, text: sentence(error) };
    }
  }

  /** Begin a report, or go on with the one that was begun. */
  report(): void {
    if (!takesReports(session.role)) return;
    screen.orderId = null;
    screen.planOpen = false;
    this.reporting = true;
  }

  /** Another area or another person: nothing is held any more. */
  clear(): void {
    this.#turn++;
    this.chosen = new Set();
    this.results = [];
    this.suspicions = [];
    this.suspicionsPhase = "loading";
    this.dialog = null;
    this.reporting = false;
    orderList.clear();
  }
}

export const selection = new Selection();
