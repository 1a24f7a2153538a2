"""Which file holds the tiles of a map."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, SmallInteger, func
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import Base


class MapPack(Base):
    """The tiles of one city map as a PMTiles file, down to `max_zoom`."""

    __tablename__ = "map_packs"
    map_id: Mapped[UUID] = mapped_column(ForeignKey("city_maps.id", ondelete="CASCADE"), primary_key=True)
    sha256: Mapped[str] = mapped_column(ForeignKey("blobs.sha256"))
    size: Mapped[int] = mapped_column(BigInteger)
    max_zoom: Mapped[int] = mapped_column(SmallInteger)
    made_at: Mapped[datetime] = mapped_column(server_default=func.now())
