"""Grid contracts (网格承包): who is responsible for a grid and when. The database refuses overlapping contracts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncSession

from grids import repository
from grids.labels import Labels
from grids.locating import LocatedContract
from grids.models import Grid, GridContract, ServiceArea
from kit.errors import Conflict, Invalid, Problem
from kit.i18n import Said
from kit.live import announce
from kit.spreadsheets.tables import Rejection, Row, day, read_rows

COLUMNS = ("grid", "technician_a", "from")
OPTIONAL_COLUMNS = ("technician_b", "to", "contractor", "households", "quota", "unit_points")


@dataclass(frozen=True, slots=True)
class Terms:
    """What a contract says. `last_day` is included; None runs on until another contract begins."""

    technician_a_id: UUID
    first_day: date
    technician_b_id: UUID | None = None
    last_day: date | None = None
    contractor: str | None = None
    households: int | None = None
    quota: int | None = None
    unit_points: float = 1.0

    @property
    def valid(self) -> Range[date]:
        """The days as the database keeps them: first included, end excluded."""
        return Range(self.first_day, None if self.last_day is None else self.last_day + timedelta(days=1))


@dataclass(slots=True)
class ContractImportResult:
    """What an import of contracts did."""

    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: list[Rejection] = field(default_factory=list)

    def lines(self) -> list[str]:
        """For people."""
        told = f"{self.rows} rows: {self.created} contracts created, {self.updated} updated, {self.unchanged} unchanged"
        return [f"{told}, {len(self.rejected)} rejected.", *(f"  line {r.line}: {r.reason}" for r in self.rejected)]


async def create_contract(session: AsyncSession, grid: Grid, terms: Terms) -> GridContract:
    """A new contract. Raises `Conflict` where it overlaps another of the grid, `Invalid` for impossible terms.

    Two people who do this at once are kept apart by the exclusion constraint `grid_contracts_no_overlap` (409).
    """
    await _check(session, grid, terms)
    others = await _of_grids(session, [grid.id])
    _refuse_overlap(grid, terms, others)
    contract = GridContract(grid_id=grid.id, **_values(terms))
    session.add(contract)
    await session.flush()
    await announce(session, grid.area_id, "contract", grid.id)
    return contract


async def edit_contract(session: AsyncSession, grid: Grid, contract: GridContract, terms: Terms) -> GridContract:
    """New terms for a contract; raises as `create_contract` does."""
    await _check(session, grid, terms)
    others = await _of_grids(session, [grid.id])
    _refuse_overlap(grid, terms, [other for other in others if other.id != contract.id])
    if _change(contract, terms):
        await session.flush()
        await announce(session, grid.area_id, "contract", grid.id)
    return contract


def terms_of(contract: GridContract | LocatedContract) -> Terms:
    """The terms of a stored contract."""
    upper = contract.valid.upper
    return Terms(
        technician_a_id=contract.technician_a_id,
        first_day=contract.valid.lower or date.min,
        technician_b_id=contract.technician_b_id,
        last_day=None if upper is None else upper - timedelta(days=1),
        contractor=contract.contractor,
        households=contract.households,
        quota=contract.quota,
        unit_points=contract.unit_points,
    )


async def contracts_of(session: AsyncSession, grid_id: UUID) -> list[GridContract]:
    """Every contract of a grid, oldest first."""
    return sorted(await _of_grids(session, [grid_id]), key=lambda contract: contract.valid.lower or date.min)


async def import_contracts(session: AsyncSession, area: ServiceArea, data: bytes) -> ContractImportResult:
    """Contracts from CSV: grid (code or name), technician_a, technician_b (employee number or name), from, to …

    A row whose grid and first day exist is an edit; the same file again changes nothing. A row that cannot be is left
    out with its line and reason. Raises `Invalid` (`csv.*`) for a file that cannot be read.
    """
    rows = list(read_rows(data, COLUMNS, OPTIONAL_COLUMNS))
    grids = await repository.grids(session, area.id)
    labels = Labels(grids)
    people = _People(await _technicians(session, area.id))
    existing: dict[UUID, list[GridContract]] = {grid.id: [] for grid in grids}
    for contract in await _of_grids(session, existing):
        existing[contract.grid_id].append(contract)
    result = ContractImportResult(rows=len(rows))
    for row in rows:
        try:
            grid = labels.match(row["grid"])
            if grid is None:
                raise Invalid("contract.no_grid", label=row["grid"])
            terms = _terms(row, people)
            mine = existing[grid.id]
            same = next((c for c in mine if (c.valid.lower or date.min) == terms.first_day), None)
            _refuse_overlap(grid, terms, [other for other in mine if other is not same])
            if same is None:
                contract = GridContract(grid_id=grid.id, **_values(terms))
                session.add(contract)
                mine.append(contract)
                result.created += 1
            elif _change(same, terms):
                result.updated += 1
            else:
                result.unchanged += 1
        except Problem as error:
            result.rejected.append(Rejection(row.line, error.sentence()))
    await session.flush()
    if result.created or result.updated:
        await announce(session, area.id, "grids", area.id)
    return result


class _People:
    """Finds an area's technicians by employee number, else by a name that only one of them has."""

    def __init__(self, rows: Iterable[Any]) -> None:
        everybody = list(rows)
        self._numbers = {row.employee_number.casefold(): row.id for row in everybody}
        self._names: dict[str, list[UUID]] = {}
        for row in everybody:
            self._names.setdefault(row.name.casefold(), []).append(row.id)

    def find(self, label: str) -> UUID:
        key = label.casefold()
        named = self._names.get(key, [])
        found = self._numbers.get(key) or (named[0] if len(named) == 1 else None)
        if found is None:
            raise Invalid("contract.no_technician" if not named else "contract.several_technicians", label=label)
        return found


