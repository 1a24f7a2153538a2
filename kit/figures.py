"""Numbers as the pages write them, for texts and mails: the same figure is never rounded in two ways."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal


def number(value: float, digits: int = 0) -> str:
    """With so many digits after the point and a comma between thousands; a half of the written number goes up."""
    return f"{_rounded(Decimal(repr(value)), digits):,}"


def percent(value: float) -> str:
    """A share as a percentage with at most one digit after the point."""
    return f"{_rounded(Decimal(repr(value)) * 100, 1):,}".removesuffix(".0") + "%"


def _rounded(value: Decimal, digits: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
