"""Distances, and conversion between WGS 84 and the coordinate systems of Chinese maps.

Inside the program every position is `(lon, lat)` in WGS 84. GCJ-02 (AMap, Tencent) and BD-09 (Baidu) are converted at
the edge, where data comes in or goes out. The caller says which system is used: there is no test "is this point in
China" here, because the rectangle that is commonly used for it contains Hong Kong, Taiwan and Seoul.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from math import asin, atan2, cos, pi, radians, sin, sqrt

type LonLat = tuple[float, float]

EARTH_RADIUS_METRES = 6_371_008.8
"""Mean radius of the earth (IUGG)."""

_KRASOVSKY_AXIS = 6_378_245.0
_KRASOVSKY_ECCENTRICITY = 0.00669342162296594323
_BAIDU_ANGLE = pi * 3000.0 / 180.0
_INVERSE_ROUNDS = 8
"""One pass of the inverse leaves up to 4 m, three passes 0.1 mm; eight end at floating-point noise."""


def lonlat_of(lon: float | None, lat: float | None) -> LonLat | None:
    """The position of two nullable columns: None where either is missing."""
    return None if lon is None or lat is None else (lon, lat)


def haversine_metres(a: LonLat, b: LonLat) -> float:
    """Great-circle distance in metres between two WGS 84 points."""
    lon_a, lat_a, lon_b, lat_b = radians(a[0]), radians(a[1]), radians(b[0]), radians(b[1])
    h = sin((lat_b - lat_a) / 2) ** 2 + cos(lat_a) * cos(lat_b) * sin((lon_b - lon_a) / 2) ** 2
    return 2 * EARTH_RADIUS_METRES * asin(min(1.0, sqrt(h)))


def longitudes_span(longitudes: Iterable[float]) -> tuple[float, float]:
    """West and east of the narrowest part of the globe that holds all longitudes; east is above 180 past the date line.

    Raises ValueError for none.
    """
    ordered = sorted({lon - 360 if lon > 180 else lon for lon in longitudes})
    if not ordered:
        raise ValueError("no longitude")
    gaps = [(after - before, after) for before, after in pairwise(ordered)]
    widest, after = max(gaps, default=(0.0, ordered[0]))
    if widest <= 180:  # nothing lies on the far side, or all around
        return ordered[0], ordered[-1]
    return after, ordered[ordered.index(after) - 1] + 360


def metres_per_degree(lat: float) -> tuple[float, float]:
    """Metres in one degree of longitude and of latitude at this latitude, on a sphere. Exact enough within a city."""
    degree = EARTH_RADIUS_METRES * pi / 180
    return degree * cos(radians(lat)), degree


def _shift(lon: float, lat: float) -> LonLat:
    """The GCJ-02 offset in degrees at a WGS 84 point (the public, reverse-engineered formula)."""
    x, y = lon - 105.0, lat - 35.0
    root = sqrt(abs(x))
    waves = (20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)) * 2.0 / 3.0
    d_lat = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + waves
    d_lat += (20.0 * sin(y * pi) + 40.0 * sin(y / 3.0 * pi)) * 2.0 / 3.0
    d_lat += (160.0 * sin(y / 12.0 * pi) + 320.0 * sin(y * pi / 30.0)) * 2.0 / 3.0
    d_lon = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + waves
    d_lon += (20.0 * sin(x * pi) + 40.0 * sin(x / 3.0 * pi)) * 2.0 / 3.0
    d_lon += (150.0 * sin(x / 12.0 * pi) + 300.0 * sin(x / 30.0 * pi)) * 2.0 / 3.0
    phi = radians(lat)
    magic = 1 - _KRASOVSKY_ECCENTRICITY * sin(phi) ** 2
    meridian = _KRASOVSKY_AXIS * (1 - _KRASOVSKY_ECCENTRICITY) / (magic * sqrt(magic))
    parallel = _KRASOVSKY_AXIS / sqrt(magic) * cos(phi)
    return d_lon * 180.0 / (parallel * pi), d_lat * 180.0 / (meridian * pi)


def wgs84_to_gcj02(point: LonLat) -> LonLat:
    """WGS 84 to GCJ-02, degrees."""
    d_lon, d_lat = _shift(*point)
    return point[0] + d_lon, point[1] + d_lat


def gcj02_to_wgs84(point: LonLat) -> LonLat:
    """GCJ-02 to WGS 84 by fixed-point iteration. A round trip is exact to a millimetre."""
    lon, lat = point
    for _ in range(_INVERSE_ROUNDS):
        d_lon, d_lat = _shift(lon, lat)
        lon, lat = point[0] - d_lon, point[1] - d_lat
    return lon, lat


def gcj02_to_bd09(point: LonLat) -> LonLat:
    """GCJ-02 to Baidu's BD-09, degrees."""
    lon, lat = point
    radius = sqrt(lon * lon + lat * lat) + 0.00002 * sin(lat * _BAIDU_ANGLE)
    angle = atan2(lat, lon) + 0.000003 * cos(lon * _BAIDU_ANGLE)
    return radius * cos(angle) + 0.0065, radius * sin(angle) + 0.006


def bd09_to_gcj02(point: LonLat) -> LonLat:
    """BD-09 to GCJ-02 by fixed-point iteration."""
    lon, lat = point[0] - 0.0065, point[1] - 0.006
    for _ in range(_INVERSE_ROUNDS):
        forward = gcj02_to_bd09((lon, lat))
        lon, lat = lon + point[0] - forward[0], lat + point[1] - forward[1]
    return lon, lat


def wgs84_to_bd09(point: LonLat) -> LonLat:
    """WGS 84 to BD-09, degrees."""
    return gcj02_to_bd09(wgs84_to_gcj02(point))


def bd09_to_wgs84(point: LonLat) -> LonLat:
    """BD-09 to WGS 84, degrees."""
    return gcj02_to_wgs84(bd09_to_gcj02(point))
