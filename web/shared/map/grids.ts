import type { Map as MapLibreMap } from "maplibre-gl";
import { addSource, show } from "./source";

/** Steps of a measure from calm to grave; the number stands beside the grid's name, so colour is not the only sign. */
export const STEPS = ["#e8f0fa", "#b9d2ee", "#fde3a7", "#f5b26b", "#d9694c"] as const;

/** Grids: a dashed line, a fill by the measure chosen, a name. */
export function addGrids(map: MapLibreMap): void {
  addSource(map, "grids");
  const chosen = ["boolean", ["get", "selected"], false] as never;
  map.addLayer({
    id: "grid-fill",
    type: "fill",
    source: "grids",
    paint: { "fill-color": ["coalesce", ["get", "color"], "#1d4ed8"], "fill-opacity": ["case", ["has", "color"], 0.55, chosen, 0.12, 0.02] },
  });
  map.addLayer({
    id: "grid-line",
    type: "line",
    source: "grids",
    paint: { "line-color": "#35507c", "line-width": ["case", chosen, 3, 1.3], "line-opacity": 0.6, "line-dasharray": [4, 2] },
  });
}

/** Names stand above routes and below orders' dots. */
export function addGridNames(map: MapLibreMap): void {
  map.addLayer({
    id: "grid-name",
    type: "symbol",
    source: "grids",
    maxzoom: 15,
    layout: { "text-field": ["get", "label"], "text-size": 12.5, "text-padding": 4, "text-letter-spacing": 0.02, "text-max-width": 9 },
    paint: { "text-color": "#2c4570", "text-halo-color": "#ffffff", "text-halo-width": 1.8 },
  });
}

type GridFeature = { id: string; geometry: unknown; properties: { name: string; code: string } };
export type Shade = { step: number; text: string };

export function showGrids(map: MapLibreMap, grids: readonly GridFeature[], selected: string | null, shades: ReadonlyMap<string, Shade>): void {
  const features = grids.map((grid) => {
    const shade = shades.get(grid.id);
    return {
      type: "Feature" as const,
      geometry: grid.geometry as GeoJSON.Geometry,
      properties: {
        id: grid.id, selected: grid.id === selected, label: shade ? `${grid.properties.name}\n${shade.text}` : grid.properties.name,
        ...(shade ? { color: STEPS[shade.step] ?? STEPS[0] } : {}),
      },
    };
  });
  show(map, "grids", features);
}
