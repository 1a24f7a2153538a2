"""What leaves a phone: once, in order, only on a receipt, whatever the network does."""

from __future__ import annotations

import asyncio
import io
import json
from collections import Counter
from collections.abc import Awaitable, Callable

from PIL import Image

from dispatch.orders.rules import acts
from dispatch.orders.service import apply
from kit.actor import SYSTEM
from tests.browser.conftest import WEB, Site, sentences_of
from tests.browser.phone.conftest import Handset, Handsets, PhoneSite, expect, hold
from tests.browser.phone.screens.views import at
from tests.waiting import until

ACCEPT = {"type": "accepted"}
SYNC = "/api/mobile/sync"
NOBODY_SENDS = """() => navigator.locks.query().then((all) =>
  [...all.held, ...all.pending].every((one) => !one.name.startsWith("grid-dispatch-outbox")))"""


def sent(phone: Handset) -> Counter[str]:
    """How often each act was in a request that arrived whole."""
    return Counter(act["id"] for one in phone.proxy.asked("POST", SYNC) for act in json.loads(one.body)["acts"])


async def test_an_answer_lost_three_times_after_the_commit_is_one_act(phones: PhoneSite, handset: Handsets) -> None:
    who = await phones.technician(1)
    phone = await handset(who.login)
    await phone.until("phone.route !== null")
    await phone.proxy.set_mode("drop", SYNC, times=3)
    await phone.act(who.orders[0], ACCEPT)
    assert await phone.page.evaluate("phone.unsent.acts") == 1
    while sum(sent(phone).values()) < 3:
        await phone.page.evaluate("dispatchEvent(new Event('online'))")
        await phone.until("phone.unreachable || phone.unsent.acts === 0")
    await phone.drained()
    assert sum(sent(phone).values()) == 4
    assert [event["type"] for event in await phones.events(who.orders[0])] == ["accepted"]


async def test_no_portal_and_no_black_hole_is_taken_for_the_server(phones: PhoneSite, handset: Handsets) -> None:
    who = await phones.technician(1)
    phone = await handset(who.login)
    await phone.until("phone.route !== null")
    seen = await phone.page.evaluate("phone.lastContact")
    await phone.proxy.set_mode("portal")
    await phone.act(who.orders[0], ACCEPT)
    await phone.until("phone.unreachable")
    assert [row["state"] for row in await phone.rows()] == ["sent"]
    await phone.proxy.set_mode("black_hole")
    await phone.page.evaluate("dispatchEvent(new Event('online'))")
    assert await phone.page.evaluate("[phone.unsent.acts, phone.lastContact]") == [1, seen]
    await phone.proxy.set_mode("refuse")
    await phone.proxy.set_mode("up")
    await phone.drained()
    assert len(await phones.events(who.orders[0])) == 1


async def test_two_pages_and_the_worker_send_each_act_once_and_one_goes_on_where_another_crashes(
    phones: PhoneSite, handset: Handsets
) -> None:
    who = await phones.technician(25)
    phone = await handset(who.login, slow=1)
    await phone.until("phone.route !== null")
    await phone.worker_ready()
    wake = await background_sync(phone)
    await phone.proxy.set_mode("refuse")
    await phone.page.evaluate(
        "(orders) => Promise.all(orders.flatMap((order) =>"
        " [{ type: 'accepted' }, { type: 'contacted', reached: true }].map((act) => phone.act(order, act))))",
        who.orders,
    )
    second = await phone.context.new_page()
    await phone.proxy.set_mode("slow", SYNC)
    await phone.open(second)
    await second.wait_for_function("() => phone.rows.length === 50")
    both = [page.evaluate("dispatchEvent(new Event('online'))") for page in (phone.page, second)]
    await asyncio.gather(*both, wake())
    await phone.proxy.set_mode("up")
    await phone.drained()
    assert set(sent(phone).values()) == {1}
    assert len(sent(phone)) == 50
    await phone.eventually(NOBODY_SENDS)
    # The page that sends crashes in the middle of it; the other one takes over without being told.
    await phone.proxy.set_mode("black_hole", SYNC)
    before = len(phone.proxy.asked("POST", SYNC))
    await phone.act(who.orders[0], {"type": "noted", "note": "one more"})
    await until(lambda: len(phone.proxy.asked("POST", SYNC)) > before, "the page sends")
    await second.evaluate("dispatchEvent(new Event('online'))")
    await phone.proxy.set_mode("up")
    debugger = await phone.context.new_cdp_session(phone.page)
    async with phone.page.expect_event("crash"):
        crash = asyncio.ensure_future(debugger.send("Page.crash"))
    crash.cancel()
    await second.wait_for_function("() => phone.unsent.acts === 0")
    assert [event["type"] for event in await phones.events(who.orders[0])] == ["accepted", "contacted", "noted"]


