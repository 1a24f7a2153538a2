"""The only code that changes an order, but for files of orders (`intake.batches`).

`apply` locks the order, checks the act, appends the event, derives the new state, updates the other tables and
announces the change. It does not commit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.orders import repository
from dispatch.orders.events.event_data import data_for_event, lock_parent
from dispatch.orders.events.orm_mapping import geometry, lonlat, record_of, state_of, to_json, write_state
from dispatch.orders.models import Order, OrderEvent, Status
from dispatch.orders.reporting import Placing, Provenance, Report, SubscriberGiven, report
from dispatch.orders.rules import acts
from dispatch.orders.rules.alarms import warn_due
from dispatch.orders.rules.finish_codes import finish_code_hash, new_finish_code
from dispatch.orders.rules.guards import Requester, check, effective_time, summary
from dispatch.orders.rules.guides import check_guide
from dispatch.orders.rules.states import LonLat, evolve
from dispatch.orders.side_effects import apply_side_effects
from dispatch.orders.telling import tell, tell_of
from dispatch.policies.service import PolicyInForce, policy_at
from grids.models import ServiceArea
from grids.service import area_by_id
from kit.actor import SYSTEM, Actor, Role
from kit.errors import Conflict, Stale
from kit.ids import uuid7
from kit.live import announce

__all__ = [
    "Applied", "Placing", "Provenance", "Report", "SubscriberGiven",
    "apply", "reopen", "report", "resume_due", "warn_due",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Applied:
    """The order after an act, and the act's event. `already` is true when this `client_id` was applied before."""

    order: Order
    event: OrderEvent
    already: bool = False


async def apply(
    session: AsyncSession,
    actor: Actor,
    order_id: UUID,
    act: acts.ActBase,
    *,
    occurred_at: datetime | None = None,
    client_id: UUID | None = None,
    point: LonLat | None = None,
    accuracy: float | None = None,
    technician_id: UUID | None = None,
    expected_version: int | None = None,
    new: bool = False,
    held: Order | None = None,
    flush: bool = True,
) -> Applied:
    """Do an act to an order.

    `occurred_at` is when it happened (default: the area's now), `point` where the phone was (lon, lat), within
    `accuracy` metres where it said so, `client_id` the phone's own id of the act: the same id again answers `already`.
    `new`: no event has this id, so it is not looked for. `technician_id` says for whom a trusted caller speaks. `held`:
    the order, by a caller who has locked and read it in this transaction and knows that the actor may act on it.
    `flush` False leaves writing to the caller, who does several acts. Raises `NotFound` outside the actor's scope,
    `Forbidden` for the role, `Conflict` for the state or owner, `Stale` when `expected_version` is not the current one,
    `Invalid` for what the act lacks.
    """
    merging = act.into_order_id if isinstance(act, acts.Merge) else None
    if merging:
        await repository.get(session, actor, merging)
    parent = await _lock_first(session, order_id, merging) if merging else None
    order = held or await repository.get_for_act(session, actor, order_id)
    state = state_of(order)
    if client_id is not None and not new:
        earlier = await repository.event_by_client(session, client_id)
        if earlier is not None:
            return _again(order, earlier, act, occurred_at)
    if expected_version is not None and expected_version != order.version:
        raise Stale("stale", current={**summary(order.number, state), "version": order.version})
    area = await area_by_id(session, order.area_id)
    received = area.clock.now()
    policy = await policy_at(session, order.area_id, received)
    at = effective_time(occurred_at or received, received, state, act, policy.limits)
    if at != received:
        policy = await policy_at(session, order.area_id, at)
    if isinstance(act, acts.Dispatch | acts.Reassign | acts.AssignRework):
        await repository.require_technician(session, actor, act.technician_id)
    if isinstance(act, acts.LinkSubscriber):
        await repository.require_subscriber(session, actor, order.area_id, act.subscriber_id)
    requester = Requester(actor.role, actor.trusted, actor.scope.technician or technician_id)
    check(order.number, state, act, requester, at, policy.limits, point=point, accuracy=accuracy)
    if isinstance(act, acts.Complete):
        await check_guide(session, order, act)
    if merging:
        parent = await lock_parent(session, order, parent, state)
    decided = await data_for_event(session, order, state, act, at, policy.limits)
    code = None
    if isinstance(act, acts.Dispatch | acts.AssignRework):
        code = new_finish_code()
        decided["finishCodeHash"] = finish_code_hash(order.id, code)
    if isinstance(act, acts.Arrive | acts.NobodyHome) and point is not None and accuracy is not None:
        decided["accuracyMetres"] = accuracy
    event = await _append(
        session, actor, order, act, decided, policy,
        occurred_at=occurred_at or received, received_at=received, at=at,
        client_id=client_id, point=point, technician_id=technician_id, finish_code=code, flush=flush,
    )  # fmt: skip
    if parent is not None:
        await _append(
            session, actor, parent, acts.Chase(note=None), {"mergedOrderId": str(order.id)}, policy,
            occurred_at=received, received_at=received, at=received,
        )  # fmt: skip
    return Applied(order, event)


