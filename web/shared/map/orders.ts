import type { FilterSpecification, GeoJSONSource, Map as MapLibreMap } from "maplibre-gl";
import { STATE_COLORS } from "../states";
import { addSource, pointFeature, show, showPoints } from "./source";

/** From here on every order stands for itself. */
const ALONE_FROM = 13;
const state = ["match", ["get", "status"], ...Object.entries(STATE_COLORS).flat(), "#334155"] as never;
const alone: FilterSpecification = ["!", ["has", "point_count"]];
const radius = (extra: number): never => ["interpolate", ["linear"], ["zoom"], 10, 3 + extra, 11.5, 5 + extra, 12.5, 7 + extra, 15, 9 + extra, 18, 11 + extra] as never;

/** Orders as dots: colour and letter say the state, `!` an urgent one, a red ring a late one; from afar, many in one place as their number. */
export function addOrders(map: MapLibreMap): void {
  addSource(map, "orders", {
    cluster: true, clusterRadius: 34, clusterMaxZoom: ALONE_FROM - 1, clusterMinPoints: 4,
    clusterProperties: { late: ["+", ["case", ["get", "late"], 1, 0]], urgent: ["+", ["case", ["get", "urgent"], 1, 0]] },
  });
  addSource(map, "chosen");
  const many: FilterSpecification = ["has", "point_count"];
  map.addLayer({
    id: "orders-many",
    type: "circle",
    source: "orders",
    filter: many,
    paint: {
      "circle-radius": ["interpolate", ["linear"], ["get", "point_count"], 4, 10, 40, 15, 400, 22],
      "circle-color": "#ffffff",
      "circle-opacity": 0.94,
      "circle-stroke-color": ["case", [">", ["get", "late"], 0], "#dc2626", "#475569"],
      "circle-stroke-width": ["case", [">", ["get", "late"], 0], 2.6, 1.6],
    },
  });
  map.addLayer({
    id: "orders-count",
    type: "symbol",
    source: "orders",
    filter: many,
    layout: {
      "text-field": ["concat", ["to-string", ["get", "point_count"]], ["case", [">", ["get", "urgent"], 0], "!", ""]],
      "text-size": 11.5,
      "text-allow-overlap": true,
      "text-ignore-placement": true,
    },
    paint: { "text-color": "#1c2430" },
  });
  map.addLayer({
    id: "order-ring",
    type: "circle",
    source: "orders",
    filter: ["all", alone, ["get", "late"]] as never,
    paint: { "circle-radius": radius(2.6), "circle-color": "#dc2626" },
  });
  map.addLayer({
    id: "order-dot",
    type: "circle",
    source: "orders",
    filter: alone,
    layout: { "circle-sort-key": ["case", ["get", "late"], 1, 0] },
    paint: { "circle-radius": radius(0), "circle-color": state, "circle-stroke-color": "#ffffff", "circle-stroke-width": 1.3 },
  });
  map.addLayer({
    id: "order-mark",
    type: "symbol",
    source: "orders",
    filter: alone,
    minzoom: 11.4,
    layout: {
      "text-field": ["get", "mark"],
      "text-size": ["interpolate", ["linear"], ["zoom"], 11.4, 7, 12.5, 9, 15, 11, 18, 13],
      "text-allow-overlap": true,
      "text-ignore-placement": true,
    },
    paint: { "text-color": "#ffffff" },
  });
  map.addLayer({
    id: "chosen-ring",
    type: "circle",
    source: "chosen",
    paint: { "circle-radius": radius(3.2), "circle-color": "#111827" },
  });
  map.addLayer({
    id: "chosen-dot",
    type: "circle",
    source: "chosen",
    paint: { "circle-radius": radius(0.4), "circle-color": state, "circle-stroke-color": "#ffffff", "circle-stroke-width": 1.6 },
  });
  map.addLayer({
    id: "chosen-mark",
    type: "symbol",
    source: "chosen",
    layout: { "text-field": ["get", "mark"], "text-size": 11, "text-allow-overlap": true, "text-ignore-placement": true },
    paint: { "text-color": "#ffffff" },
  });
}

export type Dot = { id: string; point: readonly number[]; status: string; mark: string; late: boolean; urgent: boolean; owner: string };

export function showOrders(map: MapLibreMap, dots: readonly Dot[]): void {
  showPoints(map, "orders", dots);
}

export function showChosen(map: MapLibreMap, dot: Dot | null): void {
  show(map, "chosen", dot ? [pointFeature(dot.point, dot)] : []);
}

/** Everybody else's orders step back while one person is looked at. */
export function dimOthers(map: MapLibreMap, owner: string | null): void {
  const opacity = (full: number): never => (owner === null ? full : ["case", ["==", ["get", "owner"], owner], full, 0.22 * full]) as never;
  map.setPaintProperty("order-dot", "circle-opacity", opacity(1));
  map.setPaintProperty("order-dot", "circle-stroke-opacity", opacity(1));
  map.setPaintProperty("order-ring", "circle-opacity", opacity(1));
  map.setPaintProperty("order-mark", "text-opacity", opacity(1));
  map.setPaintProperty("orders-many", "circle-opacity", owner === null ? 0.94 : 0.4);
  map.setPaintProperty("orders-many", "circle-stroke-opacity", owner === null ? 1 : 0.35);
  map.setPaintProperty("orders-count", "text-opacity", owner === null ? 1 : 0.45);
}

/** Come close enough to a cluster that it falls apart. */
export async function openCluster(map: MapLibreMap, id: number, center: [number, number]): Promise<void> {
  const zoom = await (map.getSource("orders") as GeoJSONSource).getClusterExpansionZoom(id);
  map.easeTo({ center, zoom: Math.min(zoom + 0.3, 17) });
}
