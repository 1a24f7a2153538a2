"""`orders`, `verify`: bringing orders in, and proving that what is stored is what happened."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from uuid import UUID

import msgspec
import rich_click as click

from dispatch.cli import main
from dispatch.cli.city import existing
from dispatch.cli.runtime import Runtime, command, progress, show


@main.group()
def orders() -> None:
    """Orders from files."""


@command(orders, "import")
@click.argument("code")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--mapping", required=True, help="A mapping file (TOML), or a shipped one: vancouver, los_angeles.")
@click.option("--label-column", help="A column with the true grid, to compare with; never used as the grid.")
@click.option("--onto", type=click.DateTime(["%Y-%m-%d"]), help="Lay all located orders on this one trial day.")
@click.option("--dry-run", is_flag=True, help="Say what would happen, and change nothing.")
@click.option("--strict", is_flag=True, help="Take nothing when one row cannot be taken.")
async def import_file(
    runtime: Runtime, code: str, file: Path, mapping: str, label_column: str | None, onto: datetime | None,
    dry_run: bool, strict: bool,
) -> None:  # fmt: skip
    """Orders from CSV or GeoJSON. Importing the same file again changes nothing."""
    from dispatch.orders.intake.importing import import_orders
    from dispatch.orders.intake.rows.mapping import load_mapping

    area = await runtime.area(code)
    chosen = load_mapping(mapping)
    day: date | None = onto.date() if onto else None
    with progress(f"Importing {file.name}") as advance:
        result = await import_orders(
            runtime.database, area, existing(file), chosen, label_column=label_column, onto=day, dry_run=dry_run,
            strict=strict, progress=advance,
        )  # fmt: skip
    show(runtime, result, result.lines)


@command(orders, "undo")
@click.argument("import_id", type=click.UUID)
async def undo(runtime: Runtime, import_id: UUID) -> None:
    """Take back a whole import, while nobody has worked on its orders."""
    from dispatch.orders.intake.importing import undo as undo_import
    from kit.actor import SYSTEM

    async with runtime.database.transaction() as session:
        removed = await undo_import(session, SYSTEM, import_id)
    show(runtime, {"removed": removed}, lambda: [f"{removed:,} orders were taken back."])


@command(main, "verify")
@click.argument("code")
async def verify(runtime: Runtime, code: str) -> int:
    """Rebuild every order from its events, every score and statement from its lines, the managers' days from what
    happened. Exit 1 where one differs.
    """
    from dispatch.assessments.ledger.entries import verify_ledger
    from dispatch.assessments.settlement.checking import verify_statements
    from dispatch.orders.events.verify import verify as verify_area
    from dispatch.reports.rollups.days import check as check_days
    from dispatch.reports.rollups.kept_answers import check as check_answers
    from dispatch.reports.rollups.kept_signs import check as check_signs
    from dispatch.reports.rollups.kept_work import check as check_work

    area = await runtime.area(code)
    async with runtime.database.transaction() as session:
        result = await verify_area(session, area.id)
        ledger = await verify_ledger(session, area.id)
        settled = await verify_statements(session, area.id)
        days = await check_days(session, area)
        hours, astray = await check_work(session, area)
        signs, amiss = await check_signs(session, area)
        answers, unlike = await check_answers(session, area)

    def lines() -> list[str]:
        said = [
            f"Order {wrong.order}: {wrong.field} is stored as {wrong.stored}, its events say {wrong.rebuilt}."
            for wrong in result.mismatches
        ] or [f"{result.orders:,} orders are what their {result.events:,} events say."]
        return [
            *said,
            *(ledger.differences or [f"{ledger.cards:,} scores are the sum of their {ledger.lines:,} ledger lines."]),
            *(settled.differences or [f"{settled.statements:,} statements are the sum of their lines."]),
            *(days.differences or [f"{days.rows:,} days of grids are what the events say."]),
            *(astray or [f"{hours:,} kept days of technicians are what shifts and events say."]),
            *(amiss or [f"{signs:,} kept signs of technicians are what events and subscribers say."]),
            *(unlike or [f"{answers:,} kept answers of subscribers are what calls and events say."]),
        ]

    built = msgspec.to_builtins(result) | {
        "scores": ledger.cards, "ledgerLines": ledger.lines, "statements": settled.statements,
        "days": days.rows, "keptHours": hours, "keptSigns": signs, "keptAnswers": answers,
        "differences": [*ledger.differences, *settled.differences, *days.differences, *astray, *amiss, *unlike],
    }  # fmt: skip
    show(runtime, built, lines)
    return 1 if result.mismatches or built["differences"] else 0
