import { api, ask, Problem, sentence, type Schemas } from "../shared/client";
import { addDays } from "../shared/dates";
import { instant, isoDay, named, setTimeZone } from "../shared/i18n.svelte";
import { t } from "./words";
import { Live, type Change } from "../shared/live.svelte";
import { Paged } from "../shared/paged.svelte";
import { plans } from "../shared/roles";
import { session } from "../shared/session.svelte";
import { canSee, dueTime, isLate, matches, narrowed, NOTHING, OPEN_STATES, QUEUES, TABS, type Narrow, type Tab } from "./orders";

export type Order = Schemas["OrderOut"];
export type Area = Schemas["AreaOut"];

const PAGE = 1000;
/** Enough to begin with; the others follow at once. */
const FIRST_PAGE = 200;
/** Above this many orders search finds what is not loaded. */
const AT_ONCE = 15_000;
/** Lines of more people than this are asked for as everybody's. */
const LINES_AT_ONCE = 20;

/** What the console shows: one area, one day, one selection; everything on the screen follows it. */
class Board {
  areas = $state.raw<Area[]>([]);
  area = $state.raw<Area | null>(null);
  phase = $state<"loading" | "ready" | "error">("loading");
  problem = $state("");
  day = $state("");
  tab = $state<Tab>("orders");

  clock = $state.raw<{ now: number; at: number; speed: number; replay: boolean } | null>(null);
  /** Milliseconds of the area's time, moved on every second. */
  now = $state(Date.now());
  /** The same to the half minute: what is late and what follows from it is not worked out anew every second. */
  minute = $derived(this.now - (this.now % 30_000));
  today = $derived(isoDay(new Date(this.minute)));
  live = new Live();

  orders = $state.raw<ReadonlyMap<string, Order>>(new Map());
  ordersPhase = $state<"loading" | "ready" | "error">("loading");
  ordersProblem = $state("");
  /** True where not all orders of the day are loaded. */
  partial = $state(false);
  routes = $state.raw<Schemas["RoutesOut"] | null>(null);
  routesProblem = $state("");
  /** The streets of the routes that the map shows, by person, each for the stops it was asked for. */
  lines = $state.raw<ReadonlyMap<string, { key: string; line: Schemas["LineString"] | null }>>(new Map());
  grids = $state.raw<Schemas["GridFeature"][]>([]);
  gridsLoaded = $state(false);
  map = $state.raw<Schemas["MapOut"] | null>(null);
  mapMissing = $state(false);
  shifts = $state.raw<Schemas["ShiftOut"][]>([]);
  shiftsLoaded = $state(false);
  /** Who is away that day, planned or sick. */
  leaves = $state.raw<Schemas["AwayOut"][]>([]);
  positions = $state.raw<Schemas["PositionOut"][]>([]);
  faultTypes = $state.raw<Schemas["FaultTypeOut"][]>([]);
  reasons = $state.raw<Schemas["ReasonOut"][]>([]);

