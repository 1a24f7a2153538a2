"""The real OSRM, in this process. It holds the GIL while it works: only the `roads` process imports this module."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import osrm

from citymap.osrm.data import STEM
from citymap.osrm.protocol import NO_ROUTE, RouteLeg, RouteReply, TableReply
from kit.geo import LonLat


class Engine:
    """One city's roads, opened from a directory made by `citymap.osrm.data.build`."""

    def __init__(self, directory: Path) -> None:
        self._osrm = osrm.OSRM(
            storage_config=str(directory / STEM),
            algorithm="CH",
            use_shared_memory=False,
            max_locations_distance_table=-1,
            max_locations_viaroute=-1,
        )

    def unsnapped(self, points: Sequence[LonLat], radius_metres: float) -> list[int]:
        """Indexes of points with no road within the radius. OSRM itself names only the first one, so each is asked."""
        far = []
        for index, point in enumerate(points):
            try:
                self._osrm.Nearest(
                    osrm.NearestParameters(coordinates=[point], radiuses=[radius_metres], generate_hints=False)
                )
            except RuntimeError as error:
                if "NoSegment" not in str(error):
                    raise
                far.append(index)
        return far

    def table(
        self,
        points: Sequence[LonLat],
        radius_metres: float,
        sources: Sequence[int] = (),
        destinations: Sequence[int] = (),
    ) -> TableReply:
        """Durations and distances of all asked pairs; a point too far from any road reaches nothing."""
        rows = list(sources) or list(range(len(points)))
        columns = list(destinations) or list(range(len(points)))
        durations = np.full((len(rows), len(columns)), NO_ROUTE, dtype="<i4")
        distances = np.full_like(durations, NO_ROUTE)
        unsnapped = self.unsnapped(points, radius_metres)
        far = set(unsnapped)
        kept = [index for index in range(len(points)) if index not in far]
        place = {index: position for position, index in enumerate(kept)}
        kept_rows = [row for row, index in enumerate(rows) if index not in far]
        kept_columns = [column for column, index in enumerate(columns) if index not in far]
        if kept_rows and kept_columns:
            answer = self._osrm.Table(
                osrm.TableParameters(
                    coordinates=[points[index] for index in kept],
                    radiuses=[radius_metres] * len(kept),
                    sources=[place[rows[row]] for row in kept_rows],
                    destinations=[place[columns[column]] for column in kept_columns],
                    annotations=["duration", "distance"],
                    generate_hints=False,
                )
            )
            where = np.ix_(kept_rows, kept_columns)
            durations[where] = _tenths(answer["durations"], len(kept_columns))
            distances[where] = _tenths(answer["distances"], len(kept_columns))
        for row, source in enumerate(rows):
            for column, destination in enumerate(columns) if source in far else ():
                if source == destination:
                    durations[row, column] = distances[row, column] = 0
        return TableReply(durations.tobytes(), distances.tobytes(), unsnapped)

    def route(self, points: Sequence[LonLat], radius_metres: float) -> RouteReply:
        """The line of each leg. Legs are asked one by one, so that each equals the table's answer for its pair."""
        return RouteReply([self._leg(a, b, radius_metres) for a, b in pairwise(points)])

    def _leg(self, start: LonLat, end: LonLat, radius_metres: float) -> RouteLeg:
        try:
            answer = self._osrm.Route(
                osrm.RouteParameters(
                    coordinates=[start, end],
                    radiuses=[radius_metres, radius_metres],
                    overview="full",
                    geometries="geojson",
                    generate_hints=False,
                )
            )
        except RuntimeError as error:
            if "NoRoute" in str(error) or "NoSegment" in str(error):
                return RouteLeg(NO_ROUTE, NO_ROUTE, [start, end])
            raise
        route = answer["routes"][0]
        line = [(pair[0], pair[1]) for pair in route["geometry"]["coordinates"]]
        return RouteLeg(round(route["duration"] * 10), round(route["distance"] * 10), line)


def _tenths(rows: Sequence[Sequence[float | None]], width: int) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """A matrix of tenths; `None` becomes `NO_ROUTE`."""
    table = np.empty((len(rows), width))
    for index, row in enumerate(rows):
        try:
            table[index] = np.fromiter(row, dtype=np.float64, count=width)
        except TypeError:
            table[index] = [np.nan if value is None else value for value in row]
    return np.where(np.isnan(table), NO_ROUTE, np.rint(table * 10))
