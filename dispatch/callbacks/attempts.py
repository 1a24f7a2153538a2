"""When asking has been tried enough, and what an answer means (`domain.md` §4). Pure.

Only a subscriber who says that it is solved and that they are satisfied closes an order as satisfied. A neutral answer
is an answer, but no satisfied one: it goes back to work like a dissatisfied one. Silence is never a rating.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from dispatch.callbacks.models import Reached, Satisfaction

GOOD = (Satisfaction.VERY_SATISFIED, Satisfaction.SATISFIED)
Verdict = Literal["satisfied", "rework", "not_reached", "unreachable", "again"]


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt as the rule sees it."""

    at: datetime
    period: str
    reached: Reached


@dataclass(frozen=True, slots=True)
class Rule:
    """The limits of a round: number of attempts, periods of the day they must cover, and time within which."""

    attempts: int = 3
    periods: int = 2
    within: timedelta = timedelta(hours=48)


def exhausted(tries: Sequence[Try], rule: Rule) -> bool:
    """Whether the round may end without an answer: enough attempts, in enough periods, within the time."""
    if not tries or any(one.reached is Reached.ANSWERED for one in tries):
        return False
    last = max(one.at for one in tries)
    counted = [one for one in tries if last - one.at <= rule.within]
    return len(counted) >= rule.attempts and len({one.period for one in counted}) >= rule.periods


def verdict(
    tries: Sequence[Try], rule: Rule, *, solved: bool | None = None, satisfaction: Satisfaction | None = None
) -> Verdict:
    """What follows from the attempts of one round, the last of which gave these answers."""
    if tries[-1].reached is Reached.ANSWERED:
        return "satisfied" if solved and satisfaction in GOOD else "rework"
    if not exhausted(tries, rule):
        return "again"
    return "unreachable" if all(one.reached is Reached.WRONG_NUMBER for one in tries) else "not_reached"
