import type { Map as MapLibreMap } from "maplibre-gl";
import { addSource, pointFeature, show } from "./source";

/** Where a held order would come in a route: broken lines from the stop before it and to the stop behind it. */
export function addDrop(map: MapLibreMap): void {
  addSource(map, "drop");
  const color = ["case", ["get", "allowed"], "#1d4ed8", "#b91c1c"] as never;
  map.addLayer({
    id: "drop-way",
    type: "line",
    source: "drop",
    filter: ["==", ["geometry-type"], "LineString"],
    layout: { "line-cap": "butt", "line-join": "round" },
    paint: { "line-color": color, "line-width": 3, "line-dasharray": [2, 1.4] },
  });
  map.addLayer({
    id: "drop-ring",
    type: "circle",
    source: "drop",
    filter: ["==", ["geometry-type"], "Point"],
    paint: { "circle-radius": 13, "circle-color": "rgba(0,0,0,0)", "circle-stroke-color": color, "circle-stroke-width": 2.5 },
  });
}

/** `way` leads over `at`, and is empty where it is held over nothing. */
export type Drop = { at: readonly number[]; way: readonly (readonly number[])[] };

export function showDrop(map: MapLibreMap, drop: Drop | null, allowed: boolean): void {
  if (!drop) return show(map, "drop", []);
  const line: GeoJSON.Feature[] = drop.way.length > 1 ? [{ type: "Feature", geometry: { type: "LineString", coordinates: drop.way.map((point) => [...point]) }, properties: { allowed } }] : [];
  show(map, "drop", [...line, pointFeature(drop.at, { allowed })]);
}
