"""What a planning run is asked for, as the run keeps it (`plan_runs.options`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from dispatch.planning.plan_summary import SickLeave


@dataclass(frozen=True, slots=True)
class SearchLimit:
    """How long the optimizer may search: `seconds` of wall time, or so many `iterations`, whichever comes first.

    `in_process`: in a thread of this process instead of a child. It cannot be cancelled then; meant for tests.
    """

    seconds: float | None = None
    iterations: int | None = None
    in_process: bool = False


class PlanOptions(msgspec.Struct, kw_only=True, rename="camel", frozen=True):
    """How to plan a day.

    `seconds` or `iterations` (or both) end the search. The same `seed` searches the same way. `policy` is the code of
    the area's plan policy that weighs the plan; `balanced` if left out. A straight line instead of roads is taken only
    with `allow_straight_line`. `in_process` solves without a child process; meant for tests.
    """

    seconds: float | None = 30
    iterations: int | None = None
    seed: int = 1
    policy: str | None = None
    allow_straight_line: bool = False
    in_process: bool = False

    @property
    def limit(self) -> SearchLimit:
        return SearchLimit(self.seconds, self.iterations, self.in_process)


def leaves_in(options: dict[str, Any]) -> list[SickLeave]:
    """The leaves that the repair of these options entered into calendars."""
    return msgspec.convert(options.get("leaves", []), list[SickLeave], strict=False)
