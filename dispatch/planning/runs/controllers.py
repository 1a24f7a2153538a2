"""Planning runs over HTTP: started, watched, ended early or called off."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Controller, Request, get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.planning import repository
from dispatch.planning.access import READERS, spoken
from dispatch.planning.models import PlanRun
from dispatch.planning.runs import lifecycle as runs
from dispatch.planning.runs.options import PlanOptions
from dispatch.planning.runs.schemas import PlanRunIn, PlanRunOut, RunAttempt, RunError, RunProgress
from dispatch.policies.plan_policies import plan_policy
from grids.service import area_by_id
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
        attempts=msgspec.convert(run.attempts, list[RunAttempt]),
        error=error,
        plan_id=run.plan_id,
        created_at=run.created_at,
        ended_at=run.ended_at,
    )


class PlanRunController(Controller):
    """Making drafts in the background."""

    path = "/api"
    tags = ("plans",)

    @post(
        "/areas/{area_id:uuid}/plan-runs",
        operation_id="startPlanRun",
        summary="Plan a day",
        status_code=202,
        opt={"may_answer": (429,)},
    )
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
        options = PlanOptions(
            seconds=data.seconds,
            seed=data.seed,
            allow_straight_line=data.allow_straight_line,
            policy=(await plan_policy(session, area_id, data.policy)).code,
        )
        run = await runs.request_run(session, actor, area, data.date, msgspec.to_builtins(options), queue=True)
        return run_out(run, spoken(request))

    @get("/plan-runs/{run_id:uuid}", operation_id="getPlanRun", summary="A planning run")
    async def one(
        self, session: AsyncSession, actor: Actor, request: Request[Any, Any, Any], run_id: FromPath[UUID]
    ) -> PlanRunOut:
        """How far a run is, its best cost so far, and the draft it made."""
        actor.require(*READERS)
        run = await repository.run(session, actor, run_id)
        return run_out(run, spoken(request))

    @post("/plan-runs/{run_id:uuid}/cancel", operation_id="cancelPlanRun", summary="Stop a run", status_code=202)
    async def cancel(
        self, session: AsyncSession, actor: Actor, request: Request[Any, Any, Any], run_id: FromPath[UUID]
    ) -> PlanRunOut:
        """Ask a run to stop; it ends within two seconds and leaves no draft. 409 when it is over."""
        run = await runs.ask_to_cancel(session, actor, run_id)
        return run_out(run, spoken(request))

    @post("/plan-runs/{run_id:uuid}/enough", operation_id="takeBestSoFar", summary="End the search", status_code=202)
    async def enough(
        self, session: AsyncSession, actor: Actor, request: Request[Any, Any, Any], run_id: FromPath[UUID]
    ) -> PlanRunOut:
        """Ask a run to search no longer: the best plan so far is finished and becomes the draft, within a few seconds
        on an ordinary day. 409 when it is over.
        """
        run = await runs.ask_for_best(session, actor, run_id)
        return run_out(run, spoken(request))


ROUTES = (PlanRunController,)
