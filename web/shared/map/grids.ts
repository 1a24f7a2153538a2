import type { Map as MapLibreMap } from "maplibre-gl";
import { addSource, show } from "./source";

/** Grids: a dashed line, a faint fill, a name. */
export function addGrids(map: MapLibreMap): void {
  addSource(map, "grids");
  map.addLayer({
    id: "grid-fill",
    type: "fill",
    source: "grids",
    paint: { "fill-color": "#1d4ed8", "fill-opacity": ["case", ["boolean", ["get", "selected"], false], 0.12, 0.025] },
  });
  map.addLayer({
    id: "grid-line",
    type: "line",
    source: "grids",
    paint: {
      "line-color": "#35507c",
      "line-width": ["case", ["boolean", ["get", "selected"], false], 2.6, 1.3],
      "line-opacity": 0.6,
      "line-dasharray": [4, 2],
    },
  });
}

/** Names stand above routes and below orders' dots. */
export function addGridNames(map: MapLibreMap): void {
  map.addLayer({
    id: "grid-name",
    type: "symbol",
    source: "grids",
    maxzoom: 15,
    layout: { "text-field": ["get", "name"], "text-size": 12.5, "text-padding": 6, "text-letter-spacing": 0.03 },
    paint: { "text-color": "#2c4570", "text-halo-color": "#ffffff", "text-halo-width": 1.8 },
  });
}

type GridFeature = { id: string; geometry: unknown; properties: { name: string; code: string } };

export function showGrids(map: MapLibreMap, grids: readonly GridFeature[], selected: string | null): void {
  const features = grids.map((grid) => ({
    type: "Feature" as const,
    geometry: grid.geometry as GeoJSON.Geometry,
    properties: { name: grid.properties.name, selected: grid.id === selected },
  }));
  show(map, "grids", features);
}
