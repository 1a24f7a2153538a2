from __future__ import annotations

from pathlib import Path

import pytest

from citymap.osm import extract
from kit.errors import Invalid
from tests.citymap.extracts import street, town, write_extract


def read(path: Path) -> extract.Extract:
    return extract.read(path, progress=lambda phase, done: None, cancelled=lambda: False)


def refusal(path: Path) -> Invalid:
    with pytest.raises(Invalid) as refused:
        extract.check_file(path)
    return refused.value


def test_a_missing_file_is_named(tmp_path: Path):
    assert "no file" in refusal(tmp_path / "nowhere.osm.pbf").sentence()


def test_a_foreign_file_is_refused_with_the_remedy(tmp_path: Path):
    path = tmp_path / "photo.osm.pbf"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"0" * 200)
    assert refusal(path).code == "extract.foreign"
    assert ".osm.pbf" in refusal(path).sentence("zh")


@pytest.mark.parametrize("share", [0.3, 0.7, 0.99])
def test_a_truncated_file_is_refused_with_the_place(tmp_path: Path, share: float):
    whole = town(tmp_path / "town.osm.pbf").read_bytes()
    path = tmp_path / "half.osm.pbf"
    path.write_bytes(whole[: int(len(whole) * share)])
    assert refusal(path).code == "extract.truncated"
    assert "byte" in refusal(path).sentence()


def test_a_damaged_file_is_refused(tmp_path: Path):
    whole = bytearray(town(tmp_path / "town.osm.pbf").read_bytes())
    for at in range(len(whole) - 60, len(whole) - 20):
        whole[at] ^= 0xFF
    path = tmp_path / "damaged.osm.pbf"
    path.write_bytes(whole)
    with pytest.raises(Invalid) as refused:
        read(path)
    assert refused.value.code in ("extract.unreadable", "extract.no_roads")


def test_an_extract_without_roads_is_refused(tmp_path: Path):
    nodes = {1: (10.0, 50.0), 2: (10.1, 50.0)}
    path = write_extract(tmp_path / "rails.osm.pbf", nodes, [((1, 2), {"railway": "rail"})])
    with pytest.raises(Invalid) as refused:
        read(path)
    assert refused.value.code == "extract.no_roads"


def test_names_houses_and_areas_are_read_in_both_languages(tmp_path: Path):
    nodes = {1: (118.0, 32.0), 2: (118.01, 32.0), 3: (118.001, 32.001), 4: (118.002, 32.001), 5: (118.002, 32.002)}
    ways = [
        ((1, 2), street("中山路", **{"name:en": "Zhongshan Road"})),
        ((3, 4, 5, 3), {"building": "yes", "addr:housenumber": "12号", "addr:street": "中山路", "name": "邮局"}),
    ]
    found = read(write_extract(tmp_path / "zh.osm.pbf", nodes, ways))
    assert [(road.names.zh, road.names.en) for road in found.roads] == [("中山路", "Zhongshan Road")]
    assert [(house.number, house.street) for house in found.houses] == [(12, "中山路")]
    assert [place.names.name for place in found.places] == ["邮局"]
    assert {feature.layer for feature in found.features} == {"roads", "buildings"}