  filter = $state<string>("open");
  narrow = $state.raw<Narrow>(NOTHING);
  search = $state("");
  found = new Paged<Order>((cursor) => this.#list({ q: this.search.trim(), cursor, limit: 50 }));
  places = new Paged<Schemas["WaitingOut"]>((cursor) =>
    api.GET("/api/areas/{area_id}/worklists/places", { params: { path: { area_id: this.areaId }, query: { cursor, limit: 200 } } }));
  requests = new Paged<Schemas["RequestOut"]>((cursor) =>
    api.GET("/api/areas/{area_id}/worklists/requests", { params: { path: { area_id: this.areaId }, query: { cursor, limit: 200 } } }));
  callbacks = new Paged<Schemas["QueueItem"]>((cursor) =>
    api.GET("/api/areas/{area_id}/callbacks", { params: { path: { area_id: this.areaId }, query: { cursor, limit: 200 } } }));

  orderId = $state<string | null>(null);
  technicianId = $state<string | null>(null);
  gridId = $state<string | null>(null);
  planOpen = $state(false);
  /** Whom or which order a repair of the day is about, until somebody starts or closes it. */
  repair = $state.raw<{ technicianId?: string; orderId?: string } | null>(null);
  /** What the work side of the page shows. */
  arrange = $state<"both" | "map" | "timeline">("both");
  /** Grows when something of the open order changed elsewhere. */
  touched = $state(0);
  /** Grows when orders changed, ours or others'. */
  ordersTouched = $state(0);
  planTouched = $state(0);
  scoresTouched = $state(0);

  /** Set while a person points at the map; a click then answers here. */
  picking = $state.raw<((point: [number, number]) => void) | null>(null);
  here = $state.raw<[number, number] | null>(null);
  /** Where the map shall go; `at` makes the same place a new wish. */
  fly = $state.raw<{ points: (readonly number[])[]; at: number } | null>(null);
  /** What was done, for everybody and for screen readers. */
  said = $state.raw<{ text: string; bad: boolean; at: number } | null>(null);

  #timers: ReturnType<typeof setInterval>[] = [];
  #changed = new Map<string, Set<string>>();
  #flushing: ReturnType<typeof setTimeout> | undefined;
  #flushed = 0;
  /** Hundreds of phones say where they are: one look every few seconds is enough. */
  #positionsDue: ReturnType<typeof setTimeout> | undefined;
  #turn = 0;

  /** The orders whose visit is planned to end after they are due. */
  tooLate = $derived(
    new Set((this.routes?.routes ?? []).flatMap((route) =>
      route.stops.filter((stop) => stop.endedAt === null && stop.dueAt !== null && stop.plannedEnd !== null && stop.plannedEnd > stop.dueAt).map((stop) => stop.orderId))));
  shown = $derived.by(() => this.#shown());
  counts = $derived.by(() => this.#counts());
  /** The day that work can still be given on: the one on the screen, and today for those that are over. */
  toWork = $derived(this.day && this.day < this.today ? this.today : this.day || undefined);
  technicians = $derived(new Map(this.shifts.map((shift) => [shift.technicianId, shift.name])));
  /** Who may move visits and plan; whether this very move may be is the server's to say. */
  mayMove = $derived(plans(session.role));
  tabs = $derived(TABS.filter((tab) => canSee(tab, session.role)));

  get areaId(): string {
    return this.area?.id ?? "";
  }

  say(text: string, bad = false): void {
    this.said = { text, bad, at: Date.now() };
  }

  #early: Promise<Schemas["Page_grids.schemas.AreaOut_"] | null> | null = null;
  /** Ask for the areas while it is still being found out who asks. */
  hurry(): void {
    this.#early = ask(api.GET("/api/areas", {})).catch(() => null);
  }

  async open(): Promise<void> {
    this.phase = "loading";
    try {
      const early = this.#early;
      this.#early = null;
      this.areas = ((await early) ?? (await ask(api.GET("/api/areas", {})))).items;
      this.phase = "ready";
      const wanted = new URLSearchParams(location.search);
      const area = this.areas.find((found) => found.code === wanted.get("area")) ?? this.areas[0];
      if (!area) return;
      const loading = this.choose(area, wanted.get("day"));
      // Before the lists are there: whoever is quicker than the server must not be taken back to where the address was.
      const tab = wanted.get("tab") as Tab | null;
      if (tab && this.tabs.includes(tab)) this.tab = tab;
      else if (!this.tabs.includes(this.tab)) this.tab = this.tabs[0] ?? "orders";
      this.orderId = wanted.get("order");
      await loading;
    } catch (error) {
      this.problem = sentence(error);
      this.phase = "error";
    }
  }

  async choose(area: Area, day: string | null = null): Promise<void> {
    this.live.stop();
    this.area = area;
    setTimeZone(area.timezone);
    this.#setClock(area.clock);
    this.orderId = this.technicianId = this.gridId = null;
    this.orders = new Map();
    this.routes = null;
    this.lines = new Map();
    this.grids = [];
    this.gridsLoaded = this.mapMissing = false;
    this.map = null;
    for (const list of [this.places, this.requests, this.callbacks, this.found]) list.clear();
    this.#timers.forEach(clearInterval);
    this.#timers = [setInterval(() => this.#tick(), 1000), setInterval(() => void this.loadClock(), 60_000)];
    const path = { area_id: area.id };
    const quiet = <T,>(promise: Promise<T>, done: (value: T) => void): void => {
      promise.then((value) => area.id === this.areaId && done(value)).catch(() => undefined);
    };
    ask(api.GET("/api/areas/{area_id}/map", { params: { path } }))
      .then((map) => area.id === this.areaId && (this.map = map))
      .catch((error: unknown) => area.id === this.areaId && (this.mapMissing = error instanceof Problem && error.status === 404));
    quiet(ask(api.GET("/api/areas/{area_id}/grids", { params: { path } })), (grids) => {
      this.grids = grids.features;
      this.gridsLoaded = true;
    });
    quiet(ask(api.GET("/api/areas/{area_id}/fault-types", { params: { path } })), (types) => (this.faultTypes = types));
    quiet(ask(api.GET("/api/areas/{area_id}/reasons", { params: { path } })), (reasons) => (this.reasons = reasons));
    await this.live.start(area.id, (changes) => this.#note(changes));
    if (area.id !== this.areaId) return;
    await this.chooseDay(day && /^\d{4}-\d\d-\d\d$/.test(day) ? day : this.today);
  }

  async chooseDay(day: string): Promise<void> {
    this.day = day;
    this.#turn++;
    this.orders = new Map();
    this.routes = null;
    this.lines = new Map();
    this.shiftsLoaded = false;
    await Promise.all([this.loadShifts(), this.loadOrders(), this.loadRoutes(), this.loadPositions(), this.loadWorklists()]);
  }

  async loadShifts(): Promise<void> {
    const turn = this.#turn;
    const params = { path: { area_id: this.areaId }, query: { date: this.day } };
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
    const area = this.areaId;
    const positions = await ask(api.GET("/api/areas/{area_id}/positions", { params: { path: { area_id: area } } })).catch(() => null);
    if (positions && area === this.areaId) this.positions = positions;
  }

  async loadWorklists(): Promise<void> {
    const wanted: Promise<void>[] = [];
    if (this.tabs.includes("places")) wanted.push(this.places.load());
    if (this.tabs.includes("requests")) wanted.push(this.requests.load());
    if (this.tabs.includes("callbacks")) wanted.push(this.callbacks.load());
    await Promise.all(wanted);
  }

  /** The network is back: what could not be read meanwhile is read again, without anybody asking for it. */
  recover(): void {
    if (this.ordersPhase === "error") void this.loadOrders();
    if (this.routesProblem) void this.loadRoutes();
    if (this.shiftsLoaded && !this.shifts.length) void this.loadShifts();
    for (const list of [this.places, this.requests, this.callbacks]) if (list.phase === "error") void list.load();
  }

  #list(query: Record<string, string | number | undefined>): Promise<{ data?: Schemas["Page_dispatch.orders.schemas.OrderOut_"]; error?: unknown; response: Response }> {
    return api.GET("/api/areas/{area_id}/orders", { params: { path: { area_id: this.areaId }, query } });
  }

  /** The day's orders: those reported that day, and for today and days to come everything that is still open. */
  async loadOrders(): Promise<void> {
    const turn = this.#turn;
    if (!this.orders.size) this.ordersPhase = "loading";
    const fresh = new Map<string, Order>();
    const reported = { from: instant(this.day).toISOString(), to: instant(addDays(this.day, 1)).toISOString() };
    const queries: Record<string, string>[] = this.day >= this.today ? [{ status: "open" }, { ...reported, status: "closed,cancelled,merged" }] : [reported];
    this.partial = false;
    try {
      for (const query of queries) {
        let cursor: string | undefined;
        do {
          const page = await ask(this.#list({ ...query, cursor, limit: fresh.size ? PAGE : FIRST_PAGE }));
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
    try {
      const routes = await ask(api.GET("/api/areas/{area_id}/routes", { params: { path: { area_id: this.areaId }, query: { date: this.day, lines: false } } }));
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
    const found = await ask(api.GET("/api/areas/{area_id}/routes", { params: { path: { area_id: this.areaId }, query: { date: this.day, technicianId: some } } })).catch(() => null);
    if (!found || turn !== this.#turn) return;
    const lines = new Map(this.lines);
    for (const route of found.routes) lines.set(route.technicianId, { key: wanted.get(route.technicianId) ?? lines.get(route.technicianId)?.key ?? "", line: route.line });
    this.lines = lines;
  }

  async loadClock(): Promise<void> {
    const id = this.areaId;
    const clock = await ask(api.GET("/api/areas/{area_id}/clock", { params: { path: { area_id: id } } })).catch(() => null);
    if (clock && id === this.areaId) this.#setClock(clock);
  }

  #setClock(clock: Schemas["ClockOut"]): void {
    this.clock = { now: Date.parse(clock.now), at: Date.now(), speed: clock.replay ? clock.speed : 1, replay: clock.replay };
    this.#tick();
  }

  #tick(): void {
    const clock = this.clock;
    if (clock) this.now = clock.now + (Date.now() - clock.at) * clock.speed;
  }

  #note(changes: Change[]): void {
    for (const change of changes) {
      const keys = this.#changed.get(change.topic) ?? new Set();
      this.#changed.set(change.topic, keys.add(change.key));
    }
    // A single change is shown at once, a flood of them in gulps.
    this.#flushing ??= setTimeout(() => void this.#flush(), Date.now() - this.#flushed < 1000 ? 400 : 60);
  }

  async #flush(): Promise<void> {
    this.#flushing = undefined;
    this.#flushed = Date.now();
    const changed = this.#changed;
    this.#changed = new Map();
    const orders = [...(changed.get("order") ?? [])];
    if (changed.has("clock")) void this.loadClock();
    if (changed.has("position")) this.#positionsDue ??= setTimeout(() => void this.loadPositions(), 3000);
    if (changed.has("roster") || changed.has("technicians")) void this.loadShifts();
    if (changed.has("plan_run") || changed.has("plan")) this.planTouched++;
    if (changed.has("assessment") || changed.has("appeal")) this.scoresTouched++;
    if (changed.has("plan") || changed.has("route") || orders.length) void this.loadRoutes();
    if (changed.has("import") || orders.length > 25) {
      await Promise.all([this.loadOrders(), this.loadWorklists()]);
    } else if (orders.length) {
      await Promise.all([this.refresh(...orders), this.loadWorklists()]);
    }
    if (this.orderId && orders.includes(this.orderId)) this.touched++;
    if (orders.length || changed.has("import")) this.ordersTouched++;
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
      else if (order && this.#belongs(order)) orders.set(order.id, order);
    });
    this.orders = orders;
  }

  put(order: Order): void {
    if (this.#belongs(order)) this.orders = new Map(this.orders).set(order.id, order);
    this.ordersTouched++;
  }

  #belongs(order: Order): boolean {
    if (order.areaId !== this.areaId) return false;
    return this.orders.has(order.id) || isoDay(new Date(order.reportedAt)) === this.day || (this.day >= this.today && OPEN_STATES.has(order.status));
  }

  #shown(): Order[] {
    const words = this.search.trim();
    const base = words.length >= 2 && this.found.phase === "ready" ? this.found.items.map((order) => this.orders.get(order.id) ?? order) : [...this.orders.values()];
    const [now, filter, narrow, tooLate, searching] = [this.minute, this.filter, this.narrow, this.tooLate, words.length >= 2];
    const list: { key: number; order: Order }[] = [];
    for (const order of base) {
      if (!(searching || matches(order, filter, now, tooLate)) || !narrowed(order, narrow)) continue;
      const rank = order.status === "completed" ? 3 : isLate(order, now) ? 0 : order.level === "urgent" ? 1 : 2;
      list.push({ key: rank * 1e13 + (dueTime(order) ?? 9e12), order });
    }
    return list.sort((a, b) => a.key - b.key).map(({ order }) => order);
  }

  #counts(): Record<string, number> {
    const [now, tooLate] = [this.minute, this.tooLate];
    const counts: Record<string, number> = Object.fromEntries(QUEUES.map((queue) => [queue, 0]));
    for (const order of this.orders.values()) {
      for (const queue of QUEUES) if (matches(order, queue, now, tooLate)) counts[queue]!++;
    }
    return counts;
  }

  selectOrder(id: string | null): void {
    this.orderId = id;
    if (!id) return;
    // A large day is still being read when its routes are there already.
    const point = this.orders.get(id)?.point ?? this.routes?.routes.flatMap((route) => route.stops).find((stop) => stop.orderId === id)?.point;
    if (point) this.fly = { points: [point as number[]], at: Date.now() };
  }

  selectTechnician(id: string | null): void {
    this.technicianId = this.technicianId === id ? null : id;
    const route = this.routes?.routes.find((found) => found.technicianId === this.technicianId);
    const points = [route?.startPoint, route?.endPoint, ...(route?.stops.map((stop) => stop.point) ?? [])].flatMap((point) => (point ? [point as number[]] : []));
    if (points.length) this.fly = { points, at: Date.now() };
  }

  faultName(code: string): string {
    const type = this.faultTypes.find((found) => found.code === code);
    return type ? named(type) : code.replaceAll("_", " ");
  }

  reasonName(code: string | null | undefined, kind?: string): string {
    if (!code) return t("none");
    const reason = this.reasons.find((found) => found.code === code && (!kind || found.kind === kind));
    return reason ? named(reason) : code.replaceAll("_", " ");
  }

  /** Where we are, in the address, so that a reload or a new sign-in comes back here. */
  address(): string {
    const query = new URLSearchParams();
    if (this.area) query.set("area", this.area.code);
    if (this.day && this.day !== this.today) query.set("day", this.day);
    if (this.tab !== "orders") query.set("tab", this.tab);
    if (this.orderId) query.set("order", this.orderId);
    const text = query.toString();
    return location.pathname + (text ? `?${text}` : "");
  }

  close(): void {
    this.live.stop();
    this.#timers.forEach(clearInterval);
    clearTimeout(this.#flushing);
    clearTimeout(this.#positionsDue);
    this.#flushing = this.#positionsDue = undefined;
    this.area = null;
    this.areas = [];
    this.orders = new Map();
    this.routes = null;
    this.lines = new Map();
    this.orderId = this.technicianId = null;
    this.planOpen = false;
    this.said = null;
    this.phase = "loading";
  }
}

export const board = new Board();
