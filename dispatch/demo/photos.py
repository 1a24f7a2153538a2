"""The files of the photos that the demo's technicians list: one picture for all, so that reports are in order."""

from __future__ import annotations

import io
from uuid import UUID

from PIL import Image
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.orders.models import Order, Photo
from dispatch.orders.photos import MEDIA_TYPE
from kit.postgres.blobs import put_blob


async def send_photos(session: AsyncSession, area_id: UUID) -> None:
    """Give every photo of the area that has no file the picture, received when the work was done."""
    written = io.BytesIO()
    Image.new("RGB", (320, 240), "slategray").save(written, "JPEG")
    sha256 = await put_blob(session, written.getvalue(), MEDIA_TYPE)
    done = select(Order.completed_at).where(Order.id == Photo.order_id).scalar_subquery()
    mine = select(Order.id).where(Order.area_id == area_id)
    await session.execute(
        update(Photo)
        .where(Photo.order_id.in_(mine), Photo.sha256.is_(None))
        .values(sha256=sha256, received_at=done)
        .execution_options(synchronize_session=False)
    )