_TYPED = ("from", "to", "households", "quota", "unit_points")
"""The columns of dates and numbers."""


def _terms(row: Row, people: _People) -> Terms:
    try:
        first, last = day(row["from"]), day(row["to"])
        households = int(row["households"]) if row["households"] else None
        quota = int(row["quota"]) if row["quota"] else None
        points = float(row["unit_points"]) if row["unit_points"] else 1.0
    except ValueError as error:
        raise Invalid("contract.bad_value", values=", ".join(row[name] for name in _TYPED if row[name])) from error
    if first is None:
        raise Invalid("contract.no_start")
    terms = Terms(
        technician_a_id=people.find(row["technician_a"]),
        technician_b_id=people.find(row["technician_b"]) if row["technician_b"] else None,
        first_day=first,
        last_day=last,
        contractor=row["contractor"] or None,
        households=households,
        quota=quota,
        unit_points=points,
    )
    _check_terms(terms)
    return terms


def _check_terms(terms: Terms) -> None:
    if terms.technician_a_id == terms.technician_b_id:
        raise Invalid("contract.same_person", field="technicianB")
    if terms.last_day is not None and terms.last_day < terms.first_day:
        raise Invalid("contract.backwards", field="to")
    if any(number is not None and number < 0 for number in (terms.households, terms.quota, terms.unit_points)):
        raise Invalid("contract.bad_value", values=Said("contract.negative"))


async def _check(session: AsyncSession, grid: Grid, terms: Terms) -> None:
    _check_terms(terms)
    known = {row.id for row in await _technicians(session, grid.area_id)}
    for person, where in ((terms.technician_a_id, "technicianA"), (terms.technician_b_id, "technicianB")):
        if person is not None and person not in known:
            raise Invalid("contract.no_technician", field=where, label=str(person))


def _refuse_overlap(grid: Grid, terms: Terms, others: Sequence[GridContract]) -> None:
    for other in others:
        if other.valid.overlaps(terms.valid):
            known = terms_of(other)
            raise Conflict(
                "contract.overlap", field="from", grid=grid.code, first=known.first_day, last=known.last_day or "…"
            )


def _values(terms: Terms) -> dict[str, Any]:
    return {
        "technician_a_id": terms.technician_a_id,
        "technician_b_id": terms.technician_b_id,
        "valid": terms.valid,
        "contractor": terms.contractor,
        "households": terms.households,
        "quota": terms.quota,
        "unit_points": terms.unit_points,
    }


def _change(contract: GridContract, terms: Terms) -> bool:
    if terms_of(contract) == terms:
        return False
    for name, value in _values(terms).items():
        setattr(contract, name, value)
    contract.version += 1
    return True


async def _of_grids(session: AsyncSession, grid_ids: Iterable[UUID]) -> list[GridContract]:
    query = select(GridContract).where(GridContract.grid_id.in_(list(grid_ids)))
    return list((await session.execute(query)).scalars())


async def _technicians(session: AsyncSession, area_id: UUID) -> Sequence[Any]:
    people = repository.TECHNICIANS
    query = select(people.c.id, people.c.name, people.c.employee_number).where(people.c.area_id == area_id)
    return (await session.execute(query)).all()