async def background_sync(phone: Handset) -> Callable[[], Awaitable[None]]:
    """How to wake the worker as a browser does that has a network again."""
    debugger, registration = await phone.worker()
    asked = {"origin": phone.proxy.url, "registrationId": registration, "tag": "outbox", "lastChance": False}

    async def wake() -> None:
        await debugger.send("ServiceWorker.dispatchSyncEvent", asked)

    return wake


async def test_what_is_unsent_goes_when_the_app_is_opened_though_no_event_ever_comes(
    phones: PhoneSite, handset: Handsets
) -> None:
    who = await phones.technician(2)
    phone = await handset(who.login)
    await phone.until("phone.route !== null")
    await phone.worker_ready()
    await phone.proxy.set_mode("black_hole", SYNC)
    for order in who.orders:
        await phone.act(order, ACCEPT)
    await until(lambda: bool(phone.proxy.asked("POST", SYNC)), "the app sends")
    phone.kill()
    await phone.proxy.set_mode("up")
    phone.bare = True
    await phone.again()
    assert await phone.page.evaluate("['SyncManager' in window, 'onLine' in navigator && navigator.onLine]") == [
        False, True,
    ]  # fmt: skip
    await phone.drained()
    assert [len(await phones.events(order)) for order in who.orders] == [1, 1]


async def test_the_worker_sends_what_is_unsent_while_no_page_of_the_app_is_open(
    phones: PhoneSite, handset: Handsets
) -> None:
    who = await phones.technician(2)
    phone = await handset(who.login, slow=1)
    await phone.until("phone.route !== null")
    await phone.worker_ready()
    await phone.proxy.set_mode("refuse")
    for order in who.orders:
        await phone.act(order, ACCEPT)
    await phone.proxy.set_mode("up", SYNC)
    await phone.proxy.set_mode("portal", SYNC)
    await phone.page.goto(phone.proxy.url + "/phone/icon-192.png")
    wake = await background_sync(phone)
    await phone.proxy.set_mode("up")

    async def taken() -> bool:
        await wake()
        return [await phones.status(order) for order in who.orders] == ["accepted", "accepted"]

    await until(taken, "the worker sends")
    assert [len(await phones.events(order)) for order in who.orders] == [1, 1]
    assert "technician" not in phone.page.url


async def test_work_done_on_an_order_that_was_cancelled_meanwhile_is_kept_and_both_are_told(
    phones: PhoneSite, handset: Handsets
) -> None:
    who = await phones.technician(1)
    order = who.orders[0]
    phone = await handset(who.login)
    await phone.until("phone.route !== null")
    for act in (ACCEPT, {"type": "departed"}, {"type": "arrived"}):
        await phone.act(order, act, {"point": list(who.point), "accuracy": 10})
    await phone.drained()
    await phone.proxy.set_mode("refuse")
    signature = await phone.photo(order, "signature", 200)
    photo = await phone.photo(order)
    done = await phone.completion([photo], signature)
    await phone.act(order, done, {"photos": [photo, signature]})
    # The open stop stays where it is, with what the technician did.
    async with phones.database.transaction() as session:
        await apply(session, SYSTEM, phones.uuid(order), acts.Cancel(reason="subscriber_wish"))
    await phone.proxy.set_mode("up")
    await phone.until("phone.rows.every((row) => row.state === 'accepted')")
    last = (await phone.rows())[-1]
    assert last["code"] == "mobile.taken_away"
    assert "kept as evidence" in last["detail"]
    assert await phones.status(order) == "cancelled"
    noted = await phones.evidence(order)
    assert [one["act"]["type"] for one in noted] == ["completed"]


