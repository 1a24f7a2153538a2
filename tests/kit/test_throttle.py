from __future__ import annotations

import pytest

from kit.errors import TooMany
from kit.http.throttle import Throttle


def test_one_network_may_ask_for_so_many_public_pages_a_minute():
    seconds = iter([0.0, 1.0, 2.0, 3.0, 61.0])
    gate = Throttle(3, 60, clock=lambda: next(seconds))
    for _ in range(3):
        gate.admit("192.0.2.1")
    with pytest.raises(TooMany) as refused:
        gate.admit("192.0.2.1")
    assert refused.value.params["seconds"] == 58
    gate.admit("192.0.2.1")


def test_a_stranger_with_many_addresses_makes_it_forget_the_oldest_and_not_grow():
    gate = Throttle(1, 60, clock=lambda: 0.0, most=100)
    for number in range(1000):
        gate.admit(str(number))
    assert len(gate) == 100
    gate.admit("0")
    with pytest.raises(TooMany):
        gate.admit("999")
