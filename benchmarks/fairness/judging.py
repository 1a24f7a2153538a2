"""The product judges a month (facts, ledger, ranks, intervals, flags, proposals), and is held against what is true."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from benchmarks.fairness.city import City
from benchmarks.fairness.lives import Rules
from benchmarks.fairness.month import FIRST, Month, Written, store
from benchmarks.fairness.skills import DISHONEST, NEW, UNLUCKY, Points, Skills, draw, true_scores
from dispatch.assessments.ledger.entries import verify_ledger
from dispatch.assessments.months import month_of
from dispatch.assessments.service import compute
from dispatch.policies.service import calendars_for, indicator_versions, policy_at
from dispatch.reports.rollups.kept_signs import signs_of
from dispatch.reports.suspicion import flags_of
from kit.actor import SYSTEM

MONTH = date(2022, 9, 1)


@dataclass(frozen=True, slots=True)
class Judged:
    """What the product said of a month, beside what was true. People are numbers."""

    seed: int
    flagged: frozenset[int]
    proposed: frozenset[int]
    """For whom a rectification task is proposed."""
    ranked: int
    new_is_ranked: bool
    inside: float
    """Of the ranked, the share whose rank of true skill lies inside the interval that is shown."""
    width: float
    """How many places an interval spans on the average."""
    unlucky: tuple[int, int]
    """The rank that is shown of the unlucky one, and that of their skill."""
    differences: Sequence[str]
    """Scores that are not the sum of their lines."""
    signs: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Of the dishonest one: how many signs of each kind in how many chances."""

    @property
    def flagged_well(self) -> bool:
        return DISHONEST in self.flagged

    @property
    def punished(self) -> bool:
        """The unlucky one is flagged, or is to be put right."""
        return UNLUCKY in self.flagged | self.proposed


async def write(session: AsyncSession, city: City, seed: int) -> tuple[Skills, Written]:
    """A month of this seed, in the open transaction."""
    rng = np.random.default_rng(seed)
    skills = draw(rng)
    limits = (await policy_at(session, city.area.id, FIRST)).limits
    rules = Rules(limits, await calendars_for(session, city.area.id, FIRST))
    written = Month(city, rules, skills, rng).live()
    await store(session, written)
    return skills, written


async def judge(session: AsyncSession, city: City, seed: int) -> Judged:
    """Write a month and have it judged; the caller rolls it back."""
    skills, written = await write(session, city, seed)
    result = await compute(session, SYSTEM, city.area, MONTH)
    number = {str(who): place for place, who in enumerate(city.people)}
    cards = {number[card.subject_id]: card for card in result.cards if card.subject == "technician"}
    found, _, _ = await flags_of(session, SYSTEM, city.area, f"{MONTH:%Y-%m}")
    seen = await signs_of(session, city.area, month_of(f"{MONTH:%Y-%m}", city.area.timezone))
    cheat = str(city.people[DISHONEST])
    shown = Counter(one.kind for one in seen.shown if one.who == cheat)
    limits = (await policy_at(session, city.area.id, FIRST)).limits
    scales = {
        one.code: Points(float(one.weight), float(one.target or 0), float(one.baseline or 0), one.at_most)
        for one in await indicator_versions(session, city.area.id, MONTH)
    }
    off = {"late": float(limits.deduct_late), "dissatisfied": float(limits.deduct_dissatisfied)}
    true = true_scores(skills, written.mix, scales, off, float(limits.most_deducted))
    ranked = sorted(who for who, card in cards.items() if card.rank is not None)
    places = {who: 1 + sum(true[other] > true[who] for other in ranked) for who in ranked}
    spans = {who: cards[who].standing["rankInterval"] for who in ranked}
    inside = [spans[who][0] <= places[who] <= spans[who][1] for who in ranked]
    return Judged(
        seed=seed, flagged=frozenset(number[flag.who] for flag in found),
        proposed=frozenset(who for who in ranked if cards[who].standing["proposal"] == "rectification"),
        ranked=len(ranked), new_is_ranked=NEW in ranked, inside=float(np.mean(inside)),
        width=float(np.mean([high - low + 1 for low, high in spans.values()])),
        unlucky=(cards[UNLUCKY].rank or 0, places.get(UNLUCKY, 0)),
        differences=(await verify_ledger(session, city.area.id)).differences,
        signs={kind: (shown[kind], many) for (who, kind), many in sorted(seen.chances.items()) if who == cheat},
    )  # fmt: skip
