"""The fixed values that columns of an order hold, and the groups of statuses that rules name. No database here."""

from __future__ import annotations

import enum
from collections.abc import Iterable


class Status(enum.StrEnum):
    """Where an order stands (`domain.md` §4)."""

    REPORTED = "reported"
    DISPATCHED = "dispatched"
    ACCEPTED = "accepted"
    EN_ROUTE = "en_route"
    ON_SITE = "on_site"
    SUSPENDED = "suspended"
    COMPLETED = "completed"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    MERGED = "merged"


ACTIVE = (Status.DISPATCHED, Status.ACCEPTED, Status.EN_ROUTE, Status.ON_SITE, Status.SUSPENDED)
OPEN = (Status.REPORTED, *ACTIVE, Status.COMPLETED)


class Kind(enum.StrEnum):
    """What the subscriber needs."""

    REPAIR = "repair"
    INSTALL = "install"
    MOVE = "move"
    RECONNECT = "reconnect"
    INSPECT = "inspect"
    LEAD = "lead"


class Channel(enum.StrEnum):
    """How it reached us."""

    PHONE = "phone"
    WEB = "web"
    COUNTER = "counter"
    APP = "app"
    MONITORING = "monitoring"
    TECHNICIAN = "technician"
    PARTNER = "partner"


class Level(enum.StrEnum):
    """How urgent it is."""

    URGENT = "urgent"
    NORMAL = "normal"


class Tier(enum.StrEnum):
    """The subscriber's tier: ordinary, VIP, group (集团)."""

    ORDINARY = "ordinary"
    VIP = "vip"
    GROUP = "group"


class Outcome(enum.StrEnum):
    """How a closed order ended. Silence is never a good rating.

    `archived` is history closed in another system, `outage` a report that ended with the outage it belonged to.
    """

    SATISFIED = "satisfied"
    NOT_REACHED = "not_reached"
    UNREACHABLE = "unreachable"
    ARCHIVED = "archived"
    OUTAGE = "outage"


class Origin(enum.StrEnum):
    """Live work, a past day lived again, or history kept for repeats and statistics only."""

    LIVE = "live"
    REPLAY = "replay"
    HISTORY = "history"


class VisitStatus(enum.StrEnum):
    """Planned on phones, under way, over, or called off."""

    PLANNED = "planned"
    EN_ROUTE = "en_route"
    ON_SITE = "on_site"
    DONE = "done"
    BROKEN_OFF = "broken_off"
    CANCELLED = "cancelled"


class VisitPin(enum.StrEnum):
    """What a person has fixed about a visit: who, when, both, or who and its place in the route."""

    TECHNICIAN = "technician"
    TIME = "time"
    BOTH = "both"
    SEQUENCE = "sequence"


LIVING_VISITS = (VisitStatus.PLANNED, VisitStatus.EN_ROUTE, VisitStatus.ON_SITE)
"""A visit that is not over. An order has at most one."""


def sql_list(values: Iterable[enum.StrEnum]) -> str:
    """The values as SQL, for statements written as text: `status IN {sql_list(ACTIVE)}`. For constants only."""
    return f"({', '.join(f"'{value}'" for value in values)})"
