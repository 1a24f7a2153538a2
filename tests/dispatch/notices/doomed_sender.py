"""A worker that sends an area's notices: `python -m tests.dispatch.notices.doomed_sender DATABASE_URL AREA_ID`."""

from __future__ import annotations

import asyncio
import sys
from uuid import UUID

import dispatch.tables  # noqa: F401 - every table is known before the first query
from dispatch.notices.sending import send_area
from kit.db import Database

if __name__ == "__main__":
    asyncio.run(send_area(Database(sys.argv[1]), UUID(sys.argv[2])))
