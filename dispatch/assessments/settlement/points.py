"""What an order earns (计件积分): base × difficulty × distance × quality, exact. Pure.

All factors are fractions until a line is written; a line's points are rounded half to even to four decimals, its amount
to two.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

POINTS = Decimal("0.0001")
MONEY = Decimal("0.01")


def base_points(service_seconds: int, seconds_of_a_point: int) -> Fraction:
    """The base of a fault type: its service time in points."""
    return Fraction(service_seconds, seconds_of_a_point)


def distance_factor(metres: float | None, ends: Sequence[int], percents: Sequence[int]) -> Fraction:
    """The factor of the distance class: `percents` has one more class than `ends`. Unknown is the nearest class."""
    place = 0 if metres is None else sum(metres > end for end in ends)
    return Fraction(percents[place], 100)


def quality_factor(score: float | None, scores: Sequence[int], percents: Sequence[int]) -> Fraction:
    """The factor of a month's score: linear between two scores, clamped; 1 for who has no score."""
    if score is None:
        return Fraction(1)
    exact = Fraction(str(score))
    (low, high), (least, most) = scores, (Fraction(percents[0], 100), Fraction(percents[1], 100))
    return min(most, max(least, least + (exact - low) * (most - least) / (high - low)))


def rounded(value: Fraction, to: Decimal) -> Decimal:
    """Half to even, exactly: the fraction is never a float in between."""
    places = -int(to.as_tuple().exponent)
    scaled = value * 10**places
    whole, rest = divmod(scaled.numerator, scaled.denominator)
    twice = 2 * rest
    if twice > scaled.denominator or (twice == scaled.denominator and whole % 2):
        whole += 1
    return Decimal(whole).scaleb(-places)


def money(points: Decimal, unit_price: Decimal) -> Decimal:
    """A line's amount."""
    return (points * unit_price).quantize(MONEY, ROUND_HALF_EVEN)
