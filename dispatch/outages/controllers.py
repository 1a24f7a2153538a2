"""Outages over HTTP: proposals, what people decide, the script at intake, and reliability."""

import json
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Request, get, post
from litestar.params import Parameter, QueryParameter
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.orders.events.orm_mapping import lonlat
from dispatch.outages import repository, service
from dispatch.outages.models import Outage, OutageStatus
from dispatch.outages.reliability import Figures, own_grids, reliability
from dispatch.outages.schemas import (
    ConfirmIn,
    DeclareIn,
    DismissIn,
    KnownOutage,
    MoveEndIn,
    OutageAnswerIn,
    OutageEventOut,
    OutageOrderOut,
    OutageOrdersIn,
    OutageOut,
    OutageStory,
    ReliabilityFigures,
    ReliabilityOut,
    RestoreIn,
)
from dispatch.outages.service import Extent
from dispatch.policies.service import policy_at
from grids.access import require_whole_area
from grids.service import area_by_id
from kit.actor import Actor, Role
from kit.errors import Malformed
from kit.http.requests import Page, expected_version

READERS = tuple(role for role in Role if role is not Role.TECHNICIAN)
MOST_DAYS = 1100


async def outages_out(session: AsyncSession, rows: Sequence[Outage]) -> list[OutageOut]:
    """Outages as HTTP says them, in three statements."""
    if not rows:
        return []
    ids = [row.id for row in rows]
    counts, shapes = await repository.counts(session, ids), await repository.shapes(session, ids)
    customers = await repository.customers(session, ids)
    area = await area_by_id(session, rows[0].area_id)
    now = area.clock.now()
    limits = (await policy_at(session, area.id, now)).limits
    found = []
    for row in rows:
        count, (shape, point) = counts.get(row.id), shapes[row.id]
        closes = None
        if row.status is OutageStatus.RESTORED and row.restored_at is not None:
            closes = row.restored_at + timedelta(seconds=limits.outage_close_seconds)
        ended = row.status is not OutageStatus.CONFIRMED or row.expected_end is None
        found.append(
            OutageOut(
                id=row.id, number=row.number, status=row.status.value, why=row.why.value,
                network_node=row.network_node, place=row.place, shape=json.loads(shape) if shape else None,
                point=tuple(json.loads(point)["coordinates"]) if point else None, since=row.since,
                expected_end=row.expected_end, late=not ended and row.expected_end is not None
                and row.expected_end < now, proposed_end=now + timedelta(seconds=limits.outage_end_seconds),
                probability=row.probability, expected_reports=row.expected_reports, suspected_at=row.suspected_at,
                confirmed_at=row.confirmed_at, restored_at=row.restored_at, closes_at=closes, closed_at=row.closed_at,
                reports=count.reports if count else 0, children=count.children if count else 0,
                customers=customers.get(row.id, 0), sampled=count.sampled if count else 0,
                called=count.called if count else 0, still_broken=count.still_broken if count else 0,
                crew_order_id=UUID(count.crew_id) if count and count.crew_id else None,
                crew_number=count.crew_number if count else None,
                crew_status=str(count.crew_status) if count and count.crew_status else None, version=row.version,
            )
        )  # fmt: skip
    return found


async def _one(session: AsyncSession, row: Outage) -> OutageOut:
    return (await outages_out(session, [row]))[0]


def _figures(found: Figures) -> ReliabilityFigures:
    return ReliabilityFigures(
        grid_id=found.grid_id, served=found.served, outages=len(found.outages), interrupted=found.interrupted,
        customer_minutes=found.minutes, saifi=found.saifi, saidi=found.saidi, caidi=found.caidi,
    )  # fmt: skip


class AreaOutageController(Controller):
    """The outages of an area."""

    path = "/api/areas/{area_id:uuid}"
    tags = ("outages",)

    @get("/outages", operation_id="listOutages", summary="Outages, the newest first")
    async def outages(
        self, area_id: UUID, session: AsyncSession, actor: Actor,
        all_: Annotated[bool, QueryParameter(name="all", description="Those that are over as well.")] = False,
    ) -> Page[OutageOut]:  # fmt: skip
        """Suspected, confirmed and restored ones, or all; at most 200, those with an order the caller may see."""
        actor.require(*READERS)
        actor.require_area(area_id)
        rows = await repository.listed(session, actor, area_id, living=not all_)
        return Page(items=await outages_out(session, rows))

    @post("/outages", operation_id="declareOutage", summary="Make an outage by hand")
    async def declare(self, area_id: UUID, data: DeclareIn, session: AsyncSession, actor: Actor) -> OutageOut:
        """A node chosen or an area drawn; it is confirmed at once, and what it covers is muted."""
        actor.require(*service.DECIDERS)
        actor.require_area(area_id)
        await require_whole_area(session, actor, area_id)
        area = await area_by_id(session, area_id)
        row = await service.declare(
            session, actor, area, Extent(data.network_node, data.ring), data.since, expected_end=data.expected_end,
            customers=data.customers, fault_type=data.fault_type, note=data.note,
        )  # fmt: skip
        return await _one(session, row)

    @get("/outages/known", operation_id="knownOutage", summary="What the agent says of an outage at a place")
    async def known(
        self, area_id: UUID, session: AsyncSession, actor: Actor,
        lon: Annotated[float | None, Parameter(ge=-180, le=180)] = None,
        lat: Annotated[float | None, Parameter(ge=-90, le=90)] = None,
        node: Annotated[str | None, Parameter(max_length=200)] = None,
    ) -> KnownOutage:  # fmt: skip
        """The confirmed outage that a report at this node or place would join, with its expected end."""
        actor.require(*READERS)
        actor.require_area(area_id)
        area = await area_by_id(session, area_id)
        point = (lon, lat) if lon is not None and lat is not None else None
        found = await service.known_at(session, area, node=node, point=point)
        return KnownOutage(outage=await _one(session, found.outage) if found else None)

    @get("/outages/reliability", operation_id="getReliability", summary="Customer minutes, SAIFI, SAIDI, CAIDI")
    async def figures(
        self, area_id: UUID, session: AsyncSession, actor: Actor,
        first: Annotated[date, QueryParameter(name="from", description="The first local day.")],
        until: Annotated[date, QueryParameter(name="to", description="The day after the last.")],
    ) -> ReliabilityOut:  # fmt: skip
        """Of the outages that began in the period, by grid and for the area; a limited account gets its own grids."""
        actor.require(*READERS)
        actor.require_area(area_id)
        if not first < until <= first + timedelta(days=MOST_DAYS):
            raise Malformed("malformed.period", field="to", days=MOST_DAYS)
        area = await area_by_id(session, area_id)
        found = await reliability(session, area, first, until, await own_grids(session, actor, area))
        return ReliabilityOut(
            area=_figures(found.area), without_major=_figures(found.without_major),
            grids=[_figures(one) for one in found.grids], major_days=found.major_days, threshold=found.threshold,
        )  # fmt: skip


