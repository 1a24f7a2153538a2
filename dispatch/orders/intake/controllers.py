"""Imports and the place worklist, over HTTP."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Controller, Request, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body, Parameter
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.orders.intake import importing, repository, uploads
from dispatch.orders.intake.models import ImportRun
from dispatch.orders.intake.placing import place_worklist
from dispatch.orders.intake.related.controllers import DuplicateController, RelatedOrderController
from dispatch.orders.intake.schemas import (
    CandidateOut,
    ImportCounts,
    ImportIn,
    ImportOut,
    PlacedListOut,
    PlacedOut,
    PlaceIn,
    RejectionOut,
    UndoneOut,
    WaitingOut,
)
from grids.access import require_whole_area
from grids.service import area_by_id
from kit.actor import Actor, Role
from kit.errors import Malformed
from kit.explaining import said
from kit.http.requests import Page, decode_cursor, encode_cursor
from kit.i18n import language_of
from kit.i18n import text as sentence

IMPORTERS = (Role.ADMINISTRATOR, Role.DISPATCHER)
PLACERS = (Role.AGENT, Role.DISPATCHER, Role.GRID_LEAD, Role.ADMINISTRATOR)
READERS = (*PLACERS, Role.INSPECTOR, Role.MANAGER, Role.OBSERVER)


def _language(request: Request[Any, Any, Any]) -> str:
    return language_of(request.headers.get("accept-language"))


def _import_out(run: ImportRun, language: str) -> ImportOut:
    kept: dict[str, Any] = {encoded: run.counts.get(encoded) for encoded in ImportCounts.__struct_encode_fields__}
    counts = msgspec.convert({name: value for name, value in kept.items() if value is not None}, ImportCounts)
    error = run.counts.get("error")
    mapping = run.mapping.get("mapping", {})
    return ImportOut(
        id=run.id,
        filename=run.filename,
        status=run.status.value,
        counts=counts,
        source=mapping.get("source", ""),
        kind=mapping.get("kind", ""),
        started_at=run.started_at,
        ended_at=run.ended_at,
        error=sentence(error["code"], language, **said(error["params"])) if error else None,
    )


def _moment_and_id(cursor: str) -> tuple[datetime, UUID]:
    moment, row_id = decode_cursor(cursor, 2)
    try:
        return datetime.fromisoformat(moment), UUID(row_id)
    except ValueError as error:
        raise Malformed("malformed.cursor", field="cursor") from error


def _two_numbers(cursor: str) -> tuple[int, int]:
    first, second = decode_cursor(cursor, 2)
    try:
        return int(first), int(second)
    except ValueError as error:
        raise Malformed("malformed.cursor", field="cursor") from error


class ImportController(Controller):
    """Files of orders."""

    path = "/api"
    tags = ["imports"]  # noqa: RUF012 - Litestar reads it as is

    @post(
        "/areas/{area_id:uuid}/imports",
        operation_id="importOrders",
        summary="Bring in a file of orders",
        status_code=202,
    )
    async def start(
        self,
        area_id: UUID,
        data: Annotated[ImportIn, Body(media_type=RequestEncodingType.MULTI_PART)],
        session: AsyncSession,
        actor: Actor,
        request: Request[Any, Any, Any],
    ) -> ImportOut:
        """Keep a CSV or GeoJSON file and take it in the background; ask `GET /imports/{id}` how far it is."""
        actor.require(*IMPORTERS)
        actor.require_area(area_id)
        await require_whole_area(session, actor, area_id)
        area = await area_by_id(session, area_id)
        run = await uploads.register(
            session,
            actor,
            area,
            await data.file.read(),
            data.file.filename or "orders.csv",
            uploads.read_mapping(data.mapping),
            label_column=data.label_column or None,
            onto=data.onto,
            strict=data.strict,
        )
        await session.refresh(run)
        return _import_out(run, _language(request))

    @get("/areas/{area_id:uuid}/imports", operation_id="listImports", summary="Files brought in")
    async def all(
        self,
        area_id: UUID,
        session: AsyncSession,
        actor: Actor,
        request: Request[Any, Any, Any],
        cursor: str | None = None,
        limit: Annotated[int, Parameter(ge=1, le=200)] = 50,
    ) -> Page[ImportOut]:
        """The imports of an area, newest first."""
        actor.require(*IMPORTERS)
        actor.require_area(area_id)
        before = _moment_and_id(cursor) if cursor else None
        rows = await repository.runs(session, area_id, before, limit + 1)
        shown = rows[:limit]
        items = [_import_out(run, _language(request)) for run in shown]
        more = encode_cursor(shown[-1].started_at, shown[-1].id) if len(rows) > limit else None
        return Page(items=items, next_cursor=more)

    @get("/imports/{import_id:uuid}", operation_id="getImport", summary="One import")
    async def one(
        self, import_id: UUID, session: AsyncSession, actor: Actor, request: Request[Any, Any, Any]
    ) -> ImportOut:
        """How far an import is and what became of its rows."""
        return _import_out(await uploads.seen(session, actor, import_id), _language(request))

    @get(
        "/imports/{import_id:uuid}/rejections",
        operation_id="listRejections",
        summary="Rows that were not taken",
    )
    async def rejections(
        self,
        import_id: UUID,
        session: AsyncSession,
        actor: Actor,
        request: Request[Any, Any, Any],
        kind: Annotated[str | None, Parameter(description="rejected or conflict")] = None,
        cursor: str | None = None,
        limit: Annotated[int, Parameter(ge=1, le=200)] = 50,
    ) -> Page[RejectionOut]:
        """Each with its line, the reason, and the row as it stood, in the order of the file."""
        await uploads.seen(session, actor, import_id)
        after = _two_numbers(cursor) if cursor else (0, 0)
        rows = await repository.rejections(session, import_id, after, limit + 1, kind)
        shown = rows[:limit]
        items = [
            RejectionOut(
                line=row.line,
                kind=row.kind,
                reason=row.reason,
                detail=sentence(row.reason, _language(request), **row.params),
                row=row.row,
            )
            for row in shown
        ]
        return Page(items=items, next_cursor=encode_cursor(shown[-1].line, shown[-1].id) if len(rows) > limit else None)

    @post("/imports/{import_id:uuid}/undo", operation_id="undoImport", summary="Take an import back", status_code=200)
    async def undo(self, import_id: UUID, session: AsyncSession, actor: Actor) -> UndoneOut:
        """Remove every order of an import, while nobody has worked on one of them."""
        return UndoneOut(removed=await importing.undo(session, actor, import_id))


class PlaceController(Controller):
    """Orders that are not on the map."""

    path = "/api/areas/{area_id:uuid}"
    tags = ["places"]  # noqa: RUF012 - Litestar reads it as is

    @get("/worklists/places", operation_id="listUnplaced", summary="Orders without a place")
    async def waiting(
        self,
        area_id: UUID,
        session: AsyncSession,
        actor: Actor,
        reason: Annotated[str | None, Parameter(description="Only orders with this place problem.")] = None,
        cursor: str | None = None,
        limit: Annotated[int, Parameter(ge=1, le=200)] = 50,
    ) -> Page[WaitingOut]:
        """Unfinished orders that are not on the map, longest waiting first, with the reason and what is known."""
        actor.require(*READERS)
        actor.require_area(area_id)
        area = await area_by_id(session, area_id)
        after = _moment_and_id(cursor) if cursor else None
        rows = await place_worklist.waiting(session, actor, area, reason=reason, after=after, limit=limit + 1)
        shown = rows[:limit]
        items = [
            WaitingOut(
                order_id=row.order.id,
                number=row.order.number,
                status=row.order.status.value,
                reason=row.order.place_problem or "",
                fault_type=row.order.fault_type,
                category=row.category,
                description=row.order.description,
                level=row.order.level.value,
                address=row.order.address,
                district_hint=row.order.district_hint,
                given=row.given,
                point=row.point,
                grid_id=row.order.grid_id,
                candidates=[
                    CandidateOut(
                        label=one["label"],
                        point=(one["point"][0], one["point"][1]),
                        confidence=one["confidence"],
                        score=one["score"],
                        error_metres=one["errorMetres"],
                    )
                    for one in row.candidates
                ],
                reported_at=row.order.reported_at,
                version=row.order.version,
            )
            for row in shown
        ]
        last = shown[-1].order if len(rows) > limit else None
        return Page(items=items, next_cursor=encode_cursor(last.reported_at, last.id) if last else None)

    @post("/worklists/places", operation_id="placeOrders", summary="Put orders on the map", status_code=200)
    async def place(
        self, area_id: UUID, data: PlaceIn, session: AsyncSession, actor: Actor, request: Request[Any, Any, Any]
    ) -> PlacedListOut:
        """One by one or many at once, by a point, an address, or the grid alone; each order answers for itself."""
        placements = [
            place_worklist.Placement(one.order_ids, one.point, one.address, one.grid_id) for one in data.placements
        ]
        placed = await place_worklist.place_all(session, actor, area_id, placements)
        language = _language(request)
        return PlacedListOut(
            items=[
                PlacedOut(
                    order_id=one.order_id,
                    grid_id=one.grid_id,
                    place_problem=one.place_problem,
                    code=one.refused.code if one.refused else None,
                    detail=one.refused.sentence(language) if one.refused else None,
                )
                for one in placed
            ]
        )


ROUTES = (ImportController, PlaceController, DuplicateController, RelatedOrderController)
