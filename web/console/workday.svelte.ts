import { phones } from "./phones/phones.svelte";
import { serviceArea } from "../shared/area.svelte";
import { api, ask, Problem, sentence, type Schemas } from "../shared/client";
import { addDays } from "../shared/dates";
import { instant, isoDay } from "../shared/i18n.svelte";
import { Paged } from "../shared/paged.svelte";
import { session } from "../shared/session.svelte";
import { canSee, matches, OPEN_STATES, QUEUES, seesPositions, type Order } from "./orders";

const PAGE = 1000;
/** Enough to begin with; the others follow at once. */
const FIRST_PAGE = 200;
/** Above this many orders search finds what is not loaded. */
const AT_ONCE = 15_000;
/** Lines of more people than this are asked for as everybody's. */
const LINES_AT_ONCE = 20;

/** One day of the area as the server knows it: orders, routes, shifts, and the worklists that are not of a day. */
class Workday {
  day = $state("");
  orders = $state.raw<ReadonlyMap<string, Order>>(new Map());
  ordersPhase = $state<"loading" | "ready" | "error">("loading");
  ordersProblem = $state("");
  /** True where not all orders of the day are loaded. */
  partial = $state(false);
  routes = $state.raw<Schemas["RoutesOut"] | null>(null);
  routesProblem = $state("");
  /** The streets of the routes that the map shows, by person, each for the stops it was asked for. */
  lines = $state.raw<ReadonlyMap<string, { key: string; line: Schemas["LineString"] | null }>>(new Map());
  shifts = $state.raw<Schemas["ShiftOut"][]>([]);
  shiftsLoaded = $state(false);
  /** Who is away that day, planned or sick. */
  leaves = $state.raw<Schemas["AwayOut"][]>([]);
  positions = $state.raw<Schemas["PositionOut"][]>([]);

  places = new Paged<Schemas["WaitingOut"]>((cursor) =>
    api.GET("/api/areas/{area_id}/worklists/places", { params: { path: { area_id: serviceArea.id }, query: { cursor, limit: 200 } } }));
  requests = new Paged<Schemas["RequestOut"]>((cursor) =>
    api.GET("/api/areas/{area_id}/worklists/requests", { params: { path: { area_id: serviceArea.id }, query: { cursor, limit: 200 } } }));
  callbacks = new Paged<Schemas["QueueItem"]>((cursor) =>
    api.GET("/api/areas/{area_id}/callbacks", { params: { path: { area_id: serviceArea.id }, query: { cursor, limit: 200 } } }));

  /** The orders that changed a moment ago, other than by a form of the drawer. */
  changed = $state.raw<ReadonlySet<string>>(new Set());
  /** Grows when orders changed, ours or others'. */
  ordersTouched = $state(0);
  /** When the feed last told of a plan, as `performance.now()` counts. */
  planTouched = $state(0);
  scoresTouched = $state(0);
  outagesTouched = $state(0);

  /** Hundreds of phones say where they are: one look every few seconds is enough. */
  #positionsDue: ReturnType<typeof setTimeout> | undefined;
  #turn = 0;
  /** When routes and worklists were last asked for, as `performance.now()` counts: what was heard before that is in the answer. */
  routesAskedAt = 0;
  worklistsAskedAt = 0;
  /** The newest version of each order that an answer had, also where the order is not of this day. */
  #versions = new Map<string, number>();

