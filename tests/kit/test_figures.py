"""Numbers in texts: rounded as the pages round them."""

from __future__ import annotations

import pytest

from kit.figures import number, percent


@pytest.mark.parametrize(
    ("value", "digits", "said"),
    [(91.55, 1, "91.6"), (0.25, 1, "0.3"), (2.5, 0, "3"), (1039, 0, "1,039"), (100.0, 1, "100.0"), (-0.55, 1, "-0.6")],
)
def test_a_half_goes_up_as_it_is_written_not_as_the_machine_keeps_it(value: float, digits: int, said: str):
    assert number(value, digits) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.95, "95%"), (0.9915, "99.2%"), (0.0005, "0.1%"), (0.0, "0%"), (1.0, "100%"), (12.5, "1,250%")],
)
def test_a_share_has_one_digit_at_most(value: float, said: str):
    assert percent(value) == said
