"""What every test may ask for: a fresh database, an open session, the real data, Chromium.

    async def test_…(session): …            an open AsyncSession on a fresh database; rolled back
    async def test_…(database): …           a `kit.db.Database` on a fresh database, for code that commits
    def test_…(database_url): …             only its address, for programs started outside
    def test_…(realdata): …                 the folder of the real cities (mark it `realdata`)
    async def test_…(browser): …            Playwright's Browser, able to draw maps (mark it `browser`)
    def test_…(chromium): …                 only the path of Chromium
    programs                                `Nursery`: begins processes of the program, read already
    cluster                                 `TestCluster`: own templates, several databases

With REQUIRE_REALDATA=1 or REQUIRE_BROWSER=1 what is absent fails, and so does every skip that is not listed below.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path

import hypothesis
import pytest
from playwright.async_api import Browser, async_playwright
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from kit.db import Database
from kit.processes.memory import settle
from tests import pacing
from tests.databases import ROOT, TestCluster, build_schema, running_cluster, schema_key
from tests.nursery import Nursery, nursery

# No test may reach the developer's own installation: neither its home nor its server.
for _name in [name for name in os.environ if name.startswith("GRID_DISPATCH_") or name == "DATABASE_URL"]:
    if _name != "GRID_DISPATCH_REALDATA":
        del os.environ[_name]
_home = tempfile.TemporaryDirectory(prefix="grid-dispatch-test-")
atexit.register(_home.cleanup)
os.environ["GRID_DISPATCH_HOME"] = _home.name
os.environ["GRID_DISPATCH_ALLOWED_HOSTS"] = "testserver.local"  # as Litestar's client calls the program
os.environ["GRID_DISPATCH_PLAN_WORKERS"] = "1"  # tests run on every core already; two threads would only wait in turn
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # threads of many processes would wait for each other, spinning

# Benchmarks are not tests: no example is too slow. Build machines try the same examples every time.
hypothesis.settings.register_profile("here", deadline=None, derandomize=bool(os.environ.get("CI")))
hypothesis.settings.load_profile("here")

# Node id prefixes of tests that may skip even when everything is required, each with the reason.
LISTED_SKIPS: dict[str, str] = {
    "tests/kit/test_embedded.py::test_under_a_home_that_others_cannot_enter": "only root runs it under another account",
}

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")


def _required(name: str) -> bool:
    return os.environ.get(name, "") not in {"", "0"}


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Whatever `tests/pacing.py` adds: `--quick`, and the order of the files."""
    pluginmanager.register(pacing)


def pytest_collection_finish() -> None:
    """What was read of all tests stays; without this every full collection of garbage would look at it again."""
    settle()


# -- databases ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def cluster() -> Iterator[TestCluster]:
    """The running test cluster, shared by all workers and by runs at the same time."""
    with running_cluster() as running:
        yield running


@pytest.fixture(scope="session")
def schema_template(cluster: TestCluster) -> str:
    """The template that holds the newest schema and no rows."""
    return cluster.template(schema_key(), build_schema)


