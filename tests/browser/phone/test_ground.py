"""Grounds that promise little: plain http, a private window; and being woken."""

from __future__ import annotations

from urllib.parse import urlsplit

from playwright.async_api import expect

from tests.browser.conftest import WEB, Site, enter, sentences_of
from tests.browser.phone.conftest import Handsets, PhoneSite, hold
from tests.browser.phone.fault_proxy import fault_proxy
from tests.waiting import until

ACCEPT = {"type": "accepted"}
FAR = "192.0.2.7"
"""An address that no browser trusts; it leads to this machine."""
TITLES = """async () => {
  const registration = await navigator.serviceWorker.getRegistration("/technician");
  return (await registration.getNotifications()).map((one) => [one.title, one.body]);
}"""


async def test_over_plain_http_it_says_so_and_works_while_there_is_a_network(
    phones: PhoneSite, handset: Handsets
) -> None:
    who = await phones.technician(1)
    phone = await handset(args=[f"--host-resolver-rules=MAP {FAR} 127.0.0.1"], host=FAR)
    await enter(phone.page, who.login)
    await phone.until("phone.route !== null && phone.health === 'insecure'")
    assert await phone.page.evaluate("[isSecureContext, 'serviceWorker' in navigator, 'locks' in navigator]") == [
        False, False, False,
    ]  # fmt: skip
    await expect(phone.page.get_by_text("Not encrypted: works only with a signal")).to_be_visible()
    # Acts and photos are kept and sent without what only a safe address has: locks, hashes, caches.
    await phone.act(who.orders[0], ACCEPT)
    photo = await phone.photo(who.orders[0], size=200)
    await phone.act(who.orders[0], {"type": "attached", "photoId": photo, "kind": "evidence"}, {"photos": [photo]})
    await phone.drained()
    assert await phones.status(who.orders[0]) == "accepted"
    assert await phones.photos(who.orders[0]) == 1
    # What was not sent is still there when the page is loaded again.
    await phone.proxy.set_mode("portal", prefix="/api/mobile/sync")
    await phone.act(who.orders[0], {"type": "noted", "note": "kept over plain http"})
    await phone.page.reload()
    await hold(phone.page)
    await phone.until("phone.unsent.acts === 1")
    await phone.proxy.set_mode("up")
    await phone.page.evaluate(
        "dispatchEvent(new Event('online'))"
    )  # a phone says so; else it tries again later and later
    await phone.drained()
    assert [one["type"] for one in await phones.events(who.orders[0])] == ["accepted", "attached", "noted"]


async def test_a_private_window_says_that_it_keeps_nothing_and_works_until_it_is_closed(
    phones: PhoneSite, desk: Site
) -> None:
    who = await phones.technician(1)
    async with fault_proxy(urlsplit(phones.site.url).port or 0) as proxy:
        context = await desk.browser.new_context(viewport={"width": 360, "height": 740}, locale="en-GB")
        page = await context.new_page()
        await page.goto(proxy.url + "/technician?lang=en")
        await enter(page, who.login)
        await hold(page)
        await page.wait_for_function("() => phone.route !== null && phone.health === 'private'")
        await expect(page.get_by_text("Install the app to keep your work safe")).to_be_visible()
        await page.evaluate("(order) => phone.act(order, { type: 'accepted' })", who.orders[0])
        await page.wait_for_function("() => phone.unsent.acts === 0")
        assert await phones.status(who.orders[0]) == "accepted"
        await context.close()
        again = await desk.browser.new_context(viewport={"width": 360, "height": 740}, locale="en-GB")
        page = await again.new_page()
        await page.goto(proxy.url + "/technician?lang=en")
        await expect(page.locator("input[name=password]")).to_be_visible()
        await again.close()


async def test_a_phone_that_is_woken_says_why_and_has_what_is_new(phones: PhoneSite, handset: Handsets) -> None:
    who = await phones.technician(1)
    phone = await handset(who.login)
    await phone.context.grant_permissions(["notifications"], origin=phone.proxy.url)
    await phone.until("phone.route !== null")
    await phone.worker_ready()
    debugger, registration = await phone.worker()
    asked = len(phone.proxy.asked("GET", "/api/mobile/route"))
    messages = {"offer": '{"kind": "offer", "id": "x"}', "changes": '{"kind": "changes"}', "other": "not json"}
    words = sentences_of(WEB / "technician" / "strings" / "push.ts")
    language = await phone.page.evaluate("phone.account.language")
    for kind, message in messages.items():

        async def shown(sentence: str = words[f"push.{kind}"][language], message: str = message) -> bool:
            # The debugger's message is lost where the worker is being stopped just then: it is sent until it is shown.
            told = {"origin": phone.proxy.url, "registrationId": registration, "data": message}
            await debugger.send("ServiceWorker.deliverPushMessage", told)
            return sentence in {body for _, body in await phone.page.evaluate(TITLES)}

        await until(shown, f"a notification of {kind}")
    # The page that is open has asked for the route, without anybody's touching it.
    await until(lambda: len(phone.proxy.asked("GET", "/api/mobile/route")) > asked)
