"""What matters to subscribers, and how well it is done: importance × satisfaction. Pure.

Importance-performance analysis after Martilla and James, "Importance-Performance Analysis", Journal of Marketing 41(1),
1977, 77-79. Nobody is asked what matters to them: the importance is derived, as the correlation between a promise that
was kept or not and whether the subscriber was satisfied in the end. For two yes-or-no facts that is Pearson's phi; its
interval is Fisher's (z = atanh r, standard error 1/√(n − 3)). Correlation is no cause, and promises go together: a
late order is often one with a missed window too. The borders between the fields are the means, as in the paper; what
may be chance alone is in no field.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import atanh, sqrt, tanh
from statistics import mean
from typing import Literal

LEAST = 20
"""Answers that a correlation needs to be told."""
_Z95 = 1.959963984540054
Field = Literal["keep_up", "do_more", "low", "overdone"]
"""Important and done well; important and not; less important and not; less important and done well."""


@dataclass(frozen=True, slots=True)
class Driver:
    """A promise: of how many `answers` it is known, the share `kept`, and its importance (−1 to 1) with interval.

    `importance` is None with fewer answers than `LEAST`, and where all or none were kept, or satisfied.
    """

    code: str
    answers: int
    kept: float | None
    importance: float | None
    interval: tuple[float, float] | None
    field: Field | None = None


Alike = tuple[bool, Mapping[str, bool | None], int]
"""Whether they were satisfied, what was kept by promise (None: it does not concern the order), and how many these are.
"""


def drivers(rows: Sequence[Alike], codes: Sequence[str]) -> list[Driver]:
    """Every promise of answers that are counted where they are alike, the most important first."""
    found = [_driver(code, [(satisfied, kept[code], times) for satisfied, kept, times in rows]) for code in codes]
    known = [one for one in found if one.importance is not None and one.kept is not None]
    if len(known) > 1:  # one alone has nothing to be compared with
        middle = (mean(one.importance or 0.0 for one in known), mean(one.kept or 0.0 for one in known))
        found = [_placed(one, middle) for one in found]
    return sorted(found, key=lambda one: (-(one.importance if one.importance is not None else -2.0), one.code))


def _driver(code: str, rows: Sequence[tuple[bool, bool | None, int]]) -> Driver:
    known = [(satisfied, kept, times) for satisfied, kept, times in rows if kept is not None]
    if not known:
        return Driver(code, 0, None, None, None)
    both = sum(times for satisfied, kept, times in known if satisfied and kept)
    kept = sum(times for _, kept, times in known if kept)
    satisfied = sum(times for satisfied, _, times in known if satisfied)
    number = sum(times for _, _, times in known)
    share = kept / number
    width = kept * (number - kept) * satisfied * (number - satisfied)
    if number < LEAST or width == 0:
        return Driver(code, number, share, None, None)
    phi = (both * number - kept * satisfied) / sqrt(width)
    if abs(phi) >= 1:  # all of one kind: no spread to draw an interval from
        return Driver(code, number, share, phi, (phi, phi))
    reach = _Z95 / sqrt(number - 3)
    return Driver(code, number, share, phi, (tanh(atanh(phi) - reach), tanh(atanh(phi) + reach)))


def _placed(one: Driver, middle: tuple[float, float]) -> Driver:
    if one.importance is None or one.kept is None or one.interval is None:
        return one
    if one.interval[0] <= 0 <= one.interval[1]:  # it may be chance alone: nothing follows from it
        return one
    important, well = one.importance >= middle[0], one.kept >= middle[1]
    field: Field = ("keep_up" if well else "do_more") if important else ("overdone" if well else "low")
    return Driver(one.code, one.answers, one.kept, one.importance, one.interval, field)