@pytest.fixture
def database_url(cluster: TestCluster, schema_template: str) -> Iterator[str]:
    """The address of a fresh database."""
    name = cluster.lend(schema_template)
    yield cluster.url(name)
    cluster.take_back(name)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A fresh database with its pool."""
    opened = Database(database_url)
    yield opened
    await opened.dispose()


@pytest.fixture(scope="session")
def empty_database(cluster: TestCluster, schema_template: str) -> Iterator[str]:
    """The name of a database that stays empty: one a worker, for whatever is rolled back."""
    name = cluster.clone(schema_template)
    yield name
    cluster.drop(name)


@pytest.fixture
async def session(
    request: pytest.FixtureRequest, cluster: TestCluster, empty_database: str
) -> AsyncIterator[AsyncSession]:
    """An open session on an empty database, or on that of `database`: `flush()` shows constraints at work.

    It is never committed, so a test that has no `database` needs none of its own.
    """
    if "database" in request.fixturenames:
        opened: Database = request.getfixturevalue("database")
        async with AsyncSession(opened.engine, expire_on_commit=False) as open_session:
            yield open_session
        return
    shared = Database(cluster.url(empty_database), pool_size=1)
    try:
        async with AsyncSession(shared.engine, expire_on_commit=False) as open_session:
            event.listen(open_session.sync_session, "before_commit", _refuse_commit)
            yield open_session
    finally:
        await shared.dispose()


def _refuse_commit(session: Session) -> None:
    assert session.in_nested_transaction(), "a session is never committed here: ask for `database`"


@pytest.fixture(scope="session")
def programs() -> Iterator[Nursery]:
    """The program, read once a worker, of which processes are begun that need not read it again."""
    with nursery() as running:
        yield running


# -- what may be absent ------------------------------------------------------------------------------------------------


def _realdata_folder() -> Path:
    return Path(os.environ.get("GRID_DISPATCH_REALDATA") or ROOT.parent / "shared" / "data")


def _absent(what: str, variable: str) -> None:
    if _required(variable):
        pytest.fail(f"{what} ({variable}=1 demands it)", pytrace=False)
    pytest.skip(what)


@pytest.fixture(scope="session")
def realdata() -> Path:
    """The folder with the real cities, beside the checkout or at $GRID_DISPATCH_REALDATA."""
    folder = _realdata_folder()
    if not (folder / "README.md").exists():
        _absent(f"no real data in {folder}; set GRID_DISPATCH_REALDATA to where it lies", "REQUIRE_REALDATA")
    return folder


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Chromium."""
    found = next((path for name in CHROMIUM_NAMES if (path := shutil.which(name))), None)
    if found is None:
        _absent("no Chromium on this machine; `make test` installs it", "REQUIRE_BROWSER")
    return str(found)


@pytest.fixture(scope="session")
def nginx() -> str:
    """The path of nginx, installed or unpacked by `scripts/bootstrap --tests`."""
    candidates = (ROOT / ".data" / "tools" / "nginx" / "usr" / "sbin" / "nginx", Path("/usr/sbin/nginx"))
    found = next((path for path in candidates if os.access(path, os.X_OK)), None)
    if found is None:
        pytest.skip("no nginx on this machine; `make setup-tests` fetches it where there is apt")
    return str(found)


# MapLibre needs WebGL, which headless Chromium draws in software with these (and without --disable-gpu). The rest of a
# page is put together without it, at half the cost.
_DRAWING = [
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
    "--disable-gpu-compositing",
]


@pytest.fixture(scope="session")
async def browser(chromium: str) -> AsyncIterator[Browser]:
    """A running headless Chromium that can draw maps; `await browser.new_context()` is a fresh person at the screen."""
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(
            executable_path=chromium, args=_DRAWING, ignore_default_args=["--disable-gpu"]
        )
        yield launched
        await launched.close()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A marked test needs what its mark says, whether or not it asks for the fixture."""
    if item.get_closest_marker("realdata") and not (_realdata_folder() / "README.md").exists():
        _absent(f"no real data in {_realdata_folder()}", "REQUIRE_REALDATA")
    if item.get_closest_marker("browser") and not any(shutil.which(name) for name in CHROMIUM_NAMES):
        _absent("no Chromium on this machine; `make test` installs it", "REQUIRE_BROWSER")


def _refuse_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Turn a skip that nobody listed into a failure, where everything is required."""
    strict = _required("REQUIRE_REALDATA") or _required("REQUIRE_BROWSER")
    if not strict or not report.skipped or hasattr(report, "wasxfail"):
        return
    if any(report.nodeid.startswith(prefix) for prefix in LISTED_SKIPS):
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    report.outcome = "failed"
    report.longrepr = f"a skip that is not on the list of tests/conftest.py: {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """See `_refuse_skip`."""
    report = yield
    _refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """See `_refuse_skip`: a module may skip while it is read."""
    report = yield
    _refuse_skip(report)
    return report
