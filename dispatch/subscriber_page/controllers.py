"""The page over HTTP: one address that is read, and posted to by its forms. Nobody signs in; the link is the key."""

import tomllib
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, Template
from litestar import Request, Response, get, post
from litestar.datastructures import State, UploadFile
from sqlalchemy.ext.asyncio import AsyncSession

from citymap.travel import TravelSource
from dispatch.callbacks.models import Satisfaction
from dispatch.orders.models import Status
from dispatch.planning.access import travel_of
from dispatch.subscriber_page import service
from kit.db import Database
from kit.errors import Conflict, NotFound, Problem, TooLarge, TooMany, Unsupported
from kit.http.clients import client_of
from kit.http.requests import Struct
from kit.http.throttle import A_MINUTE, Throttle, count_wrong, refuse_who_guesses
from kit.i18n import language_of

HERE = Path(__file__).resolve().parent
PER_MINUTE = 60
LINKS = "links of subscribers"
"""So many links that say nothing one network may try in this time; then it waits, whatever it tries."""
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


@lru_cache
def template() -> Template:
    """The page; whatever is put into it is escaped."""
    return Environment(loader=FileSystemLoader(HERE), autoescape=True, trim_blocks=True).get_template("page.html")


@lru_cache
def words() -> dict[str, dict[str, str]]:
    """What the page says, by name and language."""
    return tomllib.loads((HERE / "words.toml").read_text(encoding="utf-8"))


def _times(zone: ZoneInfo, language: str) -> dict[str, Callable[..., str]]:
    def day(moment: datetime) -> str:
        local = moment.astimezone(zone)
        return f"{local.month}月{local.day}日" if language == "zh" else f"{local:%a} {local.day} {local:%b}"

    def clock(moment: datetime) -> str:
        return f"{moment.astimezone(zone):%H:%M}"

    return {"day": day, "clock": clock, "span": lambda start, end: f"{day(start)} {clock(start)}–{clock(end)}"}


def _answer(language: str, page: service.Shown | None, status: int = 200, **more: Any) -> Response[str]:
    order = page.order if page else None
    zone = ZoneInfo(page.area.timezone if page else "UTC")
    html = template().render(
        lang="zh-CN" if language == "zh" else "en",
        t=lambda name: words()[name][language],
        page=page,
        live=order is not None and order.status is Status.EN_ROUTE,
        open=order is not None and order.status in (*service.MAY_CANCEL, Status.EN_ROUTE, Status.ON_SITE),
        may_rebook=order is not None and order.status in service.MAY_REBOOK,
        may_cancel=order is not None and order.status in service.MAY_CANCEL,
        **_times(zone, language), **more,
    )  # fmt: skip
    return Response(html, media_type="text/html", status_code=status, headers=HEADERS)


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


ROUTES = (show, act)
