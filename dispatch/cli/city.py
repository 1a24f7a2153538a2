"""`city`, `grids`, `locate`: the map of a city, its grids, and whose grid a point is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import rich_click as click

from dispatch.cli import main
from dispatch.cli.runtime import Runtime, command, language, progress, show
from kit.errors import Invalid, NotFound

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from grids.models import ServiceArea


@main.group()
def city() -> None:
    """A service area and its map."""


@main.group()
def grids() -> None:
    """The polygons that divide a service area, and the contracts that name who answers for them."""


@main.group()
def contracts() -> None:
    """Who answers for a grid, from when to when."""


def existing(file: Path) -> Path:
    """The path of a file that is there. Raises `Invalid` with its name otherwise."""
    if not file.is_file():
        raise Invalid("file.not_found", file=str(file))
    return file


async def make_area(session: AsyncSession, code: str, name: str | None, timezone: str, *, trial: bool) -> ServiceArea:
    """A new service area with the shipped rules in force."""
    from dispatch.policies.service import install_defaults
    from grids.models import AreaKind
    from grids.service import create_area

    kind = AreaKind.TRIAL if trial else AreaKind.ORDINARY
    area = await create_area(session, code, name, timezone, kind)
    await install_defaults(session, area)
    return area


@command(city, "create")
@click.argument("code")
@click.option("--timezone", required=True, help="IANA name, such as America/Los_Angeles.")
@click.option("--name", help="What people call it; the code where left out.")
@click.option("--trial", is_flag=True, help="A trial area may live past days on a replay clock.")
async def create(runtime: Runtime, code: str, timezone: str, name: str | None, trial: bool) -> None:
    """A service area without roads yet: intake and grids work; planning says what is missing."""
    async with runtime.database.transaction() as session:
        area = await make_area(session, code, name, timezone, trial=trial)
    result = {"area": area.code, "id": area.id, "name": area.name, "timezone": area.timezone, "kind": area.kind.value}
    show(
        runtime,
        result,
        lambda: [f"{area.name} ({area.code}) is ready for grids and orders. Roads: city import {code} FILE"],
    )


@command(city, "import")
@click.argument("code")
@click.argument("extract", type=click.Path(path_type=Path))
@click.option("--timezone", help="IANA name; needed when the area is new.")
@click.option("--name", help="What people call it.")
@click.option("--trial", is_flag=True, help="Make it a trial area (only when it is new).")
async def import_map(
    runtime: Runtime, code: str, extract: Path, timezone: str | None, name: str | None, trial: bool
) -> None:
    """Roads, addresses and base map from one OpenStreetMap extract (.osm.pbf). Again: the map is replaced whole."""
    from citymap.importing import import_city
    from grids.repository import area_shape
    from grids.service import area_by_code

    existing(extract)

    async def new_area(session: AsyncSession) -> UUID:
        if timezone is None:
            raise Invalid("area.timezone_needed", field="timezone", area=code)
        return (await make_area(session, code, name, timezone, trial=trial)).id

    async with runtime.database.transaction() as session:
        shape = None
        try:
            known = await area_by_code(session, code)
            shape = await area_shape(session, known.id)
        except NotFound:
            known = None
            async with session.begin_nested() as attempt:  # what cannot be is said before the long work
                await new_area(session)
                await attempt.rollback()
    title = name or (known.name if known is not None else code)
    with progress(f"Importing {title}") as advance:
        summary = await import_city(
            runtime.database, known.id if known is not None else new_area, extract, name=name, must_cover=shape,
            progress=advance,
        )  # fmt: skip
    result: dict[str, Any] = {
        "area": code,
        "mapId": summary.map_id,
        "changed": summary.changed,
        "extractSha256": summary.extract_sha256,
        "bbox": summary.bbox,
        "counts": summary.counts,
        "seconds": summary.seconds,
    }

    def lines() -> list[str]:
        if not summary.changed:
            return [f"{title} already has this map; nothing changed."]
        counted = ", ".join(f"{number:,} {what}" for what, number in summary.counts.items())
        return [f"{title} is on the map: {counted}.", "Map data © OpenStreetMap contributors."]

    show(runtime, result, lines)


@command(grids, "import")
@click.argument("code")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name-field", help="The property that holds a grid's name; may be left out where one field does.")
@click.option("--code-field", help="The property that holds its code; the name serves where left out.")
@click.option("--accept-overlaps", is_flag=True, help="Take overlapping grids as they are; the smaller wins inside.")
@click.option("--accept-gaps", is_flag=True, help="Take gaps between grids as they are.")
@click.option("--accept-mending", is_flag=True, help="Take crossing rings as mended, whatever that changes.")
@click.option("--system", help="The coordinates' system where the file does not say: gcj02, bd09, EPSG:4549, …")
@click.option("--strict", is_flag=True, help="Take nothing of a file that its server cut off.")
async def import_polygons(
    runtime: Runtime, code: str, file: Path, name_field: str | None, code_field: str | None, accept_overlaps: bool,
    accept_gaps: bool, accept_mending: bool, system: str | None, strict: bool,
) -> None:  # fmt: skip
    """Grids from GeoJSON, in any coordinate system it names. Overlaps and gaps are measured and shown."""
    from grids.importing import import_grids

    area = await runtime.area(code)
    async with runtime.database.transaction() as session:
        result = await import_grids(
            session, area, existing(file), name_field, code_field, system=system, strict=strict,
            accept_overlaps=accept_overlaps, accept_gaps=accept_gaps, accept_mending=accept_mending,
        )  # fmt: skip
    show(runtime, result, lambda: result.lines(language()))


@command(contracts, "import")
@click.argument("code")
@click.argument("file", type=click.Path(path_type=Path))
async def import_contract_file(runtime: Runtime, code: str, file: Path) -> int:
    """Contracts from CSV: grid, technician_a, technician_b, from, to, contractor, households, quota.

    Exit 1 where a row was not taken; the others are kept.
    """
    from grids.contracts import import_contracts

    area = await runtime.area(code)
    async with runtime.database.transaction() as session:
        result = await import_contracts(session, area, existing(file).read_bytes())
    show(runtime, result, result.lines)
    return 1 if result.rejected else 0


@command(main, "locate")
@click.argument("code")
@click.argument("lon", type=float)
@click.argument("lat", type=float)
async def locate(runtime: Runtime, code: str, lon: float, lat: float) -> None:
    """Whose grid a point is: `grid-dispatch locate vancouver -- -123.12 49.26`."""
    import psycopg

    from grids.locating import locate_in
    from kit.postgres.url import libpq_url

    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise Invalid("point.out_of_range", lon=lon, lat=lat)
    async with await psycopg.AsyncConnection.connect(libpq_url(runtime.url), autocommit=True) as connection:
        found = await locate_in(connection, code, lon, lat)
    grid, contract = found.grid, found.contract
    result = {
        "grid": {"code": grid.code, "name": grid.name} if grid else None,
        "contract": {"technicianA": contract.technician_a_id, "technicianB": contract.technician_b_id}
        if contract
        else None,
    }

    def lines() -> list[str]:
        if grid is None:
            return [f"No grid of {found.area_name} holds {lon}, {lat}."]
        return [f"{grid.name} ({grid.code})" + ("" if contract else ", under no contract today")]

    show(runtime, result, lines)
