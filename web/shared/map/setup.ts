import type { Map as MapLibreMap, StyleSpecification } from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import { t } from "../staff";

export type Bounds = [[number, number], [number, number]];

/** A map in an element; the library comes in a file of its own, so that the lists are there before it. */
export async function createMap(container: HTMLElement, style: StyleSpecification, bounds: Bounds | undefined): Promise<MapLibreMap> {
  const library = await import("./maplibre");
  library.setWorkerUrl(workerUrl);
  const map = new library.Map({
    container,
    style,
    bounds,
    fitBoundsOptions: { padding: 28 },
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    fadeDuration: 0,
    maxZoom: 19,
    locale: {
      "NavigationControl.ZoomIn": t("zoom_in"),
      "NavigationControl.ZoomOut": t("zoom_out"),
      "Map.Title": t("map_label"),
    },
  });
  map.touchZoomRotate.disableRotation();
  map.addControl(new library.NavigationControl({ showCompass: false }), "top-right");
  map.addControl(new library.ScaleControl({}), "bottom-left");
  return map;
}

/** The box around points; undefined for none. */
export function boundsOf(points: Iterable<readonly number[]>): Bounds | undefined {
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const point of points) {
    const [lon, lat] = point as [number, number];
    west = Math.min(west, lon);
    east = Math.max(east, lon);
    south = Math.min(south, lat);
    north = Math.max(north, lat);
  }
  return west <= east ? [[west, south], [east, north]] : undefined;
}

export function canDraw(): boolean {
  try {
    return document.createElement("canvas").getContext("webgl2") !== null;
  } catch {
    return false;
  }
}
