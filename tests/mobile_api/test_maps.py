"""The area's map as one file: packed by the worker, read by ranges, another version told apart."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pmtiles.reader import Reader
from sqlalchemy import text

from citymap.models import CityMap
from dispatch.orders.models import Order
from kit.actor import Role
from kit.ids import uuid7
from kit.postgres.blobs import put_blob
from mobile_api.maps.packs import Bounds, pack_next, tiles, write_pack
from tests.dispatch.planning.town import Town
from tests.site import bearer, ok, refused, running

BOUNDS = Bounds(118.70, 32.00, 118.90, 32.10)


@pytest.fixture
async def town_with_map(town: Town) -> Town:
    async with town.database.transaction() as session:
        blob = await put_blob(session, b"roads")
        map_id = uuid7()
        session.add(
            CityMap(
                id=map_id, area_id=town.area_id, name="Town", extract_sha256="x", roads_key="x", roads_blob=blob,
                imported_at=datetime.now(UTC), active=True, counts={}, calibration=None,
                bbox=f"SRID=4326;POLYGON(({BOUNDS.west} {BOUNDS.south},{BOUNDS.east} {BOUNDS.south},"
                f"{BOUNDS.east} {BOUNDS.north},{BOUNDS.west} {BOUNDS.north},{BOUNDS.west} {BOUNDS.south}))",
            )
        )  # fmt: skip
        await session.flush()
        await session.execute(
            text(
                "INSERT INTO map_features (map_id, id, layer, kind, name, name_zh, name_en, min_zoom, oneway, shape)"
                " VALUES (:map, 1, 'roads', 'primary', 'Long Street', '', '', 0, false,"
                " ST_Transform(ST_GeomFromText('LINESTRING(118.72 32.02, 118.88 32.08)', 4326), 3857))"
            ),
            {"map": map_id},
        )
    return town


async def test_a_map_is_packed_once_and_read_by_ranges(town_with_map: Town, order: Order):
    town = town_with_map
    headers = await bearer(town.database, "anna", Role.TECHNICIAN, area_ids=[town.area_id], technician_id=town.anna)
    async with running(town.database) as client:
        assert ok(await client.get("/api/mobile/route", headers=headers))["pack"] is None
        refused(await client.get("/api/mobile/map.pmtiles", headers=headers), 404, "mobile.no_map")
        assert await pack_next(town.database) is not None
        assert await pack_next(town.database) is None
        pack = ok(await client.get("/api/mobile/route", headers=headers))["pack"]
        whole = await client.get(pack["url"], headers=headers)
        assert (whole.status_code, len(whole.content), whole.headers["etag"]) == (200, pack["bytes"], pack["etag"])
        ranges = [(0, 126), (127, 1000), (1001, pack["bytes"] - 1)]
        asked = headers | {"If-Range": pack["etag"]}
        parts = [
            await client.get(pack["url"], headers=asked | {"Range": f"bytes={first}-{last}"}) for first, last in ranges
        ]
        assert {part.status_code for part in parts} == {206}
        assert b"".join(part.content for part in parts) == whole.content
        assert parts[0].headers["content-range"] == f"bytes 0-126/{pack['bytes']}"
        other = await client.get(pack["url"], headers=headers | {"Range": "bytes=0-9", "If-Range": '"another"'})
        assert (other.status_code, len(other.content)) == (200, pack["bytes"])
        beyond = await client.get(pack["url"], headers=headers | {"Range": f"bytes={pack['bytes']}-"})
        refused(beyond, 416, "mobile.range")
        same = await client.get(pack["url"], headers=headers | {"If-None-Match": pack["etag"]})
        assert same.status_code == 304
    content = whole.content
    reader: Any = Reader(lambda offset, length: content[offset : offset + length])  # type: ignore[no-untyped-call]
    assert reader.header()["max_zoom"] == 15
    deep = [tile for tile in tiles(BOUNDS, 15) if tile[0] == 15]
    drawn = [tile for tile in deep if reader.get(*tile)]
    assert 0 < len(drawn) < len(deep)  # the street crosses some of them


async def test_a_pack_holds_what_touches_its_bounds(town_with_map: Town, tmp_path: Path):
    assert list(tiles(BOUNDS, 0)) == [(0, 0, 0)]
    assert len([tile for tile in tiles(BOUNDS, 10) if tile[0] == 10]) == 2
    async with town_with_map.database.transaction() as session:
        map_id = (await session.execute(text("SELECT id FROM city_maps"))).scalar_one()
    sizes = []
    for deepest in (12, 14):
        await write_pack(town_with_map.database, map_id, "Town", BOUNDS, tmp_path / "x", deepest)
        sizes.append((tmp_path / "x").stat().st_size)
    assert sizes[0] < sizes[1]
