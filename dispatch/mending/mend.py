"""Stored moments and dates outside 1970 to 2099: where they are, and how they become values that can be read again.

Such rows may come from an installation older than the checks, or from its backup. PostgreSQL keeps the year 10000 or
`infinity`, but no program of ours reads it back, so all that is looked at here is looked at as text. The work is the
tables' owner's: it changes events, whose triggers rest for that one transaction, and every old value stays in
`mended_values`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import CheckConstraint, Column, Date, DateTime, Table
from sqlalchemy.dialects.postgresql import DATERANGE, JSONB, TSTZRANGE, dialect

from dispatch.tables import metadata
from kit.bounds import EARLIEST, LATEST, date_is_possible, moment_is_possible
from kit.postgres.url import libpq_url

FIRST, LAST = date(1970, 1, 2), date(2099, 12, 30)
"""What an impossible value becomes. A day inside the limits, so that no time zone moves it out again."""
_DIALECT = dialect()  # type: ignore[no-untyped-call]
_TRACE = "mended_values"
UNKNOWN = {("photos", "taken_at"), ("technician_skills", "expires_on")}
"""Where nothing is truer than a bound: nobody knows when a photo was taken, and a skill does not expire."""
_LOOKS_LIKE = re.compile(r"^(\d{4,6})-\d\d-\d\d(T.*)?$")
_MAY_LOOK_LIKE = r'"(0\d{3}|1[0-8]\d\d|19[0-6]\d|1970-01-01|2099-12-31|2[1-9]\d\d|[3-9]\d{3}|\d{5,6})[-T"]'


@dataclass(frozen=True, slots=True)
class Wrong:
    """One impossible value. `becomes` is None where nothing takes its place; `mended` says whether it does by now."""

    table: str
    column: str
    key: dict[str, Any]
    was: str
    becomes: str | None
    mended: bool = False
    refused_by: str | None = None
    """The constraint that does not let the new value in: a person has to decide."""


@dataclass(frozen=True, slots=True)
class Mending:
    """All that was found, and the checks that were missing and are there again."""

    wrong: list[Wrong]
    checks_restored: list[str]

    @property
    def is_fine(self) -> bool:
        """Whether nothing impossible is stored any more."""
        return all(one.mended for one in self.wrong)


def mend(owner_url: str, *, apply: bool) -> Mending:
    """Find every impossible moment and date of every table; with `apply` change them, and add checks that are missing.

    One transaction: either all of it is kept or nothing.
    """
    with psycopg.connect(libpq_url(owner_url)) as connection:
        found = list(_find(connection))
        if not apply:
            return Mending(found, [])
        with _events_may_change(connection):
            done = [_change(connection, one) for one in found]
        restored = _restore_checks(connection) if all(one.mended for one in done) else []
    return Mending(done, restored)


# -- finding -----------------------------------------------------------------------------------------------------------


def _find(connection: psycopg.Connection[Any]) -> Iterator[Wrong]:
    for table in metadata.sorted_tables:
        for column in table.columns:
            if column.computed is not None or table.name == _TRACE:
                continue
            if isinstance(column.type, DateTime | Date):
                yield from _scalars(connection, table, column)
            elif isinstance(column.type, TSTZRANGE | DATERANGE):
                yield from _ranges(connection, table, column)
            elif isinstance(column.type, JSONB):
                yield from _objects(connection, table, column)


def _scalars(connection: psycopg.Connection[Any], table: Table, column: Column[Any]) -> Iterator[Wrong]:
    name = sql.Identifier(column.name)
    early = sql.SQL("{} < {}").format(name, EARLIEST.isoformat())
    wrong = sql.SQL("{} OR {} >= {}").format(early, name, LATEST.isoformat())
    for key, was, is_early in _rows(connection, table, column, wrong, early):
        bound: str | None = _bound(is_early)
        if (table.name, column.name) in UNKNOWN:
            bound = None
        yield Wrong(str(table.name), str(column.name), key, was, bound)


def _ranges(connection: psycopg.Connection[Any], table: Table, column: Column[Any]) -> Iterator[Wrong]:
    """Both ends are brought inside; an end beyond the last day is no end."""
    name = sql.Identifier(column.name)
    first, after = EARLIEST.isoformat(), LATEST.isoformat()
    early_start = sql.SQL("lower({}) < {}").format(name, first)
    late_end = sql.SQL("upper({}) > {}").format(name, after)
    others = sql.SQL("lower({0}) >= {2} OR upper({0}) < {1}").format(name, first, after)
    wrong = sql.SQL(" OR ").join((early_start, late_end, others))
    start = sql.SQL("CASE WHEN {} THEN {} WHEN lower({}) >= {} THEN {} ELSE lower({})::text END").format(
        early_start, _bound(True), name, after, _bound(False), name
    )
    end = sql.SQL("CASE WHEN {} THEN NULL WHEN upper({}) < {} THEN {} ELSE upper({})::text END").format(
        late_end, name, first, _bound(True), name
    )
    for key, was, ends in _rows(connection, table, column, wrong, sql.SQL("ARRAY[{}, {}]").format(start, end)):
        becomes = f'["{ends[0]}",)' if ends[1] is None else f'["{ends[0]}","{ends[1]}")'
        yield Wrong(str(table.name), str(column.name), key, was, becomes)


def _objects(connection: psycopg.Connection[Any], table: Table, column: Column[Any]) -> Iterator[Wrong]:
    """Moments inside objects, such as what an event keeps: they are told by how they are written."""
    name = sql.Identifier(column.name)
    wrong = sql.SQL("{}::text ~ {}").format(name, _MAY_LOOK_LIKE)
    for key, was, _ in _rows(connection, table, column, wrong, sql.SQL("true")):
        before = json.loads(was)
        after = _inside(before)
        if after != before:
            yield Wrong(str(table.name), str(column.name), key, was, json.dumps(after, ensure_ascii=False))


def _rows(
    connection: psycopg.Connection[Any], table: Table, column: Column[Any], wrong: sql.Composable, more: sql.Composable
) -> list[Any]:
    """Key, value as text, and one thing more of the rows where something is wrong."""
    pairs = [part for one in table.primary_key.columns for part in (one.name, sql.Identifier(one.name))]
    key = sql.SQL("jsonb_build_object({})").format(
        sql.SQL(", ").join(part if isinstance(part, sql.Composable) else sql.Literal(part) for part in pairs)
    )
    query = sql.SQL("SELECT {}, {}::text, {} FROM {} WHERE {}").format(
        key, sql.Identifier(column.name), more, sql.Identifier("public", table.name), wrong
    )
    return connection.execute(query).fetchall()


def _bound(is_early: bool) -> str:
    return (FIRST if is_early else LAST).isoformat()


def _inside(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _inside(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_inside(member) for member in value]
    if isinstance(value, str) and (found := _LOOKS_LIKE.match(value)):
        return _text_inside(value, int(found[1]), has_time=found[2] is not None)
    return value


def _text_inside(value: str, year: int, *, has_time: bool) -> str:
    try:
        possible = moment_is_possible(datetime.fromisoformat(value)) if has_time else _possible_day(value)
    except (ValueError, OverflowError):
        possible = EARLIEST.year <= year < LATEST.year
    if possible:
        return value
    bound = FIRST if year <= EARLIEST.year else LAST
    return datetime(bound.year, bound.month, bound.day, tzinfo=UTC).isoformat() if has_time else bound.isoformat()


def _possible_day(value: str) -> bool:
    day = date.fromisoformat(value)
    return date_is_possible(day) or day in (EARLIEST.date(), date(2099, 12, 31))


# -- changing ----------------------------------------------------------------------------------------------------------


@contextmanager
def _events_may_change(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """The triggers that keep events rest inside the block, where nobody else writes; an error undoes this too."""
    for word in ("DISABLE", "ENABLE"):
        for table in ("order_events", "removed_orders"):
            statement = sql.SQL("ALTER TABLE {} {} TRIGGER USER")
            connection.execute(statement.format(sql.Identifier("public", table), sql.SQL(word)))
        if word == "DISABLE":
            yield


def _change(connection: psycopg.Connection[Any], one: Wrong) -> Wrong:
    """Store the new value and the trace of the old one. An alarm about an impossible moment goes: it is its key."""
    table, column = metadata.tables[one.table], metadata.tables[one.table].c[one.column]
    place, name = sql.Identifier("public", one.table), sql.Identifier(one.column)
    where = sql.SQL(" AND ").join(
        sql.SQL("to_jsonb({}) = {}").format(sql.Identifier(part), sql.Literal(json.dumps(value)) + sql.SQL("::jsonb"))
        for part, value in one.key.items()
    )
    try:
        with connection.transaction():
            if column.primary_key:
                connection.execute(sql.SQL("DELETE FROM {} WHERE {}").format(place, where))
            else:
                kind = sql.SQL(column.type.compile(dialect=_DIALECT))
                change = sql.SQL("UPDATE {} SET {} = {}::{} WHERE {}").format(place, name, one.becomes, kind, where)
                connection.execute(change)
            connection.execute(
                "INSERT INTO mended_values (id, table_name, column_name, row_key, was, becomes, at)"
                " VALUES (gen_random_uuid(), %s, %s, %s, %s, %s, now())",
                [table.name, column.name, json.dumps(one.key), one.was, None if column.primary_key else one.becomes],
            )
    except psycopg.IntegrityError as error:
        refused = error.diag.constraint_name or "?"
        return Wrong(one.table, one.column, one.key, one.was, one.becomes, refused_by=refused)
    return Wrong(one.table, one.column, one.key, one.was, one.becomes, mended=True)


def _restore_checks(connection: psycopg.Connection[Any]) -> list[str]:
    """Add the checks of moments and dates that an older database lacks; returns their names."""
    there = {str(row[0]) for row in connection.execute("SELECT conname FROM pg_constraint WHERE contype = 'c'")}
    restored = []
    for table in metadata.sorted_tables:
        for check in table.constraints:
            name = str(check.name)
            if isinstance(check, CheckConstraint) and name.endswith("_possible") and name not in there:
                connection.execute(
                    sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} CHECK ({})").format(
                        sql.Identifier("public", table.name),
                        sql.Identifier(name),
                        sql.SQL(str(check.sqltext)),
                    )
                )
                restored.append(name)
    return restored
