"""What a technician does with thumb, keys and a screen reader's tree, from the list to the completed visit."""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image
from playwright.async_api import Page

from tests.browser.phone.conftest import Handset, Handsets, PhoneSite, expect, hold
from tests.browser.phone.screens.views import big, order, wrong

pytestmark = [pytest.mark.browser, pytest.mark.slow]


async def on(phone: Handset, here: tuple[float, float], metres_north: float = 0) -> Page:
    """The list, at a place."""
    lon, lat = here
    await phone.context.set_geolocation({"longitude": lon, "latitude": lat + metres_north / 111_000, "accuracy": 8})
    await phone.until("phone.route !== null && phone.waiting.length > 0")
    return phone.page


async def says(page: Page, words: str) -> None:
    """The big button says so, and may be used."""
    await expect(big(page)).to_contain_text(words)
    await expect(page.locator(".bottom [aria-disabled=true]")).to_have_count(0)


async def acts(phone: Handset, order_id: str) -> list[str]:
    return [row["type"] for row in await phone.rows() if row["orderId"] == order_id]


async def open_order(phone: Handset, order_id: str) -> None:
    """One tap on the list."""
    address = await phone.page.evaluate("(id) => phone.stop(id).address", order_id)
    await order(phone.page, order_id).click()
    await expect(phone.page.locator("main .address")).to_have_text(address)


async def drive_there(phone: Handset, order_id: str) -> None:
    """From the open visit: accept, call and book, set off, arrive."""
    page = phone.page
    await says(page, "Accept")
    await big(page).click()
    await says(page, "Contact and book")
    await big(page).click()
    await page.get_by_role("button", name="Yes").first.click()
    await page.get_by_role("group", name="Did you agree on a time?").get_by_role("button", name="Yes").click()
    await page.get_by_role("group", name="Window").get_by_role("button").first.click()
    await page.get_by_role("button", name="Send").click()
    await says(page, "Set off")
    await big(page).click()
    await says(page, "Arrived")
    await big(page).click()
    await says(page, "Complete")
    assert await acts(phone, order_id) == ["accepted", "contacted", "departed", "arrived"]


async def arrived(phone: Handset, order_id: str, here: tuple[float, float]) -> None:
    """All up to the arrival, asked of the app itself."""
    for kind in ("accepted", "contacted", "departed", "arrived"):
        more = {"point": list(here), "accuracy": 8}
        await phone.act(order_id, {"type": kind, **({"reached": True} if kind == "contacted" else {})}, more)


async def take(page: Page, part: str) -> None:
    """A photo with the phone's camera."""
    written = io.BytesIO()
    Image.new("RGB", (1200, 900), "seagreen").save(written, "JPEG")
    file = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": written.getvalue()}
    before = await page.locator(f"#part-{part} img").count()
    async with page.expect_file_chooser() as chooser:
        await page.locator(f"#part-{part} label.take").click()
    await (await chooser.value).set_files(file)  # type: ignore[arg-type]
    await expect(page.locator(f"#part-{part} img")).to_have_count(before + 1)


async def sign(page: Page) -> None:
    canvas = page.locator("#part-signature canvas")
    await canvas.scroll_into_view_if_needed()
    box = await canvas.bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + 30, box["y"] + 60)
    await page.mouse.down()
    for step in range(1, 9):
        await page.mouse.move(box["x"] + 30 + step * 22, box["y"] + 60 + (step % 2) * 30)
    await page.mouse.up()
    await expect(page.get_by_role("img", name="Signed")).to_be_visible()


_INK = """(least) => {
  const canvas = document.querySelector("#part-signature canvas");
  if (!canvas || !canvas.width) return false;
  const dots = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  let sum = 0;
  for (let at = 3; at < dots.length; at += 4) sum += dots[at] > 0;
  return sum > least;
}"""


async def fill(page: Page) -> None:
    """All of the form but the last question."""
    await page.locator("#part-cause .leaf").nth(1).click()
    await page.get_by_label("Search: What you did").fill("repaired")
    await page.locator("#part-action .leaf").first.click()
    for field in await page.locator("#part-readings input[inputmode=decimal]").all():
        await field.fill("-20")
    for why in await page.get_by_label("Why is it outside?").all():
        await why.fill("the line is old")
    await page.get_by_role("button", name=re.compile(r"^\+ ")).first.click()
    for part in ("before", "after"):
        await take(page, part)
    for line in await page.locator("#part-checklist input").all():
        await line.check()


