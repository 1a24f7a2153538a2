"""Taking a report (首问负责): makes the order, its first event and its subscriber."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.orders import repository
from dispatch.orders.contacts import cleaned
from dispatch.orders.events.orm_mapping import geometry, record_of, to_json
from dispatch.orders.models import Channel, Kind, Level, Order, OrderEvent, Origin, Subscriber, Tier
from dispatch.orders.rules.states import Archived, LonLat, OrderState, Reported, evolve
from dispatch.orders.telling import tell
from dispatch.policies.models import FaultType
from dispatch.policies.service import fault_type as known_fault_type
from dispatch.policies.service import policy_at
from grids.models import ServiceArea
from grids.service import locate_many
from kit.actor import Actor, Role
from kit.errors import Invalid
from kit.ids import uuid7
from kit.jobs import defer
from kit.live import announce

REPORTERS = (Role.AGENT, Role.DISPATCHER, Role.GRID_LEAD, Role.TECHNICIAN)

STALE_AFTER = timedelta(days=1)
"""Nobody needs to read later that a report was taken."""


@dataclass(frozen=True, slots=True)
class SubscriberGiven:
    """The subscriber as the caller names them. Everything may be missing."""

    name: str | None = None
    phones: tuple[str, ...] = ()
    account_number: str | None = None
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """What is reported. `point` is (lon, lat). A report without a point is valid and waits on the place worklist.

    Skill, skill level and service seconds come from the fault type unless they are given.
    """

    fault_type: str
    kind: Kind | None = None
    channel: Channel = Channel.PHONE
    level: Level = Level.NORMAL
    tier: Tier = Tier.ORDINARY
    description: str | None = None
    subscriber: SubscriberGiven | None = None
    address: str | None = None
    point: LonLat | None = None
    district_hint: str | None = None
    product: str | None = None
    network_node: str | None = None
    appointment_start: datetime | None = None
    appointment_end: datetime | None = None
    access_notes: str | None = None
    skill: str | None = None
    skill_level: int | None = None
    service_seconds: int | None = None
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Placing:
    """The place of the report as decided before: from the geocoder, by hand, or none (`problem` says why)."""

    point: LonLat | None = None
    source: str | None = None
    grid_id: UUID | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Provenance:
    """The source of an order, and the earlier orders it is related to."""

    origin: Origin = Origin.LIVE
    import_id: UUID | None = None
    source_key: str | None = None
    source_fingerprint: str | None = None
    source_label: str | None = None
    repeat_of_id: UUID | None = None
    reopens_id: UUID | None = None
    rework_of_technician_id: UUID | None = None
    subscriber_id: UUID | None = None
    """Whose record it is, where that is known: the reopened order's."""
    closed_at: datetime | None = None
    """Set for history only: when the other system closed it."""
    completed_at: datetime | None = None


@dataclass(slots=True)
class Drafted:
    """An order and its events, not yet added to a session."""

    order: Order
    events: list[OrderEvent] = field(default_factory=list)


def draft(
    area_id: UUID,
    number: str,
    given: Report,
    fault: FaultType,
    placing: Placing,
    provenance: Provenance,
    actor: Actor,
    *,
    occurred_at: datetime,
    received_at: datetime,
    policy_number: int,
    callback_attempts_needed: int = 3,
    subscriber_id: UUID | None = None,
    client_id: UUID | None = None,
) -> Drafted:
    """The rows of a new order, not yet added. Pure: used for one report, and by imports for many at once."""
    order_id = uuid7()
    reported = Reported(
        point=placing.point,
        point_source=placing.source if placing.point else None,
        grid_id=placing.grid_id,
        place_problem=placing.problem,
        appointment_start=given.appointment_start,
        appointment_end=given.appointment_end,
        rework_of_technician_id=provenance.rework_of_technician_id,
        callback_attempts_needed=callback_attempts_needed,
    )
    common: dict[str, Any] = {
        "order_id": order_id, "actor_account_id": actor.account_id, "actor_role": actor.role.value,
        "received_at": received_at, "policy_number": policy_number,
    }  # fmt: skip
    technician = actor.scope.technician
    events = [
        OrderEvent(
            id=uuid7(), sequence=1, type="reported", client_id=client_id, occurred_at=occurred_at,
            technician_id=technician, point=None, reason=None, data=_data(reported), **common,
        )
    ]  # fmt: skip
    if provenance.closed_at is not None:
        archived = Archived(
            closed_at=provenance.closed_at, completed_at=provenance.completed_at, cause=given.fault_type
        )
        events.append(
            OrderEvent(
                id=uuid7(), sequence=2, type="archived", client_id=None, occurred_at=provenance.closed_at,
                technician_id=None, point=None, reason=None, data=_data(archived), **common,
            )
        )  # fmt: skip
    state: OrderState | None = None
    for event in events:
        state = evolve(state, record_of(event))
    assert state is not None  # noqa: S101 - the first event makes it
    order = Order(
        id=order_id, area_id=area_id, number=number, kind=given.kind or Kind(fault.kind), channel=given.channel,
        level=given.level, tier=given.tier, fault_type=given.fault_type, description=given.description,
        subscriber_id=subscriber_id, contact_name=given.subscriber.name if given.subscriber else None,
        contact_phones=cleaned(given.subscriber.phones) if given.subscriber else [],
        product=given.product, network_node=given.network_node, address=given.address,
        access_notes=given.access_notes, district_hint=given.district_hint,
        skill=given.skill if given.skill is not None else fault.skill,
        skill_level=given.skill_level or fault.skill_level,
        service_seconds=given.service_seconds or fault.service_seconds, priority=given.priority,
        first_contact_account_id=actor.account_id, origin=provenance.origin, import_id=provenance.import_id,
        source_key=provenance.source_key, source_fingerprint=provenance.source_fingerprint,
        source_label=provenance.source_label, repeat_of_id=provenance.repeat_of_id,
        reopens_id=provenance.reopens_id, edited_by_person=False, version=1,
    )  # fmt: skip
    for name in state.__struct_fields__:
        value = getattr(state, name)
        setattr(order, name, geometry(value) if name == "point" else value)
    return Drafted(order, events)


