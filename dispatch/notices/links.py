"""Signed links: one order each, no secret stored beside the installation's key.

A token is the order's id, the link's number and an HMAC over both. Who alters one or guesses has to find 128 bits, and
is refused before any order is looked up. Revoking counts the number up.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.notices.models import SigningKey, SubscriberLink
from kit.clock import real_now

_SIGNED = 16
KEY = "subscriber_link"


async def _key(session: AsyncSession) -> bytes:
    found = await session.scalar(select(SigningKey.secret).where(SigningKey.name == KEY))
    if found is None:
        made = insert(SigningKey).values(name=KEY, secret=secrets.token_bytes(32))
        await session.execute(made.on_conflict_do_nothing())
        found = (await session.execute(select(SigningKey.secret).where(SigningKey.name == KEY))).scalar_one()
    return found


def _sign(key: bytes, order_id: UUID, number: int) -> bytes:
    return hmac.digest(key, order_id.bytes + number.to_bytes(2), hashlib.sha256)[:_SIGNED]


async def token_for(session: AsyncSession, order_id: UUID) -> str:
    """The token of an order's link as it works now."""
    await session.execute(insert(SubscriberLink).values(order_id=order_id, number=1).on_conflict_do_nothing())
    number = (
        await session.execute(select(SubscriberLink.number).where(SubscriberLink.order_id == order_id))
    ).scalar_one()
    raw = order_id.bytes + number.to_bytes(2) + _sign(await _key(session), order_id, number)
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


async def order_of(session: AsyncSession, token: str) -> UUID | None:
    """The order of a token; None for one that was altered, guessed or revoked, which look alike."""
    try:
        raw = base64.b64decode(token.encode() + b"=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return None
    if len(raw) != 18 + _SIGNED or base64.urlsafe_b64encode(raw).decode().rstrip("=") != token:
        return None
    order_id, number = UUID(bytes=raw[:16]), int.from_bytes(raw[16:18])
    if not hmac.compare_digest(raw[18:], _sign(await _key(session), order_id, number)):
        return None
    link = await session.get(SubscriberLink, order_id, populate_existing=True)
    return order_id if link is not None and link.number == number and link.revoked_at is None else None


async def revoke(session: AsyncSession, order_id: UUID, *, renew: bool = False) -> None:
    """Let every link of an order that was given out say nothing. With `renew` the next one given out works again."""
    await token_for(session, order_id)
    link = await session.get_one(SubscriberLink, order_id, with_for_update=True, populate_existing=True)
    link.number += 1
    link.revoked_at = None if renew else real_now()
    await session.flush()