async def test_an_order_that_is_cancelled_while_its_completion_is_filled_in_stays_in_the_hands(
    phones: PhoneSite, handset: Handsets, desk: Site
) -> None:
    who = await phones.technician(1)
    order = who.orders[0]
    phone = await handset(who.login)
    page = phone.page
    await phone.until("phone.route !== null")
    for act in (ACCEPT, {"type": "departed"}, {"type": "arrived"}):
        await phone.act(order, act, {"point": list(who.point), "accuracy": 10})
    await phone.drained()
    await at(phone, {"name": "complete", "orderId": order})
    await page.locator("textarea").last.fill("half a sentence")
    async with phones.database.transaction() as session:
        await apply(session, SYSTEM, phones.uuid(order), acts.Cancel(reason="subscriber_wish"))
    await page.evaluate("void phone.refresh()")
    await phone.until("phone.stop(arg) === undefined", order)
    # The route has no such stop any more; the form is still there, with what was written into it.
    await expect(page.locator("textarea").last).to_have_value("half a sentence")
    await page.locator("#part-asked input").check()
    await page.go_back()
    gone = sentences_of(WEB / "technician" / "strings" / "visit.ts")["gone_meanwhile"]["en"]
    await expect(page.get_by_role("status").filter(has_text=gone)).to_be_visible()
    await expect(page.locator("main .address")).to_be_visible()
    # What was done all the same is evidence: the technician is told so in a sentence, the dispatcher by a card.
    await phone.act(order, {"type": "nobody_home", "note": "I had been there"})
    await phone.until("phone.rows.at(-1).state === 'accepted'")
    assert "kept as evidence" in (await phone.rows())[-1]["detail"]
    await expect(page.locator("main")).to_contain_text("kept as evidence")
    console = await desk.sign_in("dispatcher")
    await console.locator("#tab-requests").click()
    card = console.get_by_role("region", name="done too late on a phone")
    mine = card.locator("li").filter(has=console.locator(f"[data-order='{order}']"))
    await expect(mine).to_contain_text("Cancelled")
    await mine.get_by_role("button", name="Dealt with").click()
    await expect(mine).to_have_count(0)


async def test_the_same_id_with_other_content_is_refused_and_shown_and_both_are_kept(
    phones: PhoneSite, handset: Handsets
) -> None:
    who = await phones.technician(1)
    phone = await handset(who.login)
    await phone.until("phone.route !== null")
    await phone.act(who.orders[0], ACCEPT)
    await phone.drained()
    (row,) = await phone.rows()
    # A phone that was put back from a copy of its store: the id is used again for something else.
    await phone.page.evaluate(REWRITE, row["id"])
    await phone.page.reload()
    await hold(phone.page)
    await phone.until("phone.rows.length === 1 && phone.rows[0].state === 'refused'")
    refused = (await phone.rows())[0]
    assert refused["code"] == "mobile.same_id_other_body"
    assert "written since" in await phone.page.evaluate("(id) => phone.copyOut(id)", row["id"])
    assert [event["type"] for event in await phones.events(who.orders[0])] == ["accepted"]


REWRITE = """(id) => new Promise((done) => {
  const open = indexedDB.open("grid-dispatch-phone");
  open.onsuccess = () => {
    const acts = open.result.transaction("acts", "readwrite").objectStore("acts");
    acts.index("id").get(id).onsuccess = ({ target }) => {
      acts.put({ ...target.result, act: { type: "noted", note: "written since" }, state: "here" }).onsuccess = () => {
        open.result.close();
        done();
      };
    };
  };
})"""


async def test_an_act_can_be_taken_back_for_five_seconds_also_after_a_reload(
    phones: PhoneSite, handset: Handsets
) -> None:
    who = await phones.technician(1)
    phone = await handset(who.login)
    await phone.until("phone.route !== null")
    await phone.act(who.orders[0], ACCEPT)
    await phone.drained()
    row = await phone.act(who.orders[0], {"type": "departed"})
    assert await phone.page.evaluate("(id) => phone.stop(id).status", who.orders[0]) == "en_route"
    assert await phone.page.evaluate("(id) => phone.undo(id)", row["id"]) is True
    assert await phone.page.evaluate("(id) => phone.stop(id).status", who.orders[0]) == "accepted"
    await phone.act(who.orders[0], {"type": "departed"})
    await phone.drained()
    assert [event["type"] for event in await phones.events(who.orders[0])] == ["accepted", "departed"]


