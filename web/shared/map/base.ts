import type { StyleSpecification } from "maplibre-gl";
import { nameIn } from "./labels";

/** The base map from our own tiles: quiet, so that orders and routes are what one sees. No request leaves this server. */
export function baseStyle(areaId: string, language: "en" | "zh", credit: string): StyleSpecification {
  const label = nameIn(language);
  const minor = ["residential", "living_street", "unclassified", "road", "pedestrian"];
  const is = (...kinds: string[]) => ["match", ["get", "kind"], kinds, true, false];
  const width = (...stops: number[]) => ["interpolate", ["exponential", 1.5], ["zoom"], ...stops];
  const road = (id: string, filter: unknown, color: string, stops: number[], minzoom = 0) => ({
    id,
    type: "line",
    source: "base",
    "source-layer": "roads",
    minzoom,
    filter,
    layout: { "line-cap": "round", "line-join": "round" },
    paint: { "line-color": color, "line-width": width(...stops) },
  });
  const fill = (id: string, layer: string, color: string, minzoom = 0) => ({
    id,
    type: "fill",
    source: "base",
    "source-layer": layer,
    minzoom,
    filter: ["match", ["geometry-type"], ["Polygon", "MultiPolygon"], true, false],
    paint: { "fill-color": color },
  });
  return {
    version: 8,
    sources: {
      base: {
        type: "vector",
        tiles: [`${location.origin}/api/areas/${areaId}/tiles/{z}/{x}/{y}.mvt`],
        minzoom: 0,
        maxzoom: 15,
        attribution: credit,
      },
    },
    layers: [
      { id: "land", type: "background", paint: { "background-color": "#f4f2ee" } },
      fill("green", "green", "#dfead6"),
      fill("water", "water", "#c3d9e8"),
      {
        id: "waterways",
        type: "line",
        source: "base",
        "source-layer": "water",
        filter: ["match", ["geometry-type"], ["LineString", "MultiLineString"], true, false],
        paint: { "line-color": "#c3d9e8", "line-width": width(10, 0.8, 16, 6) },
      },
      fill("buildings", "buildings", "#e6e1d9", 14),
      road("road-service", is("service", "track"), "#ffffff", [14, 0.6, 18, 6], 14),
      road("road-minor-casing", is(...minor), "#ddd8cf", [12, 0.6, 18, 14], 13),
      road("road-minor", is(...minor), "#ffffff", [12, 0.4, 18, 12], 11),
      road("road-mid-casing", is("tertiary", "tertiary_link", "secondary", "secondary_link"), "#d6cfc2", [10, 0.9, 18, 19]),
      road("road-mid", is("tertiary", "tertiary_link", "secondary", "secondary_link"), "#ffffff", [10, 0.6, 18, 16]),
      road("road-major-casing", is("primary", "primary_link", "trunk", "trunk_link", "motorway", "motorway_link"), "#dcb98a", [7, 0.8, 18, 23]),
      road("road-major", is("primary", "primary_link", "trunk", "trunk_link", "motorway", "motorway_link"), "#fbe3bb", [7, 0.5, 18, 19]),
      {
        id: "road-names",
        type: "symbol",
        source: "base",
        "source-layer": "roads",
        minzoom: 12,
        filter: ["has", "name"],
        layout: {
          "symbol-placement": "line",
          "symbol-spacing": 190,
          "text-field": label,
          "text-size": ["interpolate", ["linear"], ["zoom"], 12, 10.5, 17, 13.5],
          "text-max-angle": 35,
          "text-padding": 2,
        },
        paint: { "text-color": "#6a655c", "text-halo-color": "#ffffff", "text-halo-width": 1.4 },
      },
      {
        id: "place-names",
        type: "symbol",
        source: "base",
        "source-layer": "names",
        minzoom: 13,
        layout: { "text-field": label, "text-size": 11, "text-max-width": 8, "text-padding": 6 },
        paint: { "text-color": "#5c7a4e", "text-halo-color": "#f4f8f0", "text-halo-width": 1.2 },
      },
    ],
  } as unknown as StyleSpecification;
}

/** Nothing but paper, for an area whose roads nobody has imported yet. */
export const EMPTY_STYLE: StyleSpecification = {
  version: 8,
  sources: {},
  layers: [{ id: "land", type: "background", paint: { "background-color": "#f4f2ee" } }],
};
