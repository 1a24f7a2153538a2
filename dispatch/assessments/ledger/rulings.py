"""What people decide about a month beside the rules: a bonus, or a red line (红线) that takes the whole month."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.assessments import repository
from dispatch.assessments.ledger.closing import require_open
from dispatch.assessments.ledger.lines import Ruled
from dispatch.assessments.ledger.models import Ruling, RulingKind
from dispatch.assessments.months import month_of
from dispatch.orders import repository as orders
from grids.service import area_by_id
from kit.actor import Actor, Role
from kit.errors import Conflict, Forbidden, Invalid, NotFound
from kit.live import announce

RED_LINES = ("false_sign_in", "fake_completion", "private_charging")
RULERS = (Role.INSPECTOR, Role.MANAGER)


async def rule(
    session: AsyncSession, actor: Actor, order_id: UUID, *, kind: RulingKind, rule: str, points: int, reason: str
) -> Ruling:
    """Decide a bonus (1 to 10 points) or a red line about the work on an order, in the month it was completed.

    Raises `NotFound`, `Forbidden` about oneself, `Invalid` without a reason or with impossible points, `Conflict` for
    an order no technician has completed, for the same red line again, or in a closed month.
    """
    actor.require(*RULERS)
    order = await orders.get(session, actor, order_id, lock=True)
    if not reason.strip():
        raise Invalid("ruling.reason", field="reason")
    if kind is RulingKind.RED_LINE and rule not in RED_LINES:
        raise Invalid("ruling.rule", field="rule", rules=", ".join(RED_LINES))
    if kind is RulingKind.BONUS and not 1 <= points <= 10:
        raise Invalid("ruling.points", field="points")
    if order.completed_by is None or order.completed_at is None:
        raise Conflict("ruling.nothing", number=order.number, current={"status": order.status.value})
    if actor.scope.technician == order.completed_by:
        raise Forbidden("appeal.own")
    area = await area_by_id(session, order.area_id)
    month = month_of(order.completed_at.astimezone(ZoneInfo(area.timezone)).date(), area.timezone).first
    await repository.lock_month(session, area.id, month)
    await require_open(session, area.id, month)
    standing = await standing_rulings(session, area.id, month)
    if any(one.order_id == order.id and one.kind == kind and one.rule == rule for one in standing):
        raise Conflict("ruling.again", number=order.number)
    found = Ruling(
        area_id=area.id, month=month, order_id=order.id, technician_id=order.completed_by, kind=kind, rule=rule,
        points=points if kind is RulingKind.BONUS else 0, reason=reason.strip(), takes_back_id=None,
        decided_by=actor.account_id, created_at=area.clock.now(),
    )  # fmt: skip
    session.add(found)
    await session.flush()
    await announce(session, area.id, "order", order.id)
    return found


async def take_back(session: AsyncSession, actor: Actor, ruling_id: UUID, reason: str) -> Ruling:
    """Take a ruling back by a new one that names it. Raises `NotFound`, `Invalid`, `Conflict` when it is taken back."""
    actor.require(*RULERS)
    old = await session.get(Ruling, ruling_id)
    if old is None or old.takes_back_id is not None or not (actor.trusted or actor.scope.allows_area(old.area_id)):
        raise NotFound("ruling.none")
    await orders.get(session, actor, old.order_id, lock=True)
    if not reason.strip():
        raise Invalid("ruling.reason", field="reason")
    await repository.lock_month(session, old.area_id, old.month)
    await require_open(session, old.area_id, old.month)
    if all(one.id != old.id for one in await standing_rulings(session, old.area_id, old.month)):
        raise Conflict("ruling.taken_back")
    area = await area_by_id(session, old.area_id)
    found = Ruling(
        area_id=old.area_id, month=old.month, order_id=old.order_id, technician_id=old.technician_id, kind=old.kind,
        rule=old.rule, points=old.points, reason=reason.strip(), takes_back_id=old.id, decided_by=actor.account_id,
        created_at=area.clock.now(),
    )  # fmt: skip
    session.add(found)
    await session.flush()
    await announce(session, old.area_id, "order", old.order_id)
    return found


async def rulings_of(session: AsyncSession, area_id: UUID, month: date) -> Sequence[Ruling]:
    """Every ruling of a month and what took it back, oldest first."""
    query = select(Ruling).where(Ruling.area_id == area_id, Ruling.month == month).order_by(Ruling.id)
    return (await session.execute(query)).scalars().all()


async def standing_rulings(session: AsyncSession, area_id: UUID, month: date) -> list[Ruling]:
    """The rulings that nobody took back."""
    rows = await rulings_of(session, area_id, month)
    gone = {row.takes_back_id for row in rows}
    return [row for row in rows if row.takes_back_id is None and row.id not in gone]


async def ruled(session: AsyncSession, area_id: UUID, month: date) -> dict[str, list[Ruled]]:
    """The same by technician, as the score's lines need them."""
    found: dict[str, list[Ruled]] = defaultdict(list)
    for row in await standing_rulings(session, area_id, month):
        found[str(row.technician_id)].append(Ruled(row.kind, row.rule, str(row.id), str(row.order_id), row.points))
    return dict(found)
