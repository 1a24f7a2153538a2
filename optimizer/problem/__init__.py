"""What is to be planned, and the plan. In: times, places, people and prices, from whoever has them. Out: a checked
:class:`Problem`, a :class:`Plan`, and what each second, metre and dropped visit costs (`objective`). Everybody may
use this room; it uses nobody, and neither numba nor OR-Tools.
"""

from optimizer.problem.entities import (
    ENDLESS,
    Break,
    FrozenStop,
    GridContract,
    Pin,
    ProblemError,
    Technician,
    TimeWindow,
    Visit,
    require,
)
from optimizer.problem.plan import NOT_ASKED, PlacedBreak, Plan, Route, Stop, Unplanned
from optimizer.problem.problem import (
    MAX_MATRIX_VALUE,
    NO_ROAD,
    UNREACHABLE,
    Matrix,
    Problem,
    PublishedStop,
    Roads,
    Weights,
)
from optimizer.problem.run import OrToolsReport, Progress, SolveReport, StopRule

__all__ = [
    "ENDLESS",
    "MAX_MATRIX_VALUE",
    "NOT_ASKED",
    "NO_ROAD",
    "UNREACHABLE",
    "Break",
    "FrozenStop",
    "GridContract",
    "Matrix",
    "OrToolsReport",
    "Pin",
    "PlacedBreak",
    "Plan",
    "Problem",
    "ProblemError",
    "Progress",
    "PublishedStop",
    "Roads",
    "Route",
    "SolveReport",
    "Stop",
    "StopRule",
    "Technician",
    "TimeWindow",
    "Unplanned",
    "Visit",
    "Weights",
    "require",
]