class OutageController(Controller):
    """One outage. `If-Match` with its version refuses a decision about what has changed meanwhile."""

    path = "/api/outages/{outage_id:uuid}"
    tags = ("outages",)

    @get("", operation_id="getOutage", summary="An outage with its orders and story")
    async def one(self, outage_id: UUID, session: AsyncSession, actor: Actor) -> OutageStory:
        """Its orders as far as the caller may see them, at most 1,000."""
        actor.require(*READERS)
        row = await repository.get(session, actor, outage_id)
        return OutageStory(
            outage=await _one(session, row),
            orders=[
                OutageOrderOut(
                    order_id=order.id, number=order.number, status=order.status.value, fault_type=order.fault_type,
                    part=part.part.value, address=order.address, point=lonlat(order.point),
                    reported_at=order.reported_at, sampled=part.sampled,
                    answer=part.answer.value if part.answer else None, answered_at=part.answered_at,
                )
                for part, order in await repository.parts(session, actor, row.id)
            ],
            events=[
                OutageEventOut(kind=event.kind, at=event.at, by=name, note=event.note, data=event.data)
                for event, name in await repository.story(session, row.id)
            ],
        )  # fmt: skip

    @post("/confirm", operation_id="confirmOutage", summary="It is one", status_code=200)
    async def confirm(
        self, outage_id: UUID, data: ConfirmIn, session: AsyncSession, actor: Actor, request: Request[Any, Any, Any]
    ) -> OutageOut:
        """What it covers is muted, a crew's order is made, and everybody concerned is told the expected end."""
        row = await service.confirm(
            session, actor, outage_id, Extent(data.network_node, data.ring), version=expected_version(request),
            expected_end=data.expected_end, customers=data.customers, fault_type=data.fault_type, note=data.note,
        )  # fmt: skip
        return await _one(session, row)

    @post("/dismiss", operation_id="dismissOutage", summary="It is none", status_code=200)
    async def dismiss(
        self, outage_id: UUID, data: DismissIn, session: AsyncSession, actor: Actor, request: Request[Any, Any, Any]
    ) -> OutageOut:
        """It is not proposed again for the same reports."""
        row = await service.dismiss(session, actor, outage_id, data.note, version=expected_version(request))
        return await _one(session, row)

    @post("/expected-end", operation_id="moveOutageEnd", summary="It takes longer, or less", status_code=200)
    async def move(
        self, outage_id: UUID, data: MoveEndIn, session: AsyncSession, actor: Actor, request: Request[Any, Any, Any]
    ) -> OutageOut:
        """Everybody concerned is told once of the new expected end."""
        row = await service.move_end(
            session, actor, outage_id, data.expected_end, data.note, version=expected_version(request)
        )
        return await _one(session, row)

    @post("/restore", operation_id="restoreOutage", summary="It is over", status_code=200)
    async def restore(
        self, outage_id: UUID, data: RestoreIn, session: AsyncSession, actor: Actor, request: Request[Any, Any, Any]
    ) -> OutageOut:
        """Everybody is told and a sample is drawn to be called; it closes after a day without contradiction."""
        row = await service.restore(session, actor, outage_id, data.at, data.note, version=expected_version(request))
        return await _one(session, row)

    @post("/orders", operation_id="addToOutage", summary="Put orders under an outage", status_code=200)
    async def add(self, outage_id: UUID, data: OutageOrdersIn, session: AsyncSession, actor: Actor) -> OutageOut:
        """By hand, as children: muted, and told the expected end. 409 for who is on the way already."""
        return await _one(session, await service.add_orders(session, actor, outage_id, data.order_ids))

    @post("/orders/{order_id:uuid}/release", operation_id="takeOutOfOutage", summary="It does not belong to it",
          status_code=200)  # fmt: skip
    async def release(self, outage_id: UUID, order_id: UUID, session: AsyncSession, actor: Actor) -> OutageOut:
        """The order is one of its own again, with the moment of its report."""
        return await _one(session, await service.take_out(session, actor, outage_id, order_id))

    @post("/answers", operation_id="answerOutage", summary="What a subscriber says afterwards", status_code=200)
    async def answers(self, outage_id: UUID, data: OutageAnswerIn, session: AsyncSession, actor: Actor) -> OutageOut:
        """`still_broken` makes it an order of its own again; the others count as called."""
        return await _one(session, await service.answer(session, actor, outage_id, data.order_id, data.answer))


ROUTES = (AreaOutageController, OutageController)
