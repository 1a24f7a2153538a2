import type { Map as MapLibreMap } from "maplibre-gl";
import { addSource, pointFeature, show } from "./source";

/** One point that a person is choosing. */
export function addHere(map: MapLibreMap): void {
  addSource(map, "here");
  map.addLayer({
    id: "here-dot",
    type: "circle",
    source: "here",
    paint: { "circle-radius": 8, "circle-color": "#ffffff", "circle-stroke-color": "#111827", "circle-stroke-width": 4 },
  });
}

export function showHere(map: MapLibreMap, point: readonly number[] | null): void {
  show(map, "here", point ? [pointFeature(point, {})] : []);
}
