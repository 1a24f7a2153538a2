"""The finish code (完工码): the subscriber gets it at dispatch and gives it to the technician when the work is done.

Six digits are soon guessed, so wrong ones are counted for each order, technician and code, and the policy says how many
are taken. A count must outlive the refused act: `lock` and `count_wrong` stand outside the act's savepoint.
"""

from __future__ import annotations

import hashlib
import secrets
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.orders.models import FinishCodeTry, Order
from dispatch.orders.rules import acts
from dispatch.orders.rules.states import OrderState
from dispatch.policies.limits import Limits
from kit.errors import Invalid


class WrongFinishCode(Invalid):
    """The code is not the order's; the caller counts it."""


def new_finish_code() -> str:
    """A new code of six digits. Only the message to the subscriber shows it."""
    return f"{secrets.randbelow(1_000_000):06d}"


def finish_code_hash(order_id: UUID, code: str) -> str:
    """The stored form of a finish code: SHA-256 over the order's id and the code."""
    return hashlib.sha256(f"{order_id}:{code.strip()}".encode()).hexdigest()


def is_proof(act: acts.ActBase) -> bool:
    """Whether the act completes an order by a finish code alone."""
    return isinstance(act, acts.Complete) and act.signature_photo_id is None and act.finish_code is not None


async def check_finish_code(
    session: AsyncSession, order: Order, state: OrderState, act: acts.Complete, limits: Limits
) -> None:
    """Raise `WrongFinishCode` for a wrong code, `Invalid` where the owner's tries are used up."""
    if not is_proof(act):
        return
    key = {"order_id": order.id, "technician_id": state.owner_id, "code_hash": state.finish_code_hash or ""}
    tries = await session.scalar(select(FinishCodeTry.tries).filter_by(**key))
    if (tries or 0) >= limits.finish_code_tries:
        raise Invalid("order.finish_code_tries", field="finishCode", tries=limits.finish_code_tries)
    given = finish_code_hash(order.id, act.finish_code or "")
    if state.finish_code_hash is None or not secrets.compare_digest(given, state.finish_code_hash):
        raise WrongFinishCode("order.finish_code", field="finishCode")


async def lock(session: AsyncSession, order_id: UUID) -> None:
    """Let one code of an order be tried at a time, until the transaction ends."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"finish code {order_id}", 0))))


async def count_wrong(session: AsyncSession, order: Order) -> None:
    """Count a wrong code of the order's owner."""
    if order.owner_id is None:
        return
    row = {"order_id": order.id, "technician_id": order.owner_id, "code_hash": order.finish_code_hash or ""}
    counted = insert(FinishCodeTry).values(**row, tries=1)
    await session.execute(
        counted.on_conflict_do_update(index_elements=list(row), set_={"tries": FinishCodeTry.tries + 1})
    )
