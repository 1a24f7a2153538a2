"""The city map over HTTP: tiles, address search, and what the map is made of."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, PathParameter, QueryParameter
from sqlalchemy.ext.asyncio import AsyncSession

from citymap import basemap, service
from citymap.geocoder import addresses
from citymap.schemas import AddressesOut, AddressOut, MapOut
from kit.actor import Actor
from kit.errors import Malformed
from kit.geo import LonLat
from kit.i18n import language_of

_FRESH_SECONDS = 3600


class CityMapController(Controller):
    """The map of a service area."""

    path = "/api/areas/{area_id:uuid}"
    tags = ["map"]  # noqa: RUF012 - Litestar reads it as is

    @get("/map", operation_id="getMap", summary="What the map is made of")
    async def show(
        self, area_id: FromPath[UUID], actor: NamedDependency[Actor], session: NamedDependency[AsyncSession]
    ) -> MapOut:
        """Bounding box, credit, calibration and counts. 404 where no extract was imported."""
        actor.require_area(area_id)
        info = await service.map_info(session, area_id)
        return MapOut(
            id=info.id,
            name=info.name,
            credit=service.CREDIT,
            bbox=list(info.bbox),
            imported_at=info.imported_at,
            extract_sha256=info.extract_sha256,
            calibration_factor=info.calibration_factor,
            calibration=info.calibration,
            counts=info.counts,
            layers=list(basemap.LAYERS),
            tiles=f"/api/areas/{area_id}/tiles/{{z}}/{{x}}/{{y}}.mvt",
        )

    @get("/addresses", operation_id="searchAddresses", summary="Find an address")
    async def find(
        self,
        area_id: FromPath[UUID],
        actor: NamedDependency[Actor],
        session: NamedDependency[AsyncSession],
        request: Request[Any, Any, Any],
        q: Annotated[str, QueryParameter(min_length=1, max_length=200, description="Street, corner, house or name.")],
        near: Annotated[str | None, QueryParameter(description="Longitude and latitude with a comma.")] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=20)] = 8,
    ) -> AddressesOut:
        """Places that the words may mean, best first, each with its confidence. Nothing leaves this server."""
        actor.require_area(area_id)
        language = language_of(request.headers.get("accept-language"))
        found = await addresses.search(session, area_id, q, near=_point(near), limit=limit)
        return AddressesOut(
            items=[
                AddressOut(
                    label=match.label,
                    point=list(match.point),
                    kind=match.kind,
                    level=match.level,
                    confidence=match.confidence,
                    score=match.score,
                    error_metres=match.error_metres,
                    explanation=match.explain(language),
                )
                for match in found
            ]
        )

    @get(
        "/tiles/{z:int}/{x:int}/{tile:str}",
        operation_id="getTile",
        opt={"may_answer": (204, 304)},
        summary="A vector tile",
        media_type="application/vnd.mapbox-vector-tile",
    )
    async def tile(
        self,
        area_id: FromPath[UUID],
        z: FromPath[int],
        x: FromPath[int],
        tile: Annotated[str, PathParameter(pattern=r"^\d{1,8}\.mvt$", description="The row, such as 1402.mvt.")],
        actor: NamedDependency[Actor],
        session: NamedDependency[AsyncSession],
        request: Request[Any, Any, Any],
    ) -> Response[bytes]:
        """The base map in one tile, as a gzipped Mapbox vector tile."""
        actor.require_area(area_id)
        y = int(tile.removesuffix(".mvt"))
        city = await service.require_map(session, area_id)
        etag = f'"{city.id.hex}"'
        headers = {"ETag": etag, "Cache-Control": f"private, max-age={_FRESH_SECONDS}", "Vary": "Cookie, Authorization"}
        if etag in request.headers.get("if-none-match", ""):
            return Response(b"", status_code=304, headers=headers)
        drawn = await basemap.tile(session, area_id, z, x, y)
        if not drawn:
            return Response(b"", status_code=204, headers=headers)
        return Response(
            basemap.squeezed(drawn),
            headers={**headers, "Content-Encoding": "gzip"},
            media_type="application/vnd.mapbox-vector-tile",
        )


def _point(near: str | None) -> LonLat | None:
    if near is None:
        return None
    try:
        lon, lat = (float(part) for part in near.split(","))
    except ValueError as error:
        raise Malformed("address.near_malformed", field="near", value=near) from error
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise Malformed("address.near_malformed", field="near", value=near)
    return lon, lat


ROUTES = [CityMapController]
