import { api, ask, Problem, sentence, type Schemas } from "../shared/client";
import { serviceArea } from "../shared/area.svelte";
import type { Narrowing } from "./measures";

export type Subject = Schemas["SubjectOut"];
export type Kind = Schemas["KindOut"];

export const VIEWS = ["overview", "hours", "outages", "faults", "voice", "outlook", "compare", "settlement", "rules", "closing", "decisions", "bulletin", "alerts", "saved"] as const;
export type View = (typeof VIEWS)[number];
/** What is ranked. */
export const RANKED = ["grid", "contractor", "team", "technician"] as const;
export type Ranked = (typeof RANKED)[number];
/** What is compared side by side: some of a kind, or a month under two sets of rules. */
export type Side = Ranked | "rules";
type Place = { view?: View; month?: string; measure?: string; grid?: string | null; technician?: string | null; contractor?: string | null; team?: string | null; fault?: string | null; other?: string; side?: Side | null; beside?: string[] };


/** The month that is looked at, how far down (area, grid, technician) and in which view. All of it stands in the address, so that the way back is the browser's. */
class Report {
  view = $state<View>("overview");
  /** The month that is compared with. */
  other = $state("");
  month = $state("");
  measure = $state("score");
  gridId = $state<string | null>(null);
  technicianId = $state<string | null>(null);
  contractor = $state<string | null>(null);
  team = $state<string | null>(null);
  /** Faults of this type alone. */
  fault = $state<string | null>(null);
  /** What is compared side by side, and which of them; null: two months. */
  side = $state<Side | null>(null);
  beside = $state.raw<string[]>([]);
  answer = $state.raw<Schemas["OverviewOut"] | null>(null);
  shapes = $state.raw<Schemas["GridFeature"][]>([]);
  phase = $state<"loading" | "ready" | "none" | "error">("loading");
  /** Whether the answer for this address is still to come, so that a name it has not is no unknown one yet. */
  reading = $state(true);
  problem = $state("");

  get area(): Subject | undefined {
    return this.answer?.subjects.find((one) => one.subject === "area");
  }
  get chosen(): Subject | undefined {
    const down = this.of("technician", this.technicianId) ?? this.of("team", this.team) ?? this.of("contractor", this.contractor) ?? this.of("grid", this.gridId);
    return down ?? this.area ?? this.answer?.subjects.find((one) => one.subject === "contractor") ?? this.answer?.subjects.find((one) => one.subject === "grid");
  }
  /** What is to be said of the version that is shown. */
  get standing(): ("version" | "room_provisional" | "room_unpublished")[] {
    const answer = this.answer;
    return answer ? ["version", ...(answer.provisional ? (["room_provisional"] as const) : []), ...(answer.published ? [] : (["room_unpublished"] as const))] : [];
  }
  /** What the address narrows the numbers to. */
  get narrowed(): Record<Narrowing, string | null> {
    return { grid: this.gridId, contractor: this.contractor, team: this.team, technician: this.technicianId };
  }
  /** Who is shown: the area, and those on the way down. */
  of(kind: string, id: string | null): Subject | undefined {
    return id ? this.answer?.subjects.find((one) => one.subject === kind && one.id === id) : undefined;
  }
  /** How many there are of a kind. */
  count(kind: Ranked): number {
    return this.answer?.counts[kind] ?? 0;
  }
  /** The name of a grid, also where the month was not assessed. */
  gridName(id: string | null | undefined): string | undefined {
    return this.shapes.find((one) => one.id === id)?.properties.name;
  }
  /** Where a row of a ranking leads. */
  down(one: Subject): Place {
    if (one.subject === "grid") return { grid: one.id, technician: null };
    if (one.subject === "contractor") return { contractor: one.id, team: null, technician: null };
    return one.subject === "team" ? { team: one.id, technician: null } : { technician: one.id };
  }

