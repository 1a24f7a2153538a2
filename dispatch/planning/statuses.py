"""Groups of statuses that planning asks for, as values and as SQL text. Here only, so that no query says them anew."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from dispatch.orders.models import ACTIVE, Status, VisitStatus

STARTED = (Status.EN_ROUTE, Status.ON_SITE)
"""Orders somebody is on the way to or at work on."""
OPEN_FOR_PLANNING = (Status.REPORTED, *ACTIVE)
"""Orders a day may hold."""
LIVING = (VisitStatus.PLANNED, VisitStatus.EN_ROUTE, VisitStatus.ON_SITE)
"""Visits that are not over."""
OVER = (VisitStatus.DONE, VisitStatus.BROKEN_OFF)
"""Visits that were made."""


def as_sql(statuses: Iterable[StrEnum]) -> str:
    """The statuses as a list in SQL: `('planned', 'en_route')`."""
    return "(" + ", ".join(f"'{status.value}'" for status in statuses) + ")"


LIVING_SQL, OVER_SQL = as_sql(LIVING), as_sql(OVER)
ACTIVE_SQL, OPEN_SQL = as_sql(ACTIVE), as_sql(OPEN_FOR_PLANNING)
