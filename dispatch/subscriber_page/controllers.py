"""The page over HTTP: one address that is read, and posted to by its forms. Nobody signs in; the link is the key."""

from collections.abc import AsyncIterator
from datetime import datetime
from http import HTTPStatus
from time import monotonic
from typing import Any

from litestar import Request, Response, get, post
from litestar.datastructures import State, UploadFile
from litestar.response import ServerSentEvent, ServerSentEventMessage
from sqlalchemy.ext.asyncio import AsyncSession

from citymap.travel import TravelSource
from dispatch.callbacks.models import Satisfaction
from dispatch.orders.models import Status
from dispatch.planning.access import travel_of
from dispatch.subscriber_page import rendering, service
from kit.db import Database
from kit.errors import Conflict, NotFound, Problem, TooLarge, TooMany, Unsupported
from kit.http.clients import client_of
from kit.http.requests import Struct
from kit.http.streams import HEARTBEAT_SECONDS, Streams
from kit.http.throttle import A_MINUTE, Throttle, count_wrong, refuse_who_guesses
from kit.i18n import language_of
from kit.live import Change, Listener, newest_cursor

PER_MINUTE = 60
LINKS = "links of subscribers"
"""So many links that say nothing one network may try in this time; then it waits, whatever it tries."""
LOOK_SECONDS = HEARTBEAT_SECONDS
"""So often the estimate is made anew: positions come without being announced."""
HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}
_STATUS = {
    NotFound: HTTPStatus.NOT_FOUND, Conflict: HTTPStatus.CONFLICT, TooMany: HTTPStatus.TOO_MANY_REQUESTS,
    TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE, Unsupported: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
}  # fmt: skip


class _Form(Struct):
    """What the page's forms send; each its own part."""

    do: str = ""
    words: str = ""
    start: str = ""
    solved: str = ""
    satisfaction: str = ""


def _answer(language: str, page: service.Shown | None, status: int = 200, **more: Any) -> Response[str]:
    return Response(
        rendering.whole(language, page, **more), media_type="text/html", status_code=status, headers=HEADERS
    )


def _guard(request: Request[Any, Any, Any], state: State) -> None:
    """Count the request. Raises `TooMany` for one too often, or from where too many wrong links came."""
    throttles: dict[str, Throttle] = state.throttles
    throttles.setdefault("subscriberPage", Throttle(PER_MINUTE, A_MINUTE)).admit(client_of(request.scope).network)
    refuse_who_guesses(request, LINKS)


def _language(request: Request[Any, Any, Any]) -> str:
    return "zh" if language_of(request.headers.get("accept-language")) == "zh" else "en"


def _refusal(request: Request[Any, Any, Any], problem: Problem) -> Response[str]:
    """The page of a link that says nothing, or of a caller who must wait; a wrong link is counted."""
    language = _language(request)
    if isinstance(problem, NotFound):
        try:
            count_wrong(request, LINKS)
        except TooMany as waits:
            problem = waits
    return _answer(language, None, _STATUS.get(type(problem), HTTPStatus.UNPROCESSABLE_ENTITY),
                   problem=problem.sentence(language))  # fmt: skip


@get("/o/{token:str}", include_in_schema=False)
async def show(request: Request[Any, Any, Any], state: State, token: str) -> Response[str]:
    """The page, in the browser's language."""
    return await _shown(request, state, token, done=request.query_params.get("done") == "1")


async def _shown(
    request: Request[Any, Any, Any], state: State, token: str, *, problem: Problem | None = None, done: bool = False
) -> Response[str]:
    database: Database = state.database
    language = _language(request)
    choosing = request.query_params.get("times") == "1"
    try:
        _guard(request, state)
        async with database.transaction() as session:
            travel = await _travel(session, state, token)
            page = await service.shown(session, token, travel, windows=choosing)
            status = _STATUS.get(type(problem), HTTPStatus.UNPROCESSABLE_ENTITY) if problem else HTTPStatus.OK
            said = problem.sentence(language) if problem else None
            return _answer(language, page, status, choosing=choosing, done=done, problem=said)
    except (NotFound, TooMany) as refused:
        return _refusal(request, refused)


async def _travel(session: AsyncSession, state: State, token: str) -> TravelSource | None:
    _, area = await service.open_link(session, token)
    return await travel_of(session, state, area)