async def test_a_visit_from_the_list_to_its_completion_by_thumb(phones: PhoneSite, handset: Handsets) -> None:
    technician = await phones.technician(orders=1)
    phone = await handset(technician.login, slow=1)
    page = await on(phone, technician.point)
    (one,) = technician.orders
    await open_order(phone, one)
    await drive_there(phone, one)
    await big(page).click()
    await expect(page.locator(".lacks")).to_contain_text("Still missing")
    await fill(page)
    await sign(page)
    await page.wait_for_function(_INK, arg=300)

    # Rotated, and the page killed and opened again: everything is as it was.
    await page.set_viewport_size({"width": 740, "height": 360})
    await page.set_viewport_size({"width": 360, "height": 740})
    await page.wait_for_function(_INK, arg=300)
    await page.evaluate("(id) => phone.draft(id, 'complete').flush()", one)
    await page.reload()
    await hold(page)
    await expect(page.locator("#part-after img")).to_have_count(1)
    await page.wait_for_function(_INK, arg=300)
    await expect(page.locator(".lacks")).to_contain_text("asked the subscriber")
    await page.locator("#part-asked input").check()

    # A tap is not enough.
    complete = page.get_by_role("button", name="Hold to complete")
    await expect(complete).to_have_attribute("aria-disabled", "false")
    await complete.click()
    await expect(page.get_by_text("Keep it pressed until the bar is full.")).to_be_visible()
    assert "completed" not in await acts(phone, one)
    await complete.hover()
    await page.mouse.down()
    await expect(page.get_by_role("heading", name="My day")).to_be_visible()
    await page.mouse.up()

    await phone.drained()
    assert await phones.status(one) == "completed"
    (completed,) = [event for event in await phones.events(one) if event["type"] == "completed"]
    assert completed["data"]["subscriberAsked"] is True
    assert completed["data"]["materials"]
    assert len(completed["data"]["photoIds"]) == 2
    assert await phones.photos(one) == 3


async def test_a_whole_completion_by_the_tree_of_a_screen_reader(phones: PhoneSite, handset: Handsets) -> None:
    """Only roles and names, and only keys: no place on the screen, no class."""
    technician = await phones.technician(orders=1)
    phone = await handset(technician.login, slow=1)
    page = await on(phone, technician.point)
    (one,) = technician.orders
    await arrived(phone, one, technician.point)
    main = page.get_by_role("main")
    # It is under way, so it is the next stop.
    await main.get_by_role("region", name="Next stop").get_by_role("button", name="Phone Road").press("Enter")
    await expect(page.get_by_role("button", name="Complete", exact=True)).to_be_enabled()
    await page.get_by_role("button", name="Complete", exact=True).press("Enter")
    cause = main.get_by_role("group", name="Cause found")
    await cause.get_by_role("button").first.press("Enter")
    await main.get_by_role("group", name="What you did").get_by_role("searchbox").fill("explained")
    await main.get_by_role("group", name="What you did").get_by_role("button", name="Explained").press("Enter")
    for name in ("Photo before", "Photo after"):
        picture = io.BytesIO()
        Image.new("RGB", (800, 600), "firebrick").save(picture, "JPEG")
        file = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": picture.getvalue()}
        await main.get_by_label(name).set_input_files(file)  # type: ignore[arg-type]
        await expect(main.get_by_role("img", name=f"{name} 1")).to_be_visible()
    for box in await main.get_by_role("checkbox").all():
        await box.press("Space")
        await expect(box).to_be_checked()
    await main.get_by_role("button", name="Finish code").press("Enter")
    await main.get_by_role("textbox", name="Finish code from the subscriber").fill("000000")
    lacks = page.get_by_role("button", name=re.compile("Still missing"))
    if await lacks.count():
        for reading in await main.get_by_role("textbox", name=re.compile("Optical power|Speed")).all():
            await reading.fill("60")
        for why in await main.get_by_role("textbox", name="Why is it outside?").all():
            await why.fill("measured twice")
    hold_to = page.get_by_role("button", name="Hold to complete")
    # It is dead for a moment after what it does has changed.
    await expect(hold_to).to_have_attribute("aria-disabled", "false")
    await hold_to.press("Enter")
    await page.get_by_role("dialog").get_by_role("button", name="Yes, complete it").press("Enter")
    await expect(page.get_by_role("heading", name="My day")).to_be_visible()
    # The code was made up: the server says so, and the phone says it to the person.
    settled = "['refused', 'accepted'].includes(row.state)"
    await phone.until(f"phone.rows.some((row) => row.type === 'completed' && {settled})")
    (row,) = [row for row in await phone.rows() if row["type"] == "completed"]
    assert row["state"] == "refused"
    await page.get_by_role("button", name="1 refused: look").press("Enter")
    refused = main.get_by_role("group", name=re.compile("^Complete"))
    await expect(refused).to_contain_text(row["detail"])
    for name in ("Try again", "Copy"):
        await expect(refused.get_by_role("button", name=name)).to_be_visible()
    assert await wrong(page, "refused") == []
    await refused.get_by_role("button", name="Hand to the dispatcher").press("Enter")
    await expect(refused).to_have_count(0)
    await phone.drained()
    assert [note["act"]["finishCode"] for note in await phones.evidence(one) if note and "act" in note] == ["000000"]


