"""The app on a phone: it opens without a network, is installable, and changes its version at a safe moment only."""

from __future__ import annotations

import json
import re

from dispatch.pages import STATIC
from tests.browser.phone.conftest import Handset, Handsets, PhoneSite, expect, hold

WORKER = "/phone-worker.js"


async def test_the_route_is_shown_in_a_black_hole_and_nothing_spins(phones: PhoneSite, handset: Handsets) -> None:
    who = await phones.technician(2)
    phone = await handset(who.login, slow=6)
    await phone.until("phone.route !== null")
    await phone.worker_ready()
    await phone.context.close()
    await phone.proxy.set_mode("black_hole")
    await phone.again()
    await phone.until("phone.route !== null")
    assert await phone.page.evaluate("phone.waiting.length + phone.stops.length") >= 2
    assert await phone.page.locator("[role=status]", has_text="Loading").count() == 0
    await phone.act(who.orders[0], {"type": "accepted"})
    assert await phone.page.evaluate("phone.unsent.acts") == 1
    await phone.proxy.set_mode("refuse")


async def test_the_list_needs_neither_map_nor_scanner(phones: PhoneSite, handset: Handsets) -> None:
    who = await phones.technician(1)
    phone = await handset(who.login)
    await phone.until("phone.route !== null")
    await phone.worker_ready()
    files = set(re.findall(r"/assets/[\w.-]+\.\w+", (STATIC / WORKER.strip("/")).read_text()))
    await phone.eventually(ALL_IS_KEPT, len(files))
    await phone.proxy.set_mode("refuse")
    await phone.page.reload()
    await hold(phone.page)
    await phone.until("phone.route !== null")
    await expect(phone.page.locator(".next")).to_be_visible()
    assert await phone.page.evaluate(LATER_LOADED) == []
    await phone.page.get_by_role("button", name="Map", exact=True).click()
    await expect(phone.page.get_by_role("heading", name="My stops")).to_be_visible()
    assert await phone.page.evaluate(LATER_LOADED) != []


ALL_IS_KEPT = """async (files) => {
  const ours = (await caches.keys()).filter((name) => /^phone-(shell|later)/.test(name));
  const urls = async (name) => (await (await caches.open(name)).keys()).map((one) => one.url);
  const kept = (await Promise.all(ours.map(urls))).flat();
  return new Set(kept.filter((url) => url.includes("/assets/"))).size === files;
}"""
LATER_LOADED = """async () => {
  const [name] = (await caches.keys()).filter((one) => one.startsWith("phone-later"));
  const later = (await (await caches.open(name)).keys()).map((one) => one.url);
  return performance.getEntriesByType("resource").map((one) => one.name).filter((one) => later.includes(one));
}"""


async def test_the_app_can_be_installed(phones: PhoneSite, handset: Handsets) -> None:
    phone = await handset()
    await phone.worker_ready()
    debugger = await phone.context.new_cdp_session(phone.page)
    manifest = await debugger.send("Page.getAppManifest")
    assert manifest["errors"] == []
    assert json.loads(manifest["data"])["start_url"] == "/technician"
    found = await debugger.send("Page.getInstallabilityErrors")
    assert [one["errorId"] for one in found["installabilityErrors"]] in ([], ["in-incognito"])


async def test_a_file_that_is_not_there_is_not_found_and_never_a_page(phones: PhoneSite, handset: Handsets) -> None:
    phone = await handset()
    await phone.worker_ready()
    found = await phone.page.evaluate(
        "fetch('/assets/gone-12345678.js').then(async (got) => [got.status, got.headers.get('Content-Type')])"
    )
    assert found[0] == 404
    assert "html" not in found[1]


async def test_a_new_version_waits_until_the_person_says_so(phones: PhoneSite, handset: Handsets) -> None:
    who = await phones.technician(1)
    phone = await handset(who.login)
    await phone.until("phone.route !== null")
    await phone.worker_ready()
    await phone.page.evaluate(
        "(order) => { phone.draft(order, 'completed').value.note = 'half a form'; }", who.orders[0]
    )
    await phone.page.evaluate("window.old = true")
    old, new = release(phone)
    await look_for_a_new_version(phone)
    await phone.until("phone.health === 'update_ready'")
    # The page goes on with the old files, also with those it asks for only now.
    assert await phone.page.evaluate("old") is True
    assert await phone.page.evaluate("(path) => fetch(path).then((got) => got.status)", old) == 200
    await phone.page.evaluate("void phone.update()")
    await phone.page.wait_for_function("() => window.old === undefined")
    await hold(phone.page)
    await phone.until("phone.route !== null")
    assert await phone.page.locator(f"script[src='{new}']").count() == 1
    note = await phone.page.evaluate("(order) => phone.draft(order, 'completed').value.note", who.orders[0])
    assert note == "half a form"
    # One release back is kept, for a page that is still open.
    assert await phone.page.evaluate("(path) => fetch(path).then((got) => got.status)", old) == 200


async def test_half_a_new_version_is_none(phones: PhoneSite, handset: Handsets) -> None:
    who = await phones.technician(1)
    phone = await handset(who.login)
    await phone.until("phone.route !== null")
    await phone.worker_ready()
    _, new = release(phone)
    phone.proxy.instead[new] = None
    await look_for_a_new_version(phone, "redundant")
    await phone.context.close()
    await phone.proxy.set_mode("refuse")
    await phone.again()
    await phone.until("phone.route !== null && phone.health !== 'update_ready'")


def release(phone: Handset) -> tuple[str, str]:
    """Put another version of the app on the server: a script has another name, the old one is gone. Answers both."""
    page = (STATIC / "technician" / "index.html").read_text()
    worker = (STATIC / WORKER.strip("/")).read_text()
    found = re.search(r'src="(/assets/technician-[^"]+\.js)"', page)
    assert found is not None
    old = found[1]
    new = old.replace("/technician-", "/technician-next-")
    version = re.search(r"phone-shell-(?:\$\{)?[`\"]?([0-9a-f]{12})", worker)
    assert version is not None, "the worker has no version"
    phone.proxy.instead |= {
        old: None,
        new: ("text/javascript", (STATIC / old.strip("/")).read_bytes()),
        "/technician": ("text/html", page.replace(old, new).encode()),
        WORKER: ("text/javascript", worker.replace(old, new).replace(version[1], "0123456789ab").encode()),
    }
    return old, new


async def look_for_a_new_version(phone: Handset, until: str = "installed") -> None:
    """The browser asks for the worker again; resolves once the new one is as far as `until`."""
    reached = await phone.page.evaluate(
        """async (until) => {
          const registration = await navigator.serviceWorker.getRegistration("/technician");
          const found = new Promise((done) => registration.addEventListener("updatefound", () => {
            const worker = registration.installing;
            worker.addEventListener("statechange", () => worker.state === until && done(until));
          }));
          await registration.update();
          return found;
        }""",
        until,
    )
    assert reached == until
