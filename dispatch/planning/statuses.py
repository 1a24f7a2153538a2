"""Groups of statuses that planning asks for, as values and as SQL text. Here only, so that no query says them anew."""

from __future__ import annotations

from dispatch.orders.enums import ACTIVE, LIVING_VISITS, Status, VisitStatus, sql_list

STARTED = (Status.EN_ROUTE, Status.ON_SITE)
"""Orders somebody is on the way to or at work on."""
OPEN_FOR_PLANNING = (Status.REPORTED, *ACTIVE)
"""Orders a day may hold."""
OVER = (VisitStatus.DONE, VisitStatus.BROKEN_OFF)
"""Visits that were made."""

LIVING_SQL, OVER_SQL = sql_list(LIVING_VISITS), sql_list(OVER)
ACTIVE_SQL, OPEN_SQL = sql_list(ACTIVE), sql_list(OPEN_FOR_PLANNING)
