"""Phones of technicians: one installation for all their tests, each phone with a network and a profile of its own."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from playwright.async_api import BrowserContext, CDPSession, Page, Playwright, async_playwright, expect
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeout
from sqlalchemy import select, text

from dispatch.accounts.models import Account
from dispatch.accounts.service import set_password
from dispatch.orders.reporting import Placing, Report, SubscriberGiven, report
from dispatch.orders.rules import acts
from dispatch.orders.service import apply
from dispatch.technicians.models import Technician
from grids.service import area_by_id, locate_many
from kit.actor import SYSTEM
from kit.db import Database
from tests.browser import town
from tests.browser.conftest import Site, _running
from tests.browser.phone.fault_proxy import FaultProxy, fault_proxy
from tests.databases import TestCluster
from tests.mobile_api.push_service import PushService, listening
from tests.nursery import Nursery
from tests.waiting import until

SMALL = {"width": 360, "height": 740}
# The instance has these from its class, whose prototype has them as its own.
_FIND = """function () {
  const is = (one) => {
    try { return typeof one.takePhoto === "function" && !Object.hasOwn(one, "takePhoto"); } catch { return false; }
  };
  window.phone = this.find(is);
  return window.phone !== undefined;
}"""


@dataclass
class Technician_:
    """Somebody with a phone, and the orders that the test gave."""

    login: str
    id: UUID
    orders: list[str]
    point: tuple[float, float]


@dataclass
class PhoneSite:
    """The installation, its database, and technicians who take turns."""

    site: Site
    database: Database
    people: list[tuple[str, UUID]]
    push: PushService
    """The only push service that the product may call."""
    turn: Any = field(default_factory=itertools.count)

    async def technician(self, orders: int = 1) -> Technician_:
        """The next technician, with so many new orders that wait to be accepted."""
        login, who = self.people[next(self.turn) % len(self.people)]
        given = []
        async with self.database.transaction() as session:
            technician = await session.get_one(Technician, who)
            area = await area_by_id(session, technician.area_id)
            lon, lat = (
                await session.execute(
                    text("SELECT ST_X(start_point), ST_Y(start_point) FROM technicians WHERE id = :id"), {"id": who}
                )
            ).one()
            (grid,) = await locate_many(session, area.id, [(lon, lat)])
            for number in range(orders):
                wish = Report(
                    fault_type="slow",
                    address=f"{number + 1} Phone Road",
                    point=(lon, lat),
                    subscriber=SubscriberGiven("Li Lei", ("13912345678",)),
                )
                order = await report(session, SYSTEM, area, wish, placing=Placing((lon, lat), "given", grid))
                await apply(session, SYSTEM, order.id, acts.Dispatch(technician_id=who, why="dispatcher"))
                given.append(str(order.id))
        return Technician_(login, who, given, (lon, lat))

    async def cookies(self, context: BrowserContext, login: str) -> list[Any]:
        if login not in self.site.signed_in:
            answer = await context.request.post(
                f"{self.site.url}/api/sign-in", data={"login": login, "password": town.PASSWORD}
            )
            assert answer.ok, await answer.text()
            self.site.signed_in[login] = await context.cookies()
        return self.site.signed_in[login]

    async def events(self, order: str) -> list[dict[str, Any]]:
        """What happened to an order by phones, in the order it was stored."""
        query = text(
            "SELECT type, client_id, occurred_at, data FROM order_events"
            " WHERE order_id = :id AND client_id IS NOT NULL ORDER BY sequence"
        )
        async with self.database.transaction() as session:
            return [dict(row) for row in (await session.execute(query, {"id": order})).mappings()]

    async def status(self, order: str) -> str:
        async with self.database.transaction() as session:
            return str(await session.scalar(text("SELECT status FROM orders WHERE id = :id"), {"id": order}))

    @staticmethod
    def uuid(order: str) -> UUID:
        return UUID(order)

    async def evidence(self, order: str) -> list[dict[str, Any]]:
        """What was kept of acts that came too late."""
        query = text(
            "SELECT data -> 'evidence' FROM order_events WHERE order_id = :id AND type = 'noted' ORDER BY sequence"
        )
        async with self.database.transaction() as session:
            return list((await session.execute(query, {"id": order})).scalars())

    async def photos(self, order: str) -> int:
        """The photos of an order whose file is there."""
        async with self.database.transaction() as session:
            return int(
                await session.scalar(
                    text("SELECT count(*) FROM photos WHERE order_id = :id AND sha256 IS NOT NULL"), {"id": order}
                )
                or 0
            )


@dataclass
class Handset:
    """One phone: a browser with a profile that outlives it, behind a network of its own."""

    playwright: Playwright
    chromium: str
    folder: Path
    proxy: FaultProxy
    of: PhoneSite
    slow: int = 2
    """How many times slower than this machine; 6 is a cheap phone."""
    login: str | None = None
    quota: int | None = None
    """Bytes that its first page may store."""
    args: list[str] = field(default_factory=list)
    """More words for its browser."""
    bare: bool = False
    """A browser without background sync."""
    clock: datetime | None = None
    """What its clock shows when it is switched on; else the true time."""
    host: str | None = None
    """Under which name it reaches the product; else under one that browsers trust."""
    context: BrowserContext = None  # type: ignore[assignment]
    page: Page = None  # type: ignore[assignment]
    errors: list[str] = field(default_factory=list)

    async def start(self, login: str | None = None) -> Page:
        """Switch it on; with `login`, somebody is signed in."""
        self.context = await self.playwright.chromium.launch_persistent_context(
            str(self.folder),
            executable_path=self.chromium,
            args=["--no-sandbox", *self.args],
            viewport=SMALL,
            has_touch=True,
            is_mobile=True,
            device_scale_factor=2,
            locale="en-GB",
            permissions=["geolocation", "clipboard-read", "clipboard-write"],
        )
        self.login = login or self.login
        if self.login:
            # A browser writes its cookies down every half minute only: after a kill they are those of the last sign-in.
            await self.context.add_cookies(await self.of.cookies(self.context, self.login))
        await self.context.add_init_script("localStorage.getItem('language') ?? localStorage.setItem('language', 'en')")
        if self.bare:
            await self.context.add_init_script(
                "delete window.SyncManager; delete ServiceWorkerRegistration.prototype.sync"
            )
        if self.clock is not None:
            await self.context.clock.set_system_time(self.clock)
        self.page = self.context.pages[0]
        await self.open(self.page)
        return self.page

    async def open(self, page: Page, path: str = "/technician") -> Page:
        """Show the app in a page, as slow as a cheap phone, and take hold of it."""
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        if self.slow > 1:
            debugger = await self.context.new_cdp_session(page)
            await debugger.send("Emulation.setCPUThrottlingRate", {"rate": self.slow})
        if self.quota:
            debugger = await self.context.new_cdp_session(page)
            limit = {"origin": self.proxy.url, "quotaSize": self.quota}
            await debugger.send("Storage.overrideQuotaForOrigin", limit)
            self.quota = None
        site = self.proxy.url if self.host is None else f"http://{self.host}:{self.proxy.port}"
        await page.goto(site + path, wait_until="commit")
        await hold(page)
        return page

    async def worker_ready(self) -> None:
        """Wait until the worker has the page and all that the app needs without a network."""
        await self.page.wait_for_function("() => navigator.serviceWorker.controller !== null")

    async def worker(self) -> tuple[CDPSession, str]:
        """The browser's debugger of service workers, and the id of this app's."""
        debugger = await self.context.new_cdp_session(self.page)
        found: list[str] = []
        debugger.on(
            "ServiceWorker.workerRegistrationUpdated",
            lambda told: found.extend(one["registrationId"] for one in told["registrations"] if not one["isDeleted"]),
        )
        await debugger.send("ServiceWorker.enable")
        await until(lambda: bool(found), "the worker is registered")
        return debugger, found[-1]

    def kill(self) -> None:
        """The system ends the app, without a word to it."""
        for pid in self._processes():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue

    def _processes(self) -> list[int]:
        mark = f"--user-data-dir={self.folder}".encode()
        return [int(one.name) for one in Path("/proc").iterdir() if one.name.isdigit() and mark in _command(one)]

    async def again(self) -> Page:
        """Switch it on after a kill or an end."""
        with suppress(PlaywrightError):
            await self.context.close()
        while self._processes():  # noqa: ASYNC110 - the end of another program has no event
            await asyncio.sleep(0.05)
        for lock in self.folder.glob("Singleton*"):
            lock.unlink()
        return await self.start()

    async def close(self) -> None:
        if self.context is not None:
            await self.context.close()

    # What a person does, asked of the app itself.

    async def act(self, order: str, act: dict[str, Any], more: dict[str, Any] | None = None) -> dict[str, Any]:
        return await self.page.evaluate("([order, act, more]) => phone.act(order, act, more)", [order, act, more or {}])  # type: ignore[no-any-return]

    async def photo(self, order: str, kind: str = "after", size: int = 900) -> str:
        """Take a picture of noise, so that it is as heavy as a real one."""
        return await self.page.evaluate(TAKE_PHOTO, [order, kind, size])  # type: ignore[no-any-return]

    async def completion(self, photos: list[str], signature: str) -> dict[str, Any]:
        """A completion that has everything that the guide of its fault type asks for."""
        done = {"type": "completed", "cause": "slow", "action": "repaired", "subscriberAsked": True}
        guide: dict[str, Any] = await self.page.evaluate(_GUIDE)
        return done | guide | {"photoIds": photos, "signaturePhotoId": signature}

    async def rows(self) -> list[dict[str, Any]]:
        return json.loads(await self.page.evaluate("JSON.stringify(phone.rows)"))  # type: ignore[no-any-return]

    async def until(self, what: str, arg: Any = None) -> None:
        """Wait until something holds of the app."""
        try:
            await self.page.wait_for_function(f"(arg) => {what}", arg=arg, timeout=1000 * LONGEST_WAIT)
        except PlaywrightTimeout as error:
            open_ones = [f"{one.method} {one.path}" for one in self.proxy.passed if not one.answered]
            says = await self.page.evaluate(_SAYS)
            raise AssertionError(f"never so: {what}; the app: {says}; without an answer: {open_ones}") from error

    async def eventually(self, asked: str, arg: Any = None) -> None:
        """Wait until something that has to be asked for is true: `asked` is a function that promises it."""
        async with asyncio.timeout(LONGEST_WAIT):
            while not await self.page.evaluate(asked, arg):  # noqa: ASYNC110 - what is stored tells nobody
                await asyncio.sleep(0.02)

    async def drained(self) -> None:
        # An app that has not yet read its store has nothing unsent either.
        await self.until("phone.phase === 'open' && phone.unsent.acts === 0 && phone.unsent.photos === 0")


LONGEST_WAIT = 75
"""Seconds. The app itself gives a request up after half a minute and asks again: a wait outlasts that twice."""
_SAYS = """() => JSON.stringify(["phase", "health", "problem", "unreachable", "unsent", "routeAt", "lastContact"]
  .map((key) => [key, window.phone?.[key]])
  .concat([["stops", window.phone?.stops.length], ["rows", window.phone?.rows]]))"""
_GUIDE = """() => {
  const guide = phone.route.guides.find((one) => one.code === "slow");
  const within = ({ low, high }) => ((low ?? high ?? 0) + (high ?? low ?? 0)) / 2;
  return {
    readings: Object.fromEntries(guide.readings.map((one) => [one.key, within(one)])),
    checklist: guide.checklist.map((line) => line.key),
  };
}"""
TAKE_PHOTO = """async ([orderId, kind, size]) => {
  const canvas = new OffscreenCanvas(size, size * 0.75);
  const pen = canvas.getContext("2d");
  const data = pen.createImageData(canvas.width, canvas.height);
  for (let at = 0; at < data.data.length; at += 65536) crypto.getRandomValues(data.data.subarray(at, at + 65536));
  for (let at = 3; at < data.data.length; at += 4) data.data[at] = 255;
  pen.putImageData(data, 0, 0);
  const file = await canvas.convertToBlob({ type: "image/png" });
  const taken = await phone.takePhoto(file, { orderId, kind, point: [104.1, 30.6], accuracy: 9 });
  URL.revokeObjectURL(taken.thumbUrl);
  return taken.id;
}"""


def _command(process: Path) -> bytes:
    try:
        return (process / "cmdline").read_bytes()
    except OSError:
        return b""


async def hold(page: Page) -> None:
    """Put the app's own object into `window.phone`, found through the debugger: the page has no door for it."""
    await page.wait_for_function("() => document.querySelector('#app > *') !== null")
    debugger = await page.context.new_cdp_session(page)
    prototype = await debugger.send("Runtime.evaluate", {"expression": "Object.prototype"})
    objects = await debugger.send("Runtime.queryObjects", {"prototypeObjectId": prototype["result"]["objectId"]})
    found = await debugger.send(
        "Runtime.callFunctionOn",
        {"objectId": objects["objects"]["objectId"], "functionDeclaration": _FIND, "returnByValue": True},
    )
    await debugger.detach()
    assert found["result"]["value"], "the app's object is not on the page"


