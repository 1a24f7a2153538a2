"""Background work of phones: offers are priced, placed and closed, browsers woken, maps packed, old pieces swept."""

from __future__ import annotations

from uuid import UUID

import structlog
from sqlalchemy import select, text

from dispatch.orders.models import Order, Status
from grids.models import ServiceArea
from grids.service import area_by_id
from kit.db import Database
from kit.jobs import FILES, defer, job
from kit.settings import settings
from mobile_api.maps.packs import pack_next
from mobile_api.offers.service import expire, make_offer
from mobile_api.photos import pieces
from mobile_api.push.service import send

log = structlog.get_logger()
_URGENT = text(
    """
    SELECT o.id, o.owner_id FROM orders o
    WHERE o.area_id = :area AND o.status = 'dispatched' AND o.level = 'urgent' AND o.reported_at <= :now
      AND o.accept_due_at > :now
      AND NOT EXISTS (SELECT FROM phone_offers p WHERE p.order_id = o.id AND p.technician_id = o.owner_id)
    ORDER BY o.reported_at LIMIT 50
    """
)


@job("mobile.push")
async def push(database: Database, technician_id: str, kind: str, about: str | None) -> None:
    """Wake a technician's browsers."""
    await send(database, UUID(technician_id), {"kind": kind} | ({} if about is None else {"id": about}))


@job("mobile.offer")
async def offer(database: Database, order_id: str, technician_id: str) -> None:
    """Offer urgent work that was dispatched to somebody, with the price it has for their day."""
    # Here, not above: the board is heavy, and a worker that prices nothing need not load it.
    from citymap.osrm.client import RoadsClient
    from mobile_api.offers.pricing import price_for

    async with database.transaction() as session:
        order = await session.get(Order, UUID(order_id))
        if order is None or order.status is not Status.DISPATCHED or order.owner_id != UUID(technician_id):
            return
        area = await area_by_id(session, order.area_id)
        priced = await price_for(session, area, order.id, UUID(technician_id), RoadsClient(settings().roads_socket))
        await make_offer(
            session, order, UUID(technician_id), priced.price, by=None, now=area.clock.now(), ahead=priced.ahead
        )


@job("mobile.place_offer")
async def place_offer(database: Database, offer_id: str) -> None:
    """Put work that was taken where its offer said into the route of who took it."""
    from citymap.osrm.client import RoadsClient
    from mobile_api.offers.placing import place

    async with database.transaction() as session:
        await place(session, UUID(offer_id), RoadsClient(settings().roads_socket))


@job("mobile.offers", cron="* * * * *")
async def offers(database: Database) -> None:
    """Every minute: urgent orders that nobody offered yet, and offers whose time is over."""
    async with database.transaction() as session:
        areas = (await session.execute(select(ServiceArea).order_by(ServiceArea.code))).scalars().all()
    for area in areas:
        now = area.clock.now()
        async with database.transaction() as session:
            await expire(session, area.id, now)
            for row in (await session.execute(_URGENT, {"area": area.id, "now": now})).all():
                await defer(
                    session, "mobile.offer", queueing_lock=f"offer {row.id} {row.owner_id}",
                    order_id=str(row.id), technician_id=str(row.owner_id),
                )  # fmt: skip


@job("mobile.pack_maps", queue=FILES, cron="*/5 * * * *")
async def pack_maps(database: Database) -> None:
    """Maps that were imported since get their file for phones."""
    while await pack_next(database) is not None:
        pass


@job("mobile.sweep", cron="17 * * * *")
async def sweep(database: Database) -> None:
    """Pieces of photos that never became whole are forgotten after two weeks."""
    async with database.transaction() as session:
        gone = await pieces.sweep(session)
    if gone:
        log.info("mobile.swept", photos=gone)
