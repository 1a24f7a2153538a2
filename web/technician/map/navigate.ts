import { toBd09, toGcj02 } from "./coordinates";

export const MAP_APPS = ["amap", "baidu", "google", "apple", "geo"] as const;
export type MapApp = (typeof MAP_APPS)[number];
export type System = "android" | "ios" | "other";

export function systemOf(agent: string): System {
  return /Android/.test(agent) ? "android" : /iPhone|iPad|iPod/.test(agent) ? "ios" : "other";
}

/** The app that most people of this phone and language have. */
export function usualApp(system: System, chinese: boolean): MapApp {
  if (chinese) return "amap";
  return system === "ios" ? "apple" : system === "android" ? "geo" : "google";
}

/** The address that opens a map app with the way to a WGS 84 point, `[longitude, latitude]`. */
export function wayTo(app: MapApp, point: readonly [number, number], name: string, system: System): string {
  const label = encodeURIComponent(name);
  const at = ([lon, lat]: readonly [number, number]): { lon: string; lat: string } => ({ lon: lon.toFixed(6), lat: lat.toFixed(6) });
  switch (app) {
    case "amap": {
      const { lon, lat } = at(toGcj02(point));
      if (system === "android") return `androidamap://route/plan/?sourceApplication=grid-dispatch&dlat=${lat}&dlon=${lon}&dname=${label}&dev=0&t=0`;
      if (system === "ios") return `iosamap://path?sourceApplication=grid-dispatch&dlat=${lat}&dlon=${lon}&dname=${label}&dev=0&t=0`;
      return `https://uri.amap.com/navigation?to=${lon},${lat},${label}&mode=car&coordinate=gaode&callnative=1`;
    }
    case "baidu": {
      const { lon, lat } = at(toBd09(point));
      const way = `destination=latlng:${lat},${lon}|name:${label}&coord_type=bd09ll&mode=driving&src=grid-dispatch`;
      return system === "other" ? `https://api.map.baidu.com/direction?origin=&${way}&region=&output=html` : `${system === "android" ? "bdapp" : "baidumap"}://map/direction?${way}`;
    }
    case "google": {
      const { lon, lat } = at(point);
      return `https://www.google.com/maps/dir/?api=1&destination=${lat},${lon}&travelmode=driving`;
    }
    case "apple": {
      const { lon, lat } = at(point);
      return `https://maps.apple.com/?daddr=${lat},${lon}&dirflg=d`;
    }
    case "geo": {
      const { lon, lat } = at(point);
      return `geo:${lat},${lon}?q=${lat},${lon}(${label})`;
    }
  }
}
