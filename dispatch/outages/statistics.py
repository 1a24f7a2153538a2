"""Is this number of reports more than chance? Pure.

The conditional test of two Poisson counts (J. Przyborowski and H. Wilenski, "Homogeneity of results in testing samples
from Poisson series", Biometrika 31, 1940, 313-323): if reports came at one rate, then of the `now + before` reports
each falls into the present window with probability 1 / (1 + windows), where `windows` is how many windows of the same
length were looked at before. The chance of at least `now` of them is a binomial tail. Unlike a tail of the Poisson
distribution at the estimated rate, it counts that the rate itself is known from few reports only: a place without any
report in eight weeks is not proof of a rate of zero.
"""

from __future__ import annotations

from math import exp, lgamma, log, log1p


def chance_of(now: int, before: int, windows: float) -> float:
    """The probability of `now` or more reports in one window where `windows` earlier ones held `before` together.

    Raises `ValueError` for a negative count, or without an earlier window.
    """
    if now < 0 or before < 0 or windows <= 0:
        raise ValueError("counts are not negative, and something to compare with is needed")
    if now == 0:
        return 1.0
    total, inside, outside = now + before, -log1p(windows), log(windows) - log1p(windows)
    tail = 0.0
    for count in range(now, total + 1):
        ways = lgamma(total + 1) - lgamma(count + 1) - lgamma(total - count + 1)
        term = exp(ways + count * inside + (total - count) * outside)
        tail += term
        if term < tail * 1e-12 and count > total / (1 + windows):
            break
    return min(1.0, tail)
