from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citymap.osm.names import fold, parse, pinyin_key, street_name


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ("W 10TH AV", "West 10th Avenue"),
        ("10th Ave W", "West 10th Avenue"),
        ("E KENT AV NORTH", "East Kent Avenue North"),
        ("ST. CATHERINES ST", "Saint Catherines Street"),
        ("GRANDVIEW HWY SOUTH", "Grandview Highway South"),
        ("SE MARINE DR", "Southeast Marine Drive"),
        ("CAMBIE BRIDGE", "Cambie Street Bridge"),
        ("R. do Campo", "Rua do Campo"),
        ("LAMEY'S MILL ROAD", "Lamey’s Mill Rd"),
    ],
)
def test_abbreviated_and_full_street_names_meet(written, known):
    assert street_name(written) == street_name(known)


@pytest.mark.parametrize(
    ("one", "other"),
    [("12th Avenue", "13th Avenue"), ("East 12th Avenue", "West 12th Avenue"), ("Ash Street", "Ash Crescent")],
)
def test_different_streets_stay_different(one, other):
    assert street_name(one) != street_name(other)


@pytest.mark.parametrize(
    ("text", "number", "number_to", "street", "cross"),
    [
        ("1289 W 76TH AV", 1289, 1289, "W 76TH AV", ""),
        ("1300 to 1400 ARBUTUS ST", 1300, 1400, "ARBUTUS ST", ""),
        ("1300-1400 Arbutus St", 1300, 1400, "Arbutus St", ""),
        ("300 DAVIE ST and HOMER ST", 300, 300, "DAVIE ST", "HOMER ST"),
        ("#203-1012 Nelson Street, Vancouver BC V6B 1A1", 1012, 1012, "Nelson Street", ""),
        ("Unit 5, 100 Main St", 100, 100, "Main St", ""),
        ("12th Avenue E & Main St", None, None, "12th Avenue E", "Main St"),
        ("Rua do Campo 45", 45, 45, "Rua do Campo", ""),
        ("Stanley Park", None, None, "Stanley Park", ""),
        ("中山北路123号", 123, 123, "中山北路", ""),
        ("中山路 1024弄 5号", 1024, 1024, "中山路", ""),
        ("上海路与汉中路交叉口", None, None, "上海路", "汉中路"),
        ("汉中路 莫愁路 路口", None, None, "汉中路", "莫愁路"),
        ("中山北路１２３号", 123, 123, "中山北路", ""),
    ],
)
def test_addresses_are_read_as_people_write_them(text, number, number_to, street, cross):
    query = parse(text)
    assert (query.number, query.number_to, query.street, query.cross) == (number, number_to, street, cross)


def test_chinese_names_are_found_by_pinyin():
    assert pinyin_key("中山北路") == pinyin_key("Zhongshan Bei Lu") == "zhongshanbeilu"


@given(st.text(max_size=60))
def test_no_text_breaks_the_reader(text):
    query = parse(text)
    assert fold(fold(text)) == fold(text)
    street_name(query.street)
    pinyin_key(query.street)
