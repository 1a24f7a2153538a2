"""The city of the benchmark: Vancouver where it lies beside the checkout, else the fictional one; made once, kept."""

from __future__ import annotations

import csv
import json
import os
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from citymap.demo_city import write_demo_city
from citymap.importing import import_city
from dispatch import migrate
from dispatch.demo.making import HISTORY
from dispatch.orders.intake.rows.mapping import Mapping, load_mapping, mapping_as_dict, mapping_from
from dispatch.policies.service import install_defaults
from dispatch.technicians.generate import generate
from grids.importing import import_grids
from grids.models import AreaKind, ServiceArea
from grids.repository import area_by_code
from grids.service import create_area
from kit.db import Database
from kit.settings import settings

TECHNICIANS = 500
DAY = date(2022, 9, 27)


@dataclass(frozen=True, slots=True)
class BenchCity:
    """An area with roads, grids and technicians, and a file of orders for it."""

    area: ServiceArea
    extract: Path
    orders: Path
    mapping: Mapping
    lon_column: str
    lat_column: str
    day: date

    @property
    def opening(self) -> datetime:
        """When the day is planned."""
        return datetime.combine(self.day, time(7, 45), ZoneInfo(self.area.timezone))

    def points(self) -> list[tuple[float, float]]:
        """Where the orders are, [lon, lat]; those that say it."""
        with self.orders.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            lon, lat = self.lon_column, self.lat_column
            return [(float(row[lon]), float(row[lat])) for row in rows if row[lon] and row[lat]]


async def prepare(database: Database, url: str, root: Path) -> BenchCity:
    """The city, imported unless it is there already."""
    if not migrate.is_current(url):
        migrate.upgrade(url)
    real = Path(os.environ.get("GRID_DISPATCH_REALDATA") or root.parent / "shared" / "data") / "vancouver"
    if (real / "roads.osm.pbf").exists():
        print("on Vancouver, beside the checkout", flush=True)
        area = await _area(database, "bench", "America/Vancouver", real / "roads.osm.pbf",
                           (real / "grids.geojson").read_bytes(), ("name", "mapid"))  # fmt: skip
        orders = real / "orders_2022-09.csv"
        return BenchCity(area, real / "roads.osm.pbf", orders, load_mapping("vancouver"), "longitude", "latitude", DAY)
    print("on the fictional city: there is no real data beside the checkout", flush=True)
    folder = settings().data_home
    folder.mkdir(parents=True, exist_ok=True)
    city = write_demo_city(folder / "city.osm.pbf", 1)
    content = json.dumps(city.grids, ensure_ascii=False).encode()
    area = await _area(database, "bench-demo", city.timezone, city.path, content, ("name", "code"))
    orders = folder / "orders.csv"
    with orders.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "opened", "closed", "address", "lon", "lat", "fault"])
        for number, place in enumerate((city.places * 2)[:5000]):
            opened = datetime.combine(DAY, time(number % 7, number % 60), ZoneInfo(city.timezone)).isoformat()
            writer.writerow([number, opened, "", place.address, *place.point, "no_service"])
    replay = mapping_from({**mapping_as_dict(HISTORY), "kind": "replay", "source": "bench"})
    return BenchCity(area, city.path, orders, replay, "lon", "lat", DAY)


async def _area(
    database: Database, code: str, timezone: str, extract: Path, grids: bytes, fields: tuple[str, str]
) -> ServiceArea:
    async with database.transaction() as session:
        known = await area_by_code(session, code)
        if known is not None:
            return known
        area = await create_area(session, code, code, timezone, AreaKind.TRIAL)
        await install_defaults(session, area)
    await import_city(database, area.id, extract)
    async with database.transaction() as session:
        result = await import_grids(session, area, grids, *fields)
        await generate(session, area, TECHNICIANS // result.features + 1, 1)
    return area
