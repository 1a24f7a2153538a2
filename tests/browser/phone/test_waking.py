"""Being woken by Web Push, from the button on the page to the message that only this browser can read.

No push service of a browser's maker can be reached from here: the browser's own part of subscribing is replaced, by
one that gives an address on this machine. All else is the product: the permission, the page, what is stored, the worker
that sends, the signature and the encryption.
"""

from __future__ import annotations

from typing import Any

from playwright.async_api import expect
from sqlalchemy import text

from dispatch.orders.rules import acts
from dispatch.orders.service import apply
from kit.actor import SYSTEM
from tests.browser.phone.conftest import Handset, Handsets, PhoneSite
from tests.mobile_api.push_service import BrowserKeys
from tests.waiting import until

SUBSCRIBES = """([endpoint, keys]) => {
  let now = null;
  const made = { endpoint, toJSON: () => ({ endpoint, keys }), unsubscribe: async () => { now = null; return true; } };
  PushManager.prototype.getSubscription = async () => now;
  PushManager.prototype.subscribe = async (asked) => { window.askedFor = asked; return (now = made); };
}"""


async def this_phone(phone: Handset) -> None:
    """Open the screen with the button."""
    await phone.page.get_by_role("button", name="Mine", exact=True).click()
    await phone.page.get_by_role("button", name="This phone", exact=True).click()


async def subscriptions(phones: PhoneSite, login: str) -> list[str]:
    """The addresses at which somebody is woken."""
    query = text(
        "SELECT p.endpoint FROM push_subscriptions p JOIN accounts a ON a.id = p.account_id WHERE a.login = :l"
    )
    async with phones.database.transaction() as session:
        return list((await session.execute(query, {"l": login})).scalars())


async def cancel(phones: PhoneSite, order: str) -> None:
    """Somebody at the desk cancels an order."""
    async with phones.database.transaction() as session:
        await apply(session, SYSTEM, phones.uuid(order), acts.Cancel(reason="subscriber_wish"))


async def test_who_wants_to_be_woken_is_by_a_signed_message_that_only_this_browser_reads_until_it_is_gone(
    phones: PhoneSite, handset: Handsets
) -> None:
    who = await phones.technician(2)
    phone = await handset(who.login)
    await phone.context.grant_permissions(["notifications"], origin=phone.proxy.url)
    await phone.until("phone.route !== null")
    await phone.worker_ready()
    browser, service = BrowserKeys(), phones.push
    await phone.page.evaluate(SUBSCRIBES, [service.endpoint, browser.given])
    await this_phone(phone)
    await phone.page.get_by_role("button", name="Wake me", exact=True).click()
    off = phone.page.get_by_role("button", name="Do not wake me any more")
    await expect(off).to_be_visible()
    asked: dict[str, Any] = await phone.page.evaluate("window.askedFor")
    assert asked["userVisibleOnly"] is True
    assert await subscriptions(phones, who.login) == [service.endpoint]

    await cancel(phones, who.orders[0])
    await until(lambda: bool(service.sent), "the browser is woken")
    first = service.sent[0]
    assert browser.read(first.body) == {"kind": "changes"}
    assert first.signed_by(asked["applicationServerKey"])["aud"] == f"http://127.0.0.1:{service.port}"

    service.status = 410
    try:
        await cancel(phones, who.orders[1])

        async def forgotten() -> bool:
            return await subscriptions(phones, who.login) == []

        await until(forgotten, "a browser that is gone is forgotten")
    finally:
        service.status = 201
    await off.click()
    await expect(phone.page.get_by_role("button", name="Wake me", exact=True)).to_be_visible()


async def test_a_browser_that_may_not_or_cannot_be_woken_says_why(phones: PhoneSite, handset: Handsets) -> None:
    who = await phones.technician(0)
    phone = await handset(who.login)
    await phone.until("phone.route !== null")
    await phone.worker_ready()
    await this_phone(phone)
    button = phone.page.get_by_role("button", name="Wake me", exact=True)
    await phone.page.evaluate("Notification.requestPermission = async () => 'denied'")
    await button.click()
    await expect(phone.page.get_by_role("alert")).to_contain_text("Notifications are turned off for this app")
    await phone.page.evaluate(
        """() => {
          Notification.requestPermission = async () => "granted";
          PushManager.prototype.subscribe = async () => { throw new DOMException("push service error", "AbortError"); };
        }"""
    )
    await button.click()
    await expect(phone.page.get_by_role("alert")).to_contain_text("push service cannot be reached")
    # As Chromium does where its service does not answer: it says nothing at all.
    await phone.page.evaluate(
        "() => { PushManager.prototype.subscribe = () => new Promise(() => (window.silent = true)); }"
    )
    await phone.page.clock.install()
    await button.click()
    await phone.page.wait_for_function("() => window.silent")
    await expect(phone.page.get_by_role("alert")).to_have_count(0)
    await phone.page.clock.fast_forward(20_000)
    await expect(phone.page.get_by_role("alert")).to_contain_text("push service cannot be reached")
    assert await subscriptions(phones, who.login) == []


async def test_who_leaves_a_phone_is_not_woken_on_it_any_more(phones: PhoneSite, handset: Handsets) -> None:
    who = await phones.technician(0)
    phone = await handset(who.login)
    await phone.context.grant_permissions(["notifications"], origin=phone.proxy.url)
    await phone.until("phone.route !== null")
    await phone.worker_ready()
    await phone.page.evaluate(SUBSCRIBES, [phones.push.endpoint, BrowserKeys().given])
    await this_phone(phone)
    await phone.page.get_by_role("button", name="Wake me", exact=True).click()
    await expect(phone.page.get_by_role("button", name="Do not wake me any more")).to_be_visible()
    await phone.page.get_by_role("button", name="Sign out", exact=True).click()
    await phone.until("phone.phase === 'nobody'")
    await phone.eventually("""async () => {
      const registration = await navigator.serviceWorker.getRegistration("/technician");
      return (await registration.pushManager.getSubscription()) === null && window.askedFor !== undefined;
    }""")
