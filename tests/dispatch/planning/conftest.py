"""The town of these stories."""

from __future__ import annotations

import pytest

from kit.db import Database
from tests.dispatch.planning.town import Town, build_town


@pytest.fixture
async def town(database: Database) -> Town:
    """A committed town at nine in the morning."""
    return await build_town(database)
