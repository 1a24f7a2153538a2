"""Which contract's statement an order stands on: own, lent, borrowed, and corrections of months that are out. Pure.

A line's work is paid once: as `own` on the statement of the contract whose people did it in its grid, as `lent` on the
statement of who did it elsewhere. `borrowed` shows the contract that was helped what others did in its grid; it is paid
on their statements, so that it is no part of the total. Who has no contract has a statement of their own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from dispatch.assessments.settlement.points import MONEY, POINTS, money, rounded

Part = Literal["own", "lent", "borrowed", "correction"]
PAID: tuple[Part, ...] = ("own", "lent", "correction")
"""The parts that a statement's total is the sum of."""
Why = Literal["done", "redone", "came_back"]
"""Done; done by who redid it; nothing, since it came back and somebody had to redo it."""


@dataclass(frozen=True, slots=True)
class Contract:
    """A grid contract as settlement needs it; `last` is the last day, None while it is open."""

    id: str
    grid: str
    first: date
    last: date | None
    people: tuple[str, ...]
    """A first, then B."""
    unit_price: Decimal

    def holds(self, day: date) -> bool:
        """Whether it is in force on a day."""
        return self.first <= day and (self.last is None or day <= self.last)


@dataclass(frozen=True, slots=True)
class Work:
    """One completion by a visit: who did it, where, when, and the factors of its points."""

    order: str
    event: str
    who: str
    grid: str | None
    day: date
    base: Fraction
    difficulty: Fraction
    distance: Fraction
    quality: Fraction
    came_back: bool = False
    """It had to be redone: nothing for who did it, all for who redoes it."""
    again: bool = False
    """It redoes what came back."""

    @property
    def points(self) -> Decimal:
        """As a line says them."""
        worth = Fraction(0) if self.came_back else self.base * self.difficulty * self.distance * self.quality
        return rounded(worth, POINTS)

    @property
    def why(self) -> Why:
        """Why it earns what it earns."""
        return "came_back" if self.came_back else "redone" if self.again else "done"


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `work` has the factors; a correction has the difference to what was paid before, and of which month."""

    part: Part
    work: Work
    points: Decimal
    unit_price: Decimal
    amount: Decimal
    corrects: date | None = None


@dataclass(slots=True)
class Statement:
    """The lines of a contract, or of a technician (`who`) without one."""

    contract: str | None
    who: str | None
    lines: list[Line] = field(default_factory=list)

    def sum_of(self, *parts: Part) -> Decimal:
        """The amount of some parts."""
        return sum((line.amount for line in self.lines if line.part in parts), Decimal(0)).quantize(MONEY)

    @property
    def total(self) -> Decimal:
        """What is paid."""
        return self.sum_of(*PAID)


@dataclass(frozen=True, slots=True)
class Before:
    """What a completion was paid on statements that are out, with all corrections, and what it is known as now.

    Without a price it was never paid.
    """

    month: date
    work: Work
    unit_price: Decimal | None
    points: Decimal
    amount: Decimal


def statements(
    works: Iterable[Work],
    contracts: Sequence[Contract],
    before: Iterable[Before] = (),
) -> list[Statement]:
    """The statements of a month: `works` are its completions. Where one of `before` is worth another amount than was
    paid, the difference is a line here.
    """
    found: dict[tuple[str | None, str | None], Statement] = {}
    by_grid: dict[str, list[Contract]] = defaultdict(list)
    by_person: dict[str, list[Contract]] = defaultdict(list)
    for one in sorted(contracts, key=lambda one: (one.grid, one.first)):
        by_grid[one.grid].append(one)
        for who in one.people:
            by_person[who].append(one)

    def put(contract: Contract | None, line: Line) -> None:
        key = (contract.id, None) if contract else (None, line.work.who)
        found.setdefault(key, Statement(*key)).lines.append(line)

    def placed(work: Work) -> tuple[Contract | None, Contract | None]:
        """Whose statement pays, and the contract of the grid where it was done."""
        here = next((one for one in by_grid.get(work.grid or "", ()) if one.holds(work.day)), None)
        if here is not None and work.who in here.people:
            return here, here
        mine = [one for one in by_person[work.who] if one.holds(work.day)]
        home = min(mine, key=lambda one: (one.people.index(work.who), one.grid), default=None)
        return home, here

    for work in sorted(works, key=lambda work: (work.day, work.order, work.event)):
        home, here = placed(work)
        price = _price(home, here)
        amount = money(work.points, price)
        own = home is not None and home is here
        put(home, Line("own" if own else "lent", work, work.points, price, amount))
        if here is not None and not own:
            put(here, Line("borrowed", work, work.points, price, amount))
    for old in sorted(before, key=lambda one: (one.month, one.work.day, one.work.order, one.work.event)):
        home, here = placed(old.work)
        price = _price(home, here) if old.unit_price is None else old.unit_price
        more = money(old.work.points, price) - old.amount
        if more:
            put(home, Line("correction", old.work, old.work.points - old.points, price, more, old.month))
    return sorted(found.values(), key=lambda one: (one.contract or "", one.who or ""))


def _price(home: Contract | None, here: Contract | None) -> Decimal:
    """The price of the place where the work was done; of who did it where nobody holds the place; else 1."""
    return here.unit_price if here is not None else home.unit_price if home is not None else Decimal(1)
