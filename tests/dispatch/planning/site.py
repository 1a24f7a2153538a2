"""Planning over HTTP, without signing in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar
from litestar.di import Provide
from litestar.testing import AsyncTestClient

from citymap.osrm.client import RoadsClient
from dispatch.planning.board import controllers as board
from dispatch.planning.dispatching import controllers as dispatching
from dispatch.planning.drafts import controllers as drafts
from dispatch.planning.runs import controllers as runs
from kit.actor import Actor
from kit.http.requests import EXCEPTION_HANDLERS, Transactions, provide_session
from kit.settings import Settings, settings
from tests.dispatch.planning.town import Town

ROUTES = (*dispatching.ROUTES, *runs.ROUTES, *board.ROUTES, *drafts.ROUTES)


@asynccontextmanager
async def client(town: Town, actor: Actor) -> AsyncIterator[AsyncTestClient[Any]]:
    """A client whose every request comes from `actor`."""

    async def provide_actor() -> Actor:
        return actor

    app = Litestar(
        route_handlers=[*ROUTES],
        dependencies={"session": Provide(provide_session), "actor": Provide(provide_actor)},
        plugins=[Transactions()],
        exception_handlers=EXCEPTION_HANDLERS,
    )
    app.state.database = town.database
    app.state.settings = Settings()
    app.state.roads = RoadsClient(settings().roads_socket)
    async with AsyncTestClient(app) as opened:
        yield opened
