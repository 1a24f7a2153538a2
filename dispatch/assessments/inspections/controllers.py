"""The inspector's list over HTTP; the check itself is `inspectOrder`."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Controller, get
from litestar.params import Parameter
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.assessments.inspections.schemas import ReportOut
from dispatch.assessments.inspections.unchecked import unchecked
from kit.actor import Actor, Role
from kit.errors import Malformed
from kit.http.requests import Page, decode_cursor, encode_cursor

READERS = (Role.INSPECTOR, Role.MANAGER, Role.ADMINISTRATOR)


class InspectionController(Controller):
    """Completion reports of an area."""

    path = "/api/areas/{area_id:uuid}/reports-to-check"
    tags = ["assessments"]  # noqa: RUF012 - Litestar reads it as is

    @get(operation_id="listReportsToCheck", summary="Completion reports nobody has checked")
    async def listed(
        self,
        area_id: UUID,
        session: AsyncSession,
        actor: Actor,
        marked: Annotated[bool, Parameter(description="Only those that the program holds something against.")] = True,
        cursor: str | None = None,
        limit: Annotated[int, Parameter(ge=1, le=200)] = 50,
    ) -> Page[ReportOut]:
        """The newest first; one is marked when files that it announced did not come within the policy's hours."""
        actor.require(*READERS)
        actor.require_area(area_id)
        after = None
        if cursor:
            moment, last_id = decode_cursor(cursor, 2)
            try:
                after = (datetime.fromisoformat(moment), UUID(last_id))
            except ValueError as error:
                raise Malformed("malformed.cursor", field="cursor") from error
        rows = await unchecked(session, actor, area_id, marked=marked, after=after, limit=limit + 1)
        items = [
            ReportOut(
                order_id=one.order.id,
                number=one.order.number,
                status=one.order.status.value,
                fault_type=one.order.fault_type,
                technician_id=one.order.completed_by,
                technician=one.technician,
                completed_at=one.order.completed_at,
                photos=one.photos,
                missing=one.missing,
                findings=one.findings or [],
            )
            for one in rows[:limit]
            if one.order.completed_by is not None and one.order.completed_at is not None
        ]
        more = len(rows) > limit
        return Page(
            items=items,
            next_cursor=encode_cursor(items[-1].completed_at.isoformat(), items[-1].order_id) if more else None,
        )


ROUTES = (InspectionController,)
