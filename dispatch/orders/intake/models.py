"""Files of orders that were brought in: one row a file, and one for every line that could not be taken."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Identity, Integer, func
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import Base, HasId


class ImportStatus(enum.StrEnum):
    """A killed run stays `running` and is taken up by the next one of the same file."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    UNDONE = "undone"


class ImportRun(HasId, Base):
    """One file of orders brought in: what it was, how it was read, what became of each row."""

    __tablename__ = "import_runs"
    area_id: Mapped[UUID] = mapped_column(ForeignKey("service_areas.id"))
    filename: Mapped[str]
    sha256: Mapped[str]
    mapping: Mapped[dict[str, Any]]
    status: Mapped[ImportStatus] = mapped_column(default=ImportStatus.RUNNING)
    counts: Mapped[dict[str, Any]]
    started_at: Mapped[datetime] = mapped_column(server_default=func.now())
    ended_at: Mapped[datetime | None]


class ImportRejection(Base):
    """A row that could not be taken, or that conflicts with what people did since: line, reason, and the row itself."""

    __tablename__ = "import_rejections"
    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    import_id: Mapped[UUID] = mapped_column(ForeignKey("import_runs.id", ondelete="CASCADE"), index=True)
    line: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(default="rejected")
    """rejected or conflict"""
    reason: Mapped[str]
    params: Mapped[dict[str, Any]]
    row: Mapped[dict[str, Any]]
