"""Callbacks, assessments, orders and rules behind a web server of their own, for tests that speak HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar
from litestar.di import Provide
from litestar.testing import AsyncTestClient

from dispatch.assessments.controllers import ROUTES as ASSESSMENTS
from dispatch.assessments.inspections.controllers import ROUTES as INSPECTIONS
from dispatch.callbacks.controllers import ROUTES as CALLBACKS
from dispatch.policies.controllers import ROUTES as POLICIES
from kit.actor import Actor
from kit.db import Database
from kit.errors import NotSignedIn
from kit.http.requests import EXCEPTION_HANDLERS, Transactions, provide_session
from tests.site import asked_by


@asynccontextmanager
async def client(database: Database, actor: Actor | None) -> AsyncIterator[AsyncTestClient[Any]]:
    """A client whose every request comes from `actor`, or from nobody."""

    async def provide_actor() -> Actor:
        if actor is None:
            raise NotSignedIn("not_signed_in")
        return actor

    app = Litestar(
        route_handlers=[*CALLBACKS, *ASSESSMENTS, *INSPECTIONS, *POLICIES],
        dependencies={"session": Provide(provide_session), "actor": Provide(provide_actor)},
        plugins=[Transactions()],
        exception_handlers=EXCEPTION_HANDLERS,
        **asked_by(actor),
    )
    app.state.database = database
    async with AsyncTestClient(app) as opened:
        yield opened
