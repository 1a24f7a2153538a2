"""Technicians from a table that people keep: one row a person, with skills, weekly shift, break and start point."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from math import isfinite
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.technicians.models import RosterPattern, Technician, TechnicianSkill, TechnicianStatus
from dispatch.technicians.rosters import check_breaks
from grids.models import ServiceArea
from grids.polygon_files import date_line
from grids.repository import area_shape, shape_of
from kit.errors import Invalid, Problem
from kit.geo import LonLat, haversine_metres
from kit.i18n import Said
from kit.live import announce
from kit.spreadsheets.tables import Rejection, Row, day, read_rows

COLUMNS = ("employee_number", "name")
OPTIONAL_COLUMNS = (
    "phone", "team", "contractor", "skills", "weekdays", "shift_start", "shift_end", "break", "from", "start_lon",
    "start_lat", "end_lon", "end_lat", "speed_factor", "max_visits", "cost_per_hour", "senior", "status",
)  # fmt: skip
_WEEKDAYS = {
    word: number
    for number, words in enumerate(
        ("mon 周一 星期一", "tue 周二 星期二", "wed 周三 星期三", "thu 周四 星期四", "fri 周五 星期五",
         "sat 周六 星期六", "sun 周日 星期日 周天"), 1,
    )
    for word in words.split()
}  # fmt: skip
_SKILL = re.compile(r"(?P<name>[^:@]+)(?::(?P<level>\d+))?(?:@(?P<until>[\d./-]+))?")
_BREAK = re.compile(r"(?P<minutes>\d+)\s*[@ ]\s*(?P<earliest>\d{1,2}:\d{2})\s*[-–]\s*(?P<latest>\d{1,2}:\d{2})")
_ALWAYS = date(2010, 1, 1)
_FAR_METRES = 100_000


@dataclass(slots=True)
class TechnicianImportResult:
    """What an import of people did; a rejected row changed nothing."""

    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: list[Rejection] = field(default_factory=list)

    def lines(self) -> list[str]:
        """For people."""
        told = (
            f"{self.rows} rows: {self.created} technicians created, {self.updated} updated, {self.unchanged} unchanged"
        )
        return [f"{told}, {len(self.rejected)} rejected.", *(f"  line {r.line}: {r.reason}" for r in self.rejected)]


@dataclass(frozen=True, slots=True)
class _Parsed:
    """A row understood; an empty cell leaves what is stored."""

    fields: dict[str, Any]
    points: dict[str, LonLat]
    skills: dict[str, tuple[int, date | None]] | None
    roster: dict[str, Any] | None


async def import_technicians(session: AsyncSession, area: ServiceArea, data: bytes) -> TechnicianImportResult:
    """People from CSV (UTF-8 or GB18030); an employee number that exists is an edit, the same file changes nothing.

    Columns: employee_number, name; phone, team, contractor, skills (`fibre:2@2027-12-31; tv`), weekdays (`1-5`,
    `Mon-Fri`, `周一 周三`), shift_start and shift_end (`08:00`), break (`45 11:30-13:30`), from (a first day),
    start_lon, start_lat, end_lon, end_lat (WGS 84), speed_factor, max_visits, cost_per_hour, senior (yes/no), status.
    A row that cannot be is left out with its line and reason; so is somebody new without a shift, whom no plan could
    use. Raises `Invalid` (`csv.*`) for a file that cannot be read.
    """
    rows = list(read_rows(data, COLUMNS, OPTIONAL_COLUMNS))
    shape = await area_shape(session, area.id)
    middle = date_line.middle([shape]) if shape is not None else None
    query = select(Technician).where(Technician.area_id == area.id)
    known = {person.employee_number.casefold(): person for person in (await session.execute(query)).scalars()}
    ids = [person.id for person in known.values()]
    skills: dict[Any, dict[str, TechnicianSkill]] = {}
    for skill in (await session.execute(_of(TechnicianSkill, ids))).scalars():
        skills.setdefault(skill.technician_id, {})[skill.skill] = skill
    rosters: dict[Any, list[RosterPattern]] = {}
    for pattern in (await session.execute(_of(RosterPattern, ids))).scalars():
        rosters.setdefault(pattern.technician_id, []).append(pattern)
    result = TechnicianImportResult(rows=len(rows))
    seen: dict[str, int] = {}
    for row in rows:
        try:
            number = row["employee_number"]
            if not number or not row["name"]:
                raise Invalid("technician.row_without", column="employee_number" if not number else "name")
            if number.casefold() in seen:
                raise Invalid("technician.row_twice", number=number, line=seen[number.casefold()])
            parsed = _parse(row, middle)
            person = known.get(number.casefold())
            if parsed.roster is None and (person is None or not rosters.get(person.id)):
                raise Invalid("technician.no_shift", number=number, name=row["name"])
        except Problem as error:
            result.rejected.append(Rejection(row.line, error.sentence()))
            continue
        seen[number.casefold()] = row.line
        fresh = person is None
        if person is None:
            person = Technician(area_id=area.id, employee_number=number, name=row["name"])
            session.add(person)
            await session.flush()
        changed = _apply(person, parsed)
        changed |= _apply_skills(session, person, parsed.skills, skills.get(person.id, {}))
        changed |= await _apply_roster(session, person, parsed.roster, rosters.get(person.id, []))
        if fresh:
            result.created += 1
        elif changed:
            person.version += 1
            result.updated += 1
        else:
            result.unchanged += 1
    await session.flush()
    if result.created or result.updated:
        await announce(session, area.id, "technicians", area.id)
    return result


def _of(table: Any, ids: list[Any]) -> Any:
    return select(table).where(table.technician_id.in_(ids))


# --- reading a row ----------------------------------------------------------------------------------------------------


def _parse(row: Row, middle: LonLat | None) -> _Parsed:
    fields: dict[str, Any] = {"name": row["name"]}
    fields |= {column: row[column] for column in ("phone", "team", "contractor") if row[column]}
    fields |= {
        column: value for column in ("speed_factor", "cost_per_hour") if (value := _number(row, column)) is not None
    }
    most = _number(row, "max_visits")
    if most is not None:
        fields["max_visits"] = int(most)
    if fields.get("speed_factor", 1) <= 0 or fields.get("max_visits", 1) <= 0:
        raise Invalid("technician.bad_value", column="speed_factor, max_visits", value="≤ 0")
    if row["senior"]:
        fields["senior"] = row["senior"].casefold() in ("yes", "y", "true", "1", "是")
    if row["status"]:
        try:
            fields["status"] = TechnicianStatus(row["status"].casefold())
        except ValueError as error:
            raise Invalid("technician.bad_value", column="status", value=row["status"]) from error
    points = {}
    for name in ("start", "end"):
        point = _point(row, name, middle)
        if point is not None:
            points[f"{name}_point"] = point
    return _Parsed(fields, points, _skills(row["skills"]), _roster(row))


def _number(row: Row, column: str) -> float | None:
    if not row[column]:
        return None
    try:
        value = float(row[column])
    except ValueError as error:
        raise Invalid("technician.bad_value", column=column, value=row[column]) from error
    if not isfinite(value):
        raise Invalid("technician.bad_value", column=column, value=row[column])
    return value


def _point(row: Row, name: str, middle: LonLat | None) -> LonLat | None:
    lon, lat = _number(row, f"{name}_lon"), _number(row, f"{name}_lat")
    if lon is None and lat is None:
        return None
    if lon is None or lat is None:
        raise Invalid("technician.bad_value", column=f"{name}_lon, {name}_lat", value=Said("technician.half_point"))
    if abs(lon) > 180 or abs(lat) > 90:
        raise Invalid("technician.swapped", column=name, lon=lon, lat=lat)
    if middle is not None and haversine_metres(middle, (lon, lat)) > _FAR_METRES:
        swapped = abs(lon) <= 90 and haversine_metres(middle, (lat, lon)) <= _FAR_METRES
        raise Invalid("technician.swapped" if swapped else "technician.far", column=name, lon=lon, lat=lat)
    return lon, lat


def _skills(text: str) -> dict[str, tuple[int, date | None]] | None:
    if not text:
        return None
    found = {}
    for part in re.split(r"[;,；，]", text):
        if not part.strip():
            continue
        match = _SKILL.fullmatch(part.strip())
        try:
            if match is None or (level := int(match["level"] or 1)) < 1:
                raise ValueError(part)
            found[match["name"].strip()] = (level, day(match["until"] or ""))
        except ValueError as error:
            raise Invalid("technician.bad_value", column="skills", value=part.strip()) from error
    return found


def _roster(row: Row) -> dict[str, Any] | None:
    given = [row["weekdays"], row["shift_start"], row["shift_end"]]
    if not any(given):
        return None
    if not all(given):
        raise Invalid("technician.half_shift")
    try:
        starts, ends = (time.fromisoformat(f"{clock:0>5}") for clock in given[1:])
        since = day(row["from"]) or _ALWAYS
    except ValueError as error:
        value = ", ".join([*given[1:], row["from"]])
        raise Invalid("technician.bad_value", column="shift_start, shift_end, from", value=value) from error
    return {
        "weekdays": _weekdays(given[0]),
        "starts": starts,
        "ends": ends,
        "breaks": _break(row["break"]),
        "since": since,
    }


def _weekdays(text: str) -> list[int]:
    days: set[int] = set()
    for part in re.split(r"[,;，、\s]+", text.casefold().strip()):
        first, _, last = part.replace("–", "-").partition("-")
        low, high = _weekday(first), _weekday(last or first)
        if low is None or high is None:
            raise Invalid("technician.bad_value", column="weekdays", value=text)
        days.update(range(low, high + 1) if low <= high else [*range(low, 8), *range(1, high + 1)])
    return sorted(days)


def _weekday(word: str) -> int | None:
    if word.isdigit():
        return int(word) if 1 <= int(word) <= 7 else None
    return _WEEKDAYS.get(word) or _WEEKDAYS.get(word[:3])


def _break(text: str) -> list[dict[str, Any]]:
    if not text:
        return []
    match = _BREAK.fullmatch(text)
    if match is None:
        raise Invalid("technician.bad_value", column="break", value=text)
    window = {"earliest": f"{match['earliest']:0>5}", "latest": f"{match['latest']:0>5}"}
    return check_breaks([{"seconds": int(match["minutes"]) * 60, **window}])


# --- storing it -------------------------------------------------------------------------------------------------------


def _apply(person: Technician, parsed: _Parsed) -> bool:
    changed = False
    for name, value in parsed.fields.items():
        if getattr(person, name) != value:
            setattr(person, name, value)
            changed = True
    for name, point in parsed.points.items():
        stored = getattr(person, name)
        known = shape_of(stored) if stored is not None else None
        if known is None or (known.x, known.y) != point:
            setattr(person, name, f"SRID=4326;POINT({point[0]!r} {point[1]!r})")
            changed = True
    return changed


def _apply_skills(
    session: AsyncSession,
    person: Technician,
    wanted: Mapping[str, tuple[int, date | None]] | None,
    known: Mapping[str, TechnicianSkill],
) -> bool:
    if wanted is None or wanted == {name: (skill.level, skill.expires_on) for name, skill in known.items()}:
        return False
    for name, (level, until) in wanted.items():
        skill = known.get(name)
        if skill is None:
            session.add(TechnicianSkill(technician_id=person.id, skill=name, level=level, expires_on=until))
        else:
            skill.level, skill.expires_on = level, until
    for name in known.keys() - wanted.keys():
        session.sync_session.delete(known[name])
    return True


async def _apply_roster(
    session: AsyncSession, person: Technician, wanted: dict[str, Any] | None, known: list[RosterPattern]
) -> bool:
    """The new roster runs on from its first day: what was in force before that day ends there."""
    if wanted is None:
        return False
    since = wanted["since"]
    values = {name: wanted[name] for name in ("weekdays", "starts", "ends", "breaks")}
    for pattern in known:
        same = all(getattr(pattern, name) == value for name, value in values.items())
        if same and pattern.valid.upper is None and (pattern.valid.lower or date.min) <= since:
            return False
    for pattern in known:
        lower = pattern.valid.lower or date.min
        if lower >= since:
            await session.delete(pattern)
        elif pattern.valid.upper is None or pattern.valid.upper > since:
            pattern.valid = Range(pattern.valid.lower, since)
    await session.flush()  # else the new one would be inserted before the old ones are gone, and the database refuses
    session.add(RosterPattern(technician_id=person.id, valid=Range(since, None), **values))
    return True
