import type { GeoJSONSource, Map as MapLibreMap } from "maplibre-gl";

type Collection = GeoJSON.FeatureCollection;
export const EMPTY: Collection = { type: "FeatureCollection", features: [] };

/** Colours of the states of an order, each paired with a letter so that colour is never the only sign. */
export const STATE_COLORS: Record<string, string> = {
  reported: "#c2410c",
  dispatched: "#b45309",
  accepted: "#1d4ed8",
  en_route: "#6d28d9",
  on_site: "#0f766e",
  suspended: "#71717a",
  completed: "#15803d",
  closed: "#94a3b8",
  cancelled: "#94a3b8",
  merged: "#94a3b8",
};

const state = ["match", ["get", "status"], ...Object.entries(STATE_COLORS).flat(), "#334155"];

const LAYERS: Record<string, { source: string; spec: object }> = {
  "grid-fill": {
    source: "grids",
    spec: { type: "fill", paint: { "fill-color": "#1d4ed8", "fill-opacity": ["case", ["boolean", ["get", "selected"], false], 0.14, 0.03] } },
  },
  "grid-line": {
    source: "grids",
    spec: { type: "line", paint: { "line-color": "#35507c", "line-width": 1.4, "line-opacity": 0.55, "line-dasharray": [4, 2] } },
  },
  "grid-name": {
    source: "grids",
    spec: {
      type: "symbol",
      maxzoom: 14.5,
      layout: { "text-field": ["get", "name"], "text-size": 12, "text-padding": 8 },
      paint: { "text-color": "#35507c", "text-halo-color": "#ffffff", "text-halo-width": 1.6 },
    },
  },
  "route-casing": {
    source: "routes",
    spec: { type: "line", layout: { "line-join": "round", "line-cap": "round" }, paint: { "line-color": "#ffffff", "line-width": ["case", ["get", "selected"], 8, 4], "line-opacity": ["case", ["get", "dimmed"], 0.15, 0.9] } },
  },
  "route-line": {
    source: "routes",
    spec: { type: "line", layout: { "line-join": "round", "line-cap": "round" }, paint: { "line-color": ["get", "color"], "line-width": ["case", ["get", "selected"], 5, 2.2], "line-opacity": ["case", ["get", "dimmed"], 0.18, 0.85] } },
  },
  "order-dot": {
    source: "orders",
    spec: {
      type: "circle",
      paint: {
        "circle-radius": ["interpolate", ["linear"], ["zoom"], 10, 3, 14, 6.5, 17, 9],
        "circle-color": state,
        "circle-stroke-color": ["case", ["get", "selected"], "#111827", ["get", "late"], "#b91c1c", "#ffffff"],
        "circle-stroke-width": ["case", ["get", "selected"], 3, ["get", "late"], 2.4, 1.2],
      },
    },
  },
  "order-urgent": {
    source: "orders",
    spec: {
      type: "symbol",
      filter: ["==", ["get", "level"], "urgent"],
      minzoom: 11,
      layout: { "text-field": "!", "text-size": 12, "text-allow-overlap": true },
      paint: { "text-color": "#ffffff" },
    },
  },
  "stop-number": {
    source: "stops",
    spec: {
      type: "symbol",
      layout: { "text-field": ["get", "number"], "text-size": 12, "text-offset": [0, -1.3], "text-allow-overlap": true },
      paint: { "text-color": "#111827", "text-halo-color": "#ffffff", "text-halo-width": 2 },
    },
  },
  "here-dot": {
    source: "here",
    spec: { type: "circle", paint: { "circle-radius": 9, "circle-color": "#ffffff", "circle-stroke-color": "#111827", "circle-stroke-width": 3 } },
  },
};

/** Add our sources and layers to a loaded base map. */
export function addOverlay(map: MapLibreMap): void {
  for (const source of new Set(Object.values(LAYERS).map((layer) => layer.source))) {
    map.addSource(source, { type: "geojson", data: EMPTY });
  }
  for (const [id, { source, spec }] of Object.entries(LAYERS)) map.addLayer({ id, source, ...spec } as never);
}

/** Replace what a source shows. */
export function show(map: MapLibreMap, source: string, data: Collection): void {
  (map.getSource(source) as GeoJSONSource | undefined)?.setData(data);
}

const ROUTE_COLORS = ["#1d4ed8", "#b91c1c", "#047857", "#7c3aed", "#b45309", "#0e7490", "#be185d", "#4d7c0f", "#4338ca", "#a16207"];

/** A colour for the n-th route; neighbours in the list differ. */
export function routeColor(index: number): string {
  return ROUTE_COLORS[index % ROUTE_COLORS.length] ?? "#1d4ed8";
}
