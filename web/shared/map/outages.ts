import type { Map as MapLibreMap } from "maplibre-gl";
import { addSource, pointFeature, show } from "./source";

export type OutageMark = { id: string; status: string; label: string; shape: GeoJSON.Geometry | null; point: readonly number[] | null };

/** Proposed ones are dashed, so that colour is not the only sign. */
export function addOutages(map: MapLibreMap): void {
  addSource(map, "outages");
  addSource(map, "outage-points");
  const suspected = ["==", ["get", "status"], "suspected"] as never;
  const color = ["match", ["get", "status"], "suspected", "#b45309", "confirmed", "#b42318", "restored", "#176b3a", "#111827"] as never;
  map.addLayer({ id: "outage-fill", type: "fill", source: "outages", paint: { "fill-color": color, "fill-opacity": 0.16 } });
  map.addLayer({ id: "outage-line", type: "line", source: "outages", filter: ["!", suspected], paint: { "line-color": color, "line-width": 2.4 } });
  map.addLayer({ id: "outage-line-suspected", type: "line", source: "outages", filter: suspected, paint: { "line-color": color, "line-width": 2.4, "line-dasharray": [3, 2] } });
  map.addLayer({
    id: "outage-point", type: "symbol", source: "outage-points",
    layout: { "text-field": ["get", "label"], "text-size": 12.5, "text-offset": [0, 1.4], "text-anchor": "top", "text-allow-overlap": true },
    paint: { "text-color": color, "text-halo-color": "#ffffff", "text-halo-width": 2.2 },
  });
}

/** The outages, and the ring that somebody is drawing. */
export function showOutages(map: MapLibreMap, marks: readonly OutageMark[], ring: readonly (readonly number[])[]): void {
  const drawn: GeoJSON.Feature[] = ring.length > 1
    ? [{ type: "Feature", properties: { id: "", status: "drawn" }, geometry: ring.length > 2 ? { type: "Polygon", coordinates: [[...ring, ring[0]!].map((corner) => [...corner])] } : { type: "LineString", coordinates: ring.map((corner) => [...corner]) } }]
    : [];
  show(map, "outages", [...marks.flatMap(({ id, status, shape }) => (shape ? [{ type: "Feature" as const, properties: { id, status }, geometry: shape }] : [])), ...drawn]);
  show(map, "outage-points", [
    ...marks.flatMap(({ id, status, label, point }) => (point ? [pointFeature(point, { id, status, label })] : [])),
    ...ring.map((corner, index) => pointFeature(corner, { id: "", status: "drawn", label: String(index + 1) })),
  ]);
}