  /** Begin where the address says. */
  async open(): Promise<void> {
    if (!(await serviceArea.load())) {
      this.problem = serviceArea.problem;
      this.phase = "error";
      return;
    }
    const wanted = new URLSearchParams(location.search);
    const area = serviceArea.all.find((one) => one.code === wanted.get("area")) ?? serviceArea.all[0];
    if (!area) return;
    serviceArea.enter(area);
    this.fromAddress();
    await this.load();
  }
  fromAddress(): void {
    const wanted = new URLSearchParams(location.search);
    this.view = VIEWS.find((one) => one === wanted.get("view")) ?? "overview";
    this.month = wanted.get("month") ?? serviceArea.today.slice(0, 7);
    this.other = wanted.get("other") ?? monthBefore(this.month);
    this.measure = wanted.get("measure") ?? "score";
    this.gridId = wanted.get("grid");
    this.technicianId = wanted.get("technician");
    this.contractor = wanted.get("contractor");
    this.team = wanted.get("team");
    this.fault = wanted.get("fault");
    this.side = ([...RANKED, "rules"] as const).find((one) => one === wanted.get("side")) ?? null;
    this.beside = wanted.getAll("beside");
  }
  /** The address of a place; what is not named stays as it is. */
  address(to: Place): string {
    const month = to.month ?? this.month;
    const at = new URLSearchParams({ area: serviceArea.current?.code ?? "", month, measure: to.measure ?? this.measure });
    const view = to.view ?? this.view;
    const kept = { grid: this.gridId, technician: this.technicianId, contractor: this.contractor, team: this.team, fault: this.fault };
    if (view !== "overview") at.set("view", view);
    if (view === "compare") at.set("other", to.other ?? this.other);
    for (const key of Object.keys(kept) as (keyof typeof kept)[]) {
      const value = to[key] === undefined ? kept[key] : to[key];
      if (value) at.set(key, value);
    }
    const side = to.side === undefined ? this.side : to.side;
    if (side) {
      at.set("side", side);
      for (const one of to.beside ?? (to.side === undefined ? this.beside : [])) at.append("beside", one);
    }
    return `${location.pathname}?${at}`;
  }
  /** Go somewhere; what is not named stays as it is. */
  go(to: Place): void {
    history.pushState(null, "", this.address(to));
    const before = this.month;
    this.fromAddress();
    if (to.other === undefined && before !== this.month && this.other === this.month) this.other = monthBefore(this.month);
    void this.load();
  }
  async load(): Promise<void> {
    const key = (): string => [serviceArea.id, this.month, this.gridId, this.technicianId, this.contractor, this.team].join(" ");
    const asked = key();
    const now = (): boolean => asked === key();
    this.reading = true;
    if (this.answer?.month !== this.month) this.phase = "loading";
    try {
      const path = { area_id: serviceArea.id, month: this.month };
      const query = { grid: this.gridId, technician: this.technicianId, contractor: this.contractor, team: this.team };
      const report = ask(api.GET("/api/areas/{area_id}/reports/{month}", { params: { path, query } }));
      report.catch(() => undefined); // told below, also where the grids cannot be read
      if (!this.shapes.length) this.shapes = (await ask(api.GET("/api/areas/{area_id}/grids", { params: { path: { area_id: serviceArea.id } } }))).features;
      const answer = await report;
      if (!now()) return;
      this.answer = answer;
      this.reading = false;
      this.phase = "ready";
    } catch (error) {
      if (!now()) return;
      this.answer = null;
      this.reading = false;
      this.problem = sentence(error);
      this.phase = error instanceof Problem && error.status === 404 ? "none" : "error";
    }
  }
  close(): void {
    this.answer = null;
    this.shapes = [];
    serviceArea.close();
  }
}

/** The month before one: `2025-12` of `2026-01`. */
export function monthBefore(month: string): string {
  const [year, number] = month.split("-").map(Number) as [number, number];
  return new Date(Date.UTC(year, number - 2, 1)).toISOString().slice(0, 7);
}

/** The month after one: `2026-01` of `2025-12`. */
export function monthAfter(month: string): string {
  const [year, number] = month.split("-").map(Number) as [number, number];
  return new Date(Date.UTC(year, number, 1)).toISOString().slice(0, 7);
}

export const report = new Report();

/** An order in the console, at one event of its life where it is named; the console is told the way back to this page. */
export function orderHref(id: string, event?: string | null): string {
  const room = report.address({}).split("?")[1] ?? "";
  return `/?${new URLSearchParams({ area: serviceArea.current?.code ?? "", order: id, ...(event ? { event } : {}), room })}`;
}
