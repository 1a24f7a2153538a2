"""Signs of dishonest reports (虚假签到、虚假回单). A flag shows its evidence to a person; alone it is never a score.

Each kind counts how often a sign was seen in how many chances. A flag is raised where so many are improbable for
somebody as honest as the others: a tail below `IMPROBABLE`, divided by how many people and kinds were looked at
(Bonferroni; half of it is spent on single kinds, half on all kinds together). Honest people differ: some streets have
no signal, some hands leave more undone. So the tail is that of the beta-binomial, whose correlation within a person is
what the others show (Williams 1982, "Extra-binomial variation in logistic linear models", Applied Statistics 31, by
moments); where they differ by chance alone it is the binomial. Small signs of several kinds are taken `together` by
Fisher's method (1925, "Statistical methods for research workers") over mid-P values, since counts of rare signs make
whole tails far too large (Lancaster 1961, "Significance tests in discrete distributions", JASA 56).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, lgamma, log, log1p

IMPROBABLE = 0.02
"""How likely a month may be in which anybody honest is flagged."""
LEAST_SIGNS = 3
FLOOR_RATE = 0.005
"""Nobody is taken for more exact than this: phones, maps and people err."""
KINDS = ("far_sign_in", "too_fast", "photo_again", "codes_typed", "contradicted")


@dataclass(frozen=True, slots=True)
class Sign:
    """One chance to be dishonest and whether it shows the sign; the order and event are the evidence."""

    who: str
    kind: str
    shown: bool
    order_id: str
    event_id: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Flag:
    """So many signs in so many chances, how many were to be expected, how improbable that is, and the evidence."""

    who: str
    kind: str
    seen: int
    chances: int
    expected: float
    probability: float
    evidence: tuple[Sign, ...]


def flags(signs: Iterable[Sign]) -> list[Flag]:
    """The flags of a month, the least probable first. A kind that nobody shows tells nobody apart, and is left out."""
    signs = list(signs)
    shown_kinds = {sign.kind for sign in signs if sign.shown}
    by: dict[tuple[str, str], list[Sign]] = defaultdict(list)
    for sign in signs:
        if sign.kind in shown_kinds:
            by[sign.who, sign.kind].append(sign)
    totals: dict[str, tuple[int, int]] = {}
    counts: dict[str, dict[str, tuple[int, int]]] = defaultdict(dict)
    for (who, kind), mine in by.items():
        seen, chances = totals.get(kind, (0, 0))
        counts[kind][who] = (sum(one.shown for one in mine), len(mine))
        totals[kind] = (seen + counts[kind][who][0], chances + len(mine))
    found: list[Flag] = []
    tails: dict[str, list[float]] = defaultdict(list)
    people = len({who for who, _ in by})

    def judge(who: str, kind: str, mine: list[Sign], expected: float, probability: float) -> None:
        shown = tuple(one for one in mine if one.shown)
        if len(shown) >= LEAST_SIGNS and probability < IMPROBABLE:
            found.append(Flag(who, kind, len(shown), len(mine), expected, probability, shown))

    expected: dict[str, float] = defaultdict(float)
    for (who, kind), mine in sorted(by.items()):
        seen = sum(one.shown for one in mine)
        rate = _others(totals[kind], seen, len(mine))
        others = [count for name, count in counts[kind].items() if name != who]
        alike = correlation(others)
        least = tail(seen, len(mine), rate, alike)
        tails[who].append((least + tail(seen + 1, len(mine), rate, alike)) / 2)
        expected[who] += rate * len(mine)
        judge(who, kind, mine, rate * len(mine), min(1.0, least * 2 * len(by)))
    known = {flag.who for flag in found}
    for who in sorted(tails.keys() - known):
        mine = [one for kind in KINDS for one in by.get((who, kind), [])]
        judge(who, "together", mine, expected[who], min(1.0, fisher(tails[who]) * 2 * people))
    return sorted(found, key=lambda flag: (flag.probability, flag.who, flag.kind))


def fisher(tails: list[float]) -> float:
    """The probability that independent tails are together so small: chi-square of −2 Σ ln p with two degrees each."""
    half = -sum(log(max(tail, 1e-300)) for tail in tails)
    term, total = 1.0, 1.0
    for k in range(1, len(tails)):
        term *= half / k
        total += term
    return min(1.0, exp(-half) * total)


def _others(total: tuple[int, int], shown: int, chances: int) -> float:
    others = total[1] - chances
    return max(FLOOR_RATE, (total[0] - shown) / others if others > 0 else 0.0)


def correlation(counts: Sequence[tuple[int, int]]) -> float:
    """How alike the chances of one person are, 0…1, from (seen, chances) of several people: 0 where they differ by
    chance alone.
    """
    seen, chances = sum(one for one, _ in counts), sum(many for _, many in counts)
    rate = seen / chances if chances else 0.0
    spread = rate * (1 - rate)
    more = sum(many - 1 for _, many in counts)
    if spread <= 0 or more <= 0:
        return 0.0
    squares = sum((one - many * rate) ** 2 / (many * spread) for one, many in counts if many)
    return min(max(0.0, (squares - (len(counts) - 1)) / more), 0.999)


def tail(least: int, chances: int, rate: float, alike: float) -> float:
    """The probability of at least so many in so many chances, whose correlation is `alike`: beta-binomial."""
    if alike < 1e-6 or least <= 0 or not 0 < rate < 1:
        return binomial_tail(least, chances, rate)
    a, b = rate * (1 - alike) / alike, (1 - rate) * (1 - alike) / alike

    def term(k: int) -> float:
        ways = lgamma(chances + 1) - lgamma(k + 1) - lgamma(chances - k + 1)
        drawn = lgamma(a + k) + lgamma(b + chances - k) - lgamma(a + b + chances)
        return exp(ways + drawn + lgamma(a + b) - lgamma(a) - lgamma(b))

    return min(1.0, sum(term(k) for k in range(least, chances + 1)))


def binomial_tail(least: int, chances: int, rate: float) -> float:
    """The probability of at least so many in so many chances."""
    if least <= 0:
        return 1.0
    if rate >= 1:
        return 1.0

    def term(k: int) -> float:
        ways = lgamma(chances + 1) - lgamma(k + 1) - lgamma(chances - k + 1)
        return exp(ways + k * log(rate) + (chances - k) * log1p(-rate))

    return min(1.0, sum(term(k) for k in range(least, chances + 1)))


def by_person(found: Iterable[Flag]) -> Mapping[str, list[Flag]]:
    """The flags of everybody who has one."""
    mine: dict[str, list[Flag]] = defaultdict(list)
    for flag in found:
        mine[flag.who].append(flag)
    return dict(mine)