async def test_a_refused_act_stops_its_own_order_and_can_be_handed_to_the_dispatcher(
    phones: PhoneSite, handset: Handsets
) -> None:
    who = await phones.technician(2)
    poor, well = who.orders
    phone = await handset(who.login)
    await phone.until("phone.route !== null")
    await phone.act(poor, {"type": "contacted", "reached": True})
    await phone.until("phone.rows[0].state === 'refused'")
    await phone.act(poor, ACCEPT)
    await phone.act(well, ACCEPT)
    await phone.until("phone.rows[2].state === 'accepted'")
    refused, waits, _ = await phone.rows()
    assert refused["detail"]
    assert waits["state"] == "here"
    assert (
        refused["id"]
        == (await phone.page.evaluate("(id) => JSON.parse(JSON.stringify(phone.stop(id)))", poor))["refused"]["id"]
    )
    assert "contacted" in await phone.page.evaluate("(id) => phone.copyOut(id)", refused["id"])
    await phone.page.evaluate("(id) => phone.handOver(id)", refused["id"])
    await phone.drained()
    assert [event["type"] for event in await phones.events(poor)] == ["accepted", "noted"]


async def test_a_photo_is_upright_and_small_whichever_way_the_camera_was_held(
    phones: PhoneSite, handset: Handsets
) -> None:
    who = await phones.technician(1)
    phone = await handset(who.login, slow=1)
    await phone.until("phone.route !== null")
    for turn in range(1, 9):
        shown = await phone.page.evaluate(_KEPT, [who.orders[0], list(turned(turn))])
        size, corners = tuple(shown["size"]), shown["corners"]
        assert size == (1600, 1200), f"orientation {turn}: {size}"
        assert [nearest(corner) for corner in corners] == ["red", "green", "blue", "white"], f"orientation {turn}"
        assert shown["bytes"] <= 400_000
        assert shown["point"] == [104.1, 30.6]


_COLOURS = {"red": (220, 0, 0), "green": (0, 160, 0), "blue": (0, 0, 220), "white": (255, 255, 255)}
# What a viewer must do, and its inverse: how the sensor had it.
_UNDO = {
    2: [Image.Transpose.FLIP_LEFT_RIGHT],
    3: [Image.Transpose.ROTATE_180],
    4: [Image.Transpose.FLIP_TOP_BOTTOM],
    5: [Image.Transpose.TRANSPOSE],
    6: [Image.Transpose.ROTATE_90],
    7: [Image.Transpose.TRANSVERSE],
    8: [Image.Transpose.ROTATE_270],
}


def turned(orientation: int) -> bytes:
    """A picture that is red, green, blue, white from its upper left corner on, as a camera held so stores it."""
    picture = Image.new("RGB", (2000, 1500))
    for number, colour in enumerate(_COLOURS.values()):
        picture.paste(
            colour, (1000 * (number % 2), 750 * (number // 2), 1000 * (number % 2) + 1000, 750 * (number // 2) + 750)
        )
    for step in _UNDO.get(orientation, []):
        picture = picture.transpose(step)
    exif = Image.Exif()
    exif[0x0112] = orientation
    written = io.BytesIO()
    picture.save(written, "JPEG", exif=exif)
    return written.getvalue()


def nearest(colour: list[int]) -> str:
    return min(_COLOURS, key=lambda name: sum(abs(a - b) for a, b in zip(_COLOURS[name], colour, strict=True)))


_KEPT = """async ([orderId, bytes]) => {
  const file = new Blob([new Uint8Array(bytes)], { type: "image/jpeg" });
  const taken = await phone.takePhoto(file, { orderId, kind: "before", point: [104.1, 30.6], accuracy: 9 });
  const url = await phone.pictureOf(taken.id);
  const picture = new Image();
  picture.src = url;
  await picture.decode();
  const canvas = new OffscreenCanvas(picture.naturalWidth, picture.naturalHeight);
  const pen = canvas.getContext("2d");
  pen.drawImage(picture, 0, 0);
  const { naturalWidth: wide, naturalHeight: high } = picture;
  const at = (x, y) => [...pen.getImageData(x * wide, y * high, 1, 1).data.slice(0, 3)];
  const corners = [at(0.25, 0.25), at(0.75, 0.25), at(0.25, 0.75), at(0.75, 0.75)];
  const kept = phone.photosOf(orderId).find((photo) => photo.id === taken.id);
  return { size: [picture.naturalWidth, picture.naturalHeight], corners, bytes: taken.bytes, point: kept.point };
}"""
