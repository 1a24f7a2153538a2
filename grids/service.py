"""Service areas and their clocks, and the grid of a point."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from importlib.resources import files
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from grids import locating, repository
from grids.locating import Located
from grids.models import AreaKind, GridContract, ServiceArea
from kit.clock import local_date, real_now
from kit.db import raw_connection
from kit.errors import Conflict, Invalid, NotFound
from kit.geo import LonLat

_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_AREAS = "areas"
"""Key of `session.info`: the areas that were read, held so that a session reads each of them once."""


async def create_area(
    session: AsyncSession,
    code: str,
    name: str | None = None,
    timezone: str = "UTC",
    kind: AreaKind = AreaKind.ORDINARY,
) -> ServiceArea:
    """Make a service area. Raises `Invalid` for an impossible code or time zone, `Conflict` when the code is taken."""
    if not _CODE.fullmatch(code):
        raise Invalid("area.code", field="code", value=code)
    if timezone not in time_zones():
        raise Invalid("area.timezone", field="timezone", timezone=timezone)
    if await repository.area_by_code(session, code) is not None:
        raise Conflict("area.exists", area=code)
    area = ServiceArea(
        code=code, name=(name or "").strip() or code, timezone=timezone, kind=AreaKind(kind), country=country(timezone)
    )
    session.add(area)
    await session.flush()
    return area


async def area_by_code(session: AsyncSession, code: str) -> ServiceArea:
    """The area of this code. Raises `NotFound`."""
    found = await repository.area_by_code(session, code)
    if found is None:
        raise NotFound("not_found.area", area=code)
    return found


async def area_by_id(session: AsyncSession, area_id: UUID) -> ServiceArea:
    """The area of this id. Raises `NotFound`."""
    found = await session.get(ServiceArea, area_id)
    if found is None:
        raise NotFound("not_found.area", area=str(area_id))
    session.info.setdefault(_AREAS, {})[area_id] = found
    return found


async def area_now(session: AsyncSession, area_id: UUID) -> datetime:
    """The area's own time now, aware UTC."""
    return (await area_by_id(session, area_id)).clock.now()


def local_day(area: ServiceArea, moment: datetime | None = None) -> date:
    """The calendar day in the area's time zone at an instant, by default at the area's now."""
    return local_date(moment or area.clock.now(), zoneinfo.ZoneInfo(area.timezone))


async def locate(session: AsyncSession, area_id: UUID, lon: float, lat: float, on: date | None = None) -> Located:
    """The one grid a WGS 84 point belongs to and its contract on a local day (default: the area's today)."""
    await session.flush()  # what this session has changed is asked about too
    return await locating.locate(await raw_connection(session), area_id, lon, lat, on)


async def locate_many(session: AsyncSession, area_id: UUID, points: Sequence[LonLat | None]) -> list[UUID | None]:
    """The grid ids of many WGS 84 points in their order, by one statement; None for a point in no grid."""
    if not points:
        return []
    await session.flush()
    return await locating.locate_many(await raw_connection(session), area_id, points)


async def contract_on(session: AsyncSession, grid_id: UUID, on: date) -> GridContract | None:
    """The contract of a grid in force on a local day."""
    return (await repository.contracts_on(session, [grid_id], on)).get(grid_id)


async def contracts_on(session: AsyncSession, area_id: UUID, on: date) -> dict[UUID, GridContract]:
    """The contracts of an area in force on a local day, by grid id."""
    return await repository.area_contracts_on(session, area_id, on)


async def set_clock(
    session: AsyncSession,
    area_id: UUID,
    now: datetime,
    speed: float = 1.0,
    *,
    fresh_start: bool = False,
    newest_event: datetime | None = None,
) -> ServiceArea:
    """Let a trial area live at `now` (aware) and on from there at `speed` (0 stands still until moved).

    A clock never goes back, because what was decided after `now` would then lie in the future. Only an explicit
    `fresh_start` may, or the very first setting, and only while nothing has happened later: `newest_event` is the time
    of the area's latest event, which the caller (a room that knows orders) looks up.
    Raises `Conflict` in an ordinary area or when it would go back, `Invalid` for a naive time or a negative speed.
    """
    query = select(ServiceArea).where(ServiceArea.id == area_id).with_for_update()
    area = (await session.execute(query.execution_options(populate_existing=True))).scalar_one_or_none()
    if area is None:
        raise NotFound("not_found.area", area=str(area_id))
    if area.kind is not AreaKind.TRIAL:
        raise Conflict("clock.ordinary", area=area.code)
    if now.tzinfo is None:
        raise Invalid("clock.naive", field="now")
    if speed < 0:
        raise Invalid("clock.speed", field="speed")
    real = real_now()
    current = area.clock.now(real)
    may_go_back = fresh_start or not area.clock.is_replay
    floor = newest_event if may_go_back else current
    if floor is not None and now < floor:
        raise Conflict("clock.backwards", area=area.code, now=floor.isoformat(), wanted=now.isoformat())
    clock = area.clock.set_to(now, speed, real)
    area.clock_real_anchor, area.clock_area_anchor, area.clock_speed = clock.real_anchor, clock.area_anchor, clock.speed
    area.version += 1
    await session.flush()
    return area


def country(timezone: str) -> str | None:
    """The ISO 3166 country a time zone lies in (tz database, zone.tab), None where it spans none or several."""
    return _countries().get(timezone)


@lru_cache
def time_zones() -> frozenset[str]:
    """The IANA names of all time zones, such as `Asia/Shanghai`."""
    return frozenset(zoneinfo.available_timezones())


@lru_cache
def _countries() -> dict[str, str]:
    lines = files("tzdata.zoneinfo").joinpath("zone.tab").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return {row[2]: row[0] for row in rows}