def _data(value: Any) -> dict[str, Any]:
    built: dict[str, Any] = to_json(value)
    del built["type"]
    return {name: item for name, item in built.items() if item is not None}


async def report(
    session: AsyncSession,
    actor: Actor,
    area: ServiceArea,
    given: Report,
    *,
    placing: Placing | None = None,
    provenance: Provenance | None = None,
    occurred_at: datetime | None = None,
    client_id: UUID | None = None,
) -> Order:
    """Take a report, also one without a place. Times are the area's; an import of the past gives its own.

    `placing` is the result of `intake.places.find_place`. Without it, the grid is found from the given point. Raises
    `Invalid` for an unknown fault type, an impossible window, a report from the future or long ago, `Forbidden` for
    the wrong role.
    """
    actor.require(*REPORTERS)
    actor.require_area(area.id)
    provenance = provenance or Provenance()
    now = area.clock.now()
    happened = occurred_at or now
    policy = await policy_at(session, area.id, happened)
    if (happened - now).total_seconds() > policy.limits.clock_skew_seconds:
        raise Invalid("order.future", field="occurredAt", occurred=happened.isoformat(), now=now.isoformat())
    if not actor.trusted and (now - happened).total_seconds() > policy.limits.report_back_seconds:
        raise Invalid(
            "order.too_old",
            field="occurredAt",
            occurred=happened.isoformat(),
            days=policy.limits.report_back_seconds // 86_400,
        )
    if given.appointment_start is not None or given.appointment_end is not None:
        start, end = given.appointment_start, given.appointment_end
        if start is None or end is None or start >= end or end <= happened:
            raise Invalid("order.window", field="appointmentEnd")
    fault = await known_fault_type(session, area.id, given.fault_type)
    subscriber_id = provenance.subscriber_id
    if subscriber_id is None:
        subscriber_id = await link_subscriber(session, actor, area.id, given.subscriber, given.tier)
    drafted = draft(
        area.id,
        (await repository.next_numbers(session, area))[0],
        given,
        fault,
        placing or await _placing(session, area.id, given),
        provenance,
        actor,
        occurred_at=happened,
        received_at=now,
        policy_number=policy.number,
        callback_attempts_needed=policy.limits.callback_attempts,
        subscriber_id=subscriber_id,
        client_id=client_id,
    )
    session.add(drafted.order)
    await session.flush()
    session.add_all(drafted.events)
    await session.flush()
    if provenance.closed_at is None:
        await tell(session, drafted.order, "received", happened, "report", stale_at=happened + STALE_AFTER)
    await announce(session, area.id, "order", drafted.order.id, version=drafted.order.version)
    if (drafted.order.grid_id is not None or drafted.order.network_node) and not (
        area.clock.is_replay and area.clock.speed == 0
    ):
        # One voice of an outage, or an owner at once; what stays without one is tried again by the sweep, and by
        # moving a standing clock.
        await defer(session, "planning.dispatch_order", order_id=str(drafted.order.id))
    return drafted.order


async def _placing(session: AsyncSession, area_id: UUID, given: Report) -> Placing:
    if given.point is None:
        return Placing(problem="address_not_found" if given.address else "no_address")
    (grid_id,) = await locate_many(session, area_id, [given.point])
    return Placing(given.point, "given", grid_id, None if grid_id else "outside_grids")


async def link_subscriber(
    session: AsyncSession, actor: Actor, area_id: UUID, given: SubscriberGiven | None, tier: Tier
) -> UUID | None:
    """The record of the subscriber who reports, None when nobody is named. No record is changed.

    Found by account number, else by name and phone, among those the author may see; else a new one. The account number
    of a new one is kept only where the author would have seen that account: otherwise it would give away whether the
    account exists, or take it.
    """
    if given is None or not (given.name or given.phones or given.account_number):
        return None
    phones = cleaned(given.phones)
    found = await repository.find_subscriber(session, actor, area_id, given.account_number, given.name, phones)
    if found is not None:
        return found.id
    made = Subscriber(
        area_id=area_id, name=given.name, phones=phones, tier=tier, flags=list(given.flags),
        account_number=given.account_number if repository.sees_all_subscribers(actor) else None,
    )  # fmt: skip
    session.add(made)
    await session.flush()
    return made.id
