import { api, ask, Problem, sentence, type Schemas } from "../../shared/client";
import { number as written } from "../../shared/i18n.svelte";
import { t } from "../words";
import { screen } from "../screen.svelte";
import { changes } from "../changes";
import { workday } from "../workday.svelte";
import { serviceArea } from "../../shared/area.svelte";
import { plans } from "../../shared/roles";
import { session } from "../../shared/session.svelte";
import { toast } from "../../shared/toast.svelte";
import type { Visit } from "./rows";
import { timelineView } from "./timelineView.svelte";

export type Price = Schemas["PriceOut"];
/** Where a visit would go: a person's route (null: off the plan), before so many of its movable visits (null: where it costs least). */
export type Target = { technicianId: string | null; position: number | null };

/** A page that has just opened has better things to ask first. */
const SETTLED = 4000;
const MOVABLE = new Set(["reported", "dispatched", "accepted", "suspended"]);

/**
 * A visit in the hand: with the mouse, a finger or by the keyboard, the same way through the same server.
 *
 * Every place it is held over is priced by the server's evaluator; only the newest question matters, so one is on its way
 * and one waits at most. Dropping sends the version of the price that is shown, and the server refuses where it no longer holds.
 */
class Drag {
  held = $state.raw<{ orderId: string; number: string; from: string | null; by: "hand" | "keys"; listed: boolean } | null>(null);
  pointer = $state.raw<{ x: number; y: number }>({ x: 0, y: 0 });
  target = $state.raw<Target | null>(null);
  price = $state.raw<Price | null>(null);
  problem = $state("");
  asking = $state(false);
  dropping = $state(false);
  undoId = $state<string | null>(null);
  redoId = $state<string | null>(null);
  /** What a screen reader hears while the keyboard moves. */
  spoken = $derived(this.held?.by === "keys" ? this.says() : "");

  /** Whoever shows people or routes says what a point of the screen means. */
  readonly places: ((x: number, y: number, element: Element | null) => Target | null | undefined)[] = [];
  #prices = new Map<string, Price>();
  #wanted: Target | null = null;
  #turn = 0;
  #readying: ReturnType<typeof setTimeout> | undefined;

  movable(orderId: string): boolean {
    if (!plans(session.role)) return false;
    const visit = timelineView.byOrder.get(orderId)?.visit;
    if (visit) return visit.movable;
    const order = workday.orders.get(orderId);
    return order !== undefined && order.point !== null && MOVABLE.has(order.status);
  }

  /** The movable visits of somebody's day without the held one: positions count these. */
  rest(technicianId: string): Visit[] {
    const row = timelineView.all.find((one) => one.id === technicianId);
    return row ? row.visits.filter((visit) => visit.movable && visit.id !== this.held?.orderId) : [];
  }

  /** `listed`: it was taken from a list, where letting it go again changes nothing. */
  hold(orderId: string, by: "hand" | "keys", listed = false): boolean {
    if (!this.movable(orderId)) return false;
    const here = timelineView.byOrder.get(orderId);
    const number = here?.visit.stop.number ?? workday.orders.get(orderId)?.number ?? "";
    this.held = { orderId, number, from: here?.row.id ?? null, by, listed };
    this.#prices.clear();
    this.#turn++;
    this.price = this.target = null;
    this.problem = "";
    // The server makes the day ready to be priced while the hand is still on its way.
    if (by === "hand" && here) void this.ask(orderId, { technicianId: here.row.id, position: null }).catch(() => undefined);
    if (by === "keys") {
      const start = here?.row.id ?? timelineView.cursor?.technicianId ?? timelineView.rows[0]?.id ?? null;
      const at = here ? here.row.visits.filter((visit) => visit.movable).findIndex((visit) => visit.id === orderId) : null;
      this.over(start === null ? null : { technicianId: start, position: at });
    }
    return true;
  }

  letGo(): void {
    this.held = null;
    this.target = null;
    this.price = null;
    this.problem = "";
    this.#wanted = null;
    this.#turn++;
  }

  /** Hold it over a place, and ask what dropping it there would cost. */
  over(target: Target | null): void {
    const known = this.target;
    if (known === target || (known && target && known.technicianId === target.technicianId && known.position === target.position)) return;
    this.target = target;
    this.problem = "";
    const price = target ? (this.#prices.get(this.#key(target)) ?? null) : null;
    this.price = price;
    this.#wanted = price ? null : target;
    if (!price && target && !this.asking) void this.#ask();
  }

  /** What a drop would cost, from the server's evaluator. */
  ask(orderId: string, target: Target): Promise<Price> {
    return ask(api.POST("/api/areas/{area_id}/moves/price", { params: { path: { area_id: serviceArea.id } }, body: { orderId, ...target, date: workday.day } }));
  }

  #key(target: Target): string {
    return `${target.technicianId} ${target.position}`;
  }