async def test_a_second_tap_does_nothing_and_setting_off_is_undone(phones: PhoneSite, handset: Handsets) -> None:
    technician = await phones.technician(orders=1)
    phone = await handset(technician.login, slow=1)
    page = await on(phone, technician.point)
    (one,) = technician.orders
    await open_order(phone, one)
    await says(page, "Accept")
    await big(page).dblclick()
    await says(page, "Contact and book")
    assert await acts(phone, one) == ["accepted"]
    await expect(page.locator("main .address")).to_be_visible()
    await phone.act(one, {"type": "contacted", "reached": True})
    await says(page, "Set off")
    await big(page).click()
    await says(page, "Arrived")
    await page.get_by_role("button", name="Undo").click()
    await says(page, "Set off")
    await phone.drained()
    assert [event["type"] for event in await phones.events(one)] == ["accepted", "contacted"]


async def test_an_answer_of_the_server_takes_no_tap_away(phones: PhoneSite, handset: Handsets) -> None:
    technician = await phones.technician(orders=1)
    phone = await handset(technician.login, slow=1)
    page = await on(phone, technician.point)
    (one,) = technician.orders
    await open_order(phone, one)
    await says(page, "Accept")
    await page.evaluate(
        """() => {
            window.dead = 0;
            const look = () => (window.dead += document.querySelectorAll('.bottom [aria-disabled=true]').length);
            new MutationObserver(look).observe(document.querySelector('.bottom'), { subtree: true, attributes: true });
        }"""
    )
    # What is kept, sent and answered makes the stop another object; what the button does stays the same.
    await phone.act(one, {"type": "noted", "evidence": {"wish": "help", "kind": "safety"}, "note": "safety"})
    await phone.drained()
    assert await page.evaluate("window.dead") == 0
    await big(page).dblclick()
    await says(page, "Contact and book")
    assert await page.evaluate("window.dead") > 0


async def test_arriving_far_away_asks_why(phones: PhoneSite, handset: Handsets) -> None:
    technician = await phones.technician(orders=1)
    phone = await handset(technician.login, slow=1)
    page = await on(phone, technician.point, metres_north=900)
    (one,) = technician.orders
    for act in ("accepted", "departed"):
        await phone.act(one, {"type": act})
    await open_order(phone, one)
    await says(page, "Arrived")
    await big(page).click()
    await page.get_by_role("radio", name="Met the subscriber elsewhere").check()
    await page.get_by_role("button", name="Send").click()
    await says(page, "Complete")
    await phone.drained()
    (arrived,) = [event for event in await phones.events(one) if event["type"] == "arrived"]
    assert arrived["data"]["reason"] == "met_elsewhere"


async def test_nothing_is_more_than_three_taps_from_the_list(phones: PhoneSite, handset: Handsets) -> None:
    technician = await phones.technician(orders=1)
    phone = await handset(technician.login, slow=1)
    page = await on(phone, technician.point)
    (one,) = technician.orders
    await arrived(phone, one, technician.point)
    names = ("Nobody home", "Contact and book", "A later window", "Wait for parts", "Ask to suspend", "Help wanted",
             "A further fault found", "Ask to return it")  # fmt: skip
    for name in names:
        await open_order(phone, one)
        await says(page, "Complete")
        await page.get_by_role("button", name="More").click()
        await page.get_by_role("dialog").get_by_role("button", name=name).click()
        await expect(page.get_by_role("heading", name=name)).to_be_visible()
        await page.go_back()
        await page.go_back()
        await expect(page.get_by_role("heading", name="My day")).to_be_visible()


async def test_help_and_a_request_reach_the_server(phones: PhoneSite, handset: Handsets) -> None:
    technician = await phones.technician(orders=1)
    phone = await handset(technician.login, slow=1)
    page = await on(phone, technician.point)
    (one,) = technician.orders
    await phone.act(one, {"type": "accepted"})
    await open_order(phone, one)
    for name, choice in (("Help wanted", "It is not safe here"), ("Wait for parts", "Waiting for cable")):
        await page.get_by_role("button", name="More").click()
        await page.get_by_role("dialog").get_by_role("button", name=name).click()
        await page.get_by_role("radio", name=choice).check()
        await page.get_by_role("button", name="Send").click()
        await expect(page.locator("main .address")).to_be_visible()
    await phone.drained()
    kinds = [event["type"] for event in await phones.events(one)]
    assert kinds == ["accepted", "noted", "suspension_requested"]
    assert await phones.evidence(one) == [{"wish": "help", "kind": "safety"}]
