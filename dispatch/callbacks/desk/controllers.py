"""The call-back desk over HTTP: the next call, its draft, handing it over, the agent's day and the lead's board."""

from collections import Counter
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Controller, get, post, put
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.callbacks import repository as attempts
from dispatch.callbacks.desk import repository, taking
from dispatch.callbacks.desk.counting import COUNTS
from dispatch.callbacks.desk.models import CallbackEntry
from dispatch.callbacks.desk.schemas import (
    CallMade,
    CallOut,
    DeskAgent,
    DeskBoard,
    DeskDay,
    DeskHeld,
    DeskHour,
    DeskPart,
    DeskWaiting,
    DraftIn,
    HandOver,
    NextCall,
    OtherOrder,
    SurveySent,
)
from dispatch.callbacks.desk.timing import PARTS, opens_at, part_ends
from dispatch.callbacks.schemas import attempt_out
from dispatch.orders import repository as orders
from dispatch.policies.clocks import period_of_day
from dispatch.policies.service import policy_at
from grids.access import require_whole_area
from grids.models import ServiceArea
from grids.service import area_by_id
from kit.actor import Actor, Role
from kit.clock import real_now
from kit.http.requests import Page

LEADS = (Role.AGENT, Role.DISPATCHER, Role.GRID_LEAD, Role.INSPECTOR, Role.MANAGER, Role.OBSERVER, Role.ADMINISTRATOR)


async def call_out(session: AsyncSession, actor: Actor, entry: CallbackEntry) -> CallOut:
    """A held call with its order's story."""
    order = await orders.get(session, actor, entry.order_id)
    now = (await area_by_id(session, entry.area_id)).clock.now()
    tried = (await attempts.attempts_of(session, [order.id]))[order.id]
    return CallOut(
        order_id=order.id, number=order.number, status=order.status.value, kind=order.kind.value,
        level=order.level.value, tier=order.tier.value, fault_type=order.fault_type, cause=order.cause,
        address=order.address, reported_at=order.reported_at, promised_start=order.appointment_start,
        promised_end=order.appointment_end, due_at=order.due_at, arrived_at=order.arrived_at,
        completed_at=order.completed_at, completed_how=order.completed_how, chases=order.chases, round=entry.round,
        risk=entry.risk, callback_due_at=entry.due_at, late=entry.due_at is not None and entry.due_at < now,
        attempts=[attempt_out(one) for one in tried],
        others=[
            OtherOrder(
                order_id=row.id, number=row.number, status=row.status, fault_type=row.fault_type,
                reported_at=row.reported_at, closed_at=row.closed_at, same_subscriber=row.same_subscriber,
            )
            for row in await repository.others(session, order)
        ],
        draft=entry.draft, held_since=entry.held_since, held_until=entry.held_until,
    )  # fmt: skip


def _today(area: ServiceArea) -> tuple[datetime, datetime]:
    zone = ZoneInfo(area.timezone)
    start = area.clock.now().astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return start, (start + timedelta(hours=36)).replace(hour=0)


