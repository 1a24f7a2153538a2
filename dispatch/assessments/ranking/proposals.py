"""What a month's ranking proposes to people (服务之星、通报、整改). A person decides; chance alone proposes nothing."""

from __future__ import annotations

from typing import Literal

from dispatch.assessments.ranking.case_mix import Ratio

Proposal = Literal["service_star", "rectification"]


def proposal(
    rank: int | None, interval: tuple[int, int] | None, ranked: int, ratio: Ratio | None, *,
    best: int = 25, last: int = 25, least: int = 4, place: bool = False,
) -> Proposal | None:  # fmt: skip
    """A star where the whole interval of the rank is in the best part (percent of the ranked); a rectification task
    where it is in the last part and more went wrong than the orders explain (the ratio's interval lies above 1). A
    `place` has no orders of its own choosing to explain it: its interval alone counts. Nothing for the unranked.
    """
    if rank is None or interval is None or ranked < least:
        return None
    if interval[1] <= ranked * best / 100:
        return "service_star"
    worse = place or (ratio is not None and ratio.interval is not None and ratio.interval[0] > 1)
    return "rectification" if worse and interval[0] > ranked - ranked * last / 100 else None
