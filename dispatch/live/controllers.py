"""Live updates over HTTP: server-sent events that say what changed, with a cursor to catch up from."""

from collections.abc import AsyncIterator
from time import monotonic
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Controller, Request, get
from litestar.datastructures import State
from litestar.params import HeaderParameter, Parameter
from litestar.response import ServerSentEvent, ServerSentEventMessage
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.accounts.service import authenticate
from kit.actor import Actor, Role
from kit.db import Database
from kit.http.requests import Struct, credentials
from kit.http.streams import HEARTBEAT_SECONDS, Streams
from kit.live import Change, Listener, changes_since, newest_cursor, read_cursor


class ChangeOut(Struct):
    """Something changed; fetch it. `cursor` is what to send after a gap.

    `version` is the thing's own after the change: who holds that version, or a newer one, need not fetch. Null: fetch.
    """

    cursor: str
    topic: str
    key: str
    version: int | None


class ChangesOut(Struct):
    """What happened after a cursor, oldest first, and the cursor to go on from."""

    items: list[ChangeOut]
    cursor: str


def _out(change: Change) -> ChangeOut:
    return ChangeOut(cursor=change.cursor, topic=change.topic, key=change.key, version=change.version)


WATCHERS = (
    Role.AGENT,
    Role.DISPATCHER,
    Role.GRID_LEAD,
    Role.INSPECTOR,
    Role.MANAGER,
    Role.OBSERVER,
    Role.ADMINISTRATOR,
)


class LiveController(Controller):
    """Changes of an area, as a stream or in one answer."""

    path = "/api/areas/{area_id:uuid}/changes"
    tags = ["live"]  # noqa: RUF012 - Litestar reads it as is

    @get(
        operation_id="watchChanges", summary="Watch an area", media_type="text/event-stream", opt={"may_answer": (429,)}
    )
    async def watch(
        self,
        area_id: UUID,
        actor: Actor,
        state: State,
        request: Request[Any, Any, Any],
        cursor: Annotated[str | None, Parameter(description="Where to go on from; omit to start now.")] = None,
        last_event_id: Annotated[str | None, HeaderParameter(name="last-event-id")] = None,
    ) -> ServerSentEvent:
        """Server-sent events, each naming a thing that changed. A comment every 15 s is a sign of life.

        The stream ends within 15 s of the reader's right to it: the account disabled, the token revoked, the role or
        area taken away, the session over. One account holds few streams at a time; one more is 429.
        """
        actor.require(*WATCHERS)
        actor.require_area(area_id)
        listener: Listener = state.listener
        start = last_event_id or cursor
        if start is not None:
            read_cursor(start)
        else:
            async with state.database.transaction() as session:
                start = await newest_cursor(session, area_id)
        streams: Streams = state.streams
        holder = actor.account_id or UUID(int=0)
        slot = streams.take(holder)

        async def messages() -> AsyncIterator[ServerSentEventMessage]:
            try:
                yield ServerSentEventMessage(event="cursor", data=start, id=start)
                asked = monotonic()
                async for change in listener.watch(area_id, start, idle_seconds=HEARTBEAT_SECONDS):
                    streams.beat(slot)
                    if change is None or monotonic() - asked >= HEARTBEAT_SECONDS:
                        if not await _may_still_watch(request, state.database, area_id):
                            return
                        asked = monotonic()
                    yield _message(change)
            finally:
                streams.give_back(holder, slot)

        return ServerSentEvent(messages())

    @get("/list", operation_id="listChanges", summary="What changed since a cursor")
    async def since(
        self,
        area_id: UUID,
        actor: Actor,
        session: AsyncSession,
        cursor: Annotated[str | None, Parameter(description="Omit to learn the newest cursor.")] = None,
    ) -> ChangesOut:
        """For clients that cannot hold a stream open."""
        actor.require(*WATCHERS)
        actor.require_area(area_id)
        if cursor is None:
            return ChangesOut(items=[], cursor=await newest_cursor(session, area_id))
        found = await changes_since(session, area_id, cursor)
        items = [_out(change) for change in found]
        return ChangesOut(items=items, cursor=items[-1].cursor if items else cursor)


def _message(change: Change | None) -> ServerSentEventMessage:
    if change is None:
        return ServerSentEventMessage(comment="still here")
    return ServerSentEventMessage(event="change", id=change.cursor, data=msgspec.json.encode(_out(change)).decode())


async def _may_still_watch(request: Request[Any, Any, Any], database: Database, area_id: UUID) -> bool:
    """Whether whoever opened a stream would be let in now."""
    async with database.transaction() as session:
        found = await authenticate(session, *credentials(request), used=False)
    if found is None:
        return False
    actor, _ = found
    return actor.role in WATCHERS and actor.scope.allows_area(area_id)


ROUTES = (LiveController,)
