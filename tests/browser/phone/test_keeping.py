"""What a phone keeps: through a dead line, a killed app, another person, a full disk and a lost store."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from playwright.async_api import expect
from sqlalchemy import select, text

from grids.models import ServiceArea
from grids.service import area_by_id
from tests.browser import town
from tests.browser.conftest import Site, enter
from tests.browser.phone.conftest import TAKE_PHOTO, Handsets, PhoneSite, hold

ACCEPT = {"type": "accepted"}
FILL = f"""async ([order, size]) => {{
  try {{ for (;;) await ({TAKE_PHOTO})([order, "after", size]); }} catch (error) {{ return error.message; }}
}}"""
IS_KEPT = """() => new Promise((done) => {
  const open = indexedDB.open("grid-dispatch-phone");
  open.onsuccess = () => {
    const ask = open.result.transaction("drafts").objectStore("drafts").getAll();
    ask.onsuccess = () => { open.result.close(); done(ask.result.some((row) => row.value.note?.endsWith("wet"))); };
  };
})"""
ROUTES = """() => new Promise((done) => {
  const open = indexedDB.open("grid-dispatch-phone");
  open.onsuccess = () => {
    const ask = open.result.transaction("kept").objectStore("kept").getAllKeys();
    ask.onsuccess = () => { open.result.close(); done(ask.result.filter((key) => key.startsWith("route/")).length); };
  };
})"""
LIVES_BY_ITS_OWN_CLOCK = """() => new Promise((done) => {
  const open = indexedDB.open("grid-dispatch-phone");
  open.onsuccess = () => {
    const ask = open.result.transaction("kept").objectStore("kept").getAll();
    ask.onsuccess = () => { open.result.close(); done(ask.result.some((row) => row?.clock?.replay === false)); };
  };
})"""
BREAK = """
  const real = IDBFactory.prototype.open;
  IDBFactory.prototype.open = function () { throw new DOMException("backing store", "UnknownError"); };
  window.mend = () => { IDBFactory.prototype.open = real; };
