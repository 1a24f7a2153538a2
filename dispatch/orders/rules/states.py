"""The state machine of an order. Pure: no database, no clock, no policy.

`RULES` says which role may do which act from which status. `evolve(state, event)` is the only code that derives state.
It reads the stored JSON of an event, also right after the act was done: so the live state and a replay of the events
are computed the same way. Due times and look-ups were decided when the event happened (`event_data`) and are in its
data. Therefore `fold(events)` gives the same state today and after the rules have changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from dispatch.orders.enums import ACTIVE, OPEN, Outcome, Status
from dispatch.orders.rules import acts
from kit.actor import Role

LonLat = tuple[float, float]


class Clocks(msgspec.Struct, kw_only=True, rename="camel", omit_defaults=True):
    """The due times that an event sets. A time that is not named stays unchanged."""

    accept_due_at: datetime | msgspec.UnsetType | None = msgspec.UNSET
    clock_started_at: datetime | msgspec.UnsetType | None = msgspec.UNSET
    assessment_starts_at: datetime | msgspec.UnsetType | None = msgspec.UNSET
    due_at: datetime | msgspec.UnsetType | None = msgspec.UNSET
    technician_due_at: datetime | msgspec.UnsetType | None = msgspec.UNSET
    grid_due_at: datetime | msgspec.UnsetType | None = msgspec.UNSET
    company_due_at: datetime | msgspec.UnsetType | None = msgspec.UNSET
    contact_due_at: datetime | msgspec.UnsetType | None = msgspec.UNSET
    callback_due_at: datetime | msgspec.UnsetType | None = msgspec.UNSET

    def changes(self) -> dict[str, Any]:
        """The named times, by column."""
        pairs = ((name, getattr(self, name)) for name in self.__struct_fields__)
        return {name: value for name, value in pairs if value is not msgspec.UNSET}


class OrderState(msgspec.Struct, kw_only=True, frozen=True):
    """All state columns of an order, with the names of `models.Order`."""

    status: Status
    status_since: datetime
    reported_at: datetime
    point: LonLat | None = None
    point_source: str | None = None
    grid_id: UUID | None = None
    place_problem: str | None = None
    owner_id: UUID | None = None
    dispatched_at: datetime | None = None
    accept_due_at: datetime | None = None
    accepted_at: datetime | None = None
    clock_started_at: datetime | None = None
    assessment_starts_at: datetime | None = None
    due_at: datetime | None = None
    technician_due_at: datetime | None = None
    grid_due_at: datetime | None = None
    company_due_at: datetime | None = None
    contacted_at: datetime | None = None
    contact_due_at: datetime | None = None
    failed_contacts: int = 0
    appointment_start: datetime | None = None
    appointment_end: datetime | None = None
    appointment_changed_by: str | None = None
    departed_at: datetime | None = None
    arrived_at: datetime | None = None
    completed_at: datetime | None = None
    completed_by: UUID | None = None
    completed_how: str | None = None
    cause: str | None = None
    cancelled_at: datetime | None = None
    closed_at: datetime | None = None
    outcome: Outcome | None = None
    callback_attempts: int = 0
    callback_attempts_needed: int = 3
    callback_due_at: datetime | None = None
    callback_reached: bool | None = None
    satisfied: bool | None = None
    chases: int = 0
    reworks: int = 0
    bounces: int = 0
    rework_of_technician_id: UUID | None = None
    suspended_until: datetime | None = None
    suspension_reason: str | None = None
    pending_request: str | None = None
    pending_since: datetime | None = None
    escalated_to_lead: bool = False
    merged_into_id: UUID | None = None
    outage_id: UUID | None = None
    finish_code_hash: str | None = None
    events: int = 0


STATE_FIELDS: tuple[str, ...] = OrderState.__struct_fields__


class EventRecord(msgspec.Struct, kw_only=True, frozen=True):
    """The part of an `OrderEvent` that `evolve` reads."""

    type: str
    occurred_at: datetime
    technician_id: UUID | None
    data: dict[str, Any]

    @property
    def at(self) -> datetime:
        """The time that counts: `effectiveAt` when the phone's clock was wrong, else the phone's time."""
        effective = self.data.get("effectiveAt")
        return datetime.fromisoformat(effective) if effective else self.occurred_at


class Reported(msgspec.Struct, kw_only=True, rename="camel", tag_field="type", tag="reported"):
    """The data of the first event of every order."""

    point: LonLat | None = None
    point_source: str | None = None
    grid_id: UUID | None = None
    place_problem: str | None = None
    appointment_start: datetime | None = None
    appointment_end: datetime | None = None
    rework_of_technician_id: UUID | None = None
    callback_attempts_needed: int = 3


class Archived(msgspec.Struct, kw_only=True, rename="camel", tag_field="type", tag="archived"):
    """The second and last event of a history order, which was closed in another system."""

    closed_at: datetime
    completed_at: datetime | None = None
    cause: str | None = None


# --- which act from which status by which role ------------------------------------------------------------------------

_DISPATCHERS = frozenset({Role.DISPATCHER, Role.GRID_LEAD})
_DESK = _DISPATCHERS | {Role.AGENT}
_TECHNICIAN = frozenset({Role.TECHNICIAN})
_EVERYBODY = frozenset(Role) - {Role.OBSERVER}
_ANY = frozenset(Status)
_ACTIVE = frozenset(ACTIVE)
_OPEN = frozenset(OPEN)
_UNSTARTED = frozenset({Status.REPORTED}) | _ACTIVE
_NOBODY: frozenset[Role] = frozenset()
"""The system alone, for a room above that has asked whether a person may."""


@dataclass(frozen=True, slots=True)
class Rule:
    """The statuses from which an act is possible, and the roles that may do it. The system may act in any role."""

    from_: frozenset[Status]
    roles: frozenset[Role]


RULES: dict[type[acts.ActBase], Rule] = {
    acts.Place: Rule(_UNSTARTED, _DESK | {Role.ADMINISTRATOR}),
    acts.Dispatch: Rule(frozenset({Status.REPORTED}), _DISPATCHERS),
    acts.Reassign: Rule(_ACTIVE - {Status.SUSPENDED}, _DISPATCHERS),
    acts.Recall: Rule(frozenset({Status.DISPATCHED, Status.ACCEPTED}), _DISPATCHERS),
    acts.AssignRework: Rule(frozenset({Status.COMPLETED}), _DESK),
    acts.Accept: Rule(frozenset({Status.DISPATCHED}), _TECHNICIAN),
    acts.Contact: Rule(_ACTIVE - {Status.DISPATCHED}, _TECHNICIAN | {Role.AGENT}),
    acts.Rebook: Rule(_UNSTARTED, _DESK | _TECHNICIAN),
    acts.Depart: Rule(frozenset({Status.ACCEPTED}), _TECHNICIAN),
    acts.Arrive: Rule(frozenset({Status.EN_ROUTE}), _TECHNICIAN),
    acts.NobodyHome: Rule(frozenset({Status.ON_SITE}), _TECHNICIAN),
    acts.Complete: Rule(frozenset({Status.ON_SITE}), _TECHNICIAN),
    acts.SolveRemotely: Rule(frozenset({Status.REPORTED}), frozenset({Role.AGENT})),
    acts.ForceComplete: Rule(_ACTIVE, frozenset({Role.DISPATCHER})),
    acts.RequestSuspension: Rule(frozenset({Status.ACCEPTED, Status.EN_ROUTE, Status.ON_SITE}), _TECHNICIAN),
    acts.RequestReturn: Rule(_ACTIVE, _TECHNICIAN),
    acts.Decide: Rule(_ACTIVE, _DISPATCHERS),
    acts.Resume: Rule(frozenset({Status.SUSPENDED}), _DISPATCHERS | _TECHNICIAN),
    acts.Cancel: Rule(_UNSTARTED, _DESK),
    acts.Merge: Rule(_UNSTARTED, _DISPATCHERS),
    acts.JoinOutage: Rule(_UNSTARTED - {Status.EN_ROUTE, Status.ON_SITE}, _NOBODY),
    acts.LeaveOutage: Rule(frozenset({Status.MERGED}), _NOBODY),
    acts.EndOutage: Rule(frozenset({Status.MERGED}), _NOBODY),
    acts.Complained: Rule(_ANY, _NOBODY),
    acts.Supervised: Rule(_ANY, _NOBODY),
    acts.Chase: Rule(_OPEN, _DESK | {Role.MANAGER}),
    acts.Note: Rule(_ANY, _EVERYBODY),
    acts.Attach: Rule(_ANY, _DESK | _TECHNICIAN | {Role.INSPECTOR}),
    acts.Edit: Rule(_OPEN, _DESK),
    acts.LinkSubscriber: Rule(_ANY, frozenset({Role.AGENT, Role.DISPATCHER})),
    acts.RecordCallback: Rule(frozenset({Status.COMPLETED, Status.CANCELLED}), frozenset({Role.AGENT})),
    acts.Close: Rule(frozenset({Status.COMPLETED, Status.ACCEPTED, Status.SUSPENDED}), frozenset({Role.AGENT})),
}
"""`Close` from accepted or suspended is allowed only for an unreachable subscriber (see `guards`)."""

_KINDS: tuple[type[msgspec.Struct], ...] = (*RULES, Reported, Archived)
BY_TAG: dict[str, type[msgspec.Struct]] = {str(kind.__struct_config__.tag): kind for kind in _KINDS}


def allowed_acts(status: Status, role: Role) -> list[str]:
    """The types of the acts that a role may do in this status. Pages show their buttons by it."""
    return [
        str(kind.__struct_config__.tag) for kind, rule in RULES.items() if status in rule.from_ and role in rule.roles
    ]


# --- what an event changes --------------------------------------------------------------------------------------------


def evolve(state: OrderState | None, event: EventRecord) -> OrderState:
    """The state after an event. Raises `ValueError` for an unknown event type."""
    kind = BY_TAG.get(event.type)
    if kind is None:
        raise ValueError(f"unknown event type {event.type!r}")
    act = msgspec.convert({**event.data, "type": event.type}, kind)
    if isinstance(act, Reported):
        # Only an import reports an order again: its source corrected a row that nobody has touched yet.
        return _initial(act, event, state.events if state else 0)
    if state is None:
        raise ValueError(f"the first event of an order is its report, not {event.type!r}")
    changes = _changes(state, act, event)
    decided = event.data.get("clocks")
    if decided:
        changes |= msgspec.convert(decided, Clocks).changes()
    if changes.get("status", state.status) != state.status or isinstance(act, acts.Reassign):
        changes["status_since"] = event.at
    changes["events"] = state.events + 1
    return msgspec.structs.replace(state, **changes)


def fold(events: Iterable[EventRecord]) -> OrderState:
    """The state of an order from all its events, oldest first. Raises `ValueError` where there are none."""
    state: OrderState | None = None
    for event in events:
        state = evolve(state, event)
    if state is None:
        raise ValueError("an order without events has no state")
    return state


def _initial(report: Reported, event: EventRecord, events_before: int) -> OrderState:
    return OrderState(
        status=Status.REPORTED,
        status_since=event.at,
        reported_at=event.at,
        point=report.point,
        point_source=report.point_source,
        grid_id=report.grid_id,
        place_problem=report.place_problem,
        appointment_start=report.appointment_start,
        appointment_end=report.appointment_end,
        appointment_changed_by="subscriber" if report.appointment_end else None,
        rework_of_technician_id=report.rework_of_technician_id,
        callback_attempts_needed=report.callback_attempts_needed,
        events=events_before + 1,
    )


_NOTHING_PENDING: dict[str, Any] = {"pending_request": None, "pending_since": None}
_NOT_STARTED: dict[str, Any] = {"accepted_at": None, "departed_at": None, "arrived_at": None}
_NOT_SUSPENDED: dict[str, Any] = {"suspended_until": None, "suspension_reason": None}


def _changes(state: OrderState, act: Any, event: EventRecord) -> dict[str, Any]:
    at, data = event.at, event.data
    match act:
        case acts.Place():
            return {"point": act.point, "point_source": act.source if act.point else None,
                    "grid_id": act.grid_id, "place_problem": act.problem}  # fmt: skip
        case acts.Dispatch():
            return {"status": Status.DISPATCHED, "owner_id": act.technician_id, "escalated_to_lead": False,
                    "dispatched_at": state.dispatched_at or at, "finish_code_hash": data.get("finishCodeHash"),
                    **_NOT_STARTED}  # fmt: skip
        case acts.Reassign():
            return {"status": Status.DISPATCHED, "owner_id": act.technician_id, **_NOT_STARTED, **_NOTHING_PENDING}
        case acts.Recall():
            return {"status": Status.REPORTED, "owner_id": None, "accept_due_at": None, "finish_code_hash": None,
                    **_NOT_STARTED, **_NOTHING_PENDING}  # fmt: skip
        case acts.AssignRework():
            return {"status": Status.DISPATCHED, "owner_id": act.technician_id, "dispatched_at": at,
                    "finish_code_hash": data.get("finishCodeHash"), "reworks": state.reworks + 1,
                    "rework_of_technician_id": state.completed_by, "completed_at": None, "completed_by": None,
                    "completed_how": None, "clock_started_at": None, "contacted_at": None, "contact_due_at": None,
                    "failed_contacts": 0, "appointment_start": None, "appointment_end": None,
                    "appointment_changed_by": None, "callback_attempts": 0, "callback_reached": None,
                    "callback_due_at": None, "satisfied": None, **_NOT_STARTED}  # fmt: skip
        case acts.Accept():
            return {"status": Status.ACCEPTED, "accepted_at": at}
        case acts.Contact(reached=True):
            window = {"appointment_start": act.window_start, "appointment_end": act.window_end}
            return {
                "contacted_at": state.contacted_at or at,
                "failed_contacts": 0,
                **(window if act.window_end else {}),
            }
        case acts.Contact():
            return {"failed_contacts": state.failed_contacts + 1}
        case acts.Rebook():
            under_way = state.status in (Status.EN_ROUTE, Status.ON_SITE)
            return {"appointment_start": act.window_start, "appointment_end": act.window_end,
                    "appointment_changed_by": act.by, **({"status": Status.ACCEPTED} if under_way else {})}  # fmt: skip
        case acts.Depart():
            return {"status": Status.EN_ROUTE, "departed_at": at}
        case acts.Arrive():
            return {"status": Status.ON_SITE, "arrived_at": at}
        case acts.NobodyHome():
            return {"status": Status.ACCEPTED, **_NOTHING_PENDING}
        case acts.Complete():
            return {"status": Status.COMPLETED, "completed_at": at, "completed_by": event.technician_id,
                    "completed_how": "visit", "cause": act.cause, **_rework_record(data), **_ended(data)}  # fmt: skip
        case acts.SolveRemotely():
            return {"status": Status.COMPLETED, "completed_at": at, "completed_how": "remote",
                    "cause": data.get("cause"), **_ended(data)}  # fmt: skip
        case acts.ForceComplete():
            return {"status": Status.COMPLETED, "completed_at": at, "completed_how": "forced",
                    "cause": data.get("cause"), **_ended(data)}  # fmt: skip
        case acts.RequestSuspension():
            return {"pending_request": "suspension", "pending_since": at}
        case acts.RequestReturn():
            return {"pending_request": "return", "pending_since": at}
        case acts.Decide():
            return _decided(state, act, data)
        case acts.Resume():
            return {"status": Status.ACCEPTED, **_NOT_SUSPENDED, **_NOTHING_PENDING}
        case acts.Cancel():
            return {"status": Status.CANCELLED, "cancelled_at": at, **_ended(data)}
        case acts.Merge():
            return {"status": Status.MERGED, "merged_into_id": act.into_order_id, **_NOT_SUSPENDED, **_NOTHING_PENDING}
        case acts.JoinOutage():
            return {"status": Status.MERGED, "outage_id": act.outage_id, **_NOT_SUSPENDED, **_NOTHING_PENDING}
        case acts.LeaveOutage():
            return {"status": Status.REPORTED, "outage_id": None, "owner_id": None, "accept_due_at": None,
                    "finish_code_hash": None, "escalated_to_lead": False, **_NOT_STARTED}  # fmt: skip
        case acts.EndOutage():
            return {"status": Status.CLOSED, "closed_at": at, "outcome": Outcome.OUTAGE}
        case acts.Chase():
            return {"chases": state.chases + 1}
        case acts.RecordCallback():
            return _called_back(state, act)
        case acts.Close():
            return {"status": Status.CLOSED, "closed_at": at, "outcome": Outcome(act.outcome),
                    **_NOT_SUSPENDED, **_NOTHING_PENDING}  # fmt: skip
        case Archived():
            return {"status": Status.CLOSED, "closed_at": act.closed_at, "completed_at": act.completed_at,
                    "cause": act.cause, "outcome": Outcome.ARCHIVED}  # fmt: skip
        case _:  # notes, photos, edits of what was reported
            return {}


def _rework_record(data: dict[str, Any]) -> dict[str, Any]:
    """Whose rework a reopened order is, as the completion decided it."""
    if "reworkOfTechnicianId" not in data:
        return {}
    whose = data["reworkOfTechnicianId"]
    return {"rework_of_technician_id": UUID(whose) if whose else None}


def _ended(data: dict[str, Any]) -> dict[str, Any]:
    needed = data.get("callbackAttemptsNeeded")
    return {**_NOTHING_PENDING, **_NOT_SUSPENDED, **({"callback_attempts_needed": needed} if needed else {})}


def _decided(state: OrderState, act: acts.Decide, data: dict[str, Any]) -> dict[str, Any]:
    if not act.approved:
        return _NOTHING_PENDING.copy()
    if data["kind"] == "suspension":
        return {"status": Status.SUSPENDED, "suspended_until": datetime.fromisoformat(data["resumeAt"]),
                "suspension_reason": data["reason"], **_NOTHING_PENDING}  # fmt: skip
    changes = {"status": Status.REPORTED, "owner_id": None, "bounces": state.bounces + 1,
               "escalated_to_lead": bool(data.get("escalated")), "finish_code_hash": None,
               "accept_due_at": None, **_NOT_STARTED, **_NOT_SUSPENDED, **_NOTHING_PENDING}  # fmt: skip
    if data.get("placeProblem"):
        changes["place_problem"] = data["placeProblem"]
    return changes


def _called_back(state: OrderState, act: acts.RecordCallback) -> dict[str, Any]:
    changes: dict[str, Any] = {
        "callback_attempts": state.callback_attempts + 1,
        "callback_reached": act.reached or bool(state.callback_reached),
    }
    if act.reached and (act.satisfied is not None or act.solved is False):
        changes["satisfied"] = bool(act.satisfied) and act.solved is not False
    return changes
