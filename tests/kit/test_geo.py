from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.geo import (
    bd09_to_gcj02,
    bd09_to_wgs84,
    gcj02_to_bd09,
    gcj02_to_wgs84,
    haversine_metres,
    wgs84_to_bd09,
    wgs84_to_gcj02,
)

CHINA = st.tuples(st.floats(74, 134), st.floats(18, 53))


def test_a_degree_of_latitude_is_111_kilometres():
    assert haversine_metres((0, 0), (0, 1)) == pytest.approx(111_195, abs=1)


def test_distance_is_zero_to_itself_and_the_same_both_ways():
    a, b = (116.39, 39.91), (121.47, 31.23)
    assert haversine_metres(a, a) == 0
    assert haversine_metres(a, b) == haversine_metres(b, a) == pytest.approx(1_068_000, rel=0.01)


@pytest.mark.parametrize(
    ("point", "gcj02", "bd09"),
    [
        ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069), (116.39045471310828, 39.919575550965874)),
        ((121.4737, 31.2304), (121.47822305927693, 31.22845773757727), (121.484781468503, 31.234310593689997)),
        ((118.7969, 32.0603), (118.80208355739369, 32.058224298311096), (118.80850370772339, 32.06458283674457)),
    ],
)
def test_beijing_shanghai_and_nanjing_are_shifted_as_coord_convert_says(point, gcj02, bd09):
    # The numbers were printed by the independent package coord-convert 0.2.
    assert wgs84_to_gcj02(point) == pytest.approx(gcj02, abs=1e-9)
    assert wgs84_to_bd09(point) == pytest.approx(bd09, abs=1e-9)


@given(CHINA)
def test_gcj02_and_back_closes_within_a_millimetre(point):
    shifted = wgs84_to_gcj02(point)
    assert 5 < haversine_metres(point, shifted) < 1000
    assert haversine_metres(gcj02_to_wgs84(shifted), point) < 0.001


@given(CHINA)
def test_bd09_and_back_closes_within_a_millimetre(point):
    assert haversine_metres(bd09_to_wgs84(wgs84_to_bd09(point)), point) < 0.001
    assert haversine_metres(bd09_to_gcj02(gcj02_to_bd09(point)), point) < 0.001
