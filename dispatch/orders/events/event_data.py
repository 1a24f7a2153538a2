"""The data that an event stores beside its act: due times, grids, whose rework it is.

`states.evolve` is pure and may be run again years later, so everything that needs the database, the policy or the
calendar is decided here, once, when the act is done. In: the locked order, its state, the act, its time, the limits.
Out: a dict for `OrderEvent.data`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.orders import repository
from dispatch.orders.enums import OPEN, Status
from dispatch.orders.events.orm_mapping import state_of
from dispatch.orders.models import Order
from dispatch.orders.rules import acts
from dispatch.orders.rules.finish_codes import check_finish_code
from dispatch.orders.rules.guards import summary, wrong_state
from dispatch.orders.rules.states import Clocks, OrderState
from dispatch.policies.calendars import Calendars
from dispatch.policies.clocks import (
    AUDIENCES,
    DueTimes,
    accept_due,
    after_pause,
    completion_due,
    contact_due,
    period_of_day,
    rest_until,
)
from dispatch.policies.limits import Limits
from dispatch.policies.models import ReasonKind
from dispatch.policies.service import calendars_for, fault_type, reason
from grids.service import locate_many
from kit.errors import Conflict, Invalid

_PLACE_IN_DOUBT = {"wrong_address": "address_unsure", "wrong_grid": "address_unsure"}
"""An order returned for one of these reasons has a wrong address. It joins the place worklist."""


async def data_for_event(
    session: AsyncSession, order: Order, state: OrderState, act: acts.ActBase, at: datetime, limits: Limits
) -> dict[str, Any]:
    """The event data of this act. Raises `Invalid` or `Conflict` when a look-up shows that the act is impossible."""
    match act:
        case acts.Place():
            return await _place(session, order, act)
        case acts.Dispatch() | acts.Reassign() | acts.AssignRework():
            await _check_technician(session, order, act.technician_id)
            if isinstance(act, acts.AssignRework):
                for code in act.reasons:
                    await reason(session, order.area_id, ReasonKind.DISSATISFACTION, code)
            return await _new_owner(session, order, state, act, at, limits)
        case acts.Accept():
            return await _accept(session, order, state, at, limits)
        case acts.Edit():
            return await _made_urgent(session, order, state, act, at, limits)
        case acts.Rebook():
            return _rebook(state, act)
        case acts.Complete():
            await _check_completion(session, order, state, act, limits)
            return {**await _rework_record(session, order, state, act, limits), **_end_of_work(at, limits)}
        case acts.SolveRemotely() | acts.ForceComplete():
            pause = await _due_after_pause(session, order, state, at, limits)
            return {"cause": order.fault_type, **_end_of_work(at, limits, pause)}
        case acts.Cancel():
            await reason(session, order.area_id, ReasonKind.CANCELLATION, act.reason)
            return _end_of_work(at, limits)
        case acts.RequestSuspension():
            await reason(session, order.area_id, ReasonKind.SUSPENSION, act.reason)
            return {}
        case acts.RequestReturn():
            await reason(session, order.area_id, ReasonKind.RETURN, act.reason)
            return {}
        case acts.Decide():
            return await _decision(session, order, state, act, at, limits)
        case acts.LeaveOutage():
            return _clocks(await _due_after_outage(session, order, state, at, limits))
        case acts.LinkSubscriber():
            return {"fromSubscriberId": str(order.subscriber_id) if order.subscriber_id else None}
        case acts.Resume():
            return _clocks(await _due_after_pause(session, order, state, at, limits))
        case acts.Close():
            await _check_periods(session, order, state, act, limits)
            return {}
        case _:
            return {}


# --- places -----------------------------------------------------------------------------------------------------------


async def _place(session: AsyncSession, order: Order, act: acts.Place) -> dict[str, Any]:
    """The grid that contains the point. Without a point: the given grid, or the problem for the worklist."""
    if act.point is None:
        if act.grid_id is not None and not await repository.has_grid(session, order.area_id, act.grid_id):
            raise Invalid("order.grid", field="gridId")
        return {"gridId": str(act.grid_id) if act.grid_id else None, "problem": act.problem or "address_not_found"}
    lon, lat = act.point
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise Invalid("order.point", field="point", lon=lon, lat=lat)
    (grid_id,) = await locate_many(session, order.area_id, [act.point])
    return {"gridId": str(grid_id) if grid_id else None, "problem": None if grid_id else "outside_grids"}


# --- clocks -----------------------------------------------------------------------------------------------------------


def _clocks(columns: dict[str, datetime | None]) -> dict[str, Any]:
    return {"clocks": msgspec.to_builtins(Clocks(**columns))} if columns else {}


def _completion_columns(due: DueTimes) -> dict[str, datetime | None]:
    return {
        "assessment_starts_at": due.assessment_starts_at,
        "due_at": due.customer,
        "technician_due_at": due.assessment,
        "grid_due_at": due.assessment,
        "company_due_at": due.assessment,
    }


def _subscribers_window(state: OrderState) -> datetime | None:
    return state.appointment_end if state.appointment_changed_by == "subscriber" else None


async def _new_owner(
    session: AsyncSession,
    order: Order,
    state: OrderState,
    act: acts.Dispatch | acts.Reassign | acts.AssignRework,
    at: datetime,
    limits: Limits,
) -> dict[str, Any]:
    """A new owner gets the full time to accept. The completion clocks were set at the first dispatch and stay."""
    calendars = await calendars_for(session, order.area_id, at)
    columns: dict[str, datetime | None] = {"accept_due_at": accept_due(order, at, limits, calendars)}
    data: dict[str, Any] = {}
    if isinstance(act, acts.AssignRework):
        columns |= _completion_columns(completion_due(order, at, None, limits, calendars, rework=True))
        data["firstTechnicianId"] = str(state.completed_by) if state.completed_by else None
    elif isinstance(act, acts.Dispatch) and state.clock_started_at is None:
        due = completion_due(
            order, state.dispatched_at or at, None, limits, calendars, window_end=_subscribers_window(state)
        )
        columns |= _completion_columns(due)
    if isinstance(act, acts.Reassign):
        data["fromTechnicianId"] = str(state.owner_id)
    return data | _clocks(columns)


async def _accept(
    session: AsyncSession, order: Order, state: OrderState, at: datetime, limits: Limits
) -> dict[str, Any]:
    calendars = await calendars_for(session, order.area_id, at)
    urgent_since = await repository.urgent_since(session, order)
    columns: dict[str, datetime | None] = {}
    if state.clock_started_at is None:
        due = completion_due(
            order, state.dispatched_at or state.status_since, at, limits, calendars,
            window_end=_subscribers_window(state), rework=state.reworks > 0, urgent_since=urgent_since,
        )  # fmt: skip
        columns = {"clock_started_at": due.clock_started_at, **_completion_columns(due)}
    if state.contacted_at is None:
        columns["contact_due_at"] = contact_due(
            order, state.status_since, at, limits, calendars, urgent_since=urgent_since
        )
    return _clocks(columns)


@dataclass(frozen=True, slots=True)
class _Urgent:
    """An order as it is from now on."""

    kind: str
    tier: str
    level: str = "urgent"


async def _made_urgent(
    session: AsyncSession, order: Order, state: OrderState, act: acts.Edit, at: datetime, limits: Limits
) -> dict[str, Any]:
    """A normal order that becomes urgent while it rests runs from now on: acceptance and assessment count from here."""
    if act.changes.get("level") != "urgent" or str(order.level) == "urgent":
        return {}
    data: dict[str, Any] = {"becameUrgent": True}
    if state.status != Status.DISPATCHED:
        return data
    calendars = await calendars_for(session, order.area_id, at)
    urgent = _Urgent(str(act.changes.get("kind") or order.kind), str(act.changes.get("tier") or order.tier))
    columns: dict[str, datetime | None] = {}
    if rest_until(order, state.status_since, limits, calendars) > at:
        columns["accept_due_at"] = accept_due(urgent, state.status_since, limits, calendars, urgent_since=at)
    dispatched_at = state.dispatched_at or state.status_since
    if state.clock_started_at is None and rest_until(order, dispatched_at, limits, calendars) > at:
        due = completion_due(
            urgent, dispatched_at, None, limits, calendars, window_end=_subscribers_window(state),
            rework=state.reworks > 0, urgent_since=at,
        )  # fmt: skip
        columns |= _completion_columns(due)
    return {**data, **_clocks(columns)}


def _rebook(state: OrderState, act: acts.Rebook) -> dict[str, Any]:
    """A later window that the subscriber chose moves the due times to its end (`rebased`). Ours moves nothing."""
    if act.by != "subscriber":
        return {}
    names = ("due_at", "technician_due_at", "grid_due_at", "company_due_at")
    moved: dict[str, datetime | None] = {
        name: act.window_end for name in names if (due := getattr(state, name)) and due < act.window_end
    }
    return {"rebased": True, **_clocks(moved)} if moved else {}


def _end_of_work(at: datetime, limits: Limits, columns: dict[str, datetime | None] | None = None) -> dict[str, Any]:
    due = {"callback_due_at": at + timedelta(seconds=limits.callback_seconds)}
    return {"callbackAttemptsNeeded": limits.callback_attempts, **_clocks({**(columns or {}), **due})}


async def _due_after_pause(
    session: AsyncSession, order: Order, state: OrderState, at: datetime, limits: Limits
) -> dict[str, datetime | None]:
    """The due times after a suspension that ends now.

    The pause counts from the request. It moves only the clocks of the audiences that its reason pauses.
    """
    if state.status != Status.SUSPENDED:
        return {}
    request = await repository.last_suspension(session, order.id)
    if request is None:
        return {}
    why = await reason(session, order.area_id, ReasonKind.SUSPENSION, request.reason)
    calendars = await calendars_for(session, order.area_id, at)
    moved: dict[str, datetime | None] = {}
    for audience in AUDIENCES:
        due: datetime | None = getattr(state, f"{audience}_due_at")
        if audience in why.pauses and due is not None:
            starts = state.assessment_starts_at or request.requested_at
            runs = limits.promise_runs(str(order.kind))
            moved[f"{audience}_due_at"] = after_pause(due, starts, request.requested_at, at, runs, calendars)
    return moved


async def _due_after_outage(
    session: AsyncSession, order: Order, state: OrderState, at: datetime, limits: Limits
) -> dict[str, datetime | None]:
    """The outage ran on no technician's clock; the clocks of grid, company and subscriber never stopped.

    A clock that was to start with an acceptance has started: otherwise the next dispatch would set all of them anew.
    """
    if state.dispatched_at is None:
        return {}
    starts = state.assessment_starts_at or state.dispatched_at
    columns: dict[str, datetime | None] = {"clock_started_at": state.clock_started_at or starts}
    if state.technician_due_at is not None:
        calendars = await calendars_for(session, order.area_id, at)
        runs = limits.promise_runs(str(order.kind))
        columns["technician_due_at"] = after_pause(
            state.technician_due_at, starts, state.status_since, at, runs, calendars
        )
    return columns


# --- requests ---------------------------------------------------------------------------------------------------------


async def _decision(
    session: AsyncSession, order: Order, state: OrderState, act: acts.Decide, at: datetime, limits: Limits
) -> dict[str, Any]:
    request = await repository.pending_request(session, order.id)
    if request is None:
        raise Conflict("order.no_request", current=summary(order.number, state), number=order.number)
    data: dict[str, Any] = {"kind": request.kind, "reason": request.reason, "requestId": str(request.id)}
    if request.kind == "suspension":
        data |= {
            "resumeAt": request.resume_at.isoformat() if request.resume_at else at.isoformat(),
            "requestedAt": request.requested_at.isoformat(),
        }
    elif act.approved:
        data["escalated"] = state.bounces + 1 >= limits.bounces_before_lead and state.grid_id is not None
        if request.reason in _PLACE_IN_DOUBT:
            data["placeProblem"] = _PLACE_IN_DOUBT[request.reason]
        data |= _clocks(await _due_after_pause(session, order, state, at, limits))
    return data


# --- checks that need the database ------------------------------------------------------------------------------------


async def _check_technician(session: AsyncSession, order: Order, technician_id: UUID) -> None:
    if not await repository.active_technician(session, order.area_id, technician_id):
        raise Invalid("order.technician", field="technicianId", technician=str(technician_id))


async def _check_completion(
    session: AsyncSession, order: Order, state: OrderState, act: acts.Complete, limits: Limits
) -> None:
    if act.cause != order.fault_type:
        await fault_type(session, order.area_id, act.cause)
    await check_finish_code(session, order, state, act, limits)


async def _rework_record(
    session: AsyncSession, order: Order, state: OrderState, act: acts.Complete, limits: Limits
) -> dict[str, Any]:
    """Whose rework a reopened order is. The corrected causes of both orders are compared, so it is known only now."""
    if order.reopens_id is None or state.reworks:
        return {}
    first = await session.get(Order, order.reopens_id)
    if first is None:
        return {}
    ended = first.completed_at or first.closed_at or first.reported_at
    recent = state.reported_at - ended <= timedelta(days=limits.repeat_days)
    same = recent and act.cause == (first.cause or first.fault_type)
    return {"reworkOfTechnicianId": str(first.completed_by) if same and first.completed_by else None}


async def _check_periods(
    session: AsyncSession, order: Order, state: OrderState, act: acts.Close, limits: Limits
) -> None:
    """Raise `Conflict` unless the unanswered calls were made in enough different periods of the day."""
    if act.outcome == "satisfied":
        return
    by_technician = state.status != Status.COMPLETED
    since = (state.dispatched_at if by_technician else state.completed_at) or state.reported_at
    kind = "contacted" if by_technician else "called_back"
    calls = await repository.event_times(session, order.id, kind, since, reached=False)
    calendars = await calendars_for(session, order.area_id, since)
    needed = limits.unreachable_periods if by_technician else limits.callback_periods
    if len(periods(calls, calendars)) < needed:
        raise Conflict("order.periods", current=summary(order.number, state), number=order.number, needed=needed)


def periods(calls: Iterable[datetime], calendars: Calendars) -> set[tuple[date, str]]:
    """The periods in which the calls were made: local day and part of the day."""
    return {(calendars.service.local_day(call), period_of_day(call, calendars.service.timezone)) for call in calls}


async def lock_parent(session: AsyncSession, child: Order, parent: Order | None, state: OrderState) -> Order:
    """Check the parent of a merge: another order of the same area, still open. Raises `Invalid` or `Conflict`."""
    if parent is None or parent.area_id != child.area_id or parent.id == child.id:
        raise Invalid("order.merge_parent", field="intoOrderId")
    if parent.status not in OPEN:
        raise wrong_state(parent.number, state_of(parent), "chased")
    return parent
