"""Import of an area's grids from GeoJSON.

Overlaps and gaps are measured. Small ones are repaired; larger ones are refused until a person accepts them.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import shapely
from shapely import MultiPolygon
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from citymap.importing import LEAST_COVER, cover
from grids import repository, tiling
from grids.models import Grid, GridImport, ServiceArea
from grids.polygon_files import date_line
from grids.polygon_files.formats import content
from grids.polygon_files.notes import Note
from grids.polygon_files.reading import Feature, PolygonFile, read
from grids.tiling import Findings, Piece, Tile
from kit.clock import real_now
from kit.errors import Invalid
from kit.i18n import text
from kit.live import announce

_SHOWN = 20


@dataclass(frozen=True, slots=True)
class PlaceFound:
    """A place that several grids claim, or none: the codes concerned, square metres, percent of the area."""

    codes: list[str]
    square_metres: float
    percent: float


@dataclass(frozen=True, slots=True)
class RingMended:
    """A feature whose rings were mended: what was wrong (a code `ring.*`), and the square metres before and after."""

    code: str
    name: str
    problem: str
    square_metres_before: float
    square_metres_after: float


@dataclass(slots=True)
class GridImportResult:
    """What an import did and found. Percents are of the area's total; of the longer lists the largest are kept."""

    features: int
    square_metres: float
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    archived: list[str] = field(default_factory=list)
    mended_rings: list[RingMended] = field(default_factory=list)
    overlaps: list[PlaceFound] = field(default_factory=list)
    overlap_count: int = 0
    overlap_percent: float = 0.0
    overlap_handling: str = "none"
    """none, mended (given by priority, then smaller area, then code) or accepted (left, decided point by point)."""
    gaps: list[PlaceFound] = field(default_factory=list)
    gap_count: int = 0
    gap_percent: float = 0.0
    gap_handling: str = "none"
    enclaves: list[PlaceFound] = field(default_factory=list)
    enclave_percent: float = 0.0
    """Enclosed places that no grid covers and that are no slits: lakes, other municipalities."""
    map_cover_percent: float | None = None
    """How much of the grids lies on the area's map; None while it has none."""
    notes: list[Note] = field(default_factory=list)
    """What else a person should know: a file cut off by its server, turned axes, where the names come from."""

    def lines(self, language: str = "en") -> list[str]:
        """For people, the largest findings only."""
        told = [
            f"{self.features} grids, {self.square_metres / 1e6:,.1f} km²: {self.created} created, "
            f"{self.updated} updated, {self.unchanged} unchanged, {len(self.archived)} archived."
        ]
        told += [f"! {text(note.code, language, **note.params)}" for note in self.notes]
        told += [
            f"  mended: {ring.name}: {text(ring.problem, language)}; "
            f"{ring.square_metres_after - ring.square_metres_before:+,.0f} m², now {ring.square_metres_after:,.0f} m²"
            for ring in self.mended_rings
        ]
        for word, count, percent, handling, places in (
            ("overlaps", self.overlap_count, self.overlap_percent, self.overlap_handling, self.overlaps),
            ("gaps", self.gap_count, self.gap_percent, self.gap_handling, self.gaps),
        ):
            if handling != "none":
                told.append(f"{count} {word}, {percent} % of the area, {handling}:")
                told += [f"  {' – '.join(p.codes)}: {p.square_metres:,.0f} m²" for p in places[:5]]
        if self.enclaves:
            told.append(f"{len(self.enclaves)} enclosed places in no grid, {self.enclave_percent} % of the area.")
        return told


@dataclass(frozen=True, slots=True)
class _Prepared:
    tiles: list[Tile]
    file: PolygonFile
    findings: Findings

    @property
    def features(self) -> list[Feature]:
        """The features in the order of the file, as the tiles are."""
        return self.file.features


async def import_grids(
    session: AsyncSession,
    area: ServiceArea,
    source: Path | str | bytes,
    name_field: str | None = None,
    code_field: str | None = None,
    *,
    system: str | None = None,
    strict: bool = False,
    accept_overlaps: bool = False,
    accept_gaps: bool = False,
    accept_mending: bool = False,
) -> GridImportResult:
    """Make the polygons of a GeoJSON file the grids of an area.

    A grid that exists (same code) keeps its identity, orders and contracts and takes the new shape; a grid that the
    file does not name is archived, never deleted; the same file again changes nothing. Overlaps and gaps up to 0.1 %
    of the area are mended, larger ones need a person's `accept_…`, as do rings whose mending changes more than 1 % of
    a grid. Raises `Invalid` (`grids.*`), nothing changed. `polygon_files.reading` says what the other arguments mean.
    """
    data = await asyncio.to_thread(content, source)
    locked = select(ServiceArea.id).where(ServiceArea.id == area.id).with_for_update()
    await session.execute(locked)  # two imports of one area, one after the other
    known = (await session.execute(select(Grid).where(Grid.area_id == area.id).order_by(Grid.archived_at))).scalars()
    by_code = _newest_by_code(known.all())
    priorities = {code: grid.priority for code, grid in by_code.items() if grid.archived_at is None}
    file = await asyncio.to_thread(
        read, data, name_field=name_field, code_field=code_field, timezone=area.timezone, system=system, strict=strict,
        accept_mending=accept_mending,
    )  # fmt: skip
    prepared = await asyncio.to_thread(_prepare, file, priorities)
    found = prepared.findings
    if found.overlap_share > tiling.MENDED_UP_TO and not accept_overlaps:
        raise Invalid("grids.overlaps", **_told(found.overlap_share, found.overlaps, found.square_metres))
    if found.gap_share > tiling.MENDED_UP_TO and not accept_gaps:
        raise Invalid("grids.gaps", **_told(found.gap_share, found.gaps, found.square_metres))
    covered = await cover(session, area.id, _union(prepared.tiles))
    if covered is not None and covered < LEAST_COVER:
        raise Invalid("grids.not_on_map", percent=f"{covered * 100:.1f}")
    tiles = await asyncio.to_thread(_mend, prepared)
    result = _result(prepared, covered)
    await _store(session, area, tiles, prepared.features, by_code, result)
    if result.created or result.updated or result.archived:
        findings = asdict(result)
        digest = hashlib.sha256(data).hexdigest()
        session.add(GridImport(area_id=area.id, sha256=digest, findings=findings, created_at=real_now()))
        await announce(session, area.id, "grids", area.id)
    await session.flush()
    return result


