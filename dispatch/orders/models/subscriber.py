"""The subscriber (用户)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, validates

from dispatch.orders.enums import Tier
from dispatch.orders.models.search_text import person_words
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
