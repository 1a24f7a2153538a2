"""Drafts over HTTP: beside the day as it is worked by, and applied in part."""

from typing import Any
from uuid import UUID

from litestar import Controller, Request, get, post
from litestar.datastructures import State
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.planning import repository
from dispatch.planning.board.board_view import Sees
from dispatch.planning.board.controllers import READERS, seen_by, spoken, travel_of
from dispatch.planning.board.schemas import AppliedOut, ApplyIn, DiffOut, DiffRoute, DiffStop, RepairIn
from dispatch.planning.drafts.applying import PLANNERS
from dispatch.planning.drafts.diff import Change, apply_part, changes, saved_seconds
from dispatch.planning.drafts.repairs import request_repair
from dispatch.planning.models import Plan, PlanRun
from dispatch.planning.runs.planning import load_day
from dispatch.planning.schemas import PlanRunOut, RunError, RunProgress
from grids.service import area_by_id, local_day
from kit.actor import Actor
from kit.i18n import text


def run_out(run: PlanRun, language: str) -> PlanRunOut:
    """A run as HTTP says it."""
    error = None
    if run.error is not None:
        code = run.error["code"]
        error = RunError(code=code, detail=text(code, language, **run.error.get("params", {})))
    told = {name: run.progress.get(name) for name in ("phase", "elapsed", "cost", "planned", "visits")}
    return PlanRunOut(
        id=run.id,
        area_id=run.area_id,
        date=run.service_date,
        status=run.status.value,
        repair="repair" in run.options,
        cancel_asked=run.cancel_asked,
        enough_asked=run.enough_asked,
        progress=RunProgress(**told),
        error=error,
        plan_id=run.plan_id,
        created_at=run.created_at,
        ended_at=run.ended_at,
    )


class DraftController(Controller):
    """What a draft changes, and taking over some of it."""

    path = "/api/plans/{plan_id:uuid}"
    tags = ("plans",)

    @get("/diff", operation_id="diffPlan", summary="A draft beside the day as it is worked by")
    async def diff(self, session: AsyncSession, actor: Actor, plan_id: FromPath[UUID]) -> DiffOut:
        """Per technician: new, moved, earlier, later and dropped visits, and driving saved."""
        actor.require(*READERS)
        plan = await repository.plan(session, actor, plan_id)
        area = await area_by_id(session, plan.area_id)
        day = await load_day(session, area, plan.service_date)
        stops = await repository.stops_of(session, plan.id)
        orders, people = await seen_by(session, actor, area.id)
        names = {person.id: person.name for person in day.technicians}
        found = [change for change in changes(day, stops) if orders(change.order.id)]
        return diff_out(plan, found, saved_seconds(day, stops), names, people)

    @post("/apply", operation_id="applyPlan", summary="Apply a part of a draft", status_code=200)
    async def apply(
        self,
        session: AsyncSession,
        actor: Actor,
        state: State,
        request: Request[Any, Any, Any],
        plan_id: FromPath[UUID],
        data: ApplyIn,
    ) -> AppliedOut:
        """These technicians' or these orders' changes alone; the touched routes are timed anew. Undo takes it back.

        409 where something it relies on moved since, or the part alone breaks a rule (`current` says which).
        """
        plan = await repository.plan(session, actor, plan_id)
        area = await area_by_id(session, plan.area_id)
        travel = await travel_of(session, state, area)
        done = await apply_part(
            session, actor, area, plan_id, travel, data.technician_ids, data.order_ids, spoken(request),
            data.leave_moved,
        )  # fmt: skip
        return AppliedOut(
            id=done.plan.id,
            status=done.plan.status.value,
            version=done.plan.version,
            dispatched=done.dispatched,
            reassigned=done.reassigned,
            visits=done.visits,
            withdrawn=done.withdrawn,
            left=done.left,
            move_id=done.row.id,
        )


def diff_out(plan: Plan, found: list[Change], saved: dict[UUID, int], names: dict[UUID, str], sees: Sees) -> DiffOut:
    """The differences by technician, the most changed first."""
    rows: dict[UUID, list[Change]] = {}
    for change in found:
        for person in {change.technician_id, change.previous} - {None}:
            if person is not None and sees(person):
                rows.setdefault(person, []).append(change)
    routes = [_route(person, names.get(person, "–"), saved.get(person, 0), some) for person, some in rows.items()]
    routes.sort(key=lambda row: (row.same - len(row.stops), row.name, str(row.technician_id)))
    late = [change.late_seconds() for change in found]
    return DiffOut(
        plan_id=plan.id,
        date=plan.service_date,
        technicians=routes,
        new=_count(found, "new"),
        moved=_count(found, "moved"),
        earlier=_count(found, "earlier"),
        later=_count(found, "later"),
        dropped=_count(found, "dropped"),
        same=_count(found, "same"),
        saved_seconds=sum(row.saved_seconds for row in routes),
        late_seconds=sum(after for _, after in late),
        previous_late_seconds=sum(before for before, _ in late),
    )


def _count(found: list[Change], kind: str) -> int:
    return sum(change.kind == kind for change in found)


def _route(person: UUID, name: str, saved: int, found: list[Change]) -> DiffRoute:
    stays = [change for change in found if change.kind != "moved"]
    return DiffRoute(
        technician_id=person,
        name=name,
        new=_count(stays, "new"),
        moved_in=sum(change.kind == "moved" and change.technician_id == person for change in found),
        moved_out=sum(change.kind == "moved" and change.previous == person for change in found),
        earlier=_count(stays, "earlier"),
        later=_count(stays, "later"),
        dropped=_count(stays, "dropped"),
        same=_count(stays, "same"),
        saved_seconds=saved,
        stops=[
            DiffStop(
                order_id=change.order.id,
                number=change.order.number,
                change=change.kind,
                technician_id=change.technician_id,
                previous_technician_id=change.previous,
                start=None if change.to is None else change.to.start,
                previous_start=change.previous_start,
                notified=change.order.appointment is not None,
            )
            for change in sorted(found, key=_when)
        ],
    )


def _when(change: Change) -> tuple[Any, str]:
    moment = change.previous_start if change.to is None else change.to.start
    return (moment or change.order.reported_at, change.order.number)


class RepairController(Controller):
    """Repairing a day."""

    path = "/api/areas/{area_id:uuid}"
    tags = ("plans",)

    @post("/repairs", operation_id="repairDay", summary="Repair a day after something happened", status_code=202)
    async def repair(
        self,
        session: AsyncSession,
        actor: Actor,
        request: Request[Any, Any, Any],
        area_id: FromPath[UUID],
        data: RepairIn,
    ) -> PlanRunOut:
        """A planning run whose draft is the recommended repair; `summary.frontier` names the others, each a draft too.

        No repair changes more people, visits or told windows than `budget` allows. Who is sick is on leave from here on
        until the end of the day, and nothing else gives them work; the leave goes again when the run ends without a
        draft, its last draft is put aside, or what was applied is undone or taken back. 409 while a run of that day
        lives.
        """
        actor.require(*PLANNERS)
        actor.require_area(area_id)
        area = await area_by_id(session, area_id)
        run = await request_repair(session, actor, area, data.date or local_day(area), data)
        return run_out(run, spoken(request))


ROUTES = (DraftController, RepairController)
