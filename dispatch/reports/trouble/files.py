"""Outages and faults of a month as sheets of a workbook: the rows of the page, whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID
from zoneinfo import ZoneInfo

from dispatch.outages.reliability import Reliability
from dispatch.reports.exporting import Sheet
from dispatch.reports.trouble.faults import Faults, Repeated
from dispatch.reports.trouble.outages import PastOutage
from grids.models import ServiceArea
from kit.i18n import text
from kit.privacy import node_without_numbers, without_numbers
from kit.spreadsheets.sheets import Cell, local

RELIABILITY = ("grid", "served", "outages", "interrupted", "customer_minutes", "saifi", "saidi", "caidi")
OUTAGES = (
    "outage", "status", "node", "place", "since", "restored", "minutes", "customers", "customer_minutes", "counted_in",
)  # fmt: skip
FAULTS_BY_GRID = ("grid", "faults", "households", "per_hundred")
REPEATS = ("address", "grid", "times", "last", "cause", "of_cause", "order")


def _heading(columns: Sequence[str], language: str) -> list[Cell]:
    return [text(f"report.column.{name}", language) for name in columns]


def outage_sheets(
    found: Reliability, rows: Sequence[PastOutage], names: Mapping[UUID, str], area: ServiceArea, language: str,
    numbers: bool,
) -> list[Sheet]:  # fmt: skip
    """Reliability by grid with the whole area last, and the outages behind it. `numbers`: as in `fault_sheets`."""
    zone = ZoneInfo(area.timezone)
    figures: list[list[Cell]] = [_heading(RELIABILITY, language)]
    for one in [*sorted(found.grids, key=lambda one: -one.minutes), found.area]:
        name = area.name if one.grid_id is None else names.get(one.grid_id, "")
        figures.append([name, one.served, len(one.outages), one.interrupted, one.minutes, one.saifi, one.saidi,
                        one.caidi])  # fmt: skip
    listed: list[list[Cell]] = [_heading(OUTAGES, language)]
    for row in rows:
        listed.append([
            row.number, text(f"report.outage.{row.status}", language),
            row.network_node if numbers else node_without_numbers(row.network_node),
            row.place if numbers else without_numbers(row.place),
            local(row.since, zone), local(row.restored_at, zone), row.minutes, row.customers,
            row.customers * row.minutes if row.counted else 0,
            text("report.yes" if row.counted else "report.no", language),
        ])  # fmt: skip
    return [
        (text("report.sheet.reliability", language), figures, ["", "0", "0", "0", "0", "0.000", "0.0", "0.0"]),
        (text("report.sheet.outages", language), listed, [*[""] * 6, "0.0", "0", "0", ""]),
    ]


def fault_sheets(
    found: Faults, repeats: Sequence[Repeated], names: Mapping[UUID, str], causes: Mapping[str, str],
    area: ServiceArea, language: str, numbers: bool,
) -> list[Sheet]:  # fmt: skip
    """The heat map as weekday × hour, faults by grid, and the addresses that reported again.

    `numbers`: whether the reader may know the houses and flats of the addresses.
    """
    zone = ZoneInfo(area.timezone)
    counted = {(cell.weekday, cell.hour): cell.faults for cell in found.cells}
    heat: list[list[Cell]] = [[text("report.column.weekday", language), *(f"{hour:02}:00" for hour in range(24))]]
    for weekday in range(1, 8):
        hours = [counted.get((weekday, hour), 0) for hour in range(24)]
        heat.append([text(f"report.weekday.{weekday}", language), *hours])
    grids: list[list[Cell]] = [_heading(FAULTS_BY_GRID, language)]
    for one in found.grids:
        grids.append([one.name, one.faults, one.households, per_hundred(one.faults, one.households)])
    if found.without_grid:
        grids.append([text("report.without_grid", language), found.without_grid, None, None])
    again: list[list[Cell]] = [_heading(REPEATS, language)]
    for row in repeats:
        place = names.get(row.grid_id) if row.grid_id else None
        address = row.address if numbers else without_numbers(row.address)
        again.append([address, place, row.times, local(row.last_at, zone), causes.get(row.cause, row.cause),
                      row.of_cause, ", ".join(number for _, number in row.orders)])  # fmt: skip
    return [
        (text("report.sheet.hours_of_week", language), heat, ["", *["0"] * 24]),
        (text("report.sheet.faults", language), grids, ["", "0", "0", "0.00"]),
        (text("report.sheet.repeats", language), again, ["", "", "0", "", "", "0", ""]),
    ]


def per_hundred(faults: int, households: int | None) -> float | None:
    """Faults per 100 households; None where nobody knows how many there are."""
    return round(faults * 100 / households, 4) if households else None
