"""How `first_schema.sql` was made: the tables of a revision, two rows in each: one full, one with its blanks blank.

    python -m tests.migrations.make_dump REVISION FILE

Run at the revision itself, since the rows are made from the models of the day. The dump is then never made again.
"""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from geoalchemy2 import Geometry, WKTElement
from sqlalchemy.dialects.postgresql import DATERANGE, INT4RANGE, JSONB, TSTZRANGE, Range
from sqlalchemy.engine import make_url

from dispatch import migrate
from dispatch.tables import metadata
from kit.db import libpq_url
from kit.postgres.programs import find_programs
from tests.databases import running_cluster

_START = datetime(2022, 11, 5, 20, 30, tzinfo=UTC)
_SHAPES = {
    "POINT": "POINT({0} 49.25)",
    "LINESTRING": "LINESTRING({0} 49.25, {0} 49.26)",
    "POLYGON": "POLYGON(({0} 49.2, {0} 49.3, {1} 49.3, {1} 49.2, {0} 49.2))",
    "MULTIPOLYGON": "MULTIPOLYGON((({0} 49.2, {0} 49.3, {1} 49.3, {1} 49.2, {0} 49.2)))",
    "MULTILINESTRING": "MULTILINESTRING(({0} 49.25, {0} 49.26))",
    "GEOMETRY": "POINT({0} 49.25)",
}
# What the checks of a table demand and no column tells: {(table, column): (first row, second row)}.
OTHER = object()  # the row that the other row points at
SPECIAL: dict[tuple[str, str], tuple[Any, Any]] = {
    ("service_areas", "kind"): ("trial", "ordinary"),
    ("service_areas", "timezone"): ("America/Vancouver", "Asia/Shanghai"),
    ("grid_contracts", "technician_b_id"): (OTHER, OTHER),
    ("leaves", "substitute_id"): (OTHER, None),
    ("orders", "status"): ("closed", "reported"),
    ("orders", "outcome"): ("satisfied", None),
    ("complaints", "liability"): ("technician", None),
    ("supervisions", "order_id"): (OTHER, OTHER),
    ("decisions", "status"): ("accepted", "proposed"),
    ("outages", "status"): ("confirmed", "suspected"),
    ("outages", "network_node"): ("OLT-1", "OLT-2"),
    ("month_closings", "reopened_at"): (_START, _START),  # the ledger of a closed month takes no rows
    ("settlement_statements", "technician_id"): (None, OTHER),
    ("settlement_statements", "total"): (1.5, 4.5),
    ("settlement_statements", "status"): ("draft", "draft"),  # what was issued takes no lines
    ("orders", "appointment_end"): (_START + timedelta(hours=2), None),
}


def value_of(column: sa.Column[Any], row: int) -> Any:
    """A plausible value for a column; rows are numbered from 0 and differ in it."""
    special = SPECIAL.get((column.table.name, column.name))
    if special is not None and special[row] is OTHER:
        return value_of(next(iter(column.foreign_keys)).column, 1 - row)
    if special is not None:
        return special[row]
    if row == 1 and column.nullable and not column.primary_key:
        return None
    if column.foreign_keys:
        target = next(iter(column.foreign_keys)).column
        if target.table is column.table:
            return None if row == 0 else value_of(target, 0)
        return value_of(target, row)
    return plain_value(column, column.type, row)


def plain_value(column: sa.Column[Any], kind: Any, row: int) -> Any:
    """A value of a type; the column's names only make it differ from others."""
    shift = timedelta(days=40 * row)
    if isinstance(kind, sa.Enum):
        return (kind.enums if kind.enum_class is None else list(kind.enum_class))[row % len(kind.enums)]
    if isinstance(kind, Geometry):
        west = -123.2 + row * 0.1
        return WKTElement(_SHAPES[(kind.geometry_type or "GEOMETRY").upper()].format(west, west + 0.05), srid=kind.srid)
    if isinstance(kind, sa.Uuid):
        return UUID(int=(sum(column.table.name.encode()) << 64) + (sum(column.name.encode()) << 8) + row + 1)
    if isinstance(kind, TSTZRANGE):
        return Range(_START + shift, _START + shift + timedelta(hours=8))
    if isinstance(kind, DATERANGE):
        return Range((_START + shift).date(), (_START + shift).date() + timedelta(days=30))
    if isinstance(kind, INT4RANGE):
        return Range(10 * row, 10 * row + 5)
    if isinstance(kind, sa.ARRAY):
        return [plain_value(column, kind.item_type, row)]
    if isinstance(kind, sa.TypeDecorator):
        return plain_value(column, kind.impl_instance, row)
    if isinstance(kind, JSONB):
        return {"row": row, "名": "值"}
    if isinstance(kind, sa.DateTime):
        return _START + shift
    if isinstance(kind, sa.Date):
        return date(2022, 11, 1 + row)
    if isinstance(kind, sa.Time):
        return (_START + timedelta(minutes=row)).time()
    if isinstance(kind, sa.Boolean):
        return row == 0
    if isinstance(kind, sa.Integer):
        return row + 1
    if isinstance(kind, sa.Float | sa.Numeric):
        return row + 0.5
    if isinstance(kind, sa.LargeBinary):
        return bytes([0, 255, row])
    if isinstance(kind, sa.Text | sa.String):
        return f"{column.name} {row} 张江"
    raise TypeError(f"no value for {column.table.name}.{column.name} ({kind!r})")


def fill(url: str) -> None:
    """Two rows in every table of ours."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        for table in metadata.sorted_tables:
            columns = [column for column in table.columns if column.computed is None]
            if table.name == "kept_answers":
                connection.execute(sa.delete(table))  # triggers wrote its rows already
            for row in (0, 1):
                statement = sa.insert(table).values(
                    {column.name: value_of(column, row) for column in columns if not column.identity}
                )
                connection.execute(statement)
    engine.dispose()


def dump(url: str) -> str:
    """The database as statements any client can run, without what belongs to the server."""
    address = make_url(libpq_url(url))
    text = subprocess.run(
        [
            find_programs()["pg_dump"],
            "--inserts",
            "--no-owner",
            "--no-privileges",
            "--no-comments",
            str(address.database),
        ],
        env={
            "PGHOST": str(address.host),
            "PGPORT": str(address.port),
            "PGUSER": str(address.username),
            "PGPASSWORD": str(address.password),
        },
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    kept = [
        line
        for line in text.splitlines()
        if not line.startswith(("\\restrict", "\\unrestrict", "CREATE EXTENSION", "--"))
    ]
    return "\n".join(line for number, line in enumerate(kept) if line or kept[number - 1]) + "\n"


def main(revision: str, file: Path) -> None:
    """Write the dump of a revision to `file`."""
    with running_cluster() as cluster:
        name = cluster.clone("template1")
        try:
            migrate.upgrade(cluster.url(name), revision)
            fill(cluster.url(name))
            file.write_text(dump(cluster.url(name)), encoding="utf-8")
        finally:
            cluster.drop(name)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
