"""`make bench ARGS="fairness --months 20"`: months over the real city, one line each, and what was kept or missed.

On a cluster of its own, which goes with it. Every month is written, judged, and rolled back.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from benchmarks.fairness.city import City, make_city
from benchmarks.fairness.judging import Judged, judge
from benchmarks.fairness.skills import DISHONEST
from dispatch import migrate
from kit.db import Database
from kit.postgres.embedded import EmbeddedPostgres

HEAD = "seed  dishonest flagged  honest flagged  unlucky punished  punished  unlucky shown/true  ranked  inside  places"


def line(month: Judged) -> str:
    """A month in the table."""
    unlucky = f"{month.unlucky[0]} / {month.unlucky[1]}"
    return (
        f"{month.seed:>4}  {_yes(month.flagged_well):>17}  {len(month.flagged - {DISHONEST}):>14}"
        f"  {_yes(month.punished):>16}  {len(month.proposed):>8}"
        f"  {unlucky:>18}  {month.ranked:>6}  {month.inside:>6.1%}  {month.width:>6.1f}"
    )


def verdict(months: Sequence[Judged]) -> list[tuple[str, bool]]:
    """What was asked for, in shares of the months, and whether it was reached."""
    many = len(months)
    flagged, punished = sum(one.flagged_well for one in months), sum(one.punished for one in months)
    inside = sum(one.inside for one in months) / many
    honest = sum(len(one.flagged - {DISHONEST}) for one in months)
    return [
        (f"the dishonest one is flagged in {flagged} of {many} months", flagged >= 0.95 * many),
        (f"the unlucky one is punished in {punished} of {many} months", punished <= 0.05 * many),
        (f"the new one is ranked in {sum(one.new_is_ranked for one in months)} of {many} months",
         not any(one.new_is_ranked for one in months)),
        (f"the rank of true skill is inside its interval in {inside:.1%}", inside >= 0.9),
        (f"somebody honest is flagged {honest} times among {many} months", honest <= 0.1 * many),
        ("every score is the sum of its lines", not any(one.differences for one in months)),
    ]  # fmt: skip


async def months(session: AsyncSession, city: City, seeds: Sequence[int]) -> list[Judged]:
    """The months of these seeds, each printed; nothing of them stays."""
    print(HEAD, flush=True)
    found = []
    for seed in seeds:
        async with session.begin_nested() as written:
            found.append(await judge(session, city, seed))
            await written.rollback()
        session.expunge_all()
        print(line(found[-1]), flush=True)
        if not found[-1].flagged_well:
            signs = ", ".join(f"{kind} {seen} of {many}" for kind, (seen, many) in found[-1].signs.items())
            print(f"      not flagged: {signs}", flush=True)
    return found


def run(root: Path, options: argparse.Namespace) -> bool:
    """Print the table; False where something was missed, or there is no real city."""
    data = Path(os.environ.get("GRID_DISPATCH_REALDATA") or root.parent / "shared" / "data") / "vancouver"
    if not data.exists():
        print(f"no real city in {data}: nothing was measured")
        return False
    home = root / ".data" / "fairness"
    shutil.rmtree(home, ignore_errors=True)
    try:
        with EmbeddedPostgres(home, durable=False).use() as url:
            migrate.upgrade(url)
            found = asyncio.run(_measure(Database(url), data, range(1, options.months + 1)))
    finally:
        shutil.rmtree(home, ignore_errors=True)
    kept = True
    for said, fine in verdict(found):
        kept = kept and fine
        print(f"{'kept  ' if fine else 'MISSED'}  {said}", flush=True)
    return kept


async def _measure(database: Database, data: Path, seeds: Sequence[int]) -> list[Judged]:
    try:
        async with database.transaction() as session:
            city = await make_city(session, data)
        async with database.session() as session:
            await session.merge(city.area)
            return await months(session, city, seeds)
    finally:
        await database.dispose()


def _yes(true: bool) -> str:
    return "yes" if true else "no"
