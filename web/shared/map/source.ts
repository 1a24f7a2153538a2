import type { GeoJSONSource, GeoJSONSourceSpecification, Map as MapLibreMap } from "maplibre-gl";

type Known = Map<string, string>;
const known = new WeakMap<MapLibreMap, Map<string, Known>>();

export function addSource(map: MapLibreMap, name: string, options: Partial<GeoJSONSourceSpecification> = {}): void {
  map.addSource(name, { ...options, type: "geojson", data: { type: "FeatureCollection", features: [] } });
  const sources = known.get(map) ?? new Map<string, Known>();
  known.set(map, sources.set(name, new Map()));
}

/** Replace what a small source shows. */
export function show(map: MapLibreMap, name: string, features: GeoJSON.Feature[]): void {
  void (map.getSource(name) as GeoJSONSource | undefined)?.setData({ type: "FeatureCollection", features });
}

/** Bring a large source up to date by what differs only: ten thousand points are not sent again for one of them. */
export function showPoints(map: MapLibreMap, name: string, points: readonly { id: string; point: readonly number[]; properties: Record<string, unknown> }[]): void {
  const source = map.getSource(name) as GeoJSONSource | undefined;
  const before = known.get(map)?.get(name);
  if (!source || !before) return;
  const first = before.size === 0;
  const add: GeoJSON.Feature[] = [];
  const here = new Set<string>();
  for (const { id, point, properties } of points) {
    here.add(id);
    let signature = `${point[0]} ${point[1]}`;
    for (const key in properties) signature += ` ${String(properties[key])}`;
    if (before.get(id) === signature) continue;
    before.set(id, signature);
    add.push({ ...pointFeature(point, { id, ...properties }), id });
  }
  const remove = [...before.keys()].filter((id) => !here.has(id));
  for (const id of remove) before.delete(id);
  if (first) void source.setData({ type: "FeatureCollection", features: add });
  else if (add.length || remove.length) void source.updateData({ add, remove });
}

export function pointFeature(point: readonly number[], properties: Record<string, unknown>): GeoJSON.Feature {
  return { type: "Feature", geometry: { type: "Point", coordinates: [...point] }, properties };
}