@post("/o/{token:str}", include_in_schema=False, status_code=303)
async def act(request: Request[Any, Any, Any], state: State, token: str) -> Response[str]:
    """What a form of the page asks for; then the page again, so that reloading repeats nothing."""
    try:
        _guard(request, state)
        sent = await request.form()
        form = _Form(**{name: str(sent.get(name) or "")[:2000] for name in _Form.__struct_fields__})
        upload = sent.get("photo")
        content = await upload.read() if isinstance(upload, UploadFile) else b""
        database: Database = state.database
        async with database.transaction() as session:
            travel = await _travel(session, state, token)
            await _do(session, token, form, content, state.settings.max_upload_bytes, travel)
    except Problem as problem:
        if isinstance(problem, TooMany) or problem.code == "page.gone":
            return _refusal(request, problem)
        return await _shown(request, state, token, problem=problem)
    return Response("", status_code=303, headers={**HEADERS, "Location": f"/o/{token}?done=1"})


async def _do(
    session: AsyncSession, token: str, form: _Form, content: bytes, most: int, travel: TravelSource | None
) -> None:
    match form.do:
        case "still_broken":
            await service.still_broken(session, token)
        case "cancel":
            await service.cancel(session, token)
        case "note":
            await service.note(session, token, form.words)
        case "photo":
            await service.photo(session, token, content, most)
        case "window":
            try:
                start = datetime.fromisoformat(form.start)
            except ValueError as error:
                raise Conflict("page.form") from error
            if start.tzinfo is None:
                raise Conflict("page.form")
            await service.rebook(session, token, start, travel)
        case "rate" if form.solved in ("yes", "no") and form.satisfaction in set(Satisfaction):
            satisfaction = Satisfaction(form.satisfaction)
            await service.rate(session, token, solved=form.solved == "yes", satisfaction=satisfaction, words=form.words)
        case _:
            raise Conflict("page.form")


@get("/o/live.js", include_in_schema=False, media_type="text/javascript")
async def script() -> Response[str]:
    """What makes the page listen; without it the page reads itself again."""
    text = (rendering.HERE / "live.js").read_text(encoding="utf-8")
    return Response(text, media_type="text/javascript", headers={"Cache-Control": "max-age=3600"})


@get("/o/{token:str}/live", include_in_schema=False, media_type="text/event-stream")
async def live(request: Request[Any, Any, Any], state: State, token: str) -> Any:
    """`standing`: the part of the page that says where the order stands, whenever it reads otherwise.

    `moved`: the order has another state, so that the page has other forms. `gone`: the link says nothing any more.
    """
    database: Database = state.database
    streams: Streams = state.streams
    try:
        _guard(request, state)
        async with database.transaction() as session:
            order, area = await service.open_link(session, token)
            cursor = await newest_cursor(session, area.id)
        slot = streams.take(order.id)
    except (NotFound, TooMany) as refused:
        return _refusal(request, refused)
    language = _language(request)

    async def look() -> tuple[str, Status] | None:
        try:
            async with database.transaction() as session:
                page = await service.shown(session, token, await _travel(session, state, token), windows=False)
                return rendering.standing(language, page), page.order.status
        except NotFound:
            return None

    async def messages() -> AsyncIterator[ServerSentEventMessage]:
        listener: Listener = state.listener
        told, looked = "", float("-inf")
        try:
            async for change in _first_then(listener.watch(area.id, cursor, idle_seconds=LOOK_SECONDS)):
                streams.beat(slot)
                if change is not None and change.key != str(order.id) and monotonic() - looked < LOOK_SECONDS:
                    continue
                found, looked = await look(), monotonic()
                if found is None:
                    yield ServerSentEventMessage(event="gone", data="")
                    return
                html, status = found
                if html != told:
                    told = html
                    yield ServerSentEventMessage(event="standing", data=html)
                if status is not order.status:
                    yield ServerSentEventMessage(event="moved", data=status.value)
                    return
        finally:
            streams.give_back(order.id, slot)

    return ServerSentEvent(messages())


async def _first_then(changes: AsyncIterator[Change | None]) -> AsyncIterator[Change | None]:
    """A look at once, then whenever something changes or nothing does for a while."""
    yield None
    async for change in changes:
        yield change


ROUTES = (show, act, script, live)
