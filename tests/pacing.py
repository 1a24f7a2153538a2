"""In which order the tests run and on which worker, and which of them are quick.

Workers take whole files, for what a file sets up is set up once: first those that take longest, so that all workers
end together. How long a file takes is remembered from the last run of all tests; before that, as in a fresh clone, it
stands in `LONG` or is guessed from what its tests ask for.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from types import ModuleType

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

_REMEMBERED = "grid-dispatch/file-seconds"
_GUESSED_SECONDS = {"city": 15.0, "site": 5.0, "slow": 15.0, "cluster": 0.6}
"""What a fixture or a mark adds to a test, about."""
LONG = {
    "tests/journeys/test_readme.py": 400.0,
    "tests/browser/test_screens.py": 180.0,
    "tests/browser/test_shift.py": 170.0,
    "tests/browser/test_states.py": 145.0,
    "tests/journeys/test_simulation.py": 75.0,
    "tests/browser/test_manager.py": 75.0,
    "tests/browser/test_map.py": 73.0,
    "tests/browser/test_timeline.py": 72.0,
    "tests/browser/test_console.py": 66.0,
    "tests/browser/test_queue.py": 59.0,
    "tests/dispatch/planning/runs/test_child.py": 59.0,
    "tests/dispatch/planning/runs/test_realdata.py": 58.0,
    "tests/dispatch/demo/test_day.py": 48.0,
    "tests/dispatch/planning/runs/test_takeover.py": 46.0,
    "tests/browser/test_languages.py": 46.0,
    "tests/optimizer/test_child.py": 43.0,
    "tests/browser/test_handover.py": 40.0,
    "tests/journeys/test_authorisation.py": 39.0,
    "tests/browser/test_outages.py": 39.0,
    "tests/dispatch/demo/test_living.py": 39.0,
    "tests/browser/phone/screens/test_month.py": 38.0,
    "tests/kit/test_embedded.py": 36.0,
    "tests/journeys/test_chaos.py": 36.0,
    "tests/browser/test_watching.py": 34.0,
    "tests/browser/test_decisions.py": 33.0,
    "tests/dispatch/cli/test_optimizing.py": 31.0,
    "tests/journeys/test_month.py": 30.0,
}
"""Files that take half a minute or more, in seconds: begun last, one of them alone would keep everybody waiting."""
_NOT_QUICK = {"cluster", "programs", "chromium", "realdata", "browser", "slow"}
"""Fixtures and marks: databases (all come from `cluster`), browsers, what may be absent, what takes long."""
_STARTERS = {"subprocess", "roads_process"}
"""What starts other programs, by the name under which it is imported."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--quick`."""
    parser.addoption(
        "--quick", action="store_true", help="only tests without database, browser, real data and other processes"
    )


def needs(item: pytest.Item) -> set[str]:
    """The fixtures and marks of a test."""
    return {*getattr(item, "fixturenames", ()), *(mark.name for mark in item.iter_markers())}


def starts_processes(module: ModuleType) -> bool:
    """Whether the tests of a module start other programs: so they do where it or a helper imports a starter."""
    helpers = (sys.modules.get(getattr(value, "__module__", None) or "") for value in vars(module).values())
    ours = [one for one in helpers if one is not None and one.__name__.startswith("tests.")]
    return any(_STARTERS & vars(one).keys() for one in (module, *ours))


def is_quick(item: pytest.Item) -> bool:
    """Whether a test needs this process only."""
    return not needs(item) & _NOT_QUICK and not starts_processes(item.getparent(pytest.Module).obj)  # type: ignore[union-attr]


def file_of(nodeid: str) -> str:
    """The file of a test."""
    return nodeid.split("::", 1)[0]


def guessed_seconds(item: pytest.Item) -> float:
    """What a test takes, seen from what it asks for."""
    asked = needs(item)
    return 0.1 + sum(seconds for name, seconds in _GUESSED_SECONDS.items() if name in asked)


def _remembered(config: pytest.Config) -> dict[str, float]:
    """Seconds by file; workers are told by whoever started them, so that all have the same."""
    given = getattr(config, "workerinput", None)
    if given is not None:
        return dict(given[_REMEMBERED])
    cache = getattr(config, "cache", None)
    return dict(cache.get(_REMEMBERED, {})) if cache else {}


def pytest_configure_node(node: WorkerController) -> None:
    """See `_remembered`."""
    node.workerinput[_REMEMBERED] = _remembered(node.config)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is not quick, if only that is asked for, and put the longest files first."""
    if config.getoption("quick"):
        left_out = [item for item in items if not is_quick(item)]
        items[:] = [item for item in items if is_quick(item)]
        config.hook.pytest_deselected(items=left_out)
    seconds: dict[str, float] = defaultdict(float)
    for item in items:
        seconds[file_of(item.nodeid)] += guessed_seconds(item)
    seconds.update(LONG | _remembered(config))
    items.sort(key=lambda item: -seconds[file_of(item.nodeid)])


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling:
    """Whole files, in the order of the collection."""
    config.option.loadscopereorder = False
    return LoadFileScheduling(config, log)


class Stopwatch:
    """Remembers how long each file took in a run of all tests."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._seconds: dict[str, float] = defaultdict(float)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add one part of one test."""
        self._seconds[file_of(report.nodeid)] += report.duration

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        """Keep the seconds, unless the run was interrupted."""
        cache = getattr(self._config, "cache", None)
        if cache is not None and self._seconds and exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
            cache.set(_REMEMBERED, {file: round(seconds, 1) for file, seconds in self._seconds.items()})


def pytest_configure(config: pytest.Config) -> None:
    """Take the time of whoever runs everything."""
    option = config.option
    in_part = option.quick or option.keyword or option.markexpr or config.args_source != config.ArgsSource.TESTPATHS
    if not in_part and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Stopwatch(config))
