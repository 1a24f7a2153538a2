"""`simulate`: days of a trial area, lived through the public API."""

from __future__ import annotations

import asyncio
import threading
from contextlib import nullcontext
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import rich_click as click

from dispatch.cli import main
from dispatch.cli.runtime import Runtime, command, live_day, progress, show
from dispatch.cli.serving import site
from kit.errors import Conflict, Unavailable


def lines(result: dict[str, Any]) -> list[str]:
    """The end of a simulation on one screen."""
    coverage = result["callbackCoverage"]
    statuses = ", ".join(f"{count:,} {status}" for status, count in result["byStatus"].items())
    waiting = ", ".join(f"{count:,} on {role}" for role, count in result["waitingOn"].items()) or "nobody"
    return [
        f"{result['orders']:,} orders: {statuses or 'nothing was reported in these days'}.",
        f"Open ones wait on {waiting}.",
        f"Callback coverage {coverage:.1%}; {result['unreachable']:,} never reached, {result['reworks']:,} reworks."
        if coverage is not None
        else "Nothing was finished, so nobody was called.",
        f"{result['acts']:,} acts in {result['syncBatches']:,} batches, {result['refusedActs']:,} refused; "
        f"{result['plans']} plans published; {result['requests']:,} requests.",
        *_of_everybody(result),
    ]


def _of_everybody(result: dict[str, Any]) -> list[str]:
    if "messages" not in result:
        return []
    return [
        f"{result['messages']:,} messages, {result['messagesRefusedWhileDown']:,} tries while the gateway was down; "
        f"{result['linksOpened']:,} links opened, {result['linksAnswered']:,} answered.",
        f"{result['outages']:,} outages, {result['complaints']:,} complaints, "
        f"{result['callsGivenBack']:,} calls given back half done.",
    ]


@command(main, "simulate")
@click.argument("code")
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The first day to live.")
@click.option("--days", type=click.IntRange(1, 400), default=1, show_default=True, help="How many days.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed draws the same world.")
@click.option(
    "--plan-seconds",
    type=click.FloatRange(1, 600),
    default=8.0,
    envvar="GRID_DISPATCH_PLAN_SECONDS",
    show_default=True,
    help="A plan's time; or $GRID_DISPATCH_PLAN_SECONDS.",
)
@click.option(
    "--everybody",
    type=click.IntRange(0),
    metavar="ORDERS",
    help="Also agents with hours and moods, subscribers who open links, outages, complaints, a gateway that is down for"
    " an hour, and so many more orders.",
)
@click.option("--url", help="A running product that uses the same database; else `up`, or one is started.")
@click.option("--truth", type=click.Path(path_type=Path), help="Write what was done, line by line (docs/journal.md).")
async def simulate(
    runtime: Runtime, code: str, day: datetime, days: int, seed: int, plan_seconds: float, everybody: int | None,
    url: str | None, truth: Path | None,
) -> None:  # fmt: skip
    """Live days of a trial area through the public API, by technicians, agents and a dispatcher."""
    import httpx

    from dispatch.accounts.trials import trial_logins
    from dispatch.simulation.client import Refused
    from dispatch.simulation.gateway import gateway
    from dispatch.simulation.month import Month
    from dispatch.simulation.run import simulate as live_days
    from dispatch.simulation.world import Logins
    from grids.models import AreaKind
    from grids.repository import inner_points

    area = await runtime.area(code)
    if area.kind is not AreaKind.TRIAL:
        raise Conflict("clock.ordinary", area=area.code)
    area = await live_day(runtime, area, day.date())
    async with runtime.database.transaction() as session:
        logins = Logins(**await trial_logins(session, area.id, everybody=everybody is not None))
        points = await inner_points(session, area.id)
    stopped = threading.Event()
    with (
        site(url) as address, progress(f"Living {area.name}") as advance,
        gateway() if everybody is not None else nullcontext() as sms,
    ):  # fmt: skip

        def tell(phase: str, share: float) -> None:
            if stopped.is_set():
                raise asyncio.CancelledError  # Ctrl-C reaches this thread with its next step
            advance(phase, share)

        try:
            result = await asyncio.to_thread(
                live_days, address, code, logins, day.date(), days, seed=seed, plan_seconds=plan_seconds, truth=truth,
                progress=tell,
                people=partial(Month, points=points, gateway=sms, reports=everybody or 0) if sms else None,
            )  # fmt: skip
        except asyncio.CancelledError:
            stopped.set()
            raise
        except Refused as refused:
            raise Conflict("simulate.refused", detail=str(refused.body.get("detail", refused))) from refused
        except httpx.TransportError as error:
            raise Unavailable("simulate.unreachable", url=address) from error
    show(runtime, result, lambda: lines(result))
