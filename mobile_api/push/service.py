"""Waking a technician's browsers: subscriptions, the installation's key, and sending.

A message says only what to fetch; whose order it is about stands in no push. The address that a browser gives is called
by this server, so only known push services are: anything else would let whoever signs in make it call where they like.
"""

from __future__ import annotations

import asyncio
import base64
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
import structlog
from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.accounts.models import Account
from kit.db import Database
from kit.errors import Invalid
from kit.jobs import defer
from kit.settings import settings
from mobile_api.push.models import PushKey, PushSubscription
from mobile_api.schemas import PushSubscriptionIn

log = structlog.get_logger()
MOST = 5
"""Subscriptions of one account; the oldest goes when another comes."""
MOST_FAILURES = 10
TTL_SECONDS = 900
PATIENCE_SECONDS = 10
GONE = (404, 410)
IN_USE = "vapid"


async def public_key(session: AsyncSession) -> str:
    """The installation's public key; made when it is first asked for."""
    return (await _key(session)).public_key


async def subscribe(session: AsyncSession, account_id: UUID, given: PushSubscriptionIn) -> None:
    """Keep a browser's subscription. Raises `Invalid` for an address or keys that are not those of a push service."""
    check_endpoint(given.endpoint, settings().push_services)
    for name, length in (("p256dh", 65), ("auth", 16)):
        if len(_bytes(getattr(given.keys, name))) != length:
            raise Invalid("mobile.push_key", field=f"subscription.keys.{name}")
    values = {"account_id": account_id, "p256dh": given.keys.p256dh, "auth": given.keys.auth, "failures": 0}
    statement = insert(PushSubscription).values(endpoint=given.endpoint, **values)
    await session.execute(statement.on_conflict_do_update(index_elements=["endpoint"], set_=values))
    kept = select(PushSubscription.id).where(PushSubscription.account_id == account_id)
    kept = kept.order_by(PushSubscription.created_at.desc(), PushSubscription.id.desc()).limit(MOST)
    await session.execute(
        delete(PushSubscription).where(
            PushSubscription.account_id == account_id, PushSubscription.id.not_in(kept.scalar_subquery())
        )
    )


async def unsubscribe(session: AsyncSession, account_id: UUID, endpoint: str | None = None) -> int:
    """Forget a subscription, or all of an account. Returns how many."""
    query = delete(PushSubscription).where(PushSubscription.account_id == account_id)
    if endpoint is not None:
        query = query.where(PushSubscription.endpoint == endpoint)
    return len((await session.execute(query.returning(PushSubscription.id))).all())


def check_endpoint(endpoint: str, services: tuple[str, ...]) -> None:
    """Raise `Invalid` unless the address is one of a known push service: its name or one under it, by HTTPS.

    Only a name that is listed together with its port, such as `127.0.0.1:9000`, may be called without.
    """
    try:
        parts = urlsplit(endpoint)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError as error:
        raise Invalid("mobile.push_host", field="subscription.endpoint", host="–") from error
    plain = f"{host}:{port}" in services
    known = port in (None, 443) and any(host == service or host.endswith(f".{service}") for service in services)
    if parts.username or parts.password or not (plain or (known and parts.scheme == "https")):
        raise Invalid("mobile.push_host", field="subscription.endpoint", host=host or "–")


async def wake(session: AsyncSession, technician_id: UUID, kind: str, about: UUID | None = None) -> None:
    """Queue a message to a technician's browsers, where there are any. `kind`: offer, changes."""
    query = select(func.count()).select_from(PushSubscription).join(Account, Account.id == PushSubscription.account_id)
    if await session.scalar(query.where(Account.technician_id == technician_id)):
        await defer(
            session, "mobile.push", queueing_lock=f"push {technician_id} {kind} {about}",
            technician_id=str(technician_id), kind=kind, about=None if about is None else str(about),
        )  # fmt: skip


async def send(database: Database, technician_id: UUID, message: dict[str, Any]) -> int:
    """Send a message to every browser of a technician. Returns how many took it.

    A subscription that its service does not know any more is forgotten, so is one that failed too often.
    """
    async with database.transaction() as session:
        key = await _key(session)
        query = select(PushSubscription).join(Account, Account.id == PushSubscription.account_id)
        found = (await session.execute(query.where(Account.technician_id == technician_id))).scalars().all()
    sent = 0
    for one in found:
        status = await asyncio.to_thread(_post, one, key.private_pem, msgspec.json.encode(message).decode())
        if status is not None and status < 300:
            sent += 1
        async with database.transaction() as session:
            await _note(session, one, status)
    return sent


def _post(to: PushSubscription, pem: str, body: str) -> int | None:
    """The service's status; None where it could not be reached."""
    from py_vapid import Vapid02
    from pywebpush import WebPushException, webpush  # two clients for HTTP come with it

    contact = settings().push_contact or "mailto:postmaster@localhost"
    try:
        check_endpoint(to.endpoint, settings().push_services)
        answer: Any = webpush(
            {"endpoint": to.endpoint, "keys": {"p256dh": to.p256dh, "auth": to.auth}},
            body,
            vapid_private_key=Vapid02.from_pem(pem.encode()),
            vapid_claims={"sub": contact},
            ttl=TTL_SECONDS,
            timeout=PATIENCE_SECONDS,
        )
        return int(answer.status_code)
    except WebPushException as error:
        return None if error.response is None else int(error.response.status_code)
    except (OSError, ValueError, Invalid) as error:
        log.info("push.not_sent", error=type(error).__name__)
        return None


async def _note(session: AsyncSession, one: PushSubscription, status: int | None) -> None:
    mine = PushSubscription.id == one.id
    if status in GONE or (one.failures + 1 >= MOST_FAILURES and (status is None or status >= 300)):
        await session.execute(delete(PushSubscription).where(mine))
    elif status is None or status >= 300:
        await session.execute(update(PushSubscription).where(mine).values(failures=PushSubscription.failures + 1))
    elif one.failures:
        await session.execute(update(PushSubscription).where(mine).values(failures=0))


async def _key(session: AsyncSession) -> PushKey:
    found = await session.get(PushKey, IN_USE)
    if found is None:
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
        from py_vapid import Vapid02

        vapid = Vapid02()
        vapid.generate_keys()
        point = vapid.public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        given = {
            "name": IN_USE, "private_pem": vapid.private_pem().decode(),
            "public_key": base64.urlsafe_b64encode(point).rstrip(b"=").decode(),
        }  # fmt: skip
        await session.execute(insert(PushKey).values(**given).on_conflict_do_nothing())
        found = await session.get_one(PushKey, IN_USE, populate_existing=True)
    return found


def _bytes(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return b""
