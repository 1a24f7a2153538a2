"""The process that lives in the demo: `python -m dispatch.demo.living --url URL`. It speaks the public HTTP API alone.

It makes itself fresh tokens at each start, so when they run out it ends and is started again.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import tempfile
import threading
from pathlib import Path

from citymap.demo_city import write_demo_city
from dispatch.accounts.trials import trial_logins
from dispatch.demo.load import BUSY, CALM
from dispatch.demo.town import CODE, houses_by_grid
from dispatch.simulation.client import Site
from dispatch.simulation.journal import Journal
from dispatch.simulation.living import House, Living
from dispatch.simulation.world import Logins, World
from grids.service import area_by_code
from kit.db import Database
from kit.processes.logs import configure_logging
from kit.settings import settings


async def _prepare(url: str, seed: int) -> tuple[Logins, list[House]]:
    database = Database(url, pool_size=1)
    try:
        with tempfile.TemporaryDirectory(prefix="grid-dispatch-demo-") as scratch:
            city = await asyncio.to_thread(write_demo_city, Path(scratch) / "demo.osm.pbf", seed)
        async with database.transaction() as session:
            area = await area_by_code(session, CODE)
            houses = await houses_by_grid(session, area, city.places)
            logins = Logins(**await trial_logins(session, area.id))
        return logins, [House(one.address, one.point) for grid in houses.values() for one in grid]
    finally:
        await database.dispose()


def _end(*_signal: object) -> None:
    """End at once, also out of a request that waits for a server which has ended before us."""
    raise SystemExit(0)


def live(url: str, seed: int, a_day: float) -> None:
    """Live in the demo until SIGTERM or Ctrl-C."""
    chosen = settings()
    configure_logging(chosen.log_level, as_json=chosen.log_json)
    if chosen.database_url is None:
        raise SystemExit("DATABASE_URL is not set; start the demo with `grid-dispatch demo`.")
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    logins, houses = asyncio.run(_prepare(chosen.database_url, seed))
    site = Site(url)
    try:
        areas = site.as_(logins.administrator).get("/api/areas")["items"]
        area = next(one for one in areas if one["code"] == CODE)
        Living(World(site, area, logins, seed, Journal(None)), houses, a_day).run(threading.Event())
    finally:
        site.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--busy", action="store_true")
    given = parser.parse_args()
    live(given.url, given.seed, (BUSY if given.busy else CALM).a_day)
