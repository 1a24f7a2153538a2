"""The map pack over HTTP, whole or by ranges (RFC 9110)."""

from __future__ import annotations

import re
from typing import Annotated, Any

from litestar import Controller, Response, get
from litestar.datastructures import State
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import HeaderParameter, QueryParameter
from litestar.response import Stream
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from kit.actor import Actor
from kit.errors import BeyondEnd, NotFound
from mobile_api import repository
from mobile_api.day.route import technician_of
from mobile_api.maps.packs import MEDIA_TYPE, pack_of, read_range, read_whole

_SHA = text("SELECT p.sha256 FROM map_packs p JOIN city_maps m ON m.id = p.map_id WHERE m.area_id = :area AND m.active")
_RANGE = re.compile(r"bytes=(\d{0,12})-(\d{0,12})")
MOST_AT_ONCE = 8 * 1024 * 1024
"""A longer range is answered with its beginning; the asker goes on from there."""


def asked_range(header: str | None, size: int) -> tuple[int, int] | None:
    """First and last byte of a `Range`; None where the whole is asked for, `(size, size)` where nothing can be given.

    A header that asks for several ranges, or for something else than bytes, is ignored.
    """
    found = _RANGE.fullmatch((header or "").strip())
    if found is None or not any(found.groups()):
        return None
    first, last = found.groups()
    if not first:
        return (max(0, size - int(last)), size - 1) if int(last) else (size, size)
    begin, end = int(first), min(int(last), size - 1) if last else size - 1
    if begin >= size:
        return size, size
    return None if begin > end else (begin, min(end, begin + MOST_AT_ONCE - 1))


class MapController(Controller):
    """The map of the technician's area."""

    path = "/api/mobile/map.pmtiles"
    tags = ("mobile",)

    @get(
        operation_id="mapPack",
        summary="The area's map as one file",
        media_type=MEDIA_TYPE,
        responses={
            200: ResponseSpec(bytes, media_type=MEDIA_TYPE, generate_examples=False, description="All of it."),
            206: ResponseSpec(bytes, media_type=MEDIA_TYPE, generate_examples=False, description="The range."),
        },
        opt={"may_answer": (304, 404, 416)},
    )
    async def read(
        self,
        session: AsyncSession,
        actor: Actor,
        state: State,
        range_: Annotated[str | None, HeaderParameter(name="Range")] = None,
        if_range: Annotated[str | None, HeaderParameter(name="If-Range")] = None,
        if_none_match: Annotated[str | None, HeaderParameter(name="If-None-Match")] = None,
        v: Annotated[
            str | None, QueryParameter(max_length=64, description="Part of the route's address of it.")
        ] = None,
    ) -> Response[Any]:
        """PMTiles with gzipped vector tiles. `Range` gives a part (at most 8 MiB at once), `ETag` tells versions apart:
        with `If-Range` a part of another version is answered with all of the present one.
        """
        head = await repository.head(session, technician_of(actor))
        pack = None if head is None else await pack_of(session, head.area_id)
        if head is None or pack is None:
            raise NotFound("mobile.no_map")
        headers = {"ETag": pack.etag, "Accept-Ranges": "bytes", "Cache-Control": "private, max-age=86400"}
        if if_none_match is not None and pack.etag in if_none_match:
            return Response(b"", status_code=304, media_type=MEDIA_TYPE, headers=headers)
        sha = str(await session.scalar(_SHA, {"area": head.area_id}))
        wanted = asked_range(range_, pack.bytes) if if_range in (None, pack.etag) else None
        if wanted is None:
            headers["Content-Length"] = str(pack.bytes)
            return Stream(read_whole(state.database, sha, pack.bytes), media_type=MEDIA_TYPE, headers=headers)
        first, last = wanted
        if first >= pack.bytes:
            raise BeyondEnd("mobile.range", size=pack.bytes)
        headers["Content-Range"] = f"bytes {first}-{last}/{pack.bytes}"
        content = await read_range(session, sha, first, last)
        return Response(content, status_code=206, media_type=MEDIA_TYPE, headers=headers)


ROUTES = (MapController,)