class DeskController(Controller):
    """One queue, and everybody's part of it."""

    path = "/api"
    tags = ("callbacks",)

    @post("/areas/{area_id:uuid}/desk/next", operation_id="takeNextCall", summary="Take the next call", status_code=200)
    async def take(self, area_id: UUID, session: AsyncSession, actor: Actor) -> NextCall:
        """The call you hold, else the first that is due; it is yours for ten minutes after the last answer kept."""
        taken = await taking.take_next(session, actor, area_id)
        call = await call_out(session, actor, taken.entry) if taken.entry else None
        return NextCall(call=call, opens_at=taken.opens_at)

    @get("/areas/{area_id:uuid}/desk/call", operation_id="getHeldCall", summary="The call you hold")
    async def held(self, area_id: UUID, session: AsyncSession, actor: Actor) -> NextCall:
        """After a reload: the call with the answers so far, or null."""
        entry = await taking.current(session, actor, area_id)
        return NextCall(call=await call_out(session, actor, entry) if entry else None)

    @put("/orders/{order_id:uuid}/callback-draft", operation_id="keepCallDraft", summary="Keep the answers so far")
    async def draft(self, order_id: UUID, data: DraftIn, session: AsyncSession, actor: Actor) -> DraftIn:
        """They outlive the page and go with the call when it is handed over. 409 where you do not hold it."""
        entry = await taking.keep_draft(session, actor, order_id, data.answers)
        return DraftIn(answers=entry.draft)

    @post("/orders/{order_id:uuid}/callback-hand-over", operation_id="handCallOver", summary="Hand a call over")
    async def give(self, order_id: UUID, data: HandOver, session: AsyncSession, actor: Actor) -> HandOver:
        """To another agent, or back to the queue; the answers so far go with it."""
        await taking.hand_over(session, actor, order_id, data.to_account_id)
        return data

    @get("/areas/{area_id:uuid}/desk/day", operation_id="getDeskDay", summary="Your day")
    async def day(self, area_id: UUID, session: AsyncSession, actor: Actor) -> DeskDay:
        """Calls, people reached and seconds a call since midnight of the area; what awaits you, and by when.

        Where thousands wait, their number may be some seconds old.
        """
        actor.require(Role.AGENT)
        actor.require_area(area_id)
        area = await area_by_id(session, area_id)
        zone, now = ZoneInfo(area.timezone), area.clock.now()
        limits = (await policy_at(session, area_id, now)).limits
        opens = opens_at(now, zone, limits.calls_start, limits.calls_end)
        ends = part_ends(now, zone)
        start, end = _today(area)
        waiting = await COUNTS.of(
            ("mine", area_id, actor.scope, actor.trusted, opens, *ends), now,
            lambda: repository.awaiting(session, actor, area_id, now, real_now(), opens or now, ends),
        )  # fmt: skip
        found = {row.part: row for row in waiting}
        mine = await repository.calls_of(session, area_id, actor.account_id, start, end) if actor.account_id else []
        days = await repository.agents(session, area_id, start, end, actor.account_id) if mine else []
        made = Counter(period_of_day(row.at, zone) for row in mine)
        return DeskDay(
            calls=len(mine), reached=days[0].reached if days else 0, seconds_a_call=days[0].seconds if days else None,
            due=sum(row.due for row in found.values()), late=sum(row.late for row in found.values()),
            after_today=found[len(ends)].waiting if len(ends) in found else 0,
            next_at=min((row.next_at for row in found.values() if row.next_at), default=None), opens_at=opens,
            parts=[
                DeskPart(part=part, ends_at=ends[index], waiting=found[index].waiting if index in found else 0,
                         made=made[part])
                for index, part in enumerate(PARTS)
            ],
            mine=[CallMade(**row._mapping) for row in mine],
        )  # fmt: skip

    @get("/areas/{area_id:uuid}/desk/board", operation_id="getDeskBoard", summary="The desk at a glance")
    async def board(self, area_id: UUID, session: AsyncSession, actor: Actor) -> DeskBoard:
        """Coverage by hour, what is late, who does what now, and the head of the queue with its next moments."""
        actor.require(*LEADS)
        actor.require_area(area_id)
        await require_whole_area(session, actor, area_id)
        area = await area_by_id(session, area_id)
        now, real = area.clock.now(), real_now()
        start, end = _today(area)
        limits = (await policy_at(session, area_id, now)).limits
        opens = opens_at(now, ZoneInfo(area.timezone), limits.calls_start, limits.calls_end) or now
        (counts,) = await COUNTS.of(("all", area_id), now, lambda: repository.counts(session, area_id, now))
        hours = await repository.hours(session, area_id, start, end)
        ended = sum(row.ended for row in hours)
        return DeskBoard(
            waiting=counts.waiting,
            late=counts.late,
            later=counts.later,
            coverage=sum(row.covered for row in hours) / ended if ended else None,
            hours=[DeskHour(**row._mapping) for row in hours],
            agents=[
                DeskAgent(
                    account_id=row.agent_id, name=row.name, calls=row.calls, reached=row.reached,
                    seconds_a_call=row.seconds,
                )
                for row in await repository.agents(session, area_id, start, end)
            ],
            held=[
                DeskHeld(
                    order_id=row.order_id, number=row.number, name=row.name, since=row.held_since, until=row.held_until
                )
                for row in await repository.held(session, area_id, real)
            ],
            first=[
                DeskWaiting(
                    order_id=row.order_id, number=row.number, fault_type=row.fault_type, risk=row.risk,
                    due_at=row.due_at, next_at=row.next_at, tries=row.tries, owner=row.holder,
                )
                for row in await repository.first_waiting(session, area_id, real, opens, 20)
            ],
        )  # fmt: skip

    @get("/areas/{area_id:uuid}/desk/surveys", operation_id="listSurveys", summary="What came of the links")
    async def surveys(self, area_id: UUID, session: AsyncSession, actor: Actor) -> Page[SurveySent]:
        """The newest 200 links that went to people who were not reached."""
        actor.require(*LEADS)
        actor.require_area(area_id)
        await require_whole_area(session, actor, area_id)
        rows = await repository.surveys(session, area_id, real_now(), 200)
        return Page(items=[SurveySent(**row._mapping) for row in rows])
