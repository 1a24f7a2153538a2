"""Requests that were applied, by the key their caller gave: a repeat is answered, never applied again."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Index, Integer, LargeBinary, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import Base


class IdempotencyKey(Base):
    """A request that was applied: stored in its own transaction, so a repeat can never apply it twice."""

    __tablename__ = "idempotency_keys"
    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    status: Mapped[int | None] = mapped_column(Integer)
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    media_type: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    __table_args__ = (Index("ix_idempotency_keys_created", "created_at"),)


async def claim(session: AsyncSession, account_id: UUID, key: str, fingerprint: str) -> IdempotencyKey | None:
    """Take a key for this request. None when it is ours now, else the request that took it first."""
    claimed = await session.execute(
        insert(IdempotencyKey)
        .values(account_id=account_id, key=key, fingerprint=fingerprint)
        .on_conflict_do_nothing()
        .returning(IdempotencyKey.key)
    )
    if claimed.first() is not None:
        return None
    query = select(IdempotencyKey).where(IdempotencyKey.account_id == account_id, IdempotencyKey.key == key)
    return (await session.execute(query)).scalar_one()


async def keep_answer(
    session: AsyncSession, account_id: UUID, key: str, status: int, body: bytes, media_type: str
) -> None:
    """Store what was answered, for a repeat of the request."""
    await session.execute(
        update(IdempotencyKey)
        .where(IdempotencyKey.account_id == account_id, IdempotencyKey.key == key)
        .values(status=status, body=body, media_type=media_type)
    )


async def forget_answers(session: AsyncSession, before: datetime) -> None:
    """Forget requests that were applied before an instant; a repeat after it is a request of its own."""
    await session.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < before))
