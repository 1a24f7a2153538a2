"""What orders may be one, over HTTP: before a report is saved, of one order, and of everything that is open."""

from uuid import UUID

from litestar import Controller, get, post
from sqlalchemy.ext.asyncio import AsyncSession

from citymap.geocoder.addresses import AddressMatch
from dispatch.orders import repository
from dispatch.orders.intake.placing.places import find_place
from dispatch.orders.intake.related import duplicates
from dispatch.orders.intake.related.duplicate_groups import duplicate_groups, linked_to
from dispatch.orders.intake.related.duplicates import Outage, RelatedOrder, checks, promise
from dispatch.orders.intake.schemas import (
    CandidateOut,
    CheckIn,
    ChecksOut,
    FoundPlaceOut,
    KinListOut,
    KinOut,
    LikelyOutageOut,
    PromiseOut,
    SubscriberRecordOut,
    SuspicionOut,
)
from dispatch.orders.lists.listing import masked_record
from dispatch.orders.reporting import Report, SubscriberGiven
from dispatch.orders.subscribers import with_the_same_phone
from grids.models import Grid
from grids.service import area_by_id
from kit.actor import Actor, Role


def _candidate(match: AddressMatch) -> CandidateOut:
    return CandidateOut(
        label=match.label,
        point=match.point,
        confidence=match.confidence,
        score=match.score,
        error_metres=match.error_metres,
    )


def _related(order: RelatedOrder) -> KinOut:
    return KinOut(
        order_id=order.order_id,
        number=order.number,
        status=order.status,
        why=order.why,
        fault_type=order.fault_type,
        reported_at=order.reported_at,
        completed_at=order.completed_at,
    )


def _outage(outage: Outage | None) -> LikelyOutageOut | None:
    if outage is None:
        return None
    return LikelyOutageOut(
        why=outage.why,
        reports=outage.reports,
        needed=outage.needed,
        window_seconds=outage.window_seconds,
        orders=[_related(one) for one in outage.orders],
    )


class DuplicateController(Controller):
    """Before saving, and of everything open."""

    path = "/api/areas/{area_id:uuid}"
    tags = ["intake"]  # noqa: RUF012 - Litestar reads it as is

    @post(
        "/orders/checks",
        operation_id="checkReport",
        summary="What a report may be besides itself",
        status_code=200,
    )
    async def check(self, area_id: UUID, data: CheckIn, session: AsyncSession, actor: Actor) -> ChecksOut:
        """Before saving: its place, its due time, open duplicates, repeats, a likely outage, arrears. Nothing is
        written."""
        actor.require(Role.AGENT, Role.DISPATCHER, Role.GRID_LEAD, Role.TECHNICIAN)
        actor.require_area(area_id)
        area = await area_by_id(session, area_id)
        place = await find_place(session, area, data.address, data.point)
        who = data.subscriber
        report = Report(
            fault_type=data.fault_type,
            subscriber=SubscriberGiven(who.name, tuple(who.phones), who.account_number) if who else None,
            product=data.product,
            network_node=data.network_node,
            address=data.address,
            point=place.point,
        )
        found = await checks(session, area, report, actor)
        grid = await session.get(Grid, place.grid_id) if place.grid_id else None
        promised = await promise(
            session,
            area,
            data.fault_type,
            data.level,
            data.tier,
            window_end=data.appointment_end,
            rural=grid is not None and grid.rural,
        )
        return ChecksOut(
            duplicates=[_related(one) for one in found.duplicates],
            repeats=[_related(one) for one in found.repeats],
            outage=_outage(found.outage),
            arrears=found.arrears,
            subscriber_id=found.subscriber_id,
            place=FoundPlaceOut(
                point=place.point,
                source=place.source,
                grid_id=place.grid_id,
                problem=place.problem,
                candidates=[_candidate(match) for match in place.candidates],
            ),
            promise=PromiseOut(due_at=promised.due_at, on_site_due_at=promised.on_site_due_at),
        )

    @get("/worklists/suspicions", operation_id="listSuspicions", summary="Open orders that may be one")
    async def suspicions(self, area_id: UUID, session: AsyncSession, actor: Actor) -> list[SuspicionOut]:
        """Likely outages, then duplicates, at most 200 groups; merging them is the act `merged`."""
        actor.require(*(role for role in Role if role is not Role.TECHNICIAN))
        actor.require_area(area_id)
        area = await area_by_id(session, area_id)
        return [
            SuspicionOut(kind=found.kind, why=found.orders[0].why, orders=[_related(one) for one in found.orders])
            for found in await duplicate_groups(session, area, actor)
        ]


class RelatedOrderController(Controller):
    """Of one order."""

    path = "/api/orders/{order_id:uuid}"
    tags = ["intake"]  # noqa: RUF012 - Litestar reads it as is

    @get("/subscriber-records", operation_id="listSubscriberRecords", summary="Who may be the same subscriber")
    async def records(self, order_id: UUID, session: AsyncSession, actor: Actor) -> list[SubscriberRecordOut]:
        """Other records with a phone of the order's subscriber; `mergeSubscribers` makes one of two.

        For agents and dispatchers of the whole area.
        """
        order = await repository.get(session, actor, order_id)
        return [
            SubscriberRecordOut(
                subscriber=masked_record(one.subscriber, one.subscriber.name, one.subscriber.phones),
                orders=one.orders,
                keeps=one.keeps,
                merges=one.merges,
            )
            for one in await with_the_same_phone(session, actor, order)
        ]

    @get("/kin", operation_id="listOrderKin", summary="What else may belong to an order")
    async def kin(self, order_id: UUID, session: AsyncSession, actor: Actor) -> KinListOut:
        """Open duplicates, earlier repeats, a likely outage, and the orders linked to it."""
        order = await repository.get(session, actor, order_id)
        area = await area_by_id(session, order.area_id)
        found = await duplicates.related_orders(session, area, order, actor)
        merged, linked = await linked_to(session, order, actor)
        return KinListOut(
            duplicates=[_related(one) for one in found.duplicates],
            repeats=[_related(one) for one in found.repeats],
            outage=_outage(found.outage),
            merged=[_related(one) for one in merged],
            linked=[_related(one) for one in linked],
        )
