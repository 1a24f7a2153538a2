"""What a month's ranking proposes to people (服务之星、通报、整改). A person decides; chance alone proposes nothing."""

from __future__ import annotations

from typing import Literal

from dispatch.assessments.ranking.case_mix import Ratio

Proposal = Literal["service_star", "rectification"]


def proposal(rank: int | None, interval: tuple[int, int] | None, ranked: int, ratio: Ratio | None) -> Proposal | None:
    """A star where the whole interval of the rank is in the best quarter; a rectification task where it is in the last
    quarter and more went wrong than the orders explain (the ratio's interval lies above 1). Nothing for the unranked.
    """
    if rank is None or interval is None or ranked < 4:
        return None
    quarter = ranked / 4
    if interval[1] <= quarter:
        return "service_star"
    worse = ratio is not None and ratio.interval is not None and ratio.interval[0] > 1
    return "rectification" if worse and interval[0] > ranked - quarter else None
