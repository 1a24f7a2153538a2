"""Plans over HTTP: drafts beside the day as it is worked by, published, applied in part or put aside; and repairs."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Request, get, post
from litestar.datastructures import State
from litestar.params import FromPath, QueryParameter
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.planning import repository
from dispatch.planning.access import READERS, Sees, planner_of, seen_by, spoken, travel_of
from dispatch.planning.day.loading import load_day
from dispatch.planning.day.wording import reason_text, summary_in
from dispatch.planning.drafts.applying import apply_part, publish_plan
from dispatch.planning.drafts.diff import Change, changes, saved_seconds
from dispatch.planning.drafts.discarding import discard_plan
from dispatch.planning.drafts.repairs import request_repair
from dispatch.planning.drafts.schemas import (
    AppliedOut,
    ApplyIn,
    DiffOut,
    DiffRoute,
    DiffStop,
    DiscardedOut,
    LeftOrder,
    PlanDetail,
    PlanOut,
    PlanStopOut,
    PublishedOut,
    RepairIn,
    UnplannedOut,
)
from dispatch.planning.models import Plan
from dispatch.planning.runs.controllers import run_out
from dispatch.planning.runs.schemas import PlanRunOut
from grids.service import area_by_id
from kit.actor import Actor
from kit.http.requests import Page


def _with_name(params: Mapping[str, Any], names: Mapping[UUID, str]) -> Mapping[str, Any]:
    """The values of a reason's sentence, a person by name."""
    who = params.get("technician")
    return params if who is None else {**params, "technician": names.get(UUID(who), who)}


def plan_fields(plan: Plan, language: str) -> dict[str, Any]:
    """What a plan says of itself in lists and alone."""
    return {
        "id": plan.id,
        "area_id": plan.area_id,
        "date": plan.service_date,
        "status": plan.status.value,
        "version": plan.version,
        "created_at": plan.created_at,
        "published_at": plan.published_at,
        "summary": summary_in(plan.summary, language),
    }


class PlanController(Controller):
    """Drafts and published plans."""

    path = "/api"
    tags = ("plans",)

    @get("/areas/{area_id:uuid}/plans", operation_id="listPlans", summary="Plans of an area, newest first")
    async def many(
        self,
        session: AsyncSession,
        actor: Actor,
        request: Request[Any, Any, Any],
        area_id: FromPath[UUID],
        on: Annotated[date | None, QueryParameter(name="date", description="A local service day.")] = None,
        current: Annotated[bool, QueryParameter(description="Only drafts and published plans.")] = False,
        limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
        cursor: Annotated[str | None, QueryParameter(description="`nextCursor` of the page before.")] = None,
    ) -> Page[PlanOut]:
        """The plans of an area, of one day if asked."""
        actor.require(*READERS)
        actor.require_area(area_id)
        plans, following = await repository.page_of_plans(session, area_id, on, current, limit, cursor)
        language = spoken(request)
        return Page(items=[PlanOut(**plan_fields(plan, language)) for plan in plans], next_cursor=following)

    @get("/plans/{plan_id:uuid}", operation_id="getPlan", summary="A plan with its routes")
    async def one(
        self, session: AsyncSession, actor: Actor, request: Request[Any, Any, Any], plan_id: FromPath[UUID]
    ) -> PlanDetail:
        """Every stop and every order left out with its reason, as far as the asker may see the orders."""
        actor.require(*READERS)
        plan = await repository.plan(session, actor, plan_id)
        language = spoken(request)
        stops = [
            PlanStopOut(
                order_id=stop.order_id,
                number=number,
                technician_id=stop.technician_id,
                position=stop.position,
                arrival=stop.arrival,
                start=stop.start,
                departure=stop.departure,
                travel_seconds=stop.travel_seconds,
                travel_metres=stop.travel_metres,
            )
            for stop, number in await repository.visible_stops(session, actor, plan_id)
        ]
        left_out = await repository.visible_unplanned(session, actor, plan_id)
        # A reason names people as the optimizer does, by their ids.
        people = {UUID(left.params["technician"]) for left, _ in left_out if "technician" in left.params}
        names = await repository.names_of(session, people)
        unplanned = [
            UnplannedOut(
                order_id=left.order_id,
                number=number,
                reason=left.reason,
                text=reason_text(left.reason, _with_name(left.params, names), language),
            )
            for left, number in left_out
        ]
        return PlanDetail(**plan_fields(plan, language), stops=stops, unplanned=unplanned)

    @post("/plans/{plan_id:uuid}/publish", operation_id="publishPlan", summary="Publish a draft", status_code=200)
    async def publish(self, session: AsyncSession, actor: Actor, plan_id: FromPath[UUID]) -> PublishedOut:
        """Put the visits on phones. 409 naming the orders that moved since the draft was made."""
        done = await publish_plan(session, actor, plan_id)
        return PublishedOut(
            id=done.plan.id,
            status=done.plan.status.value,
            version=done.plan.version,
            dispatched=done.outcome.dispatched,
            reassigned=done.outcome.reassigned,
            visits=done.outcome.visits,
            withdrawn=done.outcome.withdrawn,
        )

    @post("/plans/{plan_id:uuid}/discard", operation_id="discardPlan", summary="Put a plan aside", status_code=200)
    async def discard(
        self, session: AsyncSession, actor: Actor, request: Request[Any, Any, Any], plan_id: FromPath[UUID]
    ) -> DiscardedOut:
        """A draft can no longer be published. Of the published plan, owners and visits go back to what they were before
        it, and the plan before it is the day's again; an order that somebody acted on since stays as it is (`left`).
        """
        done = await discard_plan(session, actor, plan_id)
        return DiscardedOut(
            **plan_fields(done.plan, spoken(request)),
            withdrawn=done.withdrawn,
            returned=done.returned,
            left=[LeftOrder(order_id=order_id, number=number) for order_id, number in done.left],
            at_work_again=list(done.at_work_again),
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

        Of them, only changes whose order and technicians the caller may see.
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
            dispatched=done.outcome.dispatched,
            reassigned=done.outcome.reassigned,
            visits=done.outcome.visits,
            withdrawn=done.outcome.withdrawn,
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

    @post(
        "/repairs",
        operation_id="repairDay",
        summary="Repair a day after something happened",
        status_code=202,
        opt={"may_answer": (429,)},
    )
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
        area, on = await planner_of(session, actor, area_id, data.date)
        run = await request_repair(session, actor, area, on, data)
        return run_out(run, spoken(request))


ROUTES = (PlanController, DraftController, RepairController)
