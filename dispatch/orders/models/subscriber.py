"""The subscriber (用户) and the texts sent to them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, validates

from dispatch.orders.enums import Tier
from dispatch.orders.search_text import person_words
from kit.db import Base, HasId


class Subscriber(HasId, Base):
    """Who has the fault (用户). Names and phones are masked outside need."""

    __tablename__ = "subscribers"
    area_id: Mapped[UUID] = mapped_column(ForeignKey("service_areas.id"))
    account_number: Mapped[str | None]
    name: Mapped[str | None]
    phones: Mapped[list[str]]
    tier: Mapped[Tier] = mapped_column(default=Tier.ORDINARY)
    flags: Mapped[list[str]]
    """elderly, mobility_impaired, arrears, churn_risk"""
    search: Mapped[str] = mapped_column(default="", server_default="", deferred=True)
    """`person_words` of name and phones."""

    @validates("name", "phones")
    def _found_by(self, changed: str, value: Any) -> Any:
        name = value if changed == "name" else self.name
        phones = value if changed == "phones" else self.phones
        self.search = person_words(name, phones or ())
        return value

    __table_args__ = (
        Index("uq_subscribers_account", "area_id", "account_number", unique=True,
              postgresql_where=text("account_number IS NOT NULL")),
        Index("ix_subscribers_phones", "phones", postgresql_using="gin"),
        Index("ix_subscribers_search", "search", postgresql_using="gin", postgresql_ops={"search": "gin_trgm_ops"}),
    )  # fmt: skip


class SubscriberMessage(HasId, Base):
    """A text to a subscriber, for whichever gateway sends it.

    The finish code is readable here and nowhere else, and only until it was sent, replaced or used.
    """

    __tablename__ = "subscriber_messages"
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str]
    """dispatched (with the finish code), unreachable, over (what their order was merged into is closed), survey
    (with the path of its link)"""
    params: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_subscriber_messages_unsent", "created_at", postgresql_where=text("sent_at IS NULL")),
        Index(
            "ix_subscriber_messages_code",
            "order_id",
            postgresql_where=text("(params ->> 'finishCode'::text) IS NOT NULL"),
        ),
    )
