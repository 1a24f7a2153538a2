"""Plausible people for trials: technicians with skills, shifts and start points, contracts, and everybody's accounts.

Nobody generated can sign in until somebody invites them.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from uuid import UUID

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.accounts.models import Account, AccountStatus
from dispatch.technicians.models import RosterPattern, Technician, TechnicianSkill
from dispatch.technicians.names import CHINESE_COUNTRIES, name
from grids.models import Grid, GridContract, ServiceArea
from grids.polygon_files import date_line
from grids.repository import shape_of
from kit.actor import Role
from kit.errors import Invalid
from kit.geo import LonLat
from kit.ids import uuid7
from kit.live import announce

SINCE = date(2010, 1, 1)
"""Generated rosters and contracts are in force from here on, so that a trial area can replay old orders."""
DEFAULT_SKILLS: Mapping[str, int] = {"broadband": 1, "fibre": 2, "tv": 1, "voice": 1}
"""Skill -> highest level asked for, where no fault types are installed."""
_LUNCH = {"seconds": 2700, "earliest": "11:30", "latest": "13:30"}
_SUPPER = {"seconds": 2700, "earliest": "15:30", "latest": "17:30"}
_SHIFTS = (
    (time(8), time(16), _LUNCH),
    (time(12), time(20), _SUPPER),
    (time(9), time(17), _LUNCH),
    (time(10), time(18), _LUNCH),
)
"""Eight hours each; the first two people of a grid, A and B, cover 08:00–20:00 between them."""
_GRIDS_PER_LEAD = 8
_CONTRACTED_OUT = 4
"""Every so many grids one is worked by a contractor (代维)."""


@dataclass(slots=True)
class GenerateResult:
    """What was made; people of the same seed who exist already are left as they are."""

    created: int = 0
    unchanged: int = 0
    contracts: int = 0
    accounts: int = 0
    technicians: int = 0
    """How many active technicians the area has now."""

    def lines(self) -> list[str]:
        """For people."""
        return [
            f"{self.created} technicians created, {self.unchanged} existed; {self.contracts} contracts and "
            f"{self.accounts} accounts created (nobody can sign in before an invitation). "
            f"The area has {self.technicians} technicians."
        ]


async def generate(
    session: AsyncSession,
    area: ServiceArea,
    per_grid: int,
    seed: int,
    *,
    skills: Mapping[str, int] | None = None,
) -> GenerateResult:
    """`per_grid` people for every grid, the same ones for the same seed; running again changes nothing.

    Everybody works six days a week (weekends: half on Saturday, half on Sunday) in shifts that cover 08:00–20:00, with
    a break of 45 minutes. `skills` (name -> highest level needed) default to those of the installed fault types; in
    every grid somebody has each of them in full. Grids without a contract get one, the first two people as A and B.
    Raises `Invalid` when the area has no grids.
    """
    await session.execute(select(ServiceArea.id).where(ServiceArea.id == area.id).with_for_update())
    query = select(Grid).where(Grid.area_id == area.id, Grid.archived_at.is_(None)).order_by(Grid.code)
    grids = (await session.execute(query)).scalars().all()
    if not grids:
        raise Invalid("technician.no_grids", area=area.code)
    wanted = dict(skills) if skills is not None else await _skills(session, area.id)
    roads = await _road_points(session, area.id)
    query_people = select(Technician).where(Technician.area_id == area.id)
    people = {person.employee_number: person for person in (await session.execute(query_people)).scalars()}
    logins = await _logins(session, area)
    result = GenerateResult()
    for index, grid in enumerate(grids):
        firm = _firm(area, index)
        members = []
        fresh = []
        for number in range(per_grid):
            employee_number = f"S{seed}-{grid.code}-{number + 1:02d}"
            draw = random.Random(f"{seed}:{area.code}:{grid.code}:{number}")  # noqa: S311 - repeatable on purpose
            person = people.get(employee_number)
            if person is None:
                start = _start(draw, roads.get(grid.id, ()), shape_of(grid.geom))
                person = _technician(draw, area, employee_number, grid, start, firm, number)
                session.add(person)
                fresh.append((person, draw, number))
                result.created += 1
            else:
                result.unchanged += 1
            members.append(person)
        await session.flush()
        for person, draw, number in fresh:
            session.add(_roster(person, index, number))
            session.add_all(_skill_rows(person, draw, number, per_grid, wanted))
        for person in members:
            login = f"t-{person.employee_number}"
            result.accounts += _account(
                session,
                logins,
                area,
                login,
                person.name,
                Role.TECHNICIAN,
                technician_id=person.id,
                contractor=person.contractor,
            )
        result.contracts += await _contract(session, grid, members, firm, seed)
    result.accounts += _office(session, logins, area, grids, seed)
    await session.flush()
    result.technicians = len(people) + result.created
    if result.created or result.contracts or result.accounts:
        await announce(session, area.id, "technicians", area.id)
    return result


def _technician(
    draw: random.Random,
    area: ServiceArea,
    employee_number: str,
    grid: Grid,
    start: LonLat,
    firm: str | None,
    number: int,
) -> Technician:
    place = f"SRID=4326;POINT({start[0]!r} {start[1]!r})"
    return Technician(
        id=uuid7(),
        area_id=area.id,
        employee_number=employee_number,
        name=name(draw, area.country),
        phone=f"+999{draw.randrange(10**8):08d}",  # a country code that nobody has
        team=grid.name,
        contractor=firm,
        start_point=place,
        end_point=place,
        senior=number == 0 and draw.random() < 0.5,
        rating=round(draw.uniform(3.6, 5.0), 1),
    )


def _roster(person: Technician, grid_index: int, number: int) -> RosterPattern:
    starts, ends, pause = _SHIFTS[number % len(_SHIFTS)]
    weekend = 6 if (grid_index + number) % 2 == 0 else 7
    return RosterPattern(
        technician_id=person.id,
        weekdays=[1, 2, 3, 4, 5, weekend],
        starts=starts,
        ends=ends,
        breaks=[pause],
        valid=Range(SINCE, None),
    )


def _skill_rows(
    person: Technician, draw: random.Random, number: int, per_grid: int, wanted: Mapping[str, int]
) -> list[TechnicianSkill]:
    """Everybody can most things; the keeper of a skill in each grid has it in full."""
    rows = []
    for index, (skill, level) in enumerate(sorted(wanted.items())):
        keeper = index % per_grid == number
        chance, reached = draw.random(), draw.randint(1, level)
        if keeper or chance < 0.85:
            rows.append(TechnicianSkill(technician_id=person.id, skill=skill, level=level if keeper else reached))
    return rows


def _start(draw: random.Random, roads: Sequence[LonLat], shape: BaseGeometry) -> LonLat:
    """A place on a street of the grid; without a map a random point inside it."""
    if roads:
        return draw.choice(roads)
    (whole,) = date_line.unwrapped([shape])
    west, south, east, north = whole.bounds
    for _ in range(1000):
        lon, lat = draw.uniform(west, east), draw.uniform(south, north)
        if shapely.contains_xy(whole, lon, lat):
            return (lon - 360 if lon > 180 else lon), lat
    inside = shape.representative_point()
    return inside.x, inside.y


async def _contract(
    session: AsyncSession, grid: Grid, members: Sequence[Technician], firm: str | None, seed: int
) -> int:
    known = select(GridContract.id).where(GridContract.grid_id == grid.id).limit(1)
    if (await session.execute(known)).first() is not None:
        return 0
    draw = random.Random(f"{seed}:{grid.code}:contract")  # noqa: S311 - repeatable on purpose
    households = draw.randrange(1200, 9000)
    session.add(
        GridContract(
            grid_id=grid.id,
            valid=Range(SINCE, None),
            technician_a_id=members[0].id,
            technician_b_id=members[1].id if len(members) > 1 else None,
            contractor=firm,
            households=households,
            quota=households // 100,
        )
    )
    return 1


def _firm(area: ServiceArea, grid_index: int) -> str | None:
    if grid_index % _CONTRACTED_OUT != _CONTRACTED_OUT - 1:
        return None
    return "恒信代维" if area.country in CHINESE_COUNTRIES else "Northline Field Services"


def _office(session: AsyncSession, logins: set[str], area: ServiceArea, grids: Sequence[Grid], seed: int) -> int:
    """Who works at desks: agents, dispatchers, an inspector, a manager, an observer, and leads of some grids each."""
    draw = random.Random(f"{seed}:{area.code}:office")  # noqa: S311 - repeatable on purpose
    made = 0
    for role, count in (
        (Role.AGENT, 4),
        (Role.DISPATCHER, 2),
        (Role.INSPECTOR, 1),
        (Role.MANAGER, 1),
        (Role.OBSERVER, 1),
    ):
        for number in range(1, count + 1):
            made += _account(session, logins, area, f"{role.value}-{number}", name(draw, area.country), role)
    for number, first in enumerate(range(0, len(grids), _GRIDS_PER_LEAD), 1):
        mine = [grid.id for grid in grids[first : first + _GRIDS_PER_LEAD]]
        login = f"{Role.GRID_LEAD.value}-{number}".replace("_", "-")
        made += _account(session, logins, area, login, name(draw, area.country), Role.GRID_LEAD, grid_ids=mine)
    return made


def _account(
    session: AsyncSession,
    logins: set[str],
    area: ServiceArea,
    suffix: str,
    full_name: str,
    role: Role,
    *,
    technician_id: UUID | None = None,
    contractor: str | None = None,
    grid_ids: list[UUID] | None = None,
) -> int:
    login = _login(area, suffix)
    if login in logins:
        return 0
    logins.add(login)
    session.add(
        Account(
            login=login,
            name=full_name,
            role=role,
            status=AccountStatus.UNINVITED,
            area_ids=[area.id],
            grid_ids=grid_ids,
            technician_id=technician_id,
            contractor=contractor,
            language="zh" if area.country in CHINESE_COUNTRIES else "en",
        )
    )
    return 1


def _login(area: ServiceArea, suffix: str) -> str:
    return f"{area.code}-{'-'.join(suffix.split())}".casefold()


async def _logins(session: AsyncSession, area: ServiceArea) -> set[str]:
    query = select(Account.login).where(Account.login.startswith(f"{area.code}-", autoescape=True))
    return set((await session.execute(query)).scalars())


async def _skills(session: AsyncSession, area_id: UUID) -> dict[str, int]:
    """The skills the area's fault types ask for; the table belongs to a room above, so it is asked by name."""
    rows = await session.execute(
        text(
            "SELECT skill, max(skill_level) AS level FROM fault_types"
            " WHERE active AND skill IS NOT NULL AND (area_id IS NULL OR area_id = :area) GROUP BY skill"
        ),
        {"area": area_id},
    )
    return {row.skill: int(row.level) for row in rows} or dict(DEFAULT_SKILLS)


async def _road_points(session: AsyncSession, area_id: UUID) -> dict[UUID, list[LonLat]]:
    """Middles of the street blocks in every grid, in a fixed order; empty without a map."""
    rows = await session.execute(
        text(
            """
            SELECT g.id, ST_X(p.middle) AS lon, ST_Y(p.middle) AS lat
            FROM city_maps m
            JOIN map_blocks b ON b.map_id = m.id
            CROSS JOIN LATERAL (SELECT ST_LineInterpolatePoint(b.line, 0.5) AS middle) AS p
            JOIN grids g ON g.area_id = m.area_id AND g.archived_at IS NULL AND ST_Covers(g.geom, p.middle)
            WHERE m.area_id = :area AND m.active
            ORDER BY g.code, b.id
            """
        ),
        {"area": area_id},
    )
    found: dict[UUID, list[LonLat]] = {}
    for row in rows:
        found.setdefault(row.id, []).append((round(row.lon, 6), round(row.lat, 6)))
    return found
