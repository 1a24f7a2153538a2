"""The running product with a day in it, and people at its screens."""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Page, Request, expect

from kit.db import Database
from kit.processes.ports import free_port
from tests.browser import months, town, vancouver
from tests.databases import ROOT, TestCluster, migrate_in_a_process, schema_key, sources_hash
from tests.nursery import Born, Nursery

STATIC = ROOT / "dispatch" / "static" / "faces.json"
WEB = ROOT / "web"
DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
_KEY = sources_hash("tests/browser/town.py", "citymap/importing.py", "citymap/osm/streets.py", "citymap/demo_city.py")
_CITY_KEY = sources_hash(
    "tests/browser/vancouver.py",
    "citymap/**/*.py",
    "grids/*.py",
    "dispatch/technicians/*.py",
    "dispatch/orders/intake/**/*",
)

expect.set_options(timeout=20_000)

_COUNT_REQUESTS = """(() => {
  const ask = window.fetch;
  window.openRequests = 0;
  window.fetch = async (...what) => {
    window.openRequests += 1;
    try { return await ask(...what); } finally { window.openRequests -= 1; }
  };
})()"""
# Drawing a map in software takes most of a page's time. Without WebGL the page says so and does the rest of its work.
_NO_WEBGL = """(() => {
  const real = HTMLCanvasElement.prototype.getContext;
  HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
    return kind.startsWith("webgl") ? null : real.call(this, kind, ...rest);
  };
})()"""
# Nothing asked and not answered, nothing still moving, nothing to load: so for three frames. What moves for ever may.
_SETTLED = """(answered) => {
  const moving = document.getAnimations().some(
    (one) => one.playState === "running" && one.effect.getComputedTiming().endTime !== Infinity);
  const asking = window.openRequests || document.querySelector(".map[data-drawn=true]:not([data-still=true])")
    || ![...document.images].every((one) => one.complete);
  const settled = !(answered && asking) && !moving && document.fonts.status === "loaded";
  window.settledFrames = settled ? (window.settledFrames ?? 0) + 1 : 0;
  return window.settledFrames >= 3;
}"""


@dataclass
class Site:
    """The product at an address, and whoever sits before it."""

    url: str
    browser: Browser
    database_url: str
    contexts: list[BrowserContext] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    """Requests that left the origin; there must be none."""
    errors: list[str] = field(default_factory=list)
    """What the pages' scripts threw."""

    signed_in: dict[str, list[Any]] = field(default_factory=dict)
    """The cookies of everybody who has signed in, by login."""

    async def person(
        self, size: dict[str, int] | None = None, locale: str = "en-GB", *, draws: bool = False, touch: bool = False
    ) -> Page:
        """A fresh browser profile with its page open; it can draw the map only where it `draws`."""
        context = await self.browser.new_context(
            viewport=size or DESK,  # type: ignore[arg-type]
            locale=locale,
            has_touch=touch,
        )
        self.contexts.append(context)
        await context.add_init_script(_COUNT_REQUESTS)
        if not draws:
            await context.add_init_script(_NO_WEBGL)
        page = await context.new_page()
        page.on("request", self._watch)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        return page

    def _watch(self, request: Request) -> None:
        if not request.url.startswith((self.url, "blob:", "data:")):
            self.foreign.append(request.url)

    async def sign_in(self, login: str, path: str = "/", **person: Any) -> Page:
        """A person signed in, at `path`; the form itself is for the tests that `enter`."""
        page = await self.person(**person)
        if login not in self.signed_in:
            given = {"login": login, "password": town.PASSWORD}
            answer = await page.context.request.post(f"{self.url}/api/sign-in", data=given)
            assert answer.ok, await answer.text()
            self.signed_in[login] = await page.context.cookies()
        await page.context.add_cookies(self.signed_in[login])
        await page.goto(self.url + path)
        await expect(page.locator("header").first).to_be_visible()
        return page


async def enter(page: Page, login: str) -> None:
    """Fill in the sign-in page."""
    await page.locator("input[name=login]").fill(login)
    await page.locator("input[name=password]").fill(town.PASSWORD)
    await page.locator("form button.primary").click()
    await expect(page.locator("input[name=password]")).to_have_count(0)


async def settled(page: Page, *, answered: bool = True) -> None:
    """Wait until nothing on the page moves and it has its fonts and what it asked for: lists, pictures, map tiles.

    Where a test holds the answers back, `answered=False`.
    """
    await page.evaluate("window.settledFrames = 0")
    await page.wait_for_function(_SETTLED, arg=answered, timeout=60_000)


def files_of_sentences() -> list[Path]:
    """The files that hold the sentences of the pages: each face has a folder of its own."""
    return sorted(file for file in WEB.glob("*/strings/*.ts") if "node_modules" not in file.parts)


