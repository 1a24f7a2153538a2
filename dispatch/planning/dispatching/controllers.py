"""A trial area's clock over HTTP."""

from uuid import UUID

from litestar import Controller, get, post
from litestar.datastructures import State
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.planning.dispatching.replay_clock import advance_clock
from dispatch.planning.dispatching.schemas import ClockIn, ClockMoved
from grids.controllers import clock_out
from grids.schemas import ClockOut
from grids.service import area_by_id
from kit.actor import Actor


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


ROUTES = (ClockController,)
