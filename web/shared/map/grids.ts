import type { Map as MapLibreMap } from "maplibre-gl";
import { addSource, pointFeature, show } from "./source";

/** Steps of a measure from calm to grave; the number stands beside the grid's name, so colour is not the only sign. */
export const STEPS = ["#e8f0fa", "#b9d2ee", "#fde3a7", "#f5b26b", "#d9694c"] as const;

/** Grids: a dashed line, a fill by the measure chosen, a name. */
export function addGrids(map: MapLibreMap): void {
  addSource(map, "grids");
  addSource(map, "grid-names");
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
    source: "grid-names",
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
        id: grid.id, selected: grid.id === selected,
        ...(shade ? { color: STEPS[shade.step] ?? STEPS[0] } : {}),
      },
    };
  });
  show(map, "grids", features);
  show(map, "grid-names", grids.flatMap((grid) => {
    const [at, shade] = [middleOf(grid.geometry), shades.get(grid.id)];
    return at ? [pointFeature(at, { label: shade ? `${grid.properties.name}\n${shade.text}` : grid.properties.name })] : [];
  }));
}

const middles = new WeakMap<object, [number, number] | null>();
/** One point for a grid's name, the centre of its largest part: a polygon is cut into tiles, and each piece would be named again. */
function middleOf(geometry: unknown): [number, number] | null {
  const known = middles.get(geometry as object);
  if (known !== undefined) return known;
  const { type, coordinates } = geometry as { type: string; coordinates: unknown };
  const rings = (type === "Polygon" ? [(coordinates as number[][][])[0]] : (coordinates as number[][][][]).map((part) => part[0])) as (number[][] | undefined)[];
  let best: { size: number; at: [number, number] } | null = null;
  for (const ring of rings) {
    if (!ring?.length) continue;
    let [twice, x, y] = [0, 0, 0];
    const [x0, y0] = ring[0] as [number, number];
    for (let at = 0; at + 1 < ring.length; at++) {
      const [ax, ay, bx, by] = [ring[at]![0]! - x0, ring[at]![1]! - y0, ring[at + 1]![0]! - x0, ring[at + 1]![1]! - y0];
      const cross = ax * by - bx * ay;
      twice += cross;
      x += (ax + bx) * cross;
      y += (ay + by) * cross;
    }
    if (twice !== 0 && Math.abs(twice) > (best?.size ?? 0)) best = { size: Math.abs(twice), at: [x0 + x / (3 * twice), y0 + y / (3 * twice)] };
  }
  middles.set(geometry as object, best?.at ?? null);
  return best?.at ?? null;
}
