"""Every table of the product in one import, for migrations and for the composition roots.

Only the files of tables are loaded, not the rooms around them.
"""

from __future__ import annotations

import importlib
from pathlib import Path

from sqlalchemy import CheckConstraint, Date, DateTime
from sqlalchemy.dialects.postgresql import DATERANGE, TSTZRANGE

import kit.http.idempotency
import kit.live
import kit.postgres.blobs
import kit.postgres.statistics  # noqa: F401 - these four are the tables of the shared tools
from kit.bounds import EARLIEST, LATEST
from kit.db import Base

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("citymap", "grids", "dispatch", "mobile_api")

for _room in ROOMS:
    for _file in sorted([*(ROOT / _room).rglob("models.py"), *(ROOT / _room).rglob("models/[!_]*.py")]):
        importlib.import_module(".".join(_file.relative_to(ROOT).with_suffix("").parts))

metadata = Base.metadata

# What `kit.bounds` refuses at the edge the database refuses too: PostgreSQL would store the year 10000, and no program
# of ours could read that row again.
_FIRST, _AFTER_LAST = EARLIEST.date().isoformat(), LATEST.date().isoformat()
_WITHIN = {
    DateTime: f"{{0}} >= '{_FIRST} 00:00:00+00' AND {{0}} < '{_AFTER_LAST} 00:00:00+00'",
    Date: f"{{0}} >= '{_FIRST}' AND {{0}} < '{_AFTER_LAST}'",
    TSTZRANGE: f"lower({{0}}) >= '{_FIRST} 00:00:00+00' AND upper({{0}}) < '{_AFTER_LAST} 00:00:00+00'",
    DATERANGE: f"lower({{0}}) >= '{_FIRST}' AND upper({{0}}) <= '{_AFTER_LAST}'",
}
for _table in metadata.tables.values():
    for _column in list(_table.columns):
        _rule = _WITHIN.get(type(_column.type))
        if _rule is not None:
            _table.append_constraint(CheckConstraint(_rule.format(_column.name), name=f"{_column.name}_possible"))
