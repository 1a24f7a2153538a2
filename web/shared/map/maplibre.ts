/** The map library with its styles: what only a page with a map loads. */
import "maplibre-gl/dist/maplibre-gl.css";
import "./map.css";

export * from "maplibre-gl";