def sentences_of(file: Path) -> dict[str, dict[str, str]]:
    """The sentences of one file by key."""
    pattern = re.compile(r'^  "?([\w.]+)"?: \{ en: ("(?:[^"\\]|\\.)*"), zh: ("(?:[^"\\]|\\.)*") \},$', re.MULTILINE)
    text = file.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.startswith("  ")]
    matches = pattern.findall(text)
    assert len(matches) == len(lines), f"{file.name}: a line is not `key: {{ en: …, zh: … }},`"
    return {key: {"en": json.loads(en), "zh": json.loads(zh)} for key, en, zh in matches}


def strings() -> dict[str, dict[str, str]]:
    """Every sentence of the pages by key, read from their source."""
    return {key: texts for file in files_of_sentences() for key, texts in sentences_of(file).items()}


@pytest.fixture(scope="session")
def pages_template(cluster: TestCluster) -> str:
    """The template database with the day in it, migrated as an operator does, for `up` brings its schema on."""

    def build(url: str) -> None:
        migrate_in_a_process(url)
        town.build(url)

    return cluster.template(f"{schema_key()}:pages:{_KEY}", build)


@pytest.fixture(scope="session")
def months_template(cluster: TestCluster, pages_template: str) -> str:
    """The template database with two settled months before the town's day."""
    judged = sources_hash("tests/browser/months.py", "dispatch/assessments/**/*.py", "dispatch/reports/rollups/*.py")
    key = f"{schema_key()}:months:{_KEY}:{judged}"
    return cluster.template(key, months.build, base=pages_template)


@pytest.fixture(scope="session")
def city_template(cluster: TestCluster, realdata: Path) -> str:
    """The template database with Vancouver's heavy day."""

    def build(url: str) -> None:
        migrate_in_a_process(url)
        vancouver.build(url, realdata / "vancouver")

    return cluster.template(f"{schema_key()}:shift:{_CITY_KEY}", build)


@pytest.fixture(scope="module")
async def site(
    cluster: TestCluster,
    programs: Nursery,
    pages_template: str,
    tmp_path_factory: pytest.TempPathFactory,
    browser: Browser,
) -> AsyncIterator[Site]:
    """The product on a copy of the town's day, its clock going: what one file of tests does, no other one sees."""
    name = cluster.clone(pages_template)
    database = Database(cluster.url(name))
    await town.set_going(database)
    await database.dispose()
    async with _running(cluster, programs, name, tmp_path_factory.mktemp("pages"), browser) as running:
        yield running


@pytest.fixture(scope="module")
async def books(
    cluster: TestCluster,
    programs: Nursery,
    months_template: str,
    tmp_path_factory: pytest.TempPathFactory,
    browser: Browser,
) -> AsyncIterator[Site]:
    """The product on a copy of the town's months, its clock standing at nine on the town's day."""
    async with _running(
        cluster, programs, cluster.clone(months_template), tmp_path_factory.mktemp("books"), browser
    ) as running:
        yield running


@pytest.fixture(scope="module")
async def city(
    cluster: TestCluster,
    programs: Nursery,
    city_template: str,
    tmp_path_factory: pytest.TempPathFactory,
    browser: Browser,
) -> AsyncIterator[Site]:
    """The product on a copy of Vancouver's heavy day, its clock standing at eleven."""
    async with _running(
        cluster, programs, cluster.clone(city_template), tmp_path_factory.mktemp("city"), browser
    ) as running:
        yield running


@asynccontextmanager
async def _running(
    cluster: TestCluster, programs: Nursery, name: str, home: Path, browser: Browser
) -> AsyncIterator[Site]:
    """Web, worker and roads as `grid-dispatch up` starts them, on a database that goes with them."""
    if not STATIC.exists():
        pytest.fail("the pages are not built: run `make setup`", pytrace=False)
    port = free_port("127.0.0.1")
    environment = {**os.environ, "DATABASE_URL": cluster.url(name), "GRID_DISPATCH_HOME": str(home)}
    said = home / "said"
    process = programs.begin(["grid-dispatch", "up", "--port", str(port)], environment, said)
    try:
        await _answers(process, f"http://127.0.0.1:{port}", said)
        yield Site(f"http://localhost:{port}", browser, cluster.url(name))
    finally:
        try:
            process.stop(within=40)
        finally:
            cluster.drop(name)


@pytest.fixture(autouse=True)
async def _everybody_leaves(request: pytest.FixtureRequest) -> AsyncIterator[None]:
    """Close the screens of a test behind it: a map nobody looks at is drawn all the same, in software."""
    yield
    for name in {"site", "books", "city"} & set(request.fixturenames):
        running: Site = request.getfixturevalue(name)
        for context in running.contexts:
            await context.close()
        running.contexts.clear()


async def _answers(process: Born, url: str, said: Path) -> None:
    """Wait until the program prints its address, and fail with its own words when it ends instead."""
    for _ in range(600):
        if "http://localhost" in _text(said):
            return
        if process.ended():
            break
        await asyncio.sleep(0.2)
    raise AssertionError(f"`up` did not open {url}:\n{_text(said)[-2000:]}")


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8")
