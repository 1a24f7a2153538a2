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


def test_tiananmen_is_shifted_as_published():
    # The pair that the documentation of eviltransform and coord-convert use: 39.911954, 116.377817 <-> GCJ-02.
    lon, lat = wgs84_to_gcj02((116.377817, 39.911954))
    assert (lon, lat) == pytest.approx((116.384044, 39.913366), abs=2e-5)
    assert gcj02_to_bd09((116.404, 39.915)) == pytest.approx((116.41036949, 39.92133699), abs=1e-7)


@given(CHINA)
def test_gcj02_and_back_closes_within_a_millimetre(point):
    shifted = wgs84_to_gcj02(point)
    assert 5 < haversine_metres(point, shifted) < 1000
    assert haversine_metres(gcj02_to_wgs84(shifted), point) < 0.001


@given(CHINA)
def test_bd09_and_back_closes_within_a_millimetre(point):
    assert haversine_metres(bd09_to_wgs84(wgs84_to_bd09(point)), point) < 0.001
    assert haversine_metres(bd09_to_gcj02(gcj02_to_bd09(point)), point) < 0.001
