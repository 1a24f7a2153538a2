"""Technicians, shifts, leave and positions over HTTP."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, time, timedelta
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from litestar import Controller, Request, delete, get, patch, post
from litestar.params import Parameter, QueryParameter
from msgspec import UNSET
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from citymap.osm.names import pinyin_initials, pinyin_key
from dispatch.technicians import editing, repository, rosters, service
from dispatch.technicians.importing import import_technicians
from dispatch.technicians.models import Leave, RosterPattern, Technician, TechnicianSkill
from dispatch.technicians.schemas import (
    AwayOut,
    BreakOut,
    BreakRule,
    DatedShiftOut,
    LeaveIn,
    LeaveOut,
    PositionOut,
    RosterOut,
    ShiftIn,
    ShiftOut,
    SkillOut,
    TechnicianChange,
    TechnicianImportOut,
    TechnicianIn,
    TechnicianOut,
)
from grids.access import require_whole_area
from grids.controllers import point_of
from grids.repository import shape_of
from grids.service import area_by_id, area_now, local_day
from kit.actor import Actor, Role
from kit.errors import Malformed, NotFound
from kit.http.requests import CsvFile, Page, check_version, decode_cursor, encode_cursor, expected_version

ROSTER_KEEPERS = (Role.DISPATCHER, Role.GRID_LEAD, Role.ADMINISTRATOR)
WHO_SENDS_THEM = (Role.DISPATCHER, Role.GRID_LEAD, Role.ADMINISTRATOR)
"""Who plans and reassigns technicians, and so looks where they are."""


async def technicians_out(session: AsyncSession, people: Sequence[Technician]) -> list[TechnicianOut]:
    """Technicians with skills and rosters, by two statements more."""
    ids = [person.id for person in people]
    skills: defaultdict[UUID, list[SkillOut]] = defaultdict(list)
    query = select(TechnicianSkill).where(TechnicianSkill.technician_id.in_(ids)).order_by(TechnicianSkill.skill)
    for skill in (await session.execute(query)).scalars():
        entry = SkillOut(skill=skill.skill, level=skill.level, expires_on=skill.expires_on)
        skills[skill.technician_id].append(entry)
    rosters: defaultdict[UUID, list[RosterOut]] = defaultdict(list)
    patterns = select(RosterPattern).where(RosterPattern.technician_id.in_(ids)).order_by(RosterPattern.valid)
    for pattern in (await session.execute(patterns)).scalars():
        rosters[pattern.technician_id].append(_roster_out(pattern))
    return [_technician_out(person, skills[person.id], rosters[person.id]) for person in people]


class TechnicianController(Controller):
    """Who repairs."""

    path = "/api"
    tags = ["technicians"]  # noqa: RUF012 - Litestar reads it as is

    @get("/areas/{area_id:uuid}/technicians", operation_id="listTechnicians", summary="Technicians")
    async def find(
        self,
        area_id: UUID,
        actor: Actor,
        session: AsyncSession,
        cursor: str | None = None,
        limit: Annotated[int, Parameter(ge=1, le=200)] = 50,
    ) -> Page[TechnicianOut]:
        """Those you may see, by employee number."""
        actor.require_area(area_id)
        after = None
        if cursor:
            number, last = decode_cursor(cursor, 2)
            try:
                after = (number, UUID(last))
            except ValueError as error:
                raise Malformed("malformed.cursor", field="cursor") from error
        found = await repository.page(session, actor, area_id, after, limit)
        shown = found[:limit]
        following = encode_cursor(shown[-1].employee_number, shown[-1].id) if len(found) > limit else None
        return Page(items=await technicians_out(session, shown), next_cursor=following)

    @post("/areas/{area_id:uuid}/technicians", operation_id="createTechnician", summary="A new technician")
    async def create(self, area_id: UUID, data: TechnicianIn, actor: Actor, session: AsyncSession) -> TechnicianOut:
        """409 when the employee number is taken."""
        actor.require(Role.ADMINISTRATOR)
        actor.require_area(area_id)
        if data.contractor is None or data.contractor != actor.scope.contractor:
            await require_whole_area(session, actor, area_id)
        area = await area_by_id(session, area_id)
        names = ("phone", "team", "contractor", "speed_factor", "cost_per_hour", "max_visits", "senior")
        values: dict[str, Any] = {name: getattr(data, name) for name in names}
        values |= {name: _pair(getattr(data, name)) for name in ("start_point", "end_point")}
        person = await editing.create_technician(session, area, data.employee_number, data.name, values)
        await editing.set_skills(session, person, [(s.skill, s.level, s.expires_on) for s in data.skills])
        if data.roster is not None:
            await _set_roster(session, person, data.roster)
        return (await technicians_out(session, [person]))[0]

    @post(
        "/areas/{area_id:uuid}/technicians/import",
        operation_id="importTechnicians",
        summary="Import technicians from CSV",
        status_code=200,
        operation_class=CsvFile,
    )
    async def load(self, area_id: UUID, actor: Actor, session: AsyncSession, body: bytes) -> TechnicianImportOut:
        """The body is the CSV file (UTF-8 or GB18030). A row that cannot be is left out with its line and reason."""
        actor.require(Role.ADMINISTRATOR)
        actor.require_area(area_id)
        await require_whole_area(session, actor, area_id)
        result = await import_technicians(session, await area_by_id(session, area_id), body)
        return msgspec.convert(asdict(result), TechnicianImportOut)

    @get("/technicians/{technician_id:uuid}", operation_id="getTechnician", summary="One technician")
    async def one(self, technician_id: UUID, actor: Actor, session: AsyncSession) -> TechnicianOut:
        """404 outside your areas and grids."""
        person = await service.technician_by_id(session, actor, technician_id)
        return (await technicians_out(session, [person]))[0]

    @patch("/technicians/{technician_id:uuid}", operation_id="changeTechnician", summary="Change a technician")
    async def change(
        self,
        technician_id: UUID,
        data: TechnicianChange,
        actor: Actor,
        session: AsyncSession,
        request: Request[Any, Any, Any],
    ) -> TechnicianOut:
        """Send the version you saw in If-Match; 412 when somebody changed it first."""
        actor.require(Role.ADMINISTRATOR)
        person = await _locked(session, actor, technician_id)
        shown = (await technicians_out(session, [person]))[0]
        check_version(person.version, expected_version(request), shown)
        given = {name: value for name in data.__struct_fields__ if (value := getattr(data, name)) is not UNSET}
        skills, roster = given.pop("skills", None), given.pop("roster", None)
        for name in ("start_point", "end_point"):
            if name in given:
                given[name] = _pair(given[name])
        if "contractor" in given:
            await require_whole_area(session, actor, person.area_id)
        await editing.change_technician(session, await area_by_id(session, person.area_id), person, given)
        if skills is not None:
            await editing.set_skills(session, person, [(s.skill, s.level, s.expires_on) for s in skills])
        if roster is not None:
            await _set_roster(session, person, roster)
        await session.refresh(person)
        return (await technicians_out(session, [person]))[0]


class RosterController(Controller):
    """Who works when, and where they are."""

    path = "/api"
    tags = ["rosters"]  # noqa: RUF012 - Litestar reads it as is

    @get("/areas/{area_id:uuid}/shifts", operation_id="listShifts", summary="Everybody's shifts of a day")
    async def shifts(
        self,
        area_id: UUID,
        actor: Actor,
        session: AsyncSession,
        day: Annotated[date | None, QueryParameter(name="date", description="Local day; today if left out.")] = None,
        days: Annotated[int, Parameter(ge=1, le=31)] = 1,
    ) -> list[ShiftOut]:
        """Weekly rosters, replaced by dated shifts, less leave; a leave inside a shift leaves two stretches."""
        actor.require_area(area_id)
        area = await area_by_id(session, area_id)
        visible = await repository.visible_ids(session, actor, area_id)
        found = await service.shifts_on(session, area_id, day or local_day(area), days=days)
        return [_shift_out(shift) for shift in found if shift.technician_id in visible]

    @post("/technicians/{technician_id:uuid}/shifts", operation_id="createShift", summary="A dated shift")
    async def add_shift(self, technician_id: UUID, data: ShiftIn, actor: Actor, session: AsyncSession) -> DatedShiftOut:
        """It replaces the weekly roster of its day; 409 where there is one already."""
        actor.require(*ROSTER_KEEPERS)
        person = await service.technician_by_id(session, actor, technician_id)
        shift = await editing.add_shift(session, person, data.start, data.end, _rules(data.breaks))
        return DatedShiftOut(id=shift.id, start=data.start, end=data.end, breaks=data.breaks)

    @get("/areas/{area_id:uuid}/leaves", operation_id="listAreaLeaves", summary="Who is away on a day")
    async def away(
        self,
        area_id: UUID,
        actor: Actor,
        session: AsyncSession,
        day: Annotated[date | None, QueryParameter(name="date", description="Local day; today if left out.")] = None,
    ) -> list[AwayOut]:
        """Every leave that touches the day, of those you may see; `kind` sick is what a repair was told of."""
        actor.require_area(area_id)
        area = await area_by_id(session, area_id)
        on, zone = day or local_day(area), ZoneInfo(area.timezone)
        start, end = (rosters.instant(on + timedelta(days=days), time(), zone) for days in (0, 1))
        visible = await repository.visible_ids(session, actor, area_id)
        return [
            AwayOut(
                id=row.id, technician_id=row.technician_id, name=row.name, start=row.start, end=row.end, kind=row.kind,
                substitute_id=row.substitute_id,
            )
            for row in await repository.leaves(session, area_id, start, end)
            if row.technician_id in visible
        ]  # fmt: skip

    @get("/technicians/{technician_id:uuid}/leaves", operation_id="listLeaves", summary="Somebody's leave")
    async def leaves(self, technician_id: UUID, actor: Actor, session: AsyncSession) -> list[LeaveOut]:
        """Latest first."""
        person = await service.technician_by_id(session, actor, technician_id)
        return [_leave_out(leave) for leave in await editing.leaves_of(session, person.id)]

    @post("/technicians/{technician_id:uuid}/leaves", operation_id="createLeave", summary="Time away")
    async def add_leave(self, technician_id: UUID, data: LeaveIn, actor: Actor, session: AsyncSession) -> LeaveOut:
        """With a substitute who answers for the grids meanwhile; 409 where there is a leave already."""
        actor.require(*ROSTER_KEEPERS)
        person = await service.technician_by_id(session, actor, technician_id)
        if data.substitute_id is not None:
            await service.technician_by_id(session, actor, data.substitute_id)
        leave = await service.add_leave(
            session, person, data.start, data.end, kind=data.kind, substitute_id=data.substitute_id
        )
        return _leave_out(leave)

    @delete("/leaves/{leave_id:uuid}", operation_id="deleteLeave", summary="Take a leave back")
    async def delete_leave(self, leave_id: UUID, actor: Actor, session: AsyncSession) -> None:
        """The person is back at work for that time."""
        actor.require(*ROSTER_KEEPERS)
        leave = await session.get(Leave, leave_id)
        if leave is None or await repository.one(session, actor, leave.technician_id) is None:
            raise NotFound("technician.leave_not_found")
        await service.remove_leave(session, leave)

    @get("/areas/{area_id:uuid}/positions", operation_id="listPositions", summary="Where everybody was last seen")
    async def positions(self, area_id: UUID, actor: Actor, session: AsyncSession) -> list[PositionOut]:
        """The newest position of every technician you may see: for who sends them, and for themselves."""
        actor.require(*WHO_SENDS_THEM, Role.TECHNICIAN)
        actor.require_area(area_id)
        visible = await repository.visible_ids(session, actor, area_id)
        until = await area_now(session, area_id) + timedelta(minutes=1)  # phones run a little ahead
        return [
            PositionOut(
                technician_id=row.id,
                name=row.name,
                point=[row.lon, row.lat],
                accuracy_metres=row.accuracy_metres,
                occurred_at=row.occurred_at,
                received_at=row.received_at,
            )
            for row in await repository.latest_positions(session, area_id, until, visible)
        ]


async def _locked(session: AsyncSession, actor: Actor, technician_id: UUID) -> Technician:
    person = await repository.one(session, actor, technician_id, lock=True)
    if person is None:
        raise NotFound("technician.not_found")
    return person


async def _set_roster(session: AsyncSession, person: Technician, roster: RosterOut) -> None:
    await editing.set_roster(
        session,
        person,
        roster.weekdays,
        time.fromisoformat(roster.starts),
        time.fromisoformat(roster.ends),
        _rules(roster.breaks),
        roster.first_day,
        roster.last_day,
    )


def _rules(breaks: Sequence[BreakRule]) -> list[dict[str, Any]]:
    return [{"seconds": b.seconds, "earliest": b.earliest, "latest": b.latest} for b in breaks]


def _pair(pair: list[float] | None) -> tuple[float, float] | None:
    return None if pair is None else point_of(pair)


def _technician_out(person: Technician, skills: list[SkillOut], rosters: list[RosterOut]) -> TechnicianOut:
    return TechnicianOut(
        id=person.id,
        area_id=person.area_id,
        employee_number=person.employee_number,
        name=person.name,
        phone=person.phone,
        team=person.team,
        contractor=person.contractor,
        start_point=_point(person.start_point),
        end_point=_point(person.end_point),
        speed_factor=person.speed_factor,
        cost_per_hour=person.cost_per_hour,
        max_visits=person.max_visits,
        rating=person.rating,
        senior=person.senior,
        status=person.status,
        skills=skills,
        rosters=rosters,
        version=person.version,
    )


def _point(stored: Any) -> list[float] | None:
    if stored is None:
        return None
    if isinstance(stored, str):  # set in this request and not read back
        lon, lat = stored.partition("(")[2].rstrip(")").split()
        return [float(lon), float(lat)]
    shape = shape_of(stored)
    return [shape.x, shape.y]


def _roster_out(pattern: RosterPattern) -> RosterOut:
    upper = pattern.valid.upper
    return RosterOut(
        weekdays=list(pattern.weekdays),
        starts=f"{pattern.starts:%H:%M}",
        ends=f"{pattern.ends:%H:%M}",
        breaks=[BreakRule(seconds=b["seconds"], earliest=b["earliest"], latest=b["latest"]) for b in pattern.breaks],
        first_day=pattern.valid.lower or date.min,
        last_day=None if upper is None else upper - timedelta(days=1),
    )


def _shift_out(shift: service.RosteredShift) -> ShiftOut:
    return ShiftOut(
        technician_id=shift.technician_id,
        employee_number=shift.employee_number,
        name=shift.name,
        pinyin=f"{pinyin_key(shift.name)} {pinyin_initials(shift.name)}",
        team=shift.team,
        contractor=shift.contractor,
        start=shift.start,
        end=shift.end,
        breaks=[BreakOut(seconds=b.seconds, earliest=b.earliest, latest=b.latest) for b in shift.breaks],
        skills=dict(shift.skills),
        start_point=list(shift.start_point) if shift.start_point else None,
        end_point=list(shift.end_point) if shift.end_point else None,
        max_visits=shift.max_visits,
    )


def _leave_out(leave: Leave) -> LeaveOut:
    start, end = leave.period.lower, leave.period.upper
    assert start is not None  # noqa: S101 - we only store closed periods
    assert end is not None  # noqa: S101
    return LeaveOut(
        id=leave.id,
        technician_id=leave.technician_id,
        start=start,
        end=end,
        kind=leave.kind,
        substitute_id=leave.substitute_id,
    )


ROUTES = (TechnicianController, RosterController)
