"""`assess`: a month's score cards; `recount`: what managers' pages stand on, made anew."""

from __future__ import annotations

from datetime import date

import rich_click as click

from dispatch.cli import main
from dispatch.cli.runtime import Runtime, command, show
from kit.errors import Invalid


def parse_month(text: str) -> date:
    """The first day of `2022-09`. Raises `Invalid`."""
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise Invalid("month.malformed", field="month", month=text) from error


@command(main, "assess")
@click.argument("code")
@click.option("--month", required=True, help="Such as 2022-09.")
async def assess(runtime: Runtime, code: str, month: str) -> None:
    """Score technicians and grids of a month; every number opens to its orders in the pages and the API."""
    from dispatch.assessments.service import compute
    from kit.actor import SYSTEM

    area = await runtime.area(code)
    async with runtime.database.transaction() as session:
        result = await compute(session, SYSTEM, area, parse_month(month))
    show(runtime, result.as_json(), result.lines)


@command(main, "recount")
@click.argument("code")
async def recount(runtime: Runtime, code: str) -> None:
    """Make what the managers' pages stand on anew from the events; `verify` says whether it differs."""
    from dispatch.reports.rollups.jobs import count_anew, keep_signs, keep_work

    area = await runtime.area(code)
    made, answers = await count_anew(runtime.database, area.id)
    kept = await keep_work(runtime.database, area.id)
    months = await keep_signs(runtime.database, area.id)
    show(
        runtime,
        {"days": made, "answers": answers, "kept": kept, "months": months},
        lambda: [
            f"{made:,} days of grids and {answers:,} answers were counted anew, the hours of {kept:,} days and the "
            f"signs of {months:,} months written out."
        ],
    )
