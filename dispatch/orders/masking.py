"""What a reader who may not know the subscriber sees of an order's events: an allow-list for each type of event.

Reasons, notes, actions, materials, readings, evidence and corrections are free text in which people are named. What is
not listed here is not shown, so a new type of event shows nothing until somebody has decided.
"""

from __future__ import annotations

from typing import Any, Protocol

from kit.privacy import coarse

_ALWAYS = frozenset({"effectiveAt", "clocks"})
_ENDED = frozenset({"cause", "callbackAttemptsNeeded"})

SEEN: dict[str, frozenset[str]] = {
    "reported": frozenset({"point", "gridId", "appointmentStart", "appointmentEnd",
                           "reworkOfTechnicianId", "callbackAttemptsNeeded", "importId", "line"}),
    "archived": frozenset({"closedAt", "completedAt", "cause", "closingTimeUnknown", "closedBeforeOpened",
                           "closedDay"}),
    "placed": frozenset({"point", "source", "gridId"}),
    "dispatched": frozenset({"technicianId"}),
    "reassigned": frozenset({"technicianId", "fromTechnicianId"}),
    "recalled": frozenset(),
    "rework_dispatched": frozenset({"technicianId", "firstTechnicianId", "reasons"}),
    "accepted": frozenset(),
    "contacted": frozenset({"reached", "windowStart", "windowEnd"}),
    "rebooked": frozenset({"windowStart", "windowEnd", "by", "rebased"}),
    "departed": frozenset(),
    "arrived": frozenset(),
    "nobody_home": frozenset({"photoIds"}),
    "completed": _ENDED | {"photoIds", "signaturePhotoId", "subscriberAsked", "reworkOfTechnicianId"},
    "solved_remotely": _ENDED,
    "force_completed": _ENDED,
    "suspension_requested": frozenset({"reason", "resumeAt", "photoIds"}),
    "return_requested": frozenset({"reason", "photoIds"}),
    "request_decided": frozenset({"approved", "kind", "reason", "requestId", "resumeAt", "requestedAt", "escalated"}),
    "resumed": frozenset(),
    "cancelled": frozenset({"reason", "callbackAttemptsNeeded"}),
    "merged": frozenset({"intoOrderId"}),
    "outage_joined": frozenset({"outageId"}),
    "outage_left": frozenset({"because"}),
    "outage_ended": frozenset(),
    "complained": frozenset({"complaintId", "step"}),
    "supervised": frozenset({"supervisionId", "step"}),
    "chased": frozenset({"mergedOrderId"}),
    "noted": frozenset(),
    "attached": frozenset({"photoId"}),
    "edited": frozenset(),
    "subscriber_linked": frozenset({"subscriberId", "fromSubscriberId"}),
    "called_back": frozenset({"attemptId", "reached", "solved", "satisfied", "reasons"}),
    "closed": frozenset({"outcome"}),
}  # fmt: skip
"""By type of event, the data that is shown: ids, times, numbers, and codes that were looked up when they were given."""
_CODED = frozenset({"suspension_requested", "return_requested", "cancelled"})
"""Events whose reason is a code of the area's list."""
WHYS = frozenset(
    {"a_technician", "b_technician", "neighbour", "pool", "plan", "dispatcher", "grid_lead", "rework", "not_accepted"}
)  # fmt: skip
"""Why an order goes to somebody, as our own code says it."""


class Told(Protocol):
    """The part of an event that is cut."""

    @property
    def type(self) -> str: ...
    @property
    def reason(self) -> str | None: ...
    @property
    def data(self) -> dict[str, Any]: ...


def data_seen(event: Told) -> dict[str, Any]:
    """An event's data without free text, and about where it was."""
    shown = SEEN.get(event.type, frozenset()) | _ALWAYS
    return {name: coarse(value) if name == "point" else value for name, value in event.data.items() if name in shown}


def reason_seen(event: Told) -> str | None:
    """An event's reason where it is one of a list; a written one is not shown."""
    return event.reason if event.type in _CODED or event.reason in WHYS else None
