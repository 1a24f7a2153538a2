/** The width of a drawing of the grids, in its own units. */
export const WIDTH = 600;
type Shape = { id?: unknown; geometry: Record<string, unknown>; properties: { name: string } };
export type Outline = { id: string; name: string; d: string };

/** The grids as paths of a drawing, north above, without distortion at their latitude; `height` follows from `WIDTH`. */
export function outlines(grids: readonly Shape[]): { drawn: Outline[]; height: number } {
  const rings = grids.map((shape) => ({ shape, polygons: (shape.geometry["type"] === "MultiPolygon" ? shape.geometry["coordinates"] : [shape.geometry["coordinates"]]) as number[][][][] }));
  const points = rings.flatMap((one) => one.polygons.flat(2));
  if (!points.length) return { drawn: [], height: 0 };
  const lons = points.map((point) => point[0]!);
  const lats = points.map((point) => point[1]!);
  const [west, east, south, north] = [lons, lats].flatMap((all) => [all.reduce((a, b) => Math.min(a, b)), all.reduce((a, b) => Math.max(a, b))]) as [number, number, number, number];
  const narrow = Math.cos((((south + north) / 2) * Math.PI) / 180);
  const scale = WIDTH / ((east - west) * narrow || 1);
  const at = (point: number[]): string => `${((point[0]! - west) * narrow * scale).toFixed(1)},${((north - point[1]!) * scale).toFixed(1)}`;
  const drawn = rings.map(({ shape, polygons }) => ({ id: shape.id as string, name: shape.properties.name, d: polygons.flat().map((ring) => `M${ring.map(at).join("L")}Z`).join("") }));
  return { drawn, height: (north - south) * scale };
}
