import { api, ask, Problem, sentence, type Schemas } from "../shared/client";
import { serviceArea } from "../shared/area.svelte";

export type Subject = Schemas["SubjectOut"];
export type Kind = Schemas["KindOut"];

/** The month that is looked at, and how far down: area, grid, technician. All of it stands in the address, so that the way back is the browser's. */
class Report {
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
    this.month = wanted.get("month") ?? serviceArea.today.slice(0, 7);
    this.measure = wanted.get("measure") ?? "score";
    this.gridId = wanted.get("grid");
    this.technicianId = wanted.get("technician");
  }
  /** Go somewhere; what is not named stays as it is. */
  go(to: { month?: string; measure?: string; grid?: string | null; technician?: string | null }): void {
    if (to.month !== undefined) this.month = to.month;
    if (to.measure !== undefined) this.measure = to.measure;
    if (to.grid !== undefined) this.gridId = to.grid;
    if (to.technician !== undefined) this.technicianId = to.technician;
    const at = new URLSearchParams({ area: serviceArea.current?.code ?? "", month: this.month, measure: this.measure });
    if (this.gridId) at.set("grid", this.gridId);
    if (this.technicianId) at.set("technician", this.technicianId);
    history.pushState(null, "", `${location.pathname}?${at}`);
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

export const report = new Report();