"""
SIGN_IN = """async (login) => {
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch("/api/sign-in", { method: "POST", headers, body: JSON.stringify(login) });
  await phone.signedIn(await answer.json());
}"""
UNTIL_IT_IS_USED = """async (order) => {
  while (await caches.has("phone-reserve")) await phone.act(order, { type: "noted", note: "x".repeat(1000) });
}"""


async def test_an_act_is_there_after_the_app_was_killed_right_after_it(phones: PhoneSite, handset: Handsets) -> None:
    who = await phones.technician(2)
    phone = await handset(who.login)
    await phone.until("phone.route !== null")
    await phone.worker_ready()
    await phone.proxy.set_mode("refuse")
    for order in who.orders:
        await phone.act(order, ACCEPT)
    phone.kill()
    await phone.again()
    await phone.until("phone.rows.length === 2")
    assert [row["state"] in ("here", "sent") for row in await phone.rows()] == [True, True]
    assert [await phones.status(order) for order in who.orders] == ["dispatched", "dispatched"]
    # The network comes back and nobody tells the app: no event, no tap.
    await phone.proxy.set_mode("up")
    await phone.drained()
    assert [await phones.status(order) for order in who.orders] == ["accepted", "accepted"]
    assert [len(await phones.events(order)) for order in who.orders] == [1, 1]


async def test_another_person_neither_sees_nor_sends_the_first_ones_acts(phones: PhoneSite, handset: Handsets) -> None:
    first, second = await phones.technician(1), await phones.technician(0)
    phone = await handset(first.login)
    await phone.until("phone.route !== null")
    await phone.proxy.set_mode("refuse")
    await phone.act(first.orders[0], ACCEPT)
    assert await phone.page.evaluate("phone.signOut()") is False
    assert await phone.page.evaluate("phone.signOut(true)") is True
    await phone.proxy.set_mode("up")
    # Without a network nobody could be signed out at the server: a new person signs in over that.
    await enter(phone.page, second.login)
    await phone.until("phone.route !== null")
    assert await phone.rows() == []
    assert await phone.page.evaluate("phone.unsent") == {"acts": 0, "photos": 0}
    assert phone.proxy.asked("POST", "/api/mobile/sync") == []
    assert await phone.page.evaluate("phone.signOut()") is True
    await enter(phone.page, first.login)
    await phone.drained()
    assert await phones.status(first.orders[0]) == "accepted"
    assert len(await phones.events(first.orders[0])) == 1


async def test_a_draft_and_its_place_survive_a_kill_while_the_camera_is_open(
    phones: PhoneSite, handset: Handsets
) -> None:
    who = await phones.technician(1)
    phone = await handset(who.login)
    await phone.until("phone.route !== null")
    await phone.worker_ready()
    order = who.orders[0]
    await phone.page.evaluate(
        """async (order) => {
          await phone.goTo({ order, sheet: "completed" });
          const draft = phone.draft(order, "completed");
          draft.value.note = "two splitters";
          draft.value.readings = { optical_power: -19.5 };
          await draft.flush();
          draft.value.note = "two splitters, one wet";
        }""",
        order,
    )
    # The last key is saved within half a second, by the app itself.
    await phone.eventually(IS_KEPT)
    phone.kill()
    await phone.again()
    await phone.until("phone.route !== null")
    assert await phone.page.evaluate("JSON.parse(JSON.stringify(phone.place))") == {
        "order": order,
        "sheet": "completed",
    }
    found = await phone.page.evaluate(
        "(order) => JSON.parse(JSON.stringify(phone.draft(order, 'completed').value))", order
    )
    assert found == {"note": "two splitters, one wet", "readings": {"optical_power": -19.5}}


async def test_a_full_phone_keeps_every_act_and_refuses_a_photo_aloud(phones: PhoneSite, handset: Handsets) -> None:
    who = await phones.technician(2)
    phone = await handset(who.login)
    await phone.until("phone.route !== null")
    reserve = "() => caches.has('phone-reserve')"
    await phone.eventually(reserve)
    # Room for the app, its reserve, and little more; a browser that runs would go by what it had counted before.
    phone.quota = 28_000_000
    await phone.again()
    await phone.until("phone.route !== null")
    await phone.worker_ready()
    await phone.proxy.set_mode("refuse")
    # Large photos until one is refused, then small ones: nothing else has room for anything.
    for size in (700, 60):
        said = await phone.page.evaluate(FILL, [who.orders[0], size])
        assert "This phone is full" in said
    assert await phone.page.evaluate(reserve) is True
    photos = await phone.page.evaluate("(order) => phone.photosOf(order).length", who.orders[0])
    await phone.act(who.orders[0], ACCEPT)
    await phone.page.evaluate(UNTIL_IT_IS_USED, who.orders[0])
    await phone.act(who.orders[1], ACCEPT)
    assert await phone.page.evaluate("(order) => phone.photosOf(order).length", who.orders[0]) == photos
    phone.kill()
    await phone.again()
    await phone.until("phone.unsent.acts > 1")  # what it kept is read; before that nothing is known to be unsent
    await phone.proxy.set_mode("up")
    await phone.drained()
    assert [await phones.status(order) for order in who.orders] == ["accepted", "accepted"]


async def test_a_store_that_was_emptied_is_noticed_and_the_dispatcher_told_and_the_route_is_there_again(
    phones: PhoneSite, handset: Handsets, desk: Site
) -> None:
    who = await phones.technician(1)
    phone = await handset(who.login)
    await phone.until("phone.route !== null")
    debugger = await phone.context.new_cdp_session(phone.page)
    await debugger.send(
        "Storage.clearDataForOrigin", {"origin": phone.proxy.url, "storageTypes": "indexeddb,cache_storage"}
    )
    await phone.page.reload()
    await hold(phone.page)
    await phone.until("phone.route !== null && phone.health === 'store_lost'")
    await phone.act(who.orders[0], ACCEPT)
    await phone.drained()
    page = await desk.sign_in("dispatcher")
    await page.locator("#tab-requests").click()
    card = page.get_by_role("region", name="lost what")
    await expect(card.locator("li")).to_have_count(1)
    await card.locator("li button.open").click()
    await expect(page.locator(".panel-side")).to_contain_text("threw away what it kept")
    await card.get_by_role("button", name="Dealt with").click()
    await expect(card).to_have_count(0)
    # It is told once: the next contact has nothing more to say.
    await phone.page.reload()
    await hold(phone.page)
    await phone.until("phone.route !== null && phone.health !== 'store_lost'")
    async with phones.database.transaction() as session:
        assert await session.scalar(text("SELECT count(*) FROM lost_stores WHERE handled_at IS NOT NULL")) == 1


async def test_a_store_that_does_not_open_leads_to_a_page_that_helps(phones: PhoneSite, handset: Handsets) -> None:
    who = await phones.technician(0)
    phone = await handset(who.login)
    await phone.until("phone.route !== null")
    await phone.context.add_init_script(BREAK)
    await phone.page.reload()
    await hold(phone.page)
    await phone.until("phone.health === 'store_broken'")
    assert "unreadable" in await phone.page.evaluate("phone.rescue()")
    await phone.page.evaluate("mend(); void phone.startAfresh()")
    await phone.until("phone.route !== null && phone.health !== 'store_broken'")


async def test_a_session_that_ends_without_a_network_stops_sending_and_not_working(
    phones: PhoneSite, handset: Handsets
) -> None:
    who = await phones.technician(1)
    phone = await handset(who.login)
    await phone.until("phone.route !== null")
    await phone.worker_ready()
    await phone.proxy.set_mode("refuse")
    await phone.context.clear_cookies()
    phone.login = None
    phone.kill()
    await phone.again()
    await phone.until("phone.route !== null")
    await phone.act(who.orders[0], ACCEPT)
    await phone.proxy.set_mode("up")
    await phone.until("phone.health === 'signed_out'")
    assert [row["state"] for row in await phone.rows()] != ["refused"]
    assert await phones.status(who.orders[0]) == "dispatched"
    login = {"login": who.login, "password": town.PASSWORD}
    await phone.page.evaluate(
        SIGN_IN,
        login,
    )
    await phone.drained()
    assert await phones.status(who.orders[0]) == "accepted"


async def test_beyond_the_allowed_time_without_contact_customers_are_closed_and_acts_stay(
    phones: PhoneSite, handset: Handsets
) -> None:
    who = await phones.technician(1)
    phone = await handset(who.login)
    await phone.until("phone.route !== null && phone.route.offlineUntil !== null")
    await phone.worker_ready()
    await phone.proxy.set_mode("refuse")
    await phone.act(who.orders[0], ACCEPT)
    await expect(phone.page.get_by_text("1 Phone Road").first).to_be_visible()
    await phone.page.clock.set_system_time(datetime.now(UTC) + timedelta(hours=30))
    await phone.until("phone.health === 'locked' && phone.route === null")
    await expect(phone.page.get_by_text("Phone Road")).to_have_count(0)
    await expect(phone.page.get_by_text("subscribers' data are closed")).to_be_visible()
    assert await phone.page.evaluate(ROUTES) == 0
    assert [row["state"] in ("here", "sent") for row in await phone.rows()] == [True]
    # Contact in the right time opens it again, and what was done goes.
    await phone.page.clock.set_system_time(datetime.now(UTC))
    await phone.proxy.set_mode("up")
    await phone.page.evaluate("void phone.refresh()")
    await phone.until("phone.route !== null && phone.health !== 'locked'")
    await phone.drained()
    assert await phones.status(who.orders[0]) == "accepted"


async def test_a_phone_switched_on_beyond_the_allowed_time_is_closed_until_somebody_signs_in_and_loses_no_act(
    phones: PhoneSite, handset: Handsets
) -> None:
    who = await phones.technician(1)
    phone = await handset(who.login)
    await phone.until("phone.route !== null && phone.route.offlineUntil !== null")
    await phone.worker_ready()
    await phone.proxy.set_mode("refuse")
    await phone.act(who.orders[0], ACCEPT)
    phone.kill()
    phone.clock = datetime.now(UTC) + timedelta(hours=30)
    await phone.again()
    await phone.until("phone.health === 'locked' && phone.route === null")
    await expect(phone.page.get_by_text("Phone Road")).to_have_count(0)
    assert [row["state"] in ("here", "sent") for row in await phone.rows()] == [True]
    # The session is over as well, and the first answer to the sign-in is lost on its way.
    await phone.context.clear_cookies()
    await phone.page.clock.set_system_time(datetime.now(UTC))
    await phone.proxy.set_mode("drop", "/api/sign-in", times=1)
    await phone.page.get_by_role("button", name="Sign in").click()
    await phone.page.locator("input[name=login]").fill(who.login)
    await phone.page.locator("input[name=password]").fill(town.PASSWORD)
    await phone.page.locator("form button.primary").click()
    await expect(phone.page.locator("form").get_by_role("alert")).to_be_visible()
    await phone.proxy.set_mode("up")
    await phone.page.locator("input[name=password]").fill(town.PASSWORD)
    await phone.page.locator("form button.primary").click()
    await phone.until("phone.route !== null && phone.health !== 'locked'")
    await phone.drained()
    assert [event["type"] for event in await phones.events(who.orders[0])] == ["accepted"]
    # The clock jumped by thirty hours; a trial area has a clock of its own, and nobody is told of the phone's.
    await expect(phone.page.get_by_text("This phone's clock is")).to_have_count(0)


async def test_a_clock_that_is_three_hours_ahead_is_said_and_its_acts_are_told_in_right_time(
    phones: PhoneSite, handset: Handsets
) -> None:
    who = await phones.technician(1)
    phone = await handset(who.login)
    await phone.until("phone.route !== null")
    async with phones.database.transaction() as session:
        area = (await session.execute(select(ServiceArea))).scalar_one()
        now = area.clock.now()
    # To this phone the area is none of the trial: it lives by its own clock, which is wrong.
    said = await phone.page.evaluate("fetch('/api/areas').then((got) => got.json())")
    said["items"][0]["clock"] |= {"replay": False, "speed": 1.0}
    phone.proxy.instead["/api/areas"] = ("application/json", json.dumps(said).encode())
    phone.kill()
    phone.clock = now + timedelta(hours=3)
    await phone.again()
    await phone.until("phone.route !== null")
    await phone.eventually(LIVES_BY_ITS_OWN_CLOCK)
    await phone.act(who.orders[0], ACCEPT)
    await phone.drained()
    await expect(phone.page.get_by_text("This phone's clock is 3 h")).to_be_visible()
    phone.kill()
    async with phones.database.transaction() as session:
        phone.clock = (await area_by_id(session, area.id)).clock.now()
    await phone.again()
    await phone.until("phone.route !== null")
    await phone.act(who.orders[0], {"type": "contacted", "reached": True})
    await phone.drained()
    await expect(phone.page.get_by_text("This phone's clock is")).to_have_count(0)
    query = text(
        "SELECT e.type, p.skew_seconds, p.occurred_at - e.occurred_at AS off FROM order_events e"
        " JOIN phone_acts p ON p.id = e.client_id WHERE e.order_id = :id ORDER BY e.sequence"
    )
    async with phones.database.transaction() as session:
        first, second = (await session.execute(query, {"id": who.orders[0]})).all()
    assert (first.type, second.type) == ("accepted", "contacted")
    assert abs(first.off - timedelta(hours=3)) < timedelta(minutes=5)
    assert abs(first.skew_seconds - 3 * 3600) < 300
    assert abs(second.skew_seconds) < 300
    times = [event["occurred_at"] for event in await phones.events(who.orders[0])]
    assert times == sorted(times)


async def test_a_second_page_with_a_newer_store_is_let_in_and_the_first_goes_on(
    phones: PhoneSite, handset: Handsets
) -> None:
    who = await phones.technician(1)
    phone = await handset(who.login)
    await phone.until("phone.route !== null")
    newer = """new Promise((done, fail) => {
      const open = indexedDB.open("grid-dispatch-phone", 99);
      open.onupgradeneeded = () => open.result.createObjectStore("invented");
      open.onsuccess = () => { open.result.close(); done(open.result.version); };
      open.onerror = () => fail(open.error);
    })"""
    other = await phone.context.new_page()
    await other.goto(phone.proxy.url + "/phone/icon-192.png")
    assert await other.evaluate(newer) == 99
    await phone.act(who.orders[0], ACCEPT)
    await phone.drained()
    # The version of the app before the newer store opens it all the same.
    await phone.page.reload()
    await hold(phone.page)
    await phone.until("phone.rows.length === 1 && phone.rows[0].state === 'accepted'")
    await expect(phone.page.locator("header")).to_be_visible()
