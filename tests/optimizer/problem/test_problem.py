"""Input is refused in words that say where."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from optimizer.problem import (
    UNREACHABLE,
    Break,
    FrozenStop,
    GridContract,
    Pin,
    Problem,
    ProblemError,
    PublishedStop,
    Roads,
    TimeWindow,
    Weights,
)
from tests.optimizer.small import line, on_line, only, person, visit

NOON = (TimeWindow(10, 20),)
GHOST = FrozenStop("ghost", 0, 0, 0)


def day(**changes: object) -> Problem:
    return replace(on_line([0, 10], [person("a")], [visit("v", 1)], only(travel=1)), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("build", "path", "words"),
    [
        (lambda: TimeWindow(5, 4), "", "before it starts"),
        (lambda: Break(0, NOON), "duration", "at least one second"),
        (lambda: Break(10, ()), "windows", "at least one window"),
        (lambda: visit("v", 0, windows=(TimeWindow(5, 9), TimeWindow(9, 12))), "windows[1]", "overlap"),
        (lambda: visit("", 0), "id", "needs an id"),
        (lambda: visit("v", 0, service_seconds=-1), "service_seconds", "negative"),
        (lambda: visit("v", 0, priority=101), "priority", "101"),
        (lambda: visit("v", 0, skills={"fibre": 0}), "skills[fibre]", "at least 1"),
        (
            lambda: visit("v", 0, required_technicians=frozenset("a"), excluded_technicians=frozenset("a")),
            "excluded_technicians",
            "required and excluded",
        ),
        (lambda: person("a", shift_end=-1), "shift_end", "before it starts"),
        (lambda: person("a", speed_factor=0.0), "speed_factor", "above 0"),
        (lambda: person("a", grids=(GridContract("g"), GridContract("g"))), "grids", "twice"),
        (lambda: person("a", frozen=(FrozenStop("v", 0, 0, 9), FrozenStop("w", 5, 5, 9))), "frozen[1].start", "before"),
        (lambda: FrozenStop("v", 5, 4, 9), "start", "follow each other"),
        (lambda: GridContract("g", share=2), "share", "between 0 and 1"),
        (lambda: Pin(), "", "fixes"),
        (lambda: Weights(travel=-1), "travel", "at least 0"),
        (lambda: day(durations=np.zeros((2, 3), dtype=np.int32)), "durations", "square"),
        (lambda: day(durations=np.array([[0, -1], [1, 0]])), "durations[0][1]", "negative"),
        (lambda: day(durations=np.zeros((2, 2))), "durations", "whole numbers"),
        (lambda: day(durations=line(0, 1, 2)), "distances", "shape"),
        (lambda: Roads(line(0, 1), line(0, 1, 2)), "distances", "shape"),
        (lambda: day(more_roads=(Roads(line(0, 1, 2), line(0, 1, 2)),)), "more_roads[0]", "3 locations"),
        (lambda: person("a", profile=-1), "profile", "from 0"),
        (lambda: day(technicians=(person("a", profile=1),)), "technicians[0].profile", "1 is not an index"),
        (lambda: day(visits=(visit("v", 2),)), "visits[0].location", "2 locations"),
        (lambda: day(visits=(visit("v", 0), visit("v", 0))), "visits[1].id", "two visits"),
        (lambda: day(technicians=(person("a"), person("a"))), "technicians[1].id", "two technicians"),
        (lambda: day(technicians=(person("a", 9),)), "technicians[0].start_location", "9 is not an index"),
        (
            lambda: day(technicians=(person("a", frozen=(FrozenStop("x", 0, 0, 0),)),)),
            "technicians[0].frozen",
            "no visit",
        ),
        (lambda: day(published=(PublishedStop("x", "a", 0),)), "published[0]", "no visit"),
    ],
)
def test_wrong_input_is_refused_with_its_place(build: Callable[[], object], path: str, words: str) -> None:
    with pytest.raises(ProblemError) as caught:
        build()
    assert caught.value.path == path
    assert words in caught.value.message


def test_an_error_survives_the_way_between_processes() -> None:
    error = pickle.loads(pickle.dumps(ProblemError("visits[0]", "is odd")))
    assert (error.path, error.message) == ("visits[0]", "is odd")


def test_windows_are_cut_to_the_report_and_the_pin() -> None:
    windows = (TimeWindow(0, 10), TimeWindow(20, 30))
    assert visit("v", 0, windows=windows, earliest=5).start_windows() == (TimeWindow(5, 10), TimeWindow(20, 30))
    assert visit("v", 0, windows=windows, pin=Pin(start=25)).start_windows() == (TimeWindow(25, 25),)
    assert visit("v", 0, windows=windows, earliest=31).start_windows() == ()


def test_a_break_applies_only_within_the_shift_and_after_what_is_under_way() -> None:
    worker = person("a", shift_start=15, shift_end=40, breaks=(Break(10, (TimeWindow(0, 5), TimeWindow(10, 35))),))
    assert worker.break_windows(0) == (TimeWindow(15, 30),)
    assert worker.break_windows(0, now=20) == (TimeWindow(20, 30),)
    assert worker.break_windows(0, now=31) == ()


def test_no_road_is_not_a_long_road() -> None:
    apart = line(0, 10)
    apart[0, 1] = UNREACHABLE
    problem = Problem((person("a"),), (visit("v", 1),), apart, apart)
    assert problem.leg(problem.technicians[0], 0, 1) is None
    assert problem.leg(problem.technicians[0], 1, 0) == (10, 10)
    assert problem.leg(problem.technicians[0], None, 1) == (0, 0)
