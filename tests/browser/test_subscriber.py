"""The subscriber's page in a browser: the estimate comes by itself, also where no stream does, and without scripts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from geoalchemy2 import WKTElement
from playwright.async_api import Page, expect
from sqlalchemy import func, select

from dispatch.notices.links import token_for
from dispatch.orders.models import Order, Status
from dispatch.orders.rules import acts
from dispatch.orders.service import apply
from dispatch.technicians.models import Position
from grids.models import ServiceArea
from kit.actor import Actor, Role, Scope
from kit.db import Database
from tests.browser.conftest import DESK, PHONE, Site
from tests.browser.test_desk import looked_at

pytestmark = pytest.mark.browser
UNKNOWN = {"en-GB": "We cannot say just now", "zh-CN": "暂时无法给出"}
STATES = {"en-GB": "The technician is at your place", "zh-CN": "装维人员已到场"}
TIMES = "#standing dd:text-matches('^\\\\d\\\\d:\\\\d\\\\d–\\\\d\\\\d:\\\\d\\\\d$')"


@pytest.fixture
async def database(site: Site) -> AsyncIterator[Database]:
    opened = Database(site.database_url)
    yield opened
    await opened.dispose()


class Visit:
    """An order whose technician is on the way."""

    def __init__(self, database: Database, order: Order) -> None:
        self.database, self.order = database, order
        assert order.owner_id is not None
        scope = Scope(areas=frozenset({order.area_id}), technician=order.owner_id)
        self.technician = Actor(uuid4(), "technician", Role.TECHNICIAN, scope)
        self.token = ""

    async def do(self, act: object) -> None:
        async with self.database.transaction() as session:
            await apply(session, self.technician, self.order.id, act)  # type: ignore[arg-type]

    async def seen(self) -> None:
        """Their phone says where they are, a few streets away."""
        async with self.database.transaction() as session:
            area = await session.get_one(ServiceArea, self.order.area_id)
            point = select(func.ST_X(Order.point), func.ST_Y(Order.point)).where(Order.id == self.order.id)
            x, y = (await session.execute(point)).one()
            where = WKTElement(f"POINT({x + 0.01} {y})", srid=4326)
            session.add(Position(technician_id=self.order.owner_id, point=where, occurred_at=area.clock.now()))


@pytest.fixture
async def visit(database: Database) -> Visit:
    async with database.transaction() as session:
        query = select(Order).where(Order.status.in_((Status.DISPATCHED, Status.ACCEPTED)), Order.owner_id.is_not(None))
        busy = select(Order.owner_id).where(Order.status.in_((Status.EN_ROUTE, Status.ON_SITE)))
        order = (await session.scalars(query.where(Order.owner_id.not_in(busy)).order_by(Order.number))).first()
        assert order is not None
        found = Visit(database, order)
        if order.status is Status.DISPATCHED:
            await apply(session, found.technician, order.id, acts.Accept())
        await apply(session, found.technician, order.id, acts.Depart())
        found.token = await token_for(session, order.id)
    return found


async def opened(site: Site, visit: Visit, **person: object) -> Page:
    page = await site.person(**person)  # type: ignore[arg-type]
    await page.goto(f"{site.url}/o/{visit.token}")
    return page


@pytest.mark.parametrize(("locale", "size"), [("en-GB", DESK), ("zh-CN", PHONE)], ids=["desk", "phone"])
async def test_the_estimate_comes_by_the_stream_and_the_page_moves_on_with_the_order(
    site: Site, visit: Visit, locale: str, size: dict[str, int]
) -> None:
    page = await opened(site, visit, size=size, locale=locale)
    await expect(page.get_by_text(UNKNOWN[locale])).to_be_visible()
    await visit.seen()
    await visit.do(acts.Note(note="by the back door"))
    await expect(page.locator(TIMES)).to_have_count(1)
    await looked_at(page, f"subscriber-on-the-way-{locale[:2]}")
    await visit.do(acts.Arrive(reason="no signal"))
    await expect(page.get_by_text(STATES[locale])).to_be_visible()
    assert (site.errors, site.foreign) == ([], [])


async def test_without_a_stream_the_page_reads_again_and_says_when_it_cannot(site: Site, visit: Visit) -> None:
    page = await site.person(size=PHONE)
    await page.clock.install()
    await page.route("**/live", lambda route: route.abort())
    await page.goto(f"{site.url}/o/{visit.token}")
    await expect(page.get_by_text(UNKNOWN["en-GB"])).to_be_visible()
    await visit.seen()
    await page.clock.fast_forward(31_000)
    await expect(page.locator(TIMES)).to_have_count(1)
    await page.context.set_offline(True)
    await page.clock.fast_forward(31_000)
    await expect(page.get_by_text("There is no connection just now")).to_be_visible()
    await looked_at(page, "subscriber-no-connection-en")
    await page.context.set_offline(False)
    await page.clock.fast_forward(31_000)
    await expect(page.locator("#lost")).to_be_empty()


async def test_without_scripts_everything_is_read_and_read_again(site: Site, visit: Visit) -> None:
    await visit.seen()
    context = await site.browser.new_context(java_script_enabled=False, viewport=PHONE, locale="zh-CN")  # type: ignore[arg-type]
    site.contexts.append(context)
    page = await context.new_page()
    await page.goto(f"{site.url}/o/{visit.token}")
    await expect(page.locator(TIMES)).to_have_count(1)
    await expect(page.locator("meta[http-equiv=refresh]")).to_have_attribute("content", "30")
