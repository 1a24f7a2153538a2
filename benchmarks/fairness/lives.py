"""The life of one order as events, written as the product writes them: its acts, its clocks, its state machine."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from benchmarks.fairness.city import Point
from dispatch.orders.events.orm_mapping import geometry, to_json
from dispatch.orders.models import Order
from dispatch.orders.reporting import Placing, Provenance, Report, draft
from dispatch.orders.rules import acts
from dispatch.orders.rules.states import STATE_FIELDS, Clocks, EventRecord, evolve
from dispatch.policies.calendars import Calendars
from dispatch.policies.clocks import accept_due, completion_due, contact_due
from dispatch.policies.limits import Limits
from dispatch.policies.models import FaultType
from kit.actor import SYSTEM
from kit.ids import uuid7


@dataclass(frozen=True, slots=True)
class Rules:
    """What times are decided by."""

    limits: Limits
    calendars: Calendars
    policy: int = 1


@dataclass(slots=True)
class Life:
    """An order and its events while they come about."""

    rules: Rules
    order: Order
    place: Point
    grid: UUID
    events: list[dict[str, Any]] = field(default_factory=list)
    state: Any = None

    def act(
        self, act: acts.ActBase, at: datetime, who: UUID | None, role: str, *, point: Point | None = None, **data: Any
    ) -> UUID:
        """Append an act of somebody at some time; answers its event."""
        built = to_json(act)
        if isinstance(act, acts.Complete):
            due = {"callback_due_at": at + timedelta(seconds=self.rules.limits.callback_seconds)}
            data = {"callbackAttemptsNeeded": self.rules.limits.callback_attempts, **_clocks(due), **data}
        kind = built.pop("type")
        built = {name: value for name, value in built.items() if value is not None} | data
        record = EventRecord(type=kind, occurred_at=at, technician_id=who, data=built)
        self.state = evolve(self.state, record)
        event = uuid7()
        self.events.append(
            {"id": event, "order_id": self.order.id, "sequence": len(self.events) + 1, "type": kind, "actor_role": role,
             "technician_id": who, "occurred_at": at, "received_at": at, "point": point,
             "policy_number": self.rules.policy, "data": built}
        )  # fmt: skip
        return event

    def give(self, who: UUID, at: datetime, *, again: bool = False) -> None:
        """Dispatch it, or send it out again after a bad answer."""
        limits, calendars = self.rules.limits, self.rules.calendars
        due = completion_due(self.order, at, None, limits, calendars, rework=again)
        columns = {"accept_due_at": accept_due(self.order, at, limits, calendars), **_columns(due)}
        if again:
            act: acts.ActBase = acts.AssignRework(technician_id=who, reasons=["not_fixed"])
            first = str(self.state.completed_by)
            self.act(act, at, who, "agent", firstTechnicianId=first, **_clocks(columns))
        else:
            self.act(acts.Dispatch(technician_id=who, why="a_technician"), at, who, "system", **_clocks(columns))

    def accept(self, who: UUID, at: datetime) -> None:
        """The owner takes it; the clock runs."""
        limits, calendars = self.rules.limits, self.rules.calendars
        due = completion_due(self.order, self.state.dispatched_at, at, limits, calendars, rework=self.state.reworks > 0)
        columns = {"clock_started_at": due.clock_started_at, **_columns(due)}
        columns["contact_due_at"] = contact_due(self.order, self.state.status_since, at, limits, calendars)
        self.act(acts.Accept(), at, who, "technician", point=self.place, **_clocks(columns))

    def call_back(self, attempt: UUID, at: datetime, *, solved: bool, good: bool, reasons: list[str]) -> None:
        """What the subscriber said."""
        act = acts.RecordCallback(attempt_id=attempt, reached=True, solved=solved, satisfied=good, reasons=reasons)
        self.act(act, at, self.state.owner_id, "agent")

    def row(self) -> dict[str, Any]:
        """The order's row."""
        built = {column.key: getattr(self.order, column.key) for column in Order.__table__.columns}
        built |= {name: getattr(self.state, name) for name in STATE_FIELDS} | {"point": geometry(self.place)}
        del built["created_at"]
        return built


def begin(
    rules: Rules, area_id: UUID, number: str, fault: FaultType, place: Point, grid: UUID, at: datetime,
    repeats: UUID | None = None,
) -> Life:  # fmt: skip
    """A fault is reported."""
    drafted = draft(
        area_id, number, Report(fault_type=fault.code), fault, Placing(place, "given", grid),
        Provenance(repeat_of_id=repeats), SYSTEM, occurred_at=at, received_at=at, policy_number=rules.policy,
    )  # fmt: skip
    life = Life(rules, drafted.order, place, grid)
    (event,) = drafted.events
    life.state = evolve(None, EventRecord(type="reported", occurred_at=at, technician_id=None, data=event.data))
    life.events.append(
        {"id": event.id, "order_id": event.order_id, "sequence": 1, "type": "reported", "actor_role": "agent",
         "technician_id": None, "occurred_at": at, "received_at": at, "point": None, "policy_number": rules.policy,
         "data": event.data}
    )  # fmt: skip
    return life


def _columns(due: Any) -> dict[str, datetime | None]:
    return {
        "assessment_starts_at": due.assessment_starts_at, "due_at": due.customer, "technician_due_at": due.assessment,
        "grid_due_at": due.assessment, "company_due_at": due.assessment,
    }  # fmt: skip


def _clocks(columns: dict[str, datetime | None]) -> dict[str, Any]:
    return {"clocks": to_json(Clocks(**columns))}


def minutes(count: float) -> timedelta:
    return timedelta(seconds=round(60 * count))
