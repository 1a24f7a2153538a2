"""The rooms of this folder behind a web server of their own, for tests that speak HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar
from litestar.di import Provide
from litestar.testing import AsyncTestClient

from dispatch.orders.controllers import ROUTES as ORDERS
from dispatch.policies.controllers import ROUTES as POLICIES
from kit.actor import Actor
from kit.db import Database
from kit.http.requests import EXCEPTION_HANDLERS, Transactions, provide_session
from kit.settings import Settings
from tests.site import asked_by


@asynccontextmanager
async def client(database: Database, actor: Actor) -> AsyncIterator[AsyncTestClient[Any]]:
    """A client whose every request comes from `actor`."""

    async def provide_actor() -> Actor:
        return actor

    app = Litestar(
        route_handlers=[*ORDERS, *POLICIES],
        dependencies={"session": Provide(provide_session), "actor": Provide(provide_actor)},
        plugins=[Transactions()],
        exception_handlers=EXCEPTION_HANDLERS,
        **asked_by(actor),
        request_max_body_size=1_000_000,
    )
    app.state.database = database
    app.state.settings = Settings(max_upload_bytes=1_000_000)
    async with AsyncTestClient(app) as opened:
        yield opened
