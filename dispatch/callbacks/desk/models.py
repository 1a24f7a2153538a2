"""The queue's table: one row for every order that was ever due a callback, entered by a trigger on orders."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DDL, ForeignKey, Index, Integer, event, text
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import Base

QUEUEING: tuple[str, ...] = (
    # Risk brings a call forward by an hour a point: reworks, promises that were broken, who asked again, who pays most.
    """
CREATE OR REPLACE FUNCTION queue_callback() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    points integer;
BEGIN
    IF NEW.origin = 'history' THEN
        RETURN NULL;
    END IF;
    IF NEW.status IN ('completed', 'cancelled') THEN
        IF TG_OP = 'UPDATE' AND OLD.status = NEW.status AND OLD.reworks = NEW.reworks THEN
            UPDATE callback_entries SET subscriber_id = NEW.subscriber_id, grid_id = NEW.grid_id
            WHERE order_id = NEW.id AND (subscriber_id IS DISTINCT FROM NEW.subscriber_id
                                         OR grid_id IS DISTINCT FROM NEW.grid_id);
            RETURN NULL;
        END IF;
        points := 6 * (NEW.reworks > 0)::int + 3 * (coalesce(NEW.completed_at > NEW.due_at, false))::int
            + 2 * least(NEW.chases, 3) + 2 * (NEW.tier <> 'ordinary')::int + (NEW.level = 'urgent')::int;
        INSERT INTO callback_entries AS e (order_id, area_id, grid_id, subscriber_id, round, risk, due_at, next_at,
                                           rank_at, draft)
        VALUES (NEW.id, NEW.area_id, NEW.grid_id, NEW.subscriber_id, NEW.reworks, points, NEW.callback_due_at,
                NEW.status_since,
                coalesce(NEW.callback_due_at, NEW.status_since) - make_interval(hours => points), '{}')
        ON CONFLICT (order_id) DO UPDATE SET grid_id = excluded.grid_id, subscriber_id = excluded.subscriber_id,
            round = excluded.round, risk = excluded.risk, due_at = excluded.due_at, next_at = excluded.next_at,
            rank_at = excluded.rank_at, draft = '{}', left_at = NULL, result = NULL, holder_id = NULL,
            held_since = NULL, held_until = NULL;
    ELSIF TG_OP = 'UPDATE' AND OLD.status IN ('completed', 'cancelled') THEN
        UPDATE callback_entries SET left_at = NEW.status_since, result = coalesce(NEW.outcome, 'rework'),
            holder_id = NULL, held_since = NULL, held_until = NULL, draft = '{}'
        WHERE order_id = NEW.id AND left_at IS NULL;
    END IF;
    RETURN NULL;
END
$body$""",
    """
CREATE TRIGGER queue_callback AFTER INSERT OR UPDATE OF status, reworks, subscriber_id, grid_id ON orders
FOR EACH ROW EXECUTE FUNCTION queue_callback()""",
)


class CallbackEntry(Base):
    """An order in the queue of calls. Area times, but for the hold, which is the agent's and runs on real time."""

    __tablename__ = "callback_entries"
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"), primary_key=True)
    area_id: Mapped[UUID] = mapped_column(ForeignKey("service_areas.id"))
    grid_id: Mapped[UUID | None]
    subscriber_id: Mapped[UUID | None]
    round: Mapped[int] = mapped_column(Integer)
    risk: Mapped[int] = mapped_column(Integer)
    due_at: Mapped[datetime | None]
    next_at: Mapped[datetime]
    """Not called before this moment."""
    rank_at: Mapped[datetime]
    """The place in the queue: the due time, an hour earlier for each point of risk; after a try, `next_at`."""
    holder_id: Mapped[UUID | None]
    held_since: Mapped[datetime | None]
    held_until: Mapped[datetime | None]
    draft: Mapped[dict[str, Any]]
    """The answers so far of a call that is not finished, for whoever goes on with it."""
    left_at: Mapped[datetime | None]
    result: Mapped[str | None]
    """satisfied, not_reached, unreachable, rework, or answered for a cancelled order"""

    __table_args__ = (
        Index("ix_callback_entries_rank", "area_id", "rank_at", "order_id", postgresql_where=text("left_at IS NULL")),
        Index("ix_callback_entries_holder", "holder_id", postgresql_where=text("holder_id IS NOT NULL")),
        Index("ix_callback_entries_subscriber", "subscriber_id", postgresql_where=text("holder_id IS NOT NULL")),
    )


for _statement in QUEUEING:
    event.listen(CallbackEntry.__table__, "after_create", DDL(_statement.replace("%", "%%")))  # type: ignore[no-untyped-call]