  /** The orders whose visit is planned to end after they are due. */
  tooLate = $derived(
    new Set((this.routes?.routes ?? []).flatMap((route) =>
      route.stops.filter((stop) => stop.endedAt === null && stop.dueAt !== null && stop.plannedEnd !== null && stop.plannedEnd > stop.dueAt).map((stop) => stop.orderId))));
  /** How many orders are in each queue. */
  counts = $derived.by(() => this.#counts());
  /** The day that work can still be given on: the one on the screen, and today for those that are over. */
  toWork = $derived(this.day && this.day < serviceArea.today ? serviceArea.today : this.day || undefined);
  technicians = $derived(new Map(this.shifts.map((shift) => [shift.technicianId, shift.name])));

  /** Forget the day and the worklists. */
  clear(): void {
    this.#forgetDay();
    clearTimeout(this.#positionsDue);
    this.#positionsDue = undefined;
    for (const list of [this.places, this.requests, this.callbacks]) list.clear();
    phones.clear();
  }
  #forgetDay(): void {
    this.#turn++;
    this.orders = new Map();
    this.routes = null;
    this.lines = new Map();
    this.shiftsLoaded = false;
  }

  async choose(day: string): Promise<void> {
    this.#forgetDay();
    this.day = day;
    await Promise.all([this.loadShifts(), this.loadOrders(), this.loadRoutes(), this.loadPositions(), this.loadWorklists()]);
  }

  async loadShifts(): Promise<void> {
    const turn = this.#turn;
    const params = { path: { area_id: serviceArea.id }, query: { date: this.day } };
    const [shifts, leaves] = await Promise.all([
      ask(api.GET("/api/areas/{area_id}/shifts", { params })).catch(() => null),
      ask(api.GET("/api/areas/{area_id}/leaves", { params })).catch(() => null),
    ]);
    if (turn !== this.#turn) return;
    if (leaves || !this.shiftsLoaded) this.leaves = leaves ?? [];
    if (shifts || !this.shiftsLoaded) this.shifts = shifts ?? [];
    this.shiftsLoaded = true;
  }

  async loadPositions(): Promise<void> {
    clearTimeout(this.#positionsDue);
    this.#positionsDue = undefined;
    if (!seesPositions(session.role)) return;
    const area = serviceArea.id;
    const positions = await ask(api.GET("/api/areas/{area_id}/positions", { params: { path: { area_id: area } } })).catch(() => null);
    if (positions && area === serviceArea.id) this.positions = positions;
  }
  /** Somebody moved: look soon where everybody is. */
  positionsChanged(): void {
    this.#positionsDue ??= setTimeout(() => void this.loadPositions(), 3000);
  }

  async loadWorklists(): Promise<void> {
    this.worklistsAskedAt = performance.now();
    void phones.loadConflicts();
    void phones.loadLosses();
    void phones.loadUnseen();
    const lists = { places: this.places, requests: this.requests, callbacks: this.callbacks };
    await Promise.all((["places", "requests", "callbacks"] as const).filter((tab) => canSee(tab, session.role)).map((tab) => lists[tab].load()));
  }

  /** The network is back: what could not be read meanwhile is read again, without anybody asking for it. */
  recover(): void {
    if (this.ordersPhase === "error") void this.loadOrders();
    if (this.routesProblem) void this.loadRoutes();
    if (this.shiftsLoaded && !this.shifts.length) void this.loadShifts();
    for (const list of [this.places, this.requests, this.callbacks]) if (list.phase === "error") void list.load();
  }

  /** The day's orders: those reported that day, and for today and days to come everything that is still open. */
  async loadOrders(): Promise<void> {
    const turn = this.#turn;
    if (!this.orders.size) this.ordersPhase = "loading";
    const fresh = new Map<string, Order>();
    const reported = { from: instant(this.day).toISOString(), to: instant(addDays(this.day, 1)).toISOString() };
    const queries: Record<string, string>[] = this.day >= serviceArea.today ? [{ status: "open" }, { ...reported, status: "closed,cancelled,merged" }] : [reported];
    this.partial = false;
    try {
      for (const query of queries) {
        let cursor: string | undefined;
        do {
          const params = { path: { area_id: serviceArea.id }, query: { ...query, cursor, limit: fresh.size ? PAGE : FIRST_PAGE } };
          const page = await ask(api.GET("/api/areas/{area_id}/orders", { params }));
          if (turn !== this.#turn) return;
          for (const order of page.items) fresh.set(order.id, order);
          cursor = page.nextCursor ?? undefined;
          // The first page at once, the others together: everything on the screen follows from this one list.
          if (this.orders.size === 0) this.orders = new Map(fresh);
        } while (cursor && fresh.size < AT_ONCE);
        if (cursor) this.partial = true;
      }
      this.orders = fresh;
      this.ordersPhase = "ready";
    } catch (error) {
      this.ordersProblem = sentence(error);
      this.ordersPhase = "error";
    }
  }

  async loadRoutes(): Promise<void> {
    const turn = this.#turn;
    this.routesAskedAt = performance.now();
    try {
      const routes = await ask(api.GET("/api/areas/{area_id}/routes", { params: { path: { area_id: serviceArea.id }, query: { date: this.day, lines: false } } }));
      if (turn !== this.#turn) return;
      this.routes = routes;
      this.routesProblem = "";
    } catch (error) {
      if (turn === this.#turn) this.routesProblem = sentence(error);
    }
  }

  /** Ask for the streets of these people's routes, or everybody's; what has the same stops as before is not asked again. */
  async loadLines(technicianId: string | null): Promise<void> {
    const turn = this.#turn;
    const wanted = new Map<string, string>();
    for (const route of this.routes?.routes ?? []) {
      const key = route.stops.map((stop) => `${stop.orderId} ${stop.point}`).join();
      if ((technicianId === null || route.technicianId === technicianId) && this.lines.get(route.technicianId)?.key !== key) wanted.set(route.technicianId, key);
    }
    if (!wanted.size) return;
    const some = wanted.size <= LINES_AT_ONCE ? [...wanted.keys()] : undefined;
    const found = await ask(api.GET("/api/areas/{area_id}/routes", { params: { path: { area_id: serviceArea.id }, query: { date: this.day, technicianId: some } } })).catch(() => null);
    if (!found || turn !== this.#turn) return;
    const lines = new Map(this.lines);
    for (const route of found.routes) lines.set(route.technicianId, { key: wanted.get(route.technicianId) ?? lines.get(route.technicianId)?.key ?? "", line: route.line });
    this.lines = lines;
  }

  /** Read orders again and put them where they are shown, all at once: everything on the screen follows from the list. */
  async refresh(...ids: string[]): Promise<void> {
    const read = (id: string): Promise<Order | null | undefined> =>
      ask(api.GET("/api/orders/{order_id}", { params: { path: { order_id: id } } })).catch((error: unknown) =>
        error instanceof Problem && error.status === 404 ? null : undefined);
    const found = await Promise.all(ids.map(read));
    const orders = new Map(this.orders);
    found.forEach((order, at) => {
      if (order === null) orders.delete(ids[at]!);
      else if (order) {
        this.#versions.set(order.id, order.version);
        if (this.#belongs(order)) orders.set(order.id, order);
      }
    });
    this.orders = orders;
  }

  /** An order as an answer of the server had it. */
  put(order: Order): void {
    this.#versions.set(order.id, order.version);
    if (this.#belongs(order)) this.orders = new Map(this.orders).set(order.id, order);
    this.ordersTouched++;
  }

  /** The version of an order that the page has seen; 0 for one that it has not. */
  versionOf(id: string): number {
    return Math.max(this.orders.get(id)?.version ?? 0, this.#versions.get(id) ?? 0);
  }

  #belongs(order: Order): boolean {
    if (order.areaId !== serviceArea.id) return false;
    return this.orders.has(order.id) || isoDay(new Date(order.reportedAt)) === this.day || (this.day >= serviceArea.today && OPEN_STATES.has(order.status));
  }

  #counts(): Record<string, number> {
    const [now, tooLate] = [serviceArea.minute, this.tooLate];
    const counts: Record<string, number> = Object.fromEntries(QUEUES.map((queue) => [queue, 0]));
    for (const order of this.orders.values()) {
      for (const queue of QUEUES) if (matches(order, queue, now, tooLate)) counts[queue]!++;
    }
    return counts;
  }
}

export const workday = new Workday();
