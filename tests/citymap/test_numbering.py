from __future__ import annotations

from citymap.osm.extract import House, Names
from citymap.osm.names import street_name
from citymap.osm.numbering import learn
from citymap.osm.streets import Block, Street

# About 100 m a block at this latitude; numbers rise by 100 a block to the east.
STEP = 0.0014
BLOCKS = 12


def avenue(number: int, known: list[int]) -> Street:
    name = f"{number}th Avenue"
    lat = 49.25 + number * 0.001
    line = [(-123.1 + STEP * index, lat) for index in range(BLOCKS + 1)]
    blocks = [Block(number, (line[index], line[index + 1])) for index in range(BLOCKS)]
    houses = [House(at, "", name, Names(), (-123.1 + STEP * at / 100, lat)) for at in known]
    return Street(number, street_name(name), name, "", "", [name], blocks, houses)


def test_a_street_without_numbers_learns_them_from_its_parallels():
    streets = [avenue(0, [10, 330, 620, 990]), avenue(1, []), avenue(2, [150, 480, 810, 1150]), avenue(3, [250, 700])]
    learn(streets)
    for index, block in enumerate(streets[1].blocks):
        assert block.number_from is not None
        assert block.number_to is not None
        assert abs(block.number_from - 100 * index) <= 25
        assert abs(block.number_to - 100 * (index + 1)) <= 25


def test_numbers_in_disorder_teach_nothing():
    streets = [avenue(0, []), avenue(1, [])]
    scattered = [977, 12, 640, 55, 1103, 320, 871, 205]
    lat = streets[1].blocks[0].line[0][1]
    streets[1].houses = [
        House(number, "", "1th Avenue", Names(), (-123.1 + STEP * place, lat)) for place, number in enumerate(scattered)
    ]
    learn(streets)
    assert all(block.error_metres is None or block.error_metres > 100 for block in streets[0].blocks)


def test_a_city_without_numbers_is_left_alone():
    streets = [avenue(0, []), avenue(1, [])]
    learn(streets)
    assert all(block.error_metres is None for street in streets for block in street.blocks)
