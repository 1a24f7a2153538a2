"""Funnel plots of proportions with limits widened for over-dispersion.

Spiegelhalter 2005, "Funnel plots for comparing institutional performance" (Statistics in Medicine 24) and "Handling
over-dispersion of performance indicators" (Quality and Safety in Health Care 14): on the scale arcsine √p, where the
standard error is 1 / (2√n), z-scores are winsorised at 10 %, φ is their mean square, and where φ > 1 a variance τ²
between people is added (DerSimonian and Laird's moments).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import asin, pi, sin, sqrt

WINSORISED = 0.1
Z95, Z998 = 1.959963984540054, 3.090232306167813


@dataclass(frozen=True, slots=True)
class Funnel:
    """The line in the middle (a rate, 0…1), the variance between people, and φ before it was added."""

    centre: float
    between: float
    dispersion: float

    def limits(self, cases: float, z: float = Z95) -> tuple[float, float]:
        """The rates between which somebody with so many cases is like the others: (low, high) in 0…1."""
        middle, wide = asin(sqrt(self.centre)), z * sqrt(1 / (4 * cases) + self.between)
        return sin(max(0.0, middle - wide)) ** 2, sin(min(pi / 2, middle + wide)) ** 2

    def z_score(self, numerator: float, denominator: float) -> float:
        """How far a rate lies from the middle, in standard errors that include the spread between people."""
        off = asin(sqrt(min(numerator / denominator, 1.0))) - asin(sqrt(self.centre))
        return off / sqrt(1 / (4 * denominator) + self.between)


def funnel(counts: Sequence[tuple[float, float]]) -> Funnel | None:
    """The funnel of (numerator, denominator) pairs; None without cases."""
    pairs = [(min(n, d), d) for n, d in counts if d > 0]
    if not pairs:
        return None
    centre = sum(n for n, _ in pairs) / sum(d for _, d in pairs)
    middle = asin(sqrt(centre))
    scores = sorted((asin(sqrt(n / d)) - middle) * 2 * sqrt(d) for n, d in pairs)
    cut = int(len(scores) * WINSORISED)
    kept = [min(max(one, scores[cut]), scores[-1 - cut]) for one in scores]
    dispersion = sum(one * one for one in kept) / len(kept)
    weights = [4 * d for _, d in pairs]
    spread = sum(weights) - sum(w * w for w in weights) / sum(weights)
    between = 0.0
    if dispersion > 1 and spread > 0:
        between = max(0.0, (len(pairs) * dispersion - (len(pairs) - 1)) / spread)
    return Funnel(centre, between, dispersion)
