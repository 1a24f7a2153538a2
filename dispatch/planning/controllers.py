"""Plans over HTTP: runs that make drafts, drafts that are published or put aside, routes, and a trial area's clock."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Request, get, post
from litestar.datastructures import State
from litestar.params import FromPath, QueryParameter
from sqlalchemy.ext.asyncio import AsyncSession

from citymap.service import road_travel
from citymap.travel import StraightLineTravel, TravelSource
from dispatch.planning import repository
from dispatch.planning.board.controllers import READERS
from dispatch.planning.board.controllers import ROUTES as BOARD_ROUTES
from dispatch.planning.board.routes import routes
from dispatch.planning.dispatching.replay_clock import advance_clock
from dispatch.planning.drafts.applying import publish_plan
from dispatch.planning.drafts.controllers import ROUTES as DRAFT_ROUTES
from dispatch.planning.drafts.controllers import run_out
from dispatch.planning.drafts.discarding import discard_plan
from dispatch.planning.models import Plan
from dispatch.planning.runs import lifecycle as runs
from dispatch.planning.runs.summary import reason_text, summary_in
from dispatch.planning.schemas import (
    ClockIn,
    ClockMoved,
    DiscardedOut,
    LeftOrder,
    PlanDetail,
    PlanOut,
    PlanRunIn,
    PlanRunOut,
    PlanStopOut,
    PublishedOut,
    RoutesOut,
    UnplannedOut,
)
from dispatch.policies.plan_policies import plan_policy
from grids.controllers import clock_out
from grids.schemas import ClockOut
from grids.service import area_by_id, local_day
from kit.actor import Actor, Role
from kit.http import Page
from kit.i18n import language_of

WHO_SEES_ROUTES = (*READERS, Role.TECHNICIAN)


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


class PlanRunController(Controller):
    """Making drafts in the background."""

    path = "/api"
    tags = ("plans",)

    @post("/areas/{area_id:uuid}/plan-runs", operation_id="startPlanRun", summary="Plan a day", status_code=202)
    async def start(
        self,
        session: AsyncSession,
        actor: Actor,
        request: Request[Any, Any, Any],
        area_id: FromPath[UUID],
        data: PlanRunIn,
    ) -> PlanRunOut:
        """Queue a planning run of a local day. 409 while another run of that day lives, 422 for an unknown policy."""
        actor.require_area(area_id)
        area = await area_by_id(session, area_id)
        options = {
            "seconds": data.seconds,
            "seed": data.seed,
            "allowStraightLine": data.allow_straight_line,
            "policy": (await plan_policy(session, area_id, data.policy)).code,
        }
        run = await runs.request_run(session, actor, area, data.date, options, queue=True)
        return run_out(run, language_of(request.headers.get("accept-language")))

    @get("/plan-runs/{run_id:uuid}", operation_id="getPlanRun", summary="A planning run")
    async def one(
        self, session: AsyncSession, actor: Actor, request: Request[Any, Any, Any], run_id: FromPath[UUID]
    ) -> PlanRunOut:
        """How far a run is, its best cost so far, and the draft it made."""
        actor.require(*READERS)
        run = await repository.run(session, actor, run_id)
        return run_out(run, language_of(request.headers.get("accept-language")))

    @post("/plan-runs/{run_id:uuid}/cancel", operation_id="cancelPlanRun", summary="Stop a run", status_code=202)
    async def cancel(
        self, session: AsyncSession, actor: Actor, request: Request[Any, Any, Any], run_id: FromPath[UUID]
    ) -> PlanRunOut:
        """Ask a run to stop; it ends within two seconds and leaves no draft. 409 when it is over."""
        run = await runs.ask_to_cancel(session, actor, run_id)
        return run_out(run, language_of(request.headers.get("accept-language")))

    @post("/plan-runs/{run_id:uuid}/enough", operation_id="takeBestSoFar", summary="End the search", status_code=202)
    async def enough(
        self, session: AsyncSession, actor: Actor, request: Request[Any, Any, Any], run_id: FromPath[UUID]
    ) -> PlanRunOut:
        """Ask a run to search no longer: the best plan so far is finished and becomes the draft, within a few seconds
        on an ordinary day. 409 when it is over.
        """
        run = await runs.ask_for_best(session, actor, run_id)
        return run_out(run, language_of(request.headers.get("accept-language")))


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
        language = language_of(request.headers.get("accept-language"))
        return Page(items=[PlanOut(**plan_fields(plan, language)) for plan in plans], next_cursor=following)

    @get("/plans/{plan_id:uuid}", operation_id="getPlan", summary="A plan with its routes")
    async def one(
        self, session: AsyncSession, actor: Actor, request: Request[Any, Any, Any], plan_id: FromPath[UUID]
    ) -> PlanDetail:
        """Every stop and every order left out with its reason, as far as the asker may see the orders."""
        actor.require(*READERS)
        plan = await repository.plan(session, actor, plan_id)
        language = language_of(request.headers.get("accept-language"))
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
            dispatched=done.dispatched,
            reassigned=done.reassigned,
            visits=done.visits,
            withdrawn=done.withdrawn,
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
            **plan_fields(done.plan, language_of(request.headers.get("accept-language"))),
            withdrawn=done.withdrawn,
            returned=done.returned,
            left=[LeftOrder(order_id=order_id, number=number) for order_id, number in done.left],
            at_work_again=list(done.at_work_again),
        )


class RouteController(Controller):
    """Who goes where today."""

    path = "/api/areas/{area_id:uuid}"
    tags = ("plans",)

    @get("/routes", operation_id="listRoutes", summary="Every technician's current route")
    async def routes(
        self,
        session: AsyncSession,
        actor: Actor,
        state: State,
        area_id: FromPath[UUID],
        on: Annotated[date | None, QueryParameter(name="date", description="A local day; the area's today.")] = None,
        technician_id: Annotated[
            list[UUID] | None, QueryParameter(name="technicianId", description="Only these people's.")
        ] = None,
        lines: Annotated[bool, QueryParameter(description="Without them the answer is a tenth as large.")] = True,
    ) -> RoutesOut:
        """Stops with their times in order, and the streets between them as a GeoJSON LineString."""
        actor.require(*WHO_SEES_ROUTES)
        actor.require_area(area_id)
        area = await area_by_id(session, area_id)
        travel: TravelSource | None = await road_travel(session, area_id, state.roads) if lines else None
        if lines and travel is None and area.straight_line_allowed:
            travel = StraightLineTravel()
        return await routes(session, actor, area, on or local_day(area), travel, technician_id)


class ClockController(Controller):
    """An area's clock. Both handlers of the address stand here: Litestar takes one path from one controller only."""

    path = "/api/areas/{area_id:uuid}"
    tags = ("areas",)

    @get("/clock", operation_id="getClock", summary="What time it is there")
    async def clock(self, area_id: FromPath[UUID], actor: Actor, session: AsyncSession) -> ClockOut:
        """The time that guards, sweeps and `receivedAt` go by."""
        actor.require_area(area_id)
        return clock_out(await area_by_id(session, area_id))

    @post("/clock", operation_id="moveClock", summary="Move a trial area's clock", status_code=200)
    async def move(self, actor: Actor, state: State, area_id: FromPath[UUID], data: ClockIn) -> ClockMoved:
        """Bring the clock to `now`; whatever falls due on the way is done at its own time. 409 in ordinary areas, and
        for a time before the clock's. Asking again after an interruption goes on where it stopped.
        """
        moved = await advance_clock(state.database, actor, area_id, data.now, data.speed)
        return ClockMoved(
            now=moved.now,
            speed=moved.speed,
            dispatched=moved.swept.dispatched,
            reassigned=moved.swept.reassigned,
            resumed=moved.swept.resumed,
            warnings=moved.swept.warnings,
            waiting=moved.swept.waiting,
        )


ROUTES = (PlanRunController, PlanController, RouteController, ClockController, *BOARD_ROUTES, *DRAFT_ROUTES)