async def _append(
    session: AsyncSession,
    actor: Actor,
    order: Order,
    act: acts.ActBase,
    decided: Mapping[str, Any],
    policy: PolicyInForce,
    *,
    occurred_at: datetime,
    received_at: datetime,
    at: datetime,
    client_id: UUID | None = None,
    point: LonLat | None = None,
    technician_id: UUID | None = None,
    finish_code: str | None = None,
    flush: bool = True,
) -> OrderEvent:
    """Append an event to a locked order, derive its new state and apply the side effects."""
    before = state_of(order)
    data = _payload(act) | dict(decided)
    if at != occurred_at:
        data["effectiveAt"] = at.isoformat()
    whose = _whose(act, actor, technician_id, before.owner_id)
    event = OrderEvent(
        id=uuid7(), order_id=order.id, sequence=before.events + 1, type=str(type(act).__struct_config__.tag),
        actor_account_id=actor.account_id, actor_role="system" if actor.is_system else actor.role.value,
        technician_id=whose, client_id=client_id, occurred_at=occurred_at, received_at=received_at,
        point=geometry(point), reason=getattr(act, "reason", None) or getattr(act, "why", None),
        policy_number=policy.number, data=data,
    )  # fmt: skip
    session.add(event)
    after = evolve(before, record_of(event))
    write_state(order, before, after)
    order.version += 1
    await apply_side_effects(session, actor, order, before, after, act, at, whose)
    await tell_of(session, order, before, after, act, event, at, finish_code)
    if after.failed_contacts == policy.limits.unreachable_calls > before.failed_contacts:
        await tell(session, order, "unreachable", at, str(event.id))
    if after.status is Status.CLOSED and before.status is not Status.CLOSED:
        for child in await repository.others_waiting_for(session, order):
            await tell(session, child, "over", at, str(event.id))
    await announce(session, order.area_id, "order", order.id, version=order.version)
    if flush:
        await session.flush()
    return event


def _payload(act: acts.ActBase) -> dict[str, Any]:
    """The act as the event stores it: without its tag, empty fields and the finish code."""
    built: dict[str, Any] = to_json(act)
    del built["type"]
    built.pop("finishCode", None)
    return {name: value for name, value in built.items() if value is not None or name == "point"}


def _whose(act: acts.ActBase, actor: Actor, technician_id: UUID | None, owner_id: UUID | None) -> UUID | None:
    if isinstance(act, acts.Dispatch | acts.Reassign | acts.AssignRework):
        return act.technician_id
    return actor.scope.technician or technician_id or owner_id


def _again(order: Order, earlier: OrderEvent, act: acts.ActBase, occurred_at: datetime | None) -> Applied:
    """The answer to an act that was sent before. Raises `Conflict` when its id belongs to another act."""
    sent = _payload(act)
    same = (
        earlier.order_id == order.id
        and earlier.type == type(act).__struct_config__.tag
        and all(earlier.data.get(name) == value for name, value in sent.items() if name not in ("gridId", "problem"))
        and (occurred_at is None or occurred_at == earlier.occurred_at)
    )
    if not same:
        raise Conflict(
            "order.client_id_reused", current=summary(order.number, state_of(order)), client_id=str(earlier.client_id)
        )
    return Applied(order, earlier, already=True)


async def _lock_first(session: AsyncSession, child_id: UUID, parent_id: UUID) -> Order | None:
    """Lock both orders of a merge by ascending id, so that two merges cannot deadlock. Returns the parent."""
    query = (
        select(Order)
        .where(Order.id.in_([child_id, parent_id]))
        .order_by(Order.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return next((row for row in (await session.scalars(query)).all() if row.id == parent_id), None)


# --- reopening --------------------------------------------------------------------------------------------------------


async def reopen(
    session: AsyncSession,
    actor: Actor,
    order_id: UUID,
    *,
    fault_type: str | None = None,
    description: str | None = None,
) -> Order:
    """Make a new order, linked to a closed one whose subscriber reports again.

    The same cause within 30 days is a rework of the first technician. Another cause is a repeat. Raises `Conflict` when
    the first order is not closed.
    """
    actor.require(Role.AGENT, Role.DISPATCHER, Role.GRID_LEAD)
    first = await repository.get(session, actor, order_id, lock=True)
    if first.status != Status.CLOSED:
        raise Conflict("order.not_closed", current=summary(first.number, state_of(first)), number=first.number)
    area: ServiceArea = await area_by_id(session, first.area_id)
    now = area.clock.now()
    limits = (await policy_at(session, area.id, now)).limits
    ended = first.completed_at or first.closed_at or first.reported_at
    same = (fault_type or first.cause or first.fault_type) == (first.cause or first.fault_type)
    recent = now - ended <= timedelta(days=limits.repeat_days)
    rework = first.completed_by if same and recent else None  # what nobody of ours repaired is a repeat at most
    given = Report(
        fault_type=fault_type or first.cause or first.fault_type, kind=first.kind, level=first.level, tier=first.tier,
        description=description, address=first.address, product=first.product, network_node=first.network_node,
        district_hint=first.district_hint, access_notes=first.access_notes,
        subscriber=SubscriberGiven(first.contact_name, tuple(first.contact_phones)),
    )  # fmt: skip
    return await report(
        session,
        actor,
        area,
        given,
        placing=Placing(lonlat(first.point), first.point_source, first.grid_id, first.place_problem),
        provenance=Provenance(
            reopens_id=first.id,
            repeat_of_id=first.id if rework is None else None,
            rework_of_technician_id=rework,
            subscriber_id=first.subscriber_id,
        ),
    )


# --- sweeps -----------------------------------------------------------------------------------------------------------


async def resume_due(session: AsyncSession, area: ServiceArea) -> list[UUID]:
    """Resume the orders whose suspension is over. Returns their ids.

    Each row is locked and checked again. A row that another transaction has locked waits for the next sweep.
    """
    resumed = []
    now = area.clock.now()
    for order_id in await repository.suspensions_to_resume(session, area.id, now):
        order = await repository.lock_if_free(session, order_id)
        if order and order.status == Status.SUSPENDED and order.suspended_until and order.suspended_until <= now:
            await apply(session, SYSTEM, order_id, acts.Resume(), occurred_at=order.suspended_until)
            resumed.append(order_id)
    return resumed
