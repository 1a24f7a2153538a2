"""The town, an order in Anna's hands, and a web program with the phone's and the planner's addresses."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import SimpleNamespace

import httpx
import pytest
from litestar import Litestar
from litestar.di import Provide
from litestar.middleware import DefineMiddleware
from sqlalchemy.ext.asyncio import AsyncSession

from citymap.osrm.client import RoadsClient
from dispatch.orders.models import Order
from dispatch.orders.rules import acts
from kit.actor import SYSTEM, Actor
from kit.db import Database
from kit.http.requests import EXCEPTION_HANDLERS, Authentication, Transactions, provide_actor, provide_session
from kit.settings import settings
from mobile_api import controllers as mobile_controllers
from tests.dispatch.planning.site import ROUTES as PLANNING
from tests.dispatch.planning.town import WEST, Town, build_town


@pytest.fixture
async def town(database: Database) -> Town:
    """A committed town at nine in the morning."""
    return await build_town(database)


@pytest.fixture
async def order(town: Town) -> Order:
    """A fault at Anna's home, dispatched to her."""
    reported = await town.report(WEST)
    await town.do(SYSTEM, reported, acts.Dispatch(technician_id=town.anna, why="a_technician"))
    return reported


@pytest.fixture
async def phone(town: Town) -> AsyncIterator[SimpleNamespace]:
    """HTTP clients by bearer: `phone.anna`, `phone.bert`, `phone.dispatcher`."""
    people = {
        "anna": town.technician(town.anna),
        "bert": town.technician(town.bert),
        "dispatcher": town.dispatcher,
    }

    async def authenticate(
        _session: AsyncSession, bearer: str | None, _cookie: str | None
    ) -> tuple[Actor, str | None] | None:
        return (people[bearer], None) if bearer in people else None

    app = Litestar(
        route_handlers=[*mobile_controllers.ROUTES, *PLANNING],
        dependencies={"session": Provide(provide_session), "actor": Provide(provide_actor)},
        middleware=[DefineMiddleware(Authentication)],
        plugins=[Transactions()],
        exception_handlers=EXCEPTION_HANDLERS,
        openapi_config=None,
    )
    app.state.database = town.database
    app.state.settings = settings()
    app.state.authenticate = authenticate
    app.state.roads = RoadsClient(settings().data_home / "no-such.sock")
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    clients = {
        name: httpx.AsyncClient(
            transport=transport, base_url="http://town", headers={"authorization": f"Bearer {name}"}
        )
        for name in people
    }
    yield SimpleNamespace(**clients)
    for client in clients.values():
        await client.aclose()
