"""The web program: which rooms answer, and what every answer has in common."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar, get
from litestar.config.compression import CompressionConfig
from litestar.datastructures import State
from litestar.di import Provide
from litestar.middleware import DefineMiddleware
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme

import dispatch.tables  # noqa: F401 - every table is known before the first query
from citymap.osrm.client import RoadsClient
from dispatch.accounts.service import authenticate
from dispatch.pages import asset, page
from dispatch.policies.service import install_defaults
from kit.db import Database
from kit.http.answers import Answers
from kit.http.bounds import Bounds
from kit.http.clients import parse_networks
from kit.http.gate import Gate, require_declared_type
from kit.http.requests import (
    EXCEPTION_HANDLERS,
    Authentication,
    Transactions,
    finish_answer,
    note_request,
    provide_actor,
    provide_session,
    require_signed_in,
)
from kit.http.schemas import Limits, Tuples
from kit.http.streams import Streams
from kit.http.throttle import throttle_public
from kit.live import Listener
from kit.processes.logs import configure_logging
from kit.processes.memory import settle
from kit.settings import Settings, settings
from mobile_api.day.pulls import Pulls

ROOMS = (
    "dispatch.accounts",
    "citymap",
    "grids",
    "dispatch.technicians",
    "dispatch.policies",
    "dispatch.policies.guides",
    "dispatch.notices",
    "dispatch.orders",
    "dispatch.orders.intake",
    "dispatch.outages",
    "dispatch.planning.dispatching",
    "dispatch.planning.runs",
    "dispatch.planning.board",
    "dispatch.planning.drafts",
    "dispatch.complaints",
    "dispatch.callbacks",
    "dispatch.subscriber_page",
    "dispatch.assessments",
    "dispatch.assessments.ledger",
    "dispatch.assessments.inspections",
    "dispatch.assessments.settlement",
    "dispatch.assessments.decisions",
    "dispatch.reports",
    "dispatch.reports.trouble",
    "dispatch.reports.voice",
    "dispatch.reports.outlook",
    "dispatch.reports.watching",
    "dispatch.live",
    "mobile_api",
)
PASSWORDS_AT_A_TIME = 4
PACKAGES = ("kit", "citymap", "grids", "dispatch", "mobile_api")
"""Where the errors of the program are raised."""
CONTENT_SECURITY = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' data: blob:; "
    "style-src 'self' 'unsafe-inline'; worker-src 'self' blob:; media-src 'self' blob:; "
    "connect-src 'self'; font-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": CONTENT_SECURITY,
}


def routes() -> list[Any]:
    """The controllers of every room, in the order an order walks through them."""
    found: list[Any] = []
    for room in ROOMS:
        found.extend(importlib.import_module(f"{room}.controllers").ROUTES)
    return found


@get(
    "/api/health", operation_id="health", summary="Is it alive", tags=["health"], sync_to_thread=False, per_minute=None
)
def health() -> dict[str, str]:
    """Answers while the web process runs; it asks nobody else."""
    return {"status": "ok"}


def create_app(configuration: Settings | None = None, database: Database | None = None) -> Litestar:
    """The application. Called by granian as a factory; tests pass a database of their own.

    Building it takes most of a second, so it may be started again after it has ended: on the database that stands in
    `app.state.given_database` then.
    """
    chosen = configuration or settings()

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        given: Database | None = app.state.given_database
        if given is None and chosen.database_url is None:
            raise RuntimeError("DATABASE_URL is not set; start the program with `grid-dispatch up`")
        # Not before: granian sets up logging of its own once it has loaded us, and that writes no tracebacks.
        configure_logging(chosen.log_level, as_json=chosen.log_json)
        app.state.database = opened = given or Database(chosen.database_url or "")
        app.state.settings = chosen
        app.state.authenticate = authenticate
        app.state.throttles = {}
        app.state.streams = Streams(chosen.open_streams)
        app.state.checking_passwords = asyncio.Semaphore(PASSWORDS_AT_A_TIME)
        app.state.install_defaults = install_defaults
        app.state.roads = RoadsClient(chosen.roads_socket)
        app.state.listener = Listener(opened)
        await app.state.listener.start()
        await pulls.open(opened)
        if given is None:  # a process of its own
            settle()
        yield
        await pulls.close()
        await app.state.listener.stop()
        if given is None:
            await opened.dispose()

    app = Litestar(
        route_handlers=[*routes(), health, asset, page],
        lifespan=[lifespan],
        state=State({"given_database": database}),
        dependencies={
            "session": Provide(provide_session),
            "actor": Provide(provide_actor),
        },
        guards=[require_signed_in, require_declared_type, throttle_public],
        middleware=[DefineMiddleware(Authentication, exclude=["^/assets", "^/schema"])],
        exception_handlers=EXCEPTION_HANDLERS,
        plugins=[Transactions(), Bounds(), Answers(PACKAGES), Limits(), Tuples()],
        before_request=note_request,
        after_request=finish_answer,
        compression_config=CompressionConfig(
            backend="gzip",
            gzip_compress_level=4,  # a third of the time of the usual 9, for a tenth more bytes
            minimum_size=1000,
            exclude=[
                r"^/assets/",
                r"/changes$",
                r"^/o/[^/]+/live$",
                r"/orders\.csv$",
                r"\.mvt$",
                r"^/api/mobile/(route|map)",
            ],
        ),
        request_max_body_size=chosen.max_upload_bytes,
        openapi_config=OpenAPIConfig(
            title="Grid Dispatch",
            version="1",
            description="Report → dispatch → repair → call back → assess, by grid. Errors are RFC 9457 problems with a "
            "stable `code`. Times are RFC 3339, durations seconds, lengths metres, coordinates [lon, lat] in WGS 84. "
            "An account that is limited to some grids or a firm reads and writes only there: what concerns the whole "
            "area answers 403 `grid.whole_area`. Personal data that a role does not need are null or empty.",
            path="/schema",
            render_plugins=[JsonRenderPlugin()],
            use_handler_docstrings=True,
            components=Components(
                security_schemes={
                    "token": SecurityScheme(type="http", scheme="bearer"),
                    "session": SecurityScheme(type="apiKey", name="grid_dispatch_session", security_scheme_in="cookie"),
                }
            ),
        ),
        debug=False,
    )
    pulls = Pulls(app.asgi_handler, chosen)
    app.asgi_handler = Gate(
        pulls,
        headers=HEADERS,
        trusted=parse_networks(chosen.trusted_proxies),
        hops_header=chosen.proxy_header,
        hosts=chosen.hosts,
    )
    return app
