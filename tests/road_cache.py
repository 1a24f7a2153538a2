"""The roads of the real cities, made once for all tests of this checkout: OSRM works on a city for a minute or more."""

from __future__ import annotations

import asyncio
from pathlib import Path

from citymap.osm.extract import check_file
from citymap.osrm import data as roads
from tests.databases import ROOT, file_lock

CACHE = ROOT / ".data" / "test-cache"
"""The host's folder (`home`) under which tests keep road data."""


def made(extract: Path) -> Path:
    """The folder with the road data of this extract; whoever comes second waits for the first."""
    key = roads.roads_key(check_file(extract))
    with file_lock("roads.lock"):
        return asyncio.run(roads.build(extract, CACHE, key, progress=lambda *_: None, cancelled=lambda: False))
