import type { Map as MapLibreMap } from "maplibre-gl";
import type { Schemas } from "../client";
import { addSource, pointFeature, show } from "./source";

const ROUTE_COLORS = ["#1d4ed8", "#b91c1c", "#047857", "#7c3aed", "#b45309", "#0e7490", "#be185d", "#4d7c0f", "#4338ca", "#a16207"];

/** A colour for the n-th route; neighbours in the list differ. */
export function routeColor(index: number): string {
  return ROUTE_COLORS[index % ROUTE_COLORS.length] ?? "#1d4ed8";
}

/** Every technician's way on real streets, the chosen one on top of the others. */
export function addRoutes(map: MapLibreMap): void {
  addSource(map, "routes");
  addSource(map, "stops");
  const sort = ["case", ["get", "selected"], 1, 0] as never;
  map.addLayer({
    id: "route-casing",
    type: "line",
    source: "routes",
    layout: { "line-join": "round", "line-cap": "round", "line-sort-key": sort },
    paint: {
      "line-color": "#ffffff",
      "line-width": ["interpolate", ["linear"], ["zoom"], 11, ["case", ["get", "selected"], 7, 3], 15, ["case", ["get", "selected"], 10, 5]],
      "line-opacity": ["case", ["get", "dimmed"], 0, 0.85],
    },
  });
  map.addLayer({
    id: "route-line",
    type: "line",
    source: "routes",
    layout: { "line-join": "round", "line-cap": "round", "line-sort-key": sort },
    paint: {
      "line-color": ["get", "color"],
      "line-width": ["interpolate", ["linear"], ["zoom"], 11, ["case", ["get", "selected"], 4, 1.6], 15, ["case", ["get", "selected"], 6, 3]],
      "line-opacity": ["case", ["get", "dimmed"], 0.16, ["get", "selected"], 1, 0.55],
    },
  });
}

/** Stop numbers: of the chosen route always, of the others from close by. */
export function addStopNumbers(map: MapLibreMap): void {
  const layout = { "text-field": ["get", "number"], "text-size": 12, "text-offset": [1.15, -1.05], "text-allow-overlap": true } as never;
  const paint = { "text-color": ["get", "color"], "text-halo-color": "#ffffff", "text-halo-width": 2.2 } as never;
  map.addLayer({ id: "stop-number", type: "symbol", source: "stops", minzoom: 13.2, filter: ["!", ["get", "selected"]], layout, paint });
  map.addLayer({ id: "stop-number-selected", type: "symbol", source: "stops", filter: ["get", "selected"], layout, paint });
}

/** All routes, or only the chosen one: three hundred ways at once are no picture. */
export function showRoutes(map: MapLibreMap, routes: readonly Schemas["TechnicianRoute"][], streets: ReadonlyMap<string, { line: Schemas["LineString"] | null }>, selected: string | null, all: boolean): void {
  const lines: GeoJSON.Feature[] = [];
  const stops: GeoJSON.Feature[] = [];
  routes.forEach((route, index) => {
    const chosen = route.technicianId === selected;
    if (!chosen && !all) return;
    const properties = { technician: route.technicianId, color: routeColor(index), selected: chosen, dimmed: selected !== null && !chosen };
    const line = streets.get(route.technicianId)?.line;
    if (line) lines.push({ type: "Feature", geometry: { type: "LineString", coordinates: line.coordinates }, properties });
    route.stops.forEach((stop, place) => {
      if (stop.point && (chosen || selected === null)) {
        stops.push(pointFeature(stop.point as number[], { ...properties, order: stop.orderId, number: String(place + 1) }));
      }
    });
  });
  show(map, "routes", lines);
  show(map, "stops", stops);
}
