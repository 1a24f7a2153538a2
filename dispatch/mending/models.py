"""The table of mended values: the trace of every moment or date that was changed where it is stored."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped

from kit.db import Base, HasId


class MendedValue(HasId, Base):
    """One value that was impossible, and what took its place. Only the tables' owner writes here."""

    __tablename__ = "mended_values"
    table_name: Mapped[str]
    column_name: Mapped[str]
    row_key: Mapped[dict[str, Any]]
    was: Mapped[str]
    """As PostgreSQL writes it, since no program can read it."""
    becomes: Mapped[str | None]
    """Null where nothing took its place, or where the row went: a warning about an impossible moment."""
    at: Mapped[datetime]
