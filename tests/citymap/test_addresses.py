from __future__ import annotations

import csv
import statistics

import pytest

from citymap.geocoder.addresses import AddressMatch, geocode_many, search
from kit.db import Database
from kit.errors import NotFound
from kit.geo import haversine_metres
from tests.citymap.conftest import City, new_area


async def find(city: City, text: str) -> list[AddressMatch]:
    async with city.database.transaction() as session:
        return await search(session, city.area_id, text)


@pytest.mark.realdata
async def test_vancouvers_orders_are_found_with_their_coordinates_withheld(vancouver: City, realdata):
    with (realdata / "vancouver" / "orders_2022-09.csv").open(encoding="utf-8") as source:
        orders = [row for row in csv.DictReader(source) if row["latitude"]]
    assert len(orders) == 1575
    async with vancouver.database.transaction() as session:
        matches = await geocode_many(session, vancouver.area_id, [order["address"] for order in orders])
    errors: dict[str, list[float]] = {"high": [], "medium": [], "low": []}
    for order, match in zip(orders, matches, strict=True):
        if match is not None:
            true = (float(order["longitude"]), float(order["latitude"]))
            errors[match.confidence].append(haversine_metres(match.point, true))
    everything = [metres for part in errors.values() for metres in part]
    assert len(everything) >= 0.99 * len(orders)
    assert statistics.median(everything) <= 60
    assert len(errors["high"]) >= 0.6 * len(orders), "a confidence that is never given helps nobody"
    assert max(errors["high"]) <= 500
    assert statistics.median(errors["high"]) < statistics.median(errors["medium"]) < statistics.median(errors["low"])


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("text", "label", "level"),
    [
        ("1200 kingsway", "1200 Kingsway", "block"),
        ("Kingsway 1200", "1200 Kingsway", "block"),
        ("W 41st & Granv", "West 41st Avenue & Granville Street", "corner"),
        ("12th and cambie", "West 12th Avenue & Cambie Street", "corner"),
        ("granvil st", "Granville Street", "street"),
        ("E 12TH AV", "East 12th Avenue", "street"),
        ("science world", "TELUS World of Science", "place"),
        ("900 Burrard St", "900 Burrard Street", "house"),
        ("0 to 0 CAMBIE BRIDGE", "Cambie Street Bridge", "street"),
    ],
)
async def test_what_people_type_finds_what_they_mean(vancouver: City, text, label, level):
    best = (await find(vancouver, text))[0]
    assert (best.label, best.level) == (label, level)


@pytest.mark.realdata
async def test_a_street_that_is_not_there_is_not_invented(vancouver: City):
    async with vancouver.database.transaction() as session:
        assert await geocode_many(session, vancouver.area_id, ["123 Nowhere Whatsoever Road", ""]) == [None, None]


@pytest.mark.realdata
async def test_the_place_asked_from_decides_between_equals(vancouver: City):
    async with vancouver.database.transaction() as session:
        for near in ((-123.1, 49.21), (-123.1, 49.28)):
            matches = await search(session, vancouver.area_id, "starbucks", near=near, limit=3)
            far = [haversine_metres(match.point, near) for match in matches]
            assert far[0] < 6000


async def test_chinese_addresses_are_found_by_characters_pinyin_and_english(demo: City):
    place = demo.places[17]
    street, number = place.address.removesuffix("号"), ""
    while street[-1].isdigit():
        street, number = street[:-1], street[-1] + number
    async with demo.database.transaction() as session:
        for text in (place.address, f"临江市望江区{place.address}", place.address_en, place.address_en.lower()):
            (match,) = await geocode_many(session, demo.area_id, [text])
            assert match is not None, text
            assert haversine_metres(match.point, place.point) < 50, text
        typed = await search(session, demo.area_id, street[:2])
        assert street in [match.label for match in typed]


async def test_every_house_of_the_demo_city_is_found_by_both_its_names(demo: City):
    some = demo.places[:: len(demo.places) // 300]
    async with demo.database.transaction() as session:
        for texts in ([place.address for place in some], [place.address_en for place in some]):
            matches = await geocode_many(session, demo.area_id, texts)
            for place, match in zip(some, matches, strict=True):
                assert match is not None
                assert haversine_metres(match.point, place.point) < 100


async def test_why_a_place_was_chosen_is_said_in_both_languages(demo: City):
    async with demo.database.transaction() as session:
        (match,) = await geocode_many(session, demo.area_id, [demo.places[0].address])
    assert match is not None
    assert match.explain("en") != match.explain("zh")


async def test_an_area_without_a_map_says_so(database: Database):
    area = await new_area(database, "empty")
    async with database.transaction() as session:
        with pytest.raises(NotFound) as refused:
            await geocode_many(session, area, ["Main Street"])
    assert refused.value.code == "map.none"
