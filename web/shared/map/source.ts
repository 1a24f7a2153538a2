import type { GeoJSONSource, GeoJSONSourceDiff, GeoJSONSourceSpecification, Map as MapLibreMap } from "maplibre-gl";

/** What a large source shows, and what it has still to be told. */
type Known = { items: Map<string, { item: Item; signature: string }>; queue: GeoJSONSourceDiff[]; telling: boolean };
type Item = { readonly id: string; readonly point: readonly number[] };
const known = new WeakMap<MapLibreMap, Map<string, Known>>();
/** So many points go to the map's worker at once: copying all of them would hold up the hand. */
const CHUNK = 1500;

export function addSource(map: MapLibreMap, name: string, options: Partial<GeoJSONSourceSpecification> = {}): void {
  map.addSource(name, { ...options, type: "geojson", data: { type: "FeatureCollection", features: [] } });
  const sources = known.get(map) ?? new Map<string, Known>();
  known.set(map, sources.set(name, { items: new Map(), queue: [], telling: false }));
}

/** Replace what a small source shows. */
export function show(map: MapLibreMap, name: string, features: GeoJSON.Feature[]): void {
  void (map.getSource(name) as GeoJSONSource | undefined)?.setData({ type: "FeatureCollection", features });
}

/**
 * Bring a large source up to date by what differs only: ten thousand points are not sent again for one of them.
 * An item that is the same object as before has not changed; of others all values are compared.
 */
export function showPoints(map: MapLibreMap, name: string, items: readonly Item[]): void {
  const source = map.getSource(name) as GeoJSONSource | undefined;
  const before = known.get(map)?.get(name);
  if (!source || !before) return;
  let add: GeoJSON.Feature[] = [];
  for (const item of items) {
    const old = before.items.get(item.id);
    if (old?.item === item) continue;
    const signature = Object.values(item).join(" ");
    before.items.set(item.id, { item, signature });
    if (old?.signature === signature) continue;
    const { point, ...properties } = item;
    add.push({ ...pointFeature(point, properties), id: item.id });
    if (add.length === CHUNK) {
      before.queue.push({ add });
      add = [];
    }
  }
  const remove: string[] = [];
  if (before.items.size > items.length) {
    const here = new Set(items.map((item) => item.id));
    for (const id of before.items.keys()) if (!here.has(id)) remove.push(id);
    for (const id of remove) before.items.delete(id);
  }
  if (add.length || remove.length) before.queue.push({ add, remove });
  void tell(source, before);
}

async function tell(source: GeoJSONSource, what: Known): Promise<void> {
  if (what.telling) return;
  what.telling = true;
  for (let diff = what.queue.shift(); diff; diff = what.queue.shift()) {
    await source.updateData(diff).catch(() => undefined);
    // What the hand does comes between.
    await new Promise((go) => setTimeout(go));
  }
  what.telling = false;
}

export function pointFeature(point: readonly number[], properties: Record<string, unknown>): GeoJSON.Feature {
  return { type: "Feature", geometry: { type: "Point", coordinates: [...point] }, properties };
}
