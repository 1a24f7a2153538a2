/** Chinese map systems, converted at the edge where a position leaves for a map app. Points are `[longitude, latitude]`, degrees. */
type LonLat = readonly [number, number];

const AXIS = 6_378_245.0;
const ECCENTRICITY = 0.00669342162296594323;
const BAIDU_ANGLE = (Math.PI * 3000.0) / 180.0;
const { PI, sin, cos, sqrt, abs, atan2 } = Math;

/** The offset of GCJ-02 at a WGS 84 point, in degrees (the public, reverse-engineered formula). */
function shift([lon, lat]: LonLat): LonLat {
  const [x, y] = [lon - 105.0, lat - 35.0];
  const root = sqrt(abs(x));
  const waves = ((20.0 * sin(6.0 * x * PI) + 20.0 * sin(2.0 * x * PI)) * 2.0) / 3.0;
  let dLat = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + waves;
  dLat += ((20.0 * sin(y * PI) + 40.0 * sin((y / 3.0) * PI)) * 2.0) / 3.0;
  dLat += ((160.0 * sin((y / 12.0) * PI) + 320.0 * sin((y * PI) / 30.0)) * 2.0) / 3.0;
  let dLon = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + waves;
  dLon += ((20.0 * sin(x * PI) + 40.0 * sin((x / 3.0) * PI)) * 2.0) / 3.0;
  dLon += ((150.0 * sin((x / 12.0) * PI) + 300.0 * sin((x / 30.0) * PI)) * 2.0) / 3.0;
  const phi = (lat * PI) / 180.0;
  const magic = 1 - ECCENTRICITY * sin(phi) ** 2;
  const meridian = (AXIS * (1 - ECCENTRICITY)) / (magic * sqrt(magic));
  const parallel = (AXIS / sqrt(magic)) * cos(phi);
  return [(dLon * 180.0) / (parallel * PI), (dLat * 180.0) / (meridian * PI)];
}

/** WGS 84 to GCJ-02, as AMap and Tencent count. */
export function toGcj02(point: LonLat): LonLat {
  const [lon, lat] = shift(point);
  return [point[0] + lon, point[1] + lat];
}

/** WGS 84 to BD-09, as Baidu counts. */
export function toBd09(point: LonLat): LonLat {
  const [lon, lat] = toGcj02(point);
  const radius = sqrt(lon * lon + lat * lat) + 0.00002 * sin(lat * BAIDU_ANGLE);
  const angle = atan2(lat, lon) + 0.000003 * cos(lon * BAIDU_ANGLE);
  return [radius * cos(angle) + 0.0065, radius * sin(angle) + 0.006];
}
