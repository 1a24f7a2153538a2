"""The planner's town, whose area may be planned by straight lines."""

from __future__ import annotations

import pytest

from grids.models import ServiceArea
from kit.db import Database
from tests.dispatch.planning.conftest import database_url, town_template
from tests.dispatch.planning.town import Town, open_town

__all__ = ["database_url", "town_template"]


@pytest.fixture
async def town(database: Database) -> Town:
    """A committed town at nine in the morning."""
    from dispatch.planning.board import board_cache

    board_cache._boards.clear()
    opened = await open_town(database)
    async with database.transaction() as session:
        (await session.get_one(ServiceArea, opened.area_id)).straight_line_allowed = True
    return opened
