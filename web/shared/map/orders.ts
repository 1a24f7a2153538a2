import type { Map as MapLibreMap } from "maplibre-gl";
import { addSource, pointFeature, show } from "./source";

/** Colours of the states of an order, each paired with a letter so that colour is never the only sign. */
export const STATE_COLORS: Record<string, string> = {
  reported: "#c2410c",
  dispatched: "#a16207",
  accepted: "#1d4ed8",
  en_route: "#6d28d9",
  on_site: "#0f766e",
  suspended: "#52525b",
  completed: "#15803d",
  closed: "#64748b",
  cancelled: "#64748b",
  merged: "#64748b",
};

const state = ["match", ["get", "status"], ...Object.entries(STATE_COLORS).flat(), "#334155"] as never;

/** Orders as dots: colour and letter say the state, `!` an urgent one, a red ring a late one, a black ring the chosen one. */
export function addOrders(map: MapLibreMap): void {
  addSource(map, "orders");
  const radius = (extra: number): never => ["interpolate", ["linear"], ["zoom"], 10, 3 + extra, 11.5, 5.5 + extra, 12.5, 7.5 + extra, 15, 9 + extra, 18, 11 + extra] as never;
  map.addLayer({
    id: "order-ring",
    type: "circle",
    source: "orders",
    filter: ["any", ["get", "late"], ["get", "selected"]],
    paint: {
      "circle-radius": radius(2.6),
      "circle-color": ["case", ["get", "selected"], "#111827", "#dc2626"],
      "circle-opacity": ["case", ["get", "dimmed"], 0.15, 1],
    },
  });
  map.addLayer({
    id: "order-dot",
    type: "circle",
    source: "orders",
    layout: { "circle-sort-key": ["case", ["get", "selected"], 2, ["get", "late"], 1, 0] },
    paint: {
      "circle-radius": radius(0),
      "circle-color": state,
      "circle-stroke-color": "#ffffff",
      "circle-stroke-width": 1.3,
      "circle-opacity": ["case", ["get", "dimmed"], 0.2, 1],
      "circle-stroke-opacity": ["case", ["get", "dimmed"], 0.2, 1],
    },
  });
  map.addLayer({
    id: "order-mark",
    type: "symbol",
    source: "orders",
    minzoom: 11.4,
    layout: {
      "text-field": ["get", "mark"],
      "text-size": ["interpolate", ["linear"], ["zoom"], 11.4, 7.5, 12.5, 9.5, 15, 11, 18, 13],
      "text-allow-overlap": true,
      "text-ignore-placement": true,
    },
    paint: { "text-color": "#ffffff", "text-opacity": ["case", ["get", "dimmed"], 0.3, 1] },
  });
}

export type Dot = { id: string; point: readonly number[]; status: string; mark: string; late: boolean; dimmed: boolean };

export function showOrders(map: MapLibreMap, dots: readonly Dot[], selected: string | null): void {
  show(map, "orders", dots.map(({ point, ...dot }) => pointFeature(point, { ...dot, selected: dot.id === selected })));
}
