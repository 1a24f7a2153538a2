"""Every table of the product in one import, for migrations and for the composition roots.

Only the files of tables are loaded, not the rooms around them.
"""

from __future__ import annotations

import importlib
from pathlib import Path

import kit.blobs
import kit.idempotency
import kit.live
import kit.statistics  # noqa: F401 - these four are the tables of the shared tools
from kit.db import Base

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("citymap", "grids", "dispatch", "mobile_api")

for _room in ROOMS:
    for _file in sorted([*(ROOT / _room).rglob("models.py"), *(ROOT / _room).rglob("models/[!_]*.py")]):
        importlib.import_module(".".join(_file.relative_to(ROOT).with_suffix("").parts))

metadata = Base.metadata
