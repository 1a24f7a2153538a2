import type { GeoJSONSource, Map as MapLibreMap } from "maplibre-gl";

export function addSource(map: MapLibreMap, name: string): void {
  map.addSource(name, { type: "geojson", data: { type: "FeatureCollection", features: [] } });
}

/** Replace what a source shows. */
export function show(map: MapLibreMap, name: string, features: GeoJSON.Feature[]): void {
  (map.getSource(name) as GeoJSONSource | undefined)?.setData({ type: "FeatureCollection", features });
}

export function pointFeature(point: readonly number[], properties: Record<string, unknown>): GeoJSON.Feature {
  return { type: "Feature", geometry: { type: "Point", coordinates: [...point] }, properties };
}
