import { serviceArea } from "../shared/area.svelte";
import { api, ask, Problem, type Schemas } from "../shared/client";

/** What the map of the area is drawn from, and where people point on it. */
class AreaMap {
  grids = $state.raw<Schemas["GridFeature"][]>([]);
  gridsLoaded = $state(false);
  map = $state.raw<Schemas["MapOut"] | null>(null);
  mapMissing = $state(false);
  /** Set while a person points at the map; a click then answers here. */
  picking = $state.raw<((point: [number, number]) => void) | null>(null);
  here = $state.raw<[number, number] | null>(null);
  /** Where the map shall go; `at` makes the same place a new wish. */
  fly = $state.raw<{ points: (readonly number[])[]; at: number } | null>(null);

  /** Show these points. */
  flyTo(points: (readonly number[])[]): void {
    if (points.length) this.fly = { points, at: Date.now() };
  }

  /** Read the map and the grids of the area that was entered. */
  load(): void {
    this.grids = [];
    this.gridsLoaded = this.mapMissing = false;
    this.map = null;
    const id = serviceArea.id;
    const params = { path: { area_id: id } };
    ask(api.GET("/api/areas/{area_id}/map", { params }))
      .then((map) => id === serviceArea.id && (this.map = map))
      .catch((error: unknown) => id === serviceArea.id && (this.mapMissing = error instanceof Problem && error.status === 404));
    ask(api.GET("/api/areas/{area_id}/grids", { params }))
      .then((grids) => {
        if (id !== serviceArea.id) return;
        this.grids = grids.features;
        this.gridsLoaded = true;
      })
      .catch(() => undefined);
  }
}

export const areaMap = new AreaMap();
