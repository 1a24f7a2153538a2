import type { Map as MapLibreMap } from "maplibre-gl";
import { addSource, showPoints } from "./source";

/** Where phones were last seen: a square with the person's initials; grey where the last word is old. */
export function addTechnicians(map: MapLibreMap): void {
  addSource(map, "technicians");
  const size = 22;
  const square = (fill: string): ImageData => {
    const canvas = new OffscreenCanvas(size * 2, size * 2);
    const pen = canvas.getContext("2d", { willReadFrequently: true })!;
    pen.scale(2, 2);
    pen.fillStyle = "#ffffff";
    pen.beginPath();
    pen.roundRect(0, 0, size, size, 6);
    pen.fill();
    pen.fillStyle = fill;
    pen.beginPath();
    pen.roundRect(1.5, 1.5, size - 3, size - 3, 5);
    pen.fill();
    return pen.getImageData(0, 0, size * 2, size * 2);
  };
  map.addImage("person", square("#111827"), { pixelRatio: 2 });
  map.addImage("person-old", square("#7b8698"), { pixelRatio: 2 });
  map.addImage("person-chosen", square("#1d4ed8"), { pixelRatio: 2 });
  map.addLayer({
    id: "technician",
    type: "symbol",
    source: "technicians",
    layout: {
      "icon-image": ["case", ["get", "selected"], "person-chosen", ["get", "old"], "person-old", "person"],
      "icon-size": ["interpolate", ["linear"], ["zoom"], 10, 0.45, 12, 0.75, 14, 1],
      "icon-allow-overlap": true,
      "text-field": ["step", ["zoom"], "", 12.4, ["get", "initials"]],
      "text-size": ["interpolate", ["linear"], ["zoom"], 12.4, 8, 14, 10.5],
      "text-allow-overlap": true,
      "symbol-sort-key": ["case", ["get", "selected"], 1, 0],
    },
    paint: { "text-color": "#ffffff", "icon-opacity": ["case", ["get", "dimmed"], 0.35, 1], "text-opacity": ["case", ["get", "dimmed"], 0.4, 1] },
  });
}

export type Person = { id: string; name: string; point: readonly number[]; old: boolean; selected: boolean; dimmed: boolean };

export function showTechnicians(map: MapLibreMap, people: readonly Person[]): void {
  const initials = (name: string): string =>
    /[\u3400-\u9fff]/.test(name) ? name.slice(-2) : name.split(/\s+/).map((word) => word[0] ?? "").join("").slice(0, 2).toUpperCase();
  showPoints(map, "technicians", people.map(({ id, point, name, ...person }) => ({ id, point, ...person, initials: initials(name) })));
}
