"""Reliability by grid and area: customer minutes, SAIFI, SAIDI, CAIDI, and days that were beyond the usual.

As IEEE 1366 defines them: an interruption counts where it lasts longer than five minutes; all its minutes belong to the
local day on which it began. SAIFI is customers interrupted ÷ customers served, SAIDI customer minutes ÷ customers
served, CAIDI customer minutes ÷ customers interrupted. A day is a *major event day* where its SAIDI is above
exp(α + 2.5 β), α and β being mean and standard deviation of the logarithms of the daily SAIDI (days with any) of the
five years before the period. With fewer than 30 such days nothing is called a major event.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import exp, log
from statistics import mean, stdev
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from grids.access import is_limited
from grids.models import ServiceArea
from grids.service import contracts_on, local_day
from kit.actor import Actor

LEAST_DAYS = 30
MOMENTARY = timedelta(minutes=5)
"""What does not last longer is no interruption."""

_INTERRUPTIONS = text(
    """
    SELECT t.id, c.grid_id, c.customers, CAST(t.since AT TIME ZONE :zone AS date) AS day,
           extract(epoch FROM coalesce(t.restored_at, :now) - t.since) / 60 AS minutes
    FROM outages t JOIN outage_customers c ON c.outage_id = t.id
    WHERE t.area_id = :area AND t.status IN ('confirmed', 'restored', 'closed')
      AND coalesce(t.restored_at, :now) - t.since > :momentary
      AND CAST(t.since AT TIME ZONE :zone AS date) >= :first AND CAST(t.since AT TIME ZONE :zone AS date) < :until
    """
)


@dataclass(slots=True)
class Figures:
    """Of a grid, or of the whole area (`grid_id` None). Rates are None where nobody is known to be served."""

    grid_id: UUID | None
    served: int = 0
    outages: set[UUID] = field(default_factory=set)
    interrupted: int = 0
    minutes: float = 0.0

    @property
    def saifi(self) -> float | None:
        return self.interrupted / self.served if self.served else None

    @property
    def saidi(self) -> float | None:
        """Minutes."""
        return self.minutes / self.served if self.served else None

    @property
    def caidi(self) -> float | None:
        """Minutes."""
        return self.minutes / self.interrupted if self.interrupted else None


@dataclass(frozen=True, slots=True)
class Reliability:
    """A period: the figures of all days, those without major event days, and which days those are."""

    area: Figures
    without_major: Figures
    grids: list[Figures]
    major_days: list[date]
    threshold: float | None
    """Daily SAIDI in minutes above which a day is a major event; None: too few days are known."""


async def reliability(
    session: AsyncSession, area: ServiceArea, first: date, until: date, grids: Sequence[UUID] | None = None
) -> Reliability:
    """The figures of the outages that began on [first, until), of these grids or all."""
    now: datetime = area.clock.now()
    contracts = await contracts_on(session, area.id, until - timedelta(days=1))
    served = {
        grid: contract.households or 0
        for grid, contract in contracts.items() if grids is None or grid in grids
    }  # fmt: skip
    total = sum(served.values())
    asked = {"area": area.id, "zone": area.timezone, "now": now, "momentary": MOMENTARY}
    before = await session.execute(_INTERRUPTIONS, {**asked, "first": first - timedelta(days=5 * 365), "until": first})
    past: dict[date, float] = {}
    for row in before:
        past[row.day] = past.get(row.day, 0.0) + row.customers * float(row.minutes)
    threshold = major_threshold([minutes / total for minutes in past.values()] if total else [])
    rows = [
        row for row in await session.execute(_INTERRUPTIONS, {**asked, "first": first, "until": until})
        if grids is None or row.grid_id in grids
    ]  # fmt: skip
    daily: dict[date, float] = {}
    for row in rows:
        daily[row.day] = daily.get(row.day, 0.0) + row.customers * float(row.minutes)
    major = sorted(
        day for day, minutes in daily.items() if threshold is not None and total and minutes / total > threshold
    )
    by_grid = {grid: Figures(grid, households) for grid, households in served.items()}
    whole, usual = Figures(None, total), Figures(None, total)
    for row in rows:
        own = by_grid.setdefault(row.grid_id, Figures(row.grid_id))
        for figures in (own, whole, *([] if row.day in major else [usual])):
            figures.outages.add(row.id)
            figures.interrupted += row.customers
            figures.minutes += row.customers * float(row.minutes)
    return Reliability(whole, usual, list(by_grid.values()), major, threshold)


async def own_grids(session: AsyncSession, actor: Actor, area: ServiceArea) -> list[UUID] | None:
    """The grids whose figures a reader gets: a limited account's own, a firm's contracts of today; None is all."""
    own = list(actor.scope.grids or ()) if is_limited(actor) else None
    if actor.scope.contractor is not None:
        contracts = await contracts_on(session, area.id, local_day(area))
        own = [grid for grid, terms in contracts.items() if terms.contractor == actor.scope.contractor]
    return own


def major_threshold(daily: Sequence[float]) -> float | None:
    """T_MED of IEEE 1366 in the unit of the daily figures; None with fewer than 30 days above zero."""
    logs = [log(one) for one in daily if one > 0]
    if len(logs) < LEAST_DAYS:
        return None
    return exp(mean(logs) + 2.5 * stdev(logs))