def _prepare(file: PolygonFile, priorities: dict[str, int]) -> _Prepared:
    square_metres = tiling.equal_area([feature.shape for feature in file.features])
    tiles = [Tile(f.code, f.shape, square_metres(f.shape), priorities.get(f.code, 0)) for f in file.features]
    return _Prepared(tiles, file, tiling.measure(tiles))


def _union(tiles: Sequence[Tile]) -> MultiPolygon:
    """All of them in one shape, as it is stored."""
    return date_line.wrapped(shapely.union_all([tile.shape for tile in tiles]))


def _mend(prepared: _Prepared) -> list[Tile]:
    found, tiles = prepared.findings, prepared.tiles
    if 0 < found.overlap_share <= tiling.MENDED_UP_TO:
        tiles = tiling.mend_overlaps(tiles)
    if 0 < found.gap_share <= tiling.MENDED_UP_TO:
        tiles = tiling.mend_gaps(tiles, found.gaps)
    return [replace(tile, shape=date_line.wrapped(tile.shape)) for tile in tiles]


def _result(prepared: _Prepared, covered: float | None) -> GridImportResult:
    found = prepared.findings

    def handling(share: float) -> str:
        return "none" if share == 0 else "mended" if share <= tiling.MENDED_UP_TO else "accepted"

    return GridImportResult(
        features=len(prepared.features),
        square_metres=round(found.square_metres, 1),
        mended_rings=[
            RingMended(
                f.code, f.name, f"ring.{f.mended.problem}", f.mended.square_metres_before, f.mended.square_metres_after
            )
            for f in prepared.features
            if f.mended
        ],
        overlaps=_places(found.overlaps, found.square_metres),
        overlap_count=len(found.overlaps),
        overlap_percent=round(found.overlap_share * 100, 4),
        overlap_handling=handling(found.overlap_share),
        gaps=_places(found.gaps, found.square_metres),
        gap_count=len(found.gaps),
        gap_percent=round(found.gap_share * 100, 4),
        gap_handling=handling(found.gap_share),
        enclaves=_places(found.enclaves, found.square_metres),
        enclave_percent=round(found.enclave_share * 100, 4),
        map_cover_percent=None if covered is None else round(covered * 100, 2),
        notes=prepared.file.notes,
    )


def _places(pieces: Sequence[Piece], total: float) -> list[PlaceFound]:
    return [
        PlaceFound(list(piece.codes), round(piece.square_metres, 1), round(piece.square_metres / total * 100, 4))
        for piece in pieces[:_SHOWN]
    ]


def _told(share: float, pieces: Sequence[Piece], total: float) -> dict[str, Any]:
    shown = [
        f"{' – '.join(p.codes)} ({p.square_metres:,.0f} m², {p.square_metres / total * 100:.2f} %)" for p in pieces[:5]
    ]
    return {
        "percent": f"{share * 100:.2f}",
        "square_metres": f"{share * total:,.0f}",
        "count": len(pieces),
        "places": "; ".join(shown),
        "limit": f"{tiling.MENDED_UP_TO * 100:g}",
    }


async def _store(
    session: AsyncSession,
    area: ServiceArea,
    tiles: Sequence[Tile],
    features: Sequence[Feature],
    by_code: dict[str, Grid],
    result: GridImportResult,
) -> None:
    for tile, feature in zip(tiles, features, strict=True):
        grid = by_code.pop(tile.code, None)
        if grid is None:
            session.add(
                Grid(
                    area_id=area.id,
                    code=tile.code,
                    name=feature.name,
                    geom=_ewkt(tile.shape),
                    square_metres=tile.square_metres,
                )
            )
            result.created += 1
            continue
        same_shape = shapely.to_wkb(shapely.normalize(repository.shape_of(grid.geom))) == shapely.to_wkb(tile.shape)
        if same_shape and grid.name == feature.name and grid.archived_at is None:
            result.unchanged += 1
            continue
        grid.name = feature.name
        grid.archived_at = None
        if not same_shape:
            grid.geom, grid.square_metres = _ewkt(tile.shape), tile.square_metres
        grid.version += 1
        result.updated += 1
    for grid in by_code.values():
        if grid.archived_at is None:
            grid.archived_at = real_now()
            grid.version += 1
            result.archived.append(grid.code)


def _newest_by_code(known: Sequence[Grid]) -> dict[str, Grid]:
    """The living grid of every code, else the one archived last (nulls sort last)."""
    return {grid.code: grid for grid in known}


def _ewkt(shape: MultiPolygon) -> str:
    return f"SRID=4326;{shapely.to_wkt(shape, rounding_precision=-1)}"
