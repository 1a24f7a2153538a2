"""Facts of an order, folded from its events: one row for the order, one for each time it lay in a technician's hands,
one for each window promised to the subscriber. Pure; `definitions.FACTS` lists what a row knows.

What counts for whom (`domain.md` §9): a technician who was given an order and did not accept it in time owns that
failure, the next one starts his own; a round (0, then one more after every rework) is judged by who completed it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from dispatch.assessments.counting.inputs import Attempt, Context, Event, OrderInfo
from dispatch.callbacks.attempts import GOOD
from dispatch.policies.clocks import rest_until
from dispatch.policies.definitions import Row
from dispatch.policies.limits import Limits

_DUE = {
    "clockStartedAt": "clock_started_at", "technicianDueAt": "technician_due_at", "gridDueAt": "grid_due_at",
    "companyDueAt": "company_due_at",
}  # fmt: skip


@dataclass(slots=True)
class _Round:
    visits: int = 0
    first_call: datetime | None = None
    completing: Row | None = None


@dataclass(slots=True)
class Fold:
    """The rows of one order while its events go by."""

    order: OrderInfo
    context: Context
    row: Row = field(default_factory=dict)
    assignments: list[Row] = field(default_factory=list)
    windows: list[Row] = field(default_factory=list)
    _rounds: list[_Round] = field(default_factory=lambda: [_Round()])
    _mine: Row | None = None
    _due: dict[str, datetime | None] = field(default_factory=dict)
    _window: dict[str, Any] | None = None
    _departed: datetime | None = None
    _arrived: datetime | None = None
    _requested: tuple[str, datetime, str | None] | None = None
    _open: bool = True

    def run(self, events: Sequence[Event], attempts: Sequence[Attempt]) -> Fold:
        """Fold all events, oldest first, then what callbacks and inspectors found."""
        self.row = self._base() | dict.fromkeys(_ORDER_TIMES) | {
            "month_end": min(self.context.now, self.context.month_end) - timedelta(microseconds=1),
            "open_at_month_end": False,
            "completed_how": None, "outcome": self.order.outcome, "closed_at": self.order.closed_at,
            "callback_attempts": len(attempts), "technician_id": None, "team": None, "complete_event": None,
            "first_callback_at": min((a.at for a in attempts), default=None),
        }  # fmt: skip
        for event in events:
            self._clocks(event)
            self._event(event)
            if event.at <= self.row["month_end"]:
                self.row["open_at_month_end"] = self._open
        if self._window is not None and self.context.now > self._window["end"]:
            self._miss(self._window["end"], self._window["event_id"])
        self._answers(attempts)
        self._inspection()
        return self

    def _base(self) -> Row:
        order = self.order
        return {
            "order_id": str(order.id), "area_id": str(order.area_id), "kind": order.kind, "channel": order.channel,
            "level": order.level, "tier": order.tier, "fault_type": order.fault_type,
            "cause": order.cause or order.fault_type, "rural": order.rural, "chases": order.chases,
            "bounces": order.bounces, "reworks": order.reworks,
            "grid_id": None if order.grid_id is None else str(order.grid_id),
            "reported_at": self.row.get("reported_at"),
        }  # fmt: skip

    def _clocks(self, event: Event) -> None:
        for key, value in (event.data.get("clocks") or {}).items():
            if key in _DUE:
                self._due[_DUE[key]] = datetime.fromisoformat(value) if value else None

    def _event(self, event: Event) -> None:
        at, data = event.at, event.data
        match event.type:
            case "reported":
                self.row["reported_at"] = at
                self.row["limits"] = self._limits(at)
                self._book(data.get("appointmentStart"), data.get("appointmentEnd"), "subscriber", event)
            case "dispatched" | "reassigned" | "rework_dispatched":
                self._assign(event)
            case "recalled":
                self._stop(at)
                self._over(at)
                self._end(at, "moved")
            case "accepted":
                self._first("accepted_at", at)
                if self._mine is not None:
                    self._mine["contact_from_at"] = max(at, self._mine["accept_from_at"])
                    self._mine["contacted_at"] = self._rounds[-1].first_call
            case "edited":
                if data.get("becameUrgent") and self._mine is not None and self._mine["accepted_at"] is None:
                    since = rest_until(
                        self.order, self._mine["assigned_at"], self._policy(at), self.context.calendars, urgent_since=at
                    )
                    self._mine["accept_from_at"] = since
            case "noted":
                self._done_without_a_signal(data.get("evidence") or {}, at)
            case "contacted":
                self._first("contacted_at", at)
                self._rounds[-1].first_call = self._rounds[-1].first_call or at
                self._book(data.get("windowStart"), data.get("windowEnd"), "subscriber", event)
            case "rebooked":
                self._stop(at)
                self._book(data.get("windowStart"), data.get("windowEnd"), data.get("by", "subscriber"), event)
            case "departed":
                self._departed = at
                self._first("departed_at", at)
            case "arrived":
                self._arrive(event)
            case "nobody_home":
                self._stop(at)
                self._rounds[-1].visits -= 1
                if self._mine is not None:
                    self._mine["nobody_home"] += 1
            case "suspension_requested" | "return_requested":
                self._requested = (event.type.removesuffix("_requested"), at, data.get("reason"))
            case "request_decided":
                self._decide(event)
            case "completed" | "solved_remotely" | "force_completed":
                self._complete(event)
            case "cancelled" | "merged" | "outage_joined":
                self._stop(at)
                self._void(at)
                self._open = False
                self._end(at, event.type)
                if event.type == "cancelled":
                    self.row["cancelled_at"] = at
                    self.row["ended_at"] = self.row["ended_at"] or at
            case "outage_left":
                self._open = True
            case "closed" | "outage_ended":
                self._void(at)
                self._open = False
                self._end(at, "closed")

    def _limits(self, moment: datetime) -> dict[str, int]:
        limits, order = self._policy(moment), self.order
        urgent = order.level == "urgent"
        on_site = limits.on_site_urgent_rural_seconds if order.rural else limits.on_site_urgent_seconds
        return {
            "accept": limits.accept_reassign_seconds,
            "contact": limits.contact_urgent_seconds if urgent else limits.contact_seconds,
            "complete": limits.promise_seconds(order.kind),
            "on_site": on_site,
            "callback": limits.callback_seconds,
        }

    def _policy(self, moment: datetime) -> Limits:
        return self.context.policies.at(moment)[1]

    def _first(self, name: str, at: datetime) -> None:
        for row in (self._mine, self.row):
            if row is not None and row.get(name) is None:
                row[name] = at

    # --- in whose hands -----------------------------------------------------------------------------------------------

    def _assign(self, event: Event) -> None:
        at, why = event.at, str(event.data.get("why") or "rework")
        if event.type == "rework_dispatched":
            done = self._rounds[-1].completing
            if done is not None:
                done["reworked"] = True
            self._rounds.append(_Round())
            self._window, self._open = None, True
        self._stop(at)
        self._over(at)
        if event.type == "reassigned":
            self._end(at, "not_accepted" if why == "not_accepted" else "moved")
        self.row["dispatched_at"] = self.row["dispatched_at"] or at
        technician = event.data.get("technicianId") or event.technician_id
        due = self._due.get("technician_due_at")
        limits = self._limits(at)
        self._mine = self._base() | dict.fromkeys(_ASSIGNMENT_TIMES) | {
            "technician_id": str(technician), "team": self.context.teams.get(UUID(str(technician))),
            "number": len(self.assignments) + 1, "round": len(self._rounds) - 1, "assigned_at": at,
            "assigned_why": why, "limits": limits, "ended_why": None,
            "held_until": min(self.context.now, self.context.month_end), "completed_how": None, "visits": 0,
            "accept_from_at": rest_until(self.order, at, self._policy(at), self.context.calendars),
            "nobody_home": 0, "return_reason": None, "return_attribution": None, "reworked": False, "repeats": 0,
            "satisfaction": None, "solved": None, "attribution": None, "inspection_passed": None, "travel_seconds": 0,
            "work_seconds": 0, "busy_seconds": 0, "excused": [], "policy_number": self.context.policies.at(at)[0],
            "remaining_seconds": None if due is None else int((due - at).total_seconds()),
            "complete_event": None, "answer_event": None, "answer_reasons": [], "technician_due_at": None,
            "grid_due_at": None, "company_due_at": None,
        }  # fmt: skip
        self.assignments.append(self._mine)
        self.row["technician_id"], self.row["team"] = self._mine["technician_id"], self._mine["team"]

    def _done_without_a_signal(self, evidence: dict[str, Any], at: datetime) -> None:
        """Who accepted or arrived in time has not failed to, though the order was given to somebody else meanwhile."""
        act, who = (evidence.get("act") or {}).get("type"), evidence.get("technicianId")
        for mine in self.assignments if act == "accepted" else ():
            held = mine["assigned_at"] <= at <= (mine["ended_at"] or at)
            if mine["technician_id"] == who and mine["accepted_at"] is None and held:
                mine["accepted_at"] = at
        for window in self.windows if act == "arrived" else ():
            if window["technician_id"] == who and not window["kept"] and window["start"] <= at <= window["end"]:
                window |= {"kept": True, "arrived_at": at, "due_at": at}

    def _end(self, at: datetime, why: str) -> None:
        if self._mine is not None and self._mine["ended_at"] is None:
            self._mine |= {"ended_at": at, "held_until": at, "ended_why": why}
        self._mine = None

    def _decide(self, event: Event) -> None:
        kind, asked_at, reason = self._requested or (str(event.data.get("kind")), event.at, event.data.get("reason"))
        self._requested = None
        if not event.data.get("approved"):
            return
        self._stop(asked_at)
        self._void(asked_at)
        if kind == "return":
            if self._mine is not None:
                self._mine["return_reason"] = reason
                self._mine["return_attribution"] = self.context.attribution("return", str(reason))
            self._end(event.at, "returned")

    def _complete(self, event: Event) -> None:
        at = event.at
        how = {"completed": "visit", "solved_remotely": "remote", "force_completed": "forced"}[event.type]
        self._stop(at)
        self._void(at)
        self._open = False
        self.row |= {"completed_at": at, "completed_how": how, "ended_at": self.row["ended_at"] or at}
        if self._mine is not None:
            self._mine["completed_how"] = how
            if how == "visit":
                until = at + timedelta(days=self._policy(at).repeat_days)
                self._mine |= {
                    "completed_at": at, "complete_event": str(event.id), "visits": self._rounds[-1].visits,
                    "repeats": sum(at < moment <= until for moment in self.order.repeats), **self._due,
                }  # fmt: skip
                self._excuse(self._mine, "late", str(event.id))
                self._rounds[-1].completing = self._mine
        self._end(at, "completed")

    def _excuse(self, row: Row, rule: str, event_id: str) -> None:
        if (rule, event_id) in self.context.upheld:
            row["excused"] = [*row["excused"], rule]

    # --- on the road --------------------------------------------------------------------------------------------------

    def _arrive(self, event: Event) -> None:
        at = event.at
        self._first("arrived_at", at)
        self._rounds[-1].visits += 1
        if self._mine is not None and self._departed is not None:
            self._spend("travel_seconds", at - self._departed)
        self._departed, self._arrived = None, at
        window = self._window
        if window is not None:
            kept = window["start"] <= at <= window["end"]
            self._window_row(min(at, window["end"]), kept, at, str(event.id))

    def _stop(self, at: datetime) -> None:
        """Work or travel under way ends here."""
        if self._arrived is not None:
            self._spend("work_seconds", at - self._arrived)
        self._departed = self._arrived = None

    def _spend(self, name: str, span: timedelta) -> None:
        if self._mine is not None:
            seconds = max(int(span.total_seconds()), 0)
            self._mine[name] += seconds
            self._mine["busy_seconds"] += seconds

    # --- promised windows ---------------------------------------------------------------------------------------------

    def _book(self, start: str | None, end: str | None, by: str, event: Event) -> None:
        """A window is promised. One it replaces is missed if we changed it or it was over, excused otherwise."""
        if not start or not end:
            return
        if self._window is not None:
            if event.at > self._window["end"]:
                self._miss(self._window["end"], self._window["event_id"])
            elif by == "us":
                self._miss(event.at, str(event.id), changed_by=event.role)
        self._window = {
            "start": datetime.fromisoformat(start), "end": datetime.fromisoformat(end), "event_id": str(event.id),
        }  # fmt: skip

    def _over(self, at: datetime) -> None:
        """A window that is over was missed by who holds the order."""
        if self._window is not None and at > self._window["end"]:
            self._miss(self._window["end"], self._window["event_id"])

    def _void(self, at: datetime) -> None:
        """The order needs no visit any more: a window already over was missed, another is excused."""
        self._over(at)
        self._window = None

    def _miss(self, due_at: datetime, event_id: str, changed_by: str | None = None) -> None:
        self._window_row(due_at, False, None, event_id, changed_by)

    def _window_row(
        self, due_at: datetime, kept: bool, arrived_at: datetime | None, event_id: str, changed_by: str | None = None
    ) -> None:
        window, self._window = self._window, None
        if window is None:
            return
        mine = self._mine or {}
        row = self._base() | {
            "technician_id": mine.get("technician_id"), "team": mine.get("team"), "limits": self._limits(due_at),
            "start": window["start"], "end": window["end"], "due_at": due_at, "arrived_at": arrived_at, "kept": kept,
            "changed_by": changed_by, "event_id": event_id, "excused": [],
            "policy_number": self.context.policies.at(due_at)[0],
        }  # fmt: skip
        self._excuse(row, "missed_window", event_id)
        self.windows.append(row)

    # --- afterwards ---------------------------------------------------------------------------------------------------

    def _answers(self, attempts: Sequence[Attempt]) -> None:
        """The last valid answer of each round belongs to who completed that round. Silence adds nothing."""
        for attempt in sorted(attempts, key=lambda a: a.at):
            if not attempt.answered or attempt.satisfaction is None or attempt.round >= len(self._rounds):
                continue
            mine = self._rounds[attempt.round].completing
            if mine is None:
                continue
            good = attempt.satisfaction in GOOD and bool(attempt.solved)
            whose = [self.context.attribution("dissatisfaction", code) or "technician" for code in attempt.reasons]
            blamed = "technician" if not whose or "technician" in whose else whose[0]
            mine |= {
                "satisfaction": str(attempt.satisfaction), "solved": attempt.solved, "answered_at": attempt.at,
                "attribution": None if good else blamed, "answer_event": str(attempt.id),
                "answer_reasons": list(attempt.reasons),
            }  # fmt: skip
            for rule in ("dissatisfied", "attitude"):
                if (rule, str(attempt.id)) in self.context.upheld:
                    mine["excused"] = [*mine["excused"], "dissatisfied"]

    def _inspection(self) -> None:
        if self.order.inspected is None:
            return
        technician, at, passed = self.order.inspected
        for mine in reversed(self.assignments):
            if mine["completed_at"] is not None and mine["technician_id"] == str(technician):
                mine["inspected_at"], mine["inspection_passed"] = at, passed
                return


_ORDER_TIMES = (
    "reported_at", "dispatched_at", "accepted_at", "contacted_at", "departed_at", "arrived_at", "completed_at",
    "cancelled_at", "ended_at",
)  # fmt: skip
_ASSIGNMENT_TIMES = (
    "accepted_at", "contact_from_at", "contacted_at", "departed_at", "arrived_at", "completed_at", "clock_started_at",
    "ended_at", "answered_at", "inspected_at",
)  # fmt: skip