  async #ask(): Promise<void> {
    this.asking = true;
    while (this.#wanted && this.held) {
      const target = this.#wanted;
      const turn = this.#turn;
      this.#wanted = null;
      try {
        const price = await this.ask(this.held.orderId, target);
        if (turn !== this.#turn) continue;
        this.#prices.set(this.#key(target), price);
        if (this.target && this.#key(this.target) === this.#key(target)) this.price = price;
      } catch (error) {
        if (turn === this.#turn && this.target && this.#key(this.target) === this.#key(target)) this.problem = sentence(error);
      }
    }
    this.asking = false;
  }

  /** Drop it where it is held, at the price that is shown. Nothing is sent before the price is known, and nothing that a hard rule forbids. */
  async drop(): Promise<boolean> {
    const { held, target } = this;
    if (!held || !target || this.dropping) return false;
    for (let waited = 0; !this.price && !this.problem && waited < 100; waited++) await new Promise((go) => setTimeout(go, 50));
    const price = this.price;
    if (!price) {
      if (this.problem) toast.say(this.problem, true);
      this.letGo();
      return false;
    }
    if (!price.allowed) {
      toast.say(t("move_refused", { number: held.number, why: price.violations.map((one) => one.text).join(" ") }), true);
      this.letGo();
      return false;
    }
    return this.make(held.orderId, target, price);
  }

  make(orderId: string, target: Target, price: Price): Promise<boolean> {
    return changes.whileActing(() => this.#make(orderId, target, price));
  }
  async #make(orderId: string, target: Target, price: Price): Promise<boolean> {
    this.dropping = true;
    try {
      const done = await ask(
        api.POST("/api/areas/{area_id}/moves", {
          params: { path: { area_id: serviceArea.id } },
          headers: { "If-Match": `"${price.version}"` },
          body: { orderId, technicianId: target.technicianId, position: price.position, date: workday.day },
        }));
      this.undoId = done.undoId;
      this.redoId = done.redoId;
      toast.say(this.told(done.price ?? price));
      this.letGo();
      await Promise.all([workday.loadRoutes(), workday.refresh(orderId), workday.loadWorklists()]);
      workday.changed = new Set([orderId]);
      workday.ordersTouched++;
      this.#ready(0);
      return true;
    } catch (error) {
      const stale = error instanceof Problem && error.status === 412;
      toast.say(stale ? `${sentence(error)} ${t("move_stale")}` : sentence(error), true);
      this.letGo();
      if (stale) await Promise.all([workday.loadRoutes(), workday.refresh(orderId)]);
      return false;
    } finally {
      this.dropping = false;
    }
  }

  told(price: Price): string {
    const number = price.changes.find((change) => change.orderId === price.orderId)?.number ?? workday.orders.get(price.orderId)?.number ?? "";
    if (price.technicianId === null) return t("did_unassign", { number });
    return t("did_move", { number, name: this.nameOf(price.technicianId) });
  }

  nameOf(technicianId: string | null): string {
    if (technicianId === null) return t("nobody");
    return timelineView.all.find((one) => one.id === technicianId)?.name ?? workday.technicians.get(technicianId) ?? "";
  }

  /** The price in one breath. */
  says(): string {
    const { target, price } = this;
    if (!target) return t("move_nowhere");
    const where = target.technicianId === null ? t("move_off") : t("move_onto", { name: this.nameOf(target.technicianId), place: (price?.position ?? target.position ?? 0) + 1 });
    if (this.problem) return `${where}. ${this.problem}`;
    if (!price) return where;
    const parts = [where, ...this.facts(price)];
    if (!price.allowed) parts.push(t("move_forbidden"));
    parts.push(...price.violations.map((one) => one.text), ...price.warnings.map((one) => one.text));
    return parts.join(". ");
  }

  facts(price: Price): string[] {
    const own = price.changes.find((change) => change.orderId === price.orderId);
    const late = price.changes.filter((change) => change.becomesLate);
    const minutes = Math.round(price.travelSeconds / 60);
    return [
      ...(own?.start && own.end ? [t("move_times", { from: timelineView.clock(Date.parse(own.start)), to: timelineView.clock(Date.parse(own.end)) })] : []),
      t(minutes < 0 ? "move_saves" : "move_drives", { minutes: Math.abs(minutes), km: written(Math.abs(price.travelMetres) / 1000, 1) }),
      ...(late.length ? [t("move_late", { count: late.length })] : []),
    ];
  }

  async #back(way: "undo" | "redo"): Promise<void> {
    if (this.dropping) return;
    this.dropping = true;
    try {
      const params = { path: { area_id: serviceArea.id } };
      const body = { date: workday.day };
      const done = await ask(way === "undo" ? api.POST("/api/areas/{area_id}/moves/undo", { params, body }) : api.POST("/api/areas/{area_id}/moves/redo", { params, body }));
      this.undoId = done.undoId;
      this.redoId = done.redoId;
      toast.say(t(way === "undo" ? "did_undo" : "did_redo", { number: done.number ?? "" }));
      await Promise.all([workday.loadRoutes(), workday.loadOrders(), workday.loadWorklists()]);
      if (screen.orderId) workday.changed = new Set([screen.orderId]);
      workday.ordersTouched++;
    } catch (error) {
      toast.say(sentence(error), true);
      await this.load();
    } finally {
      this.dropping = false;
    }
  }
  undo = (): Promise<void> => changes.whileActing(() => this.#back("undo"));
  redo = (): Promise<void> => changes.whileActing(() => this.#back("redo"));

  /** What undo and redo would take; another page of the same person may have moved something. */
  async load(): Promise<void> {
    if (!plans(session.role) || !serviceArea.id || !workday.day) return;
    const found = await ask(api.GET("/api/areas/{area_id}/moves", { params: { path: { area_id: serviceArea.id }, query: { date: workday.day } } })).catch(() => null);
    this.undoId = found?.undoId ?? null;
    this.redoId = found?.redoId ?? null;
    this.#ready(SETTLED);
  }

  /** After a change the server makes the day anew before it prices: better while nobody holds anything. */
  #ready(wait: number): void {
    clearTimeout(this.#readying);
    this.#readying = setTimeout(() => {
      const some = [...timelineView.byOrder.values()].find(({ visit }) => visit.movable);
      if (some) void this.ask(some.visit.id, { technicianId: some.row.id, position: null }).catch(() => undefined);
    }, wait);
  }

  /** What lies under a point of the screen. */
  find(x: number, y: number): Target | null {
    const element = document.elementFromPoint(x, y);
    for (const place of this.places) {
      const found = place(x, y, element);
      if (found !== undefined) return found;
    }
    return null;
  }
}

export const drag = new Drag();

const FAR_ENOUGH = 5;
/** A finger that rests so long picks up; one that goes first scrolls or pans, as everywhere. */
const REST = 350;

/** Begin a drag once the pointer has gone a few pixels, or a finger has rested; Escape, a second finger or leaving the window ends it without a drop. */
export function grab(event: { clientX: number; clientY: number }, orderId: string, { finger = false, listed = false } = {}): void {
  const from = { x: event.clientX, y: event.clientY };
  let begun = false;
  const begin = (): boolean => {
    begun = drag.hold(orderId, "hand", listed);
    if (begun) {
      drag.pointer = from;
      document.documentElement.classList.add("dragging");
    } else end();
    return begun;
  };
  const rested = finger ? setTimeout(() => begin() && navigator.vibrate?.(12), REST) : undefined;
  const move = (now: PointerEvent): void => {
    if (!begun) {
      if (Math.hypot(now.clientX - from.x, now.clientY - from.y) < FAR_ENOUGH) return;
      if (finger) return end();
      if (!begin()) return;
    }
    now.preventDefault();
    drag.pointer = { x: now.clientX, y: now.clientY };
    drag.over(drag.find(now.clientX, now.clientY));
  };
  const up = (): void => {
    const dropped = begun && drag.held;
    end();
    if (!dropped) return;
    // The click that follows a drag is none.
    const swallow = (click: MouseEvent): void => click.stopPropagation();
    window.addEventListener("click", swallow, { capture: true, once: true });
    setTimeout(() => window.removeEventListener("click", swallow, { capture: true }), 0);
    if (drag.target) void drag.drop();
    else drag.letGo();
  };
  const key = (pressed: KeyboardEvent): void => {
    if (pressed.key !== "Escape" || !begun) return;
    pressed.preventDefault();
    pressed.stopPropagation();
    cancel();
  };
  const cancel = (): void => {
    end();
    if (begun) drag.letGo();
  };
  const second = (other: PointerEvent): void => {
    if (!other.isPrimary) cancel();
  };
  /** The menu of a long press stays away. */
  const still = (other: Event): void => {
    if (begun) other.preventDefault();
  };
  const heard: [string, (event: never) => void, AddEventListenerOptions?][] = [
    ["pointermove", move], ["pointerup", up], ["pointercancel", cancel], ["pointerdown", second], ["blur", cancel], ["keydown", key, { capture: true }],
    ["contextmenu", still],
  ];
  const end = (): void => {
    clearTimeout(rested);
    document.documentElement.classList.remove("dragging");
    for (const [name, listener, options] of heard) window.removeEventListener(name, listener as EventListener, options);
  };
  for (const [name, listener, options] of heard) window.addEventListener(name, listener as EventListener, options);
}
