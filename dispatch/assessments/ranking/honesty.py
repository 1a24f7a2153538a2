"""Signs of dishonest reports (虚假签到、虚假回单). A flag shows its evidence to a person; alone it is never a score.

Each kind counts how often a sign was seen in how many chances, and asks how improbable so many are for somebody as
honest as the others. Honest people differ: some streets have no signal, some hands leave more undone. So the tail is
that of the beta-binomial, whose correlation within a person is what the others show (Williams 1982, "Extra-binomial
variation in logistic linear models", Applied Statistics 31, by moments); where they differ by chance alone it is the
binomial. Small signs of several kinds are taken `together` by Fisher's method (1925, "Statistical methods for research
workers") over mid-P values, since counts of rare signs make whole tails far too large (Lancaster 1961, "Significance
tests in discrete distributions", JASA 56). A person's probability is the smaller of both ways to look, times two; the
best kind counts times the number of kinds (Bonferroni).

Of everybody's probabilities those are flagged of which `WRONG` is the share that may be honest (Benjamini and Hochberg
1995, "Controlling the false discovery rate", JRSS B 57): a flag asks a person to look, so what counts is how many looks
are for nothing. In a month in which everybody is honest it is also the chance that anybody is flagged.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, lgamma, log, log1p

WRONG = 0.05
"""The share of the people who are flagged that may be honest, on the average of many months."""
LEAST_SIGNS = 3
FLOOR_RATE = 0.005
"""Nobody is taken for more exact than this: phones, maps and people err."""
KINDS = ("far_sign_in", "too_fast", "photo_again", "photo_elsewhere", "codes_typed", "contradicted")


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
    """So many signs in so many chances, how many were to be expected, and the evidence.

    `probability` is how improbable that is for as many people and kinds as were looked at (adjusted as above).
    """

    who: str
    kind: str
    seen: int
    chances: int
    expected: float
    probability: float
    evidence: tuple[Sign, ...]


def flags(signs: Iterable[Sign]) -> list[Flag]:
    """The flags of a month, the least probable first. A kind that nobody shows tells nobody apart, and is left out."""
    chances: dict[tuple[str, str], int] = defaultdict(int)
    shown: list[Sign] = []
    for sign in signs:
        chances[sign.who, sign.kind] += 1
        if sign.shown:
            shown.append(sign)
    return flags_by_count(chances, shown)


def flags_by_count(chances: Mapping[tuple[str, str], int], shown: Iterable[Sign]) -> list[Flag]:
    """The same where chances are counted by person and kind, and only those that show a sign are named."""
    by: dict[tuple[str, str], list[Sign]] = defaultdict(list)
    for sign in shown:
        by[sign.who, sign.kind].append(sign)
    telling = {kind for _, kind in by}
    counted = {key: many for key, many in sorted(chances.items()) if key[1] in telling}
    totals: dict[str, Sums] = defaultdict(Sums)
    for (who, kind), many in counted.items():
        totals[kind] += Sums.of(len(by.get((who, kind), ())), many)
    # People with as many signs in as many chances are held against the same others.
    known: dict[tuple[str, int, int], tuple[float, float, float]] = {}
    seen: dict[str, list[_Seen]] = defaultdict(list)
    for (who, kind), many in counted.items():
        mine = by.get((who, kind), [])
        alike = (kind, len(mine), many)
        if alike not in known:
            others = totals[kind] - Sums.of(len(mine), many)
            rate = max(FLOOR_RATE, others.rate)
            known[alike] = (
                rate, tail(len(mine), many, rate, others.alike), tail(len(mine) + 1, many, rate, others.alike),
            )  # fmt: skip
        rate, least, more = known[alike]
        seen[who].append(_Seen(kind, mine, many, rate * many, least, (least + more) / 2))
    people = {who: _Person(theirs) for who, theirs in seen.items()}
    told = discoveries({who: one.probability for who, one in people.items()}, WRONG)
    found = [
        flag for who in sorted(told) for flag in people[who].flags(who, len(people) / len(told))
    ]  # fmt: skip
    return sorted(found, key=lambda flag: (flag.probability, flag.who, flag.kind))


def discoveries(probabilities: Mapping[str, float], wrong: float) -> set[str]:
    """Whose probabilities are so small that on the average only the share `wrong` of them is chance.

    Benjamini and Hochberg's step-up rule.
    """
    ordered = sorted(probabilities.items(), key=lambda one: (one[1], one[0]))
    most = max((at for at, (_, p) in enumerate(ordered, 1) if p <= wrong * at / len(ordered)), default=0)
    return {who for who, _ in ordered[:most]}


@dataclass(frozen=True, slots=True)
class _Seen:
    """One kind of somebody: the signs, in how many chances, how many were expected, the tail and its mid-P."""

    kind: str
    signs: Sequence[Sign]
    chances: int
    expected: float
    tail: float
    middle: float


class _Person:
    """The kinds of one person, and how improbable they are: the best of them alone, or all together."""

    def __init__(self, kinds: Sequence[_Seen]) -> None:
        self.kinds = kinds
        enough = sum(len(one.signs) for one in kinds) >= LEAST_SIGNS
        self.together = 2 * fisher([one.middle for one in kinds]) if enough else 1.0
        self.probability = min(1.0, self.together, *(self._alone(one) for one in kinds))

    def _alone(self, one: _Seen) -> float:
        return 2 * len(self.kinds) * one.tail if len(one.signs) >= LEAST_SIGNS else 1.0

    def flags(self, who: str, looks: float) -> list[Flag]:
        """A flag of every kind that is improbable by itself among so many `looks`; without one, of all together."""
        alone = [
            Flag(who, one.kind, len(one.signs), one.chances, one.expected, self._alone(one) * looks, tuple(one.signs))
            for one in self.kinds
            if self._alone(one) * looks <= WRONG
        ]
        if alone:
            return alone
        signs = [sign for kind in KINDS for one in self.kinds if one.kind == kind for sign in one.signs]
        chances, expected = sum(one.chances for one in self.kinds), sum(one.expected for one in self.kinds)
        return [Flag(who, "together", len(signs), chances, expected, self.together * looks, tuple(signs))]


@dataclass(frozen=True, slots=True)
class Sums:
    """What the counts of several people add up to, so that one of them can be taken out again."""

    people: int = 0
    seen: int = 0
    chances: int = 0
    squares: float = 0.0
    """The sum of seen² / chances."""

    @classmethod
    def of(cls, seen: int, chances: int) -> Sums:
        """Of one person."""
        return cls(1, seen, chances, seen * seen / chances)

    def __add__(self, other: Sums) -> Sums:
        return Sums(
            self.people + other.people, self.seen + other.seen, self.chances + other.chances,
            self.squares + other.squares,
        )  # fmt: skip

    def __sub__(self, other: Sums) -> Sums:
        return Sums(
            self.people - other.people, self.seen - other.seen, self.chances - other.chances,
            self.squares - other.squares,
        )  # fmt: skip

    @property
    def rate(self) -> float:
        """The share that shows the sign."""
        return self.seen / self.chances if self.chances else 0.0

    @property
    def alike(self) -> float:
        """How alike the chances of one person are (intra-class correlation), 0…1: 0 where chance alone parts them."""
        more = self.chances - self.people
        if more <= 0 or not 0 < self.seen < self.chances:
            return 0.0
        squares = (self.squares - self.rate * self.seen) / (self.rate * (1 - self.rate))
        return min(max(0.0, (squares - (self.people - 1)) / more), 0.999)


def fisher(tails: list[float]) -> float:
    """The probability that independent tails are together so small: chi-square of −2 Σ ln p with two degrees each."""
    half = -sum(log(max(tail, 1e-300)) for tail in tails)
    term, total = 1.0, 1.0
    for k in range(1, len(tails)):
        term *= half / k
        total += term
    return min(1.0, exp(-half) * total)


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
