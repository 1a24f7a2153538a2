import { api, ask, Problem, sentence, type Schemas } from "../shared/client";
import { serviceArea } from "../shared/area.svelte";

export type Subject = Schemas["SubjectOut"];
export type Kind = Schemas["KindOut"];

export const VIEWS = ["overview", "hours", "compare", "settlement", "rules", "closing", "bulletin"] as const;
export type View = (typeof VIEWS)[number];
type Place = { view?: View; month?: string; measure?: string; grid?: string | null; technician?: string | null; other?: string };

/** An order in the console. */
export const orderHref = (id: string): string => `/?${new URLSearchParams({ area: serviceArea.current?.code ?? "", order: id })}`;

/** The month that is looked at, how far down (area, grid, technician) and in which view. All of it stands in the address, so that the way back is the browser's. */
class Report {
  view = $state<View>("overview");
  /** The month that is compared with. */
  other = $state("");
  month = $state("");
  measure = $state("score");
  gridId = $state<string | null>(null);
  technicianId = $state<string | null>(null);
  answer = $state.raw<Schemas["OverviewOut"] | null>(null);
  shapes = $state.raw<Schemas["GridFeature"][]>([]);
  phase = $state<"loading" | "ready" | "none" | "error">("loading");
  problem = $state("");

  get area(): Subject | undefined {
    return this.answer?.subjects.find((one) => one.subject === "area");
  }
  get chosen(): Subject | undefined {
    return this.of("technician", this.technicianId) ?? this.of("grid", this.gridId) ?? this.area;
  }
  /** What is to be said of the version that is shown. */
  get standing(): ("version" | "room_provisional" | "room_unpublished")[] {
    const answer = this.answer;
    return answer ? ["version", ...(answer.provisional ? (["room_provisional"] as const) : []), ...(answer.published ? [] : (["room_unpublished"] as const))] : [];
  }
  of(kind: string, id: string | null): Subject | undefined {
    return id ? this.answer?.subjects.find((one) => one.subject === kind && one.id === id) : undefined;
  }
  list(kind: "grid" | "technician"): Subject[] {
    return (this.answer?.subjects ?? []).filter((one) => one.subject === kind);
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
  }
  /** The address of a place; what is not named stays as it is. */
  address(to: Place): string {
    const month = to.month ?? this.month;
    const at = new URLSearchParams({ area: serviceArea.current?.code ?? "", month, measure: to.measure ?? this.measure });
    const view = to.view ?? this.view;
    const [grid, technician] = [to.grid === undefined ? this.gridId : to.grid, to.technician === undefined ? this.technicianId : to.technician];
    if (view !== "overview") at.set("view", view);
    if (view === "compare") at.set("other", to.other ?? this.other);
    if (grid) at.set("grid", grid);
    if (technician) at.set("technician", technician);
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
    const asked = `${serviceArea.id} ${this.month} ${this.gridId} ${this.technicianId}`;
    const now = (): boolean => asked === `${serviceArea.id} ${this.month} ${this.gridId} ${this.technicianId}`;
    if (this.answer?.month !== this.month) this.phase = "loading";
    try {
      const path = { area_id: serviceArea.id, month: this.month };
      const query = { grid: this.gridId, technician: this.technicianId };
      const [answer, grids] = await Promise.all([
        ask(api.GET("/api/areas/{area_id}/reports/{month}", { params: { path, query } })),
        this.shapes.length ? null : ask(api.GET("/api/areas/{area_id}/grids", { params: { path: { area_id: serviceArea.id } } })),
      ]);
      if (!now()) return;
      this.answer = answer;
      if (grids) this.shapes = grids.features;
      this.phase = "ready";
    } catch (error) {
      if (!now()) return;
      this.answer = null;
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

export const report = new Report();