@pytest.fixture(scope="session")
async def phones(
    cluster: TestCluster, programs: Nursery, pages_template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[PhoneSite]:
    """The product for all tests of phones, its clock going."""
    name = cluster.clone(pages_template)
    database = Database(cluster.url(name), pool_size=3)
    try:
        area = await town.set_going(database)
        people = []
        async with database.transaction() as session:
            query = select(Account).where(Account.technician_id.is_not(None)).order_by(Account.login)
            for number, account in enumerate((await session.execute(query)).scalars().all()):
                assert account.technician_id is not None
                account.login = f"phone-{number}"
                await set_password(session, account, town.PASSWORD)
                people.append((account.login, account.technician_id))
        assert area is not None
        home = tmp_path_factory.mktemp("phones")
        async with listening() as push:
            with pytest.MonkeyPatch.context() as environment:
                environment.setenv("GRID_DISPATCH_PUSH_HOSTS", f"127.0.0.1:{push.port}")
                async with _running(cluster, programs, name, home, None) as site:  # type: ignore[arg-type]
                    yield PhoneSite(site, database, people, push)
                    await database.dispose()
    finally:
        await database.dispose()


@pytest.fixture(scope="session")
async def driver() -> AsyncIterator[Playwright]:
    async with async_playwright() as playwright:
        yield playwright


@pytest.fixture
async def desk(phones: PhoneSite, driver: Playwright, chromium: str) -> AsyncIterator[Site]:
    """The same installation with a browser for the people at the console."""
    browser = await driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
    phones.site.browser = browser
    yield phones.site
    await browser.close()


Handsets = Callable[..., Awaitable[Handset]]


@pytest.fixture
async def handset(phones: PhoneSite, driver: Playwright, chromium: str, tmp_path: Path) -> AsyncIterator[Handsets]:
    """Gives phones: `await handset(login)`; what their pages throw fails the test."""
    async with AsyncExitStack() as stack:
        given: list[Handset] = []

        async def give(login: str | None = None, **more: Any) -> Handset:
            proxy = await stack.enter_async_context(fault_proxy(urlsplit(phones.site.url).port or 0))
            one = Handset(driver, chromium, tmp_path / f"profile-{len(given)}", proxy, phones, **more)
            given.append(one)
            stack.push_async_callback(one.close)
            await one.start(login)
            return one

        yield give
        errors = [error for one in given for error in one.errors]
    assert errors == []


__all__ = ["Handset", "Handsets", "PhoneSite", "expect"]
