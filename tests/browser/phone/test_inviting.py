"""Somebody new: a one-time link from the console's QR code, a password, and the day on the phone."""

from __future__ import annotations

from datetime import timedelta

from playwright.async_api import Page, expect
from sqlalchemy import select, text

from dispatch.accounts.models import Account
from dispatch.accounts.service import create_account, invitation_link, invite, set_password
from dispatch.technicians.models import Technician
from kit.actor import Role
from tests.browser import town
from tests.browser.conftest import Site
from tests.browser.phone.conftest import Handset, Handsets, PhoneSite, Technician_, hold

NEW = "rain and ladders"


async def link_for(phones: PhoneSite, who: Technician_, *, expired: bool = False) -> str:
    """The end of a fresh link; the site's own address is another one than that of a phone's network."""
    async with phones.database.transaction() as session:
        account = (await session.execute(select(Account).where(Account.login == who.login))).scalar_one()
        invitation, secret = await invite(session, account)
        if expired:
            invitation.expires_at -= timedelta(days=30)
    return invitation_link("", Role.TECHNICIAN, secret)


async def back_to_the_old_password(phones: PhoneSite, who: Technician_) -> None:
    phones.site.signed_in.pop(who.login, None)
    async with phones.database.transaction() as session:
        account = (await session.execute(select(Account).where(Account.login == who.login))).scalar_one()
        await set_password(session, account, town.PASSWORD)


async def opened(phone: Handset, path: str) -> Page:
    await phone.page.goto(phone.proxy.url + "/phone.webmanifest")
    await phone.page.goto(phone.proxy.url + path, wait_until="commit")
    await expect(phone.page.locator("form")).to_be_visible()
    return phone.page


async def test_a_link_leads_to_a_password_and_to_the_day(phones: PhoneSite, handset: Handsets) -> None:
    who = await phones.technician(1)
    phone = await handset(None)
    link = await link_for(phones, who)
    page = await opened(phone, link)
    await page.locator("input[name=password]").fill("short")
    await page.locator("form button.primary").click()
    await expect(page.get_by_role("alert")).to_contain_text("10")
    await page.locator("input[name=password]").fill(NEW)
    await page.locator("form button.primary").click()
    await expect(page.get_by_role("status")).to_contain_text(who.login)
    assert "invite" not in page.url
    await page.get_by_role("button", name="Go on").click()
    await hold(page)
    await phone.until("phone.route !== null && phone.account !== null")
    await expect(page.get_by_text("1 Phone Road").first).to_be_visible()
    # The link was good once, and says so to whoever opens it again; the way to the ordinary door is there.
    stranger = await handset(None)
    page = await opened(stranger, link)
    await page.locator("input[name=password]").fill(NEW)
    await page.locator("form button.primary").click()
    await expect(page.get_by_role("alert")).to_contain_text("used already")
    await page.get_by_role("button", name="Sign in").click()
    await page.locator("input[name=login]").fill(who.login)
    await page.locator("input[name=password]").fill(NEW)
    await page.locator("form button.primary").click()
    await hold(page)
    await stranger.until("phone.route !== null")
    await back_to_the_old_password(phones, who)


async def test_a_link_that_is_too_old_says_so_in_the_persons_language(phones: PhoneSite, handset: Handsets) -> None:
    who = await phones.technician(0)
    phone = await handset(None)
    page = await opened(phone, await link_for(phones, who, expired=True))
    await page.locator("button.language").click()
    await page.locator("input[name=password]").fill(NEW)
    await page.locator("form button.primary").click()
    await expect(page.get_by_role("alert")).to_contain_text("过期")
    await back_to_the_old_password(phones, who)


async def test_a_link_opened_where_another_person_is_signed_in_gives_the_phone_to_the_new_one(
    phones: PhoneSite, handset: Handsets
) -> None:
    first, second = await phones.technician(1), await phones.technician(1)
    phone = await handset(first.login)
    await phone.until("phone.route !== null")
    await phone.page.evaluate("(link) => { location.hash = link; }", (await link_for(phones, second)).split("#")[1])
    await phone.page.locator("input[name=password]").fill(NEW)
    await phone.page.locator("form button.primary").click()
    await expect(phone.page.get_by_role("status").filter(has_text=second.login)).to_be_visible()
    await phone.page.get_by_role("button", name="Go on").click()
    await phone.until("phone.route !== null && phone.stop(arg) !== undefined", second.orders[0])
    assert await phone.page.evaluate("(id) => phone.stop(id) === undefined", first.orders[0])
    phones.site.signed_in.pop(first.login, None)
    await back_to_the_old_password(phones, second)


async def test_the_console_shows_a_code_that_leads_a_phone_to_its_day(
    phones: PhoneSite, handset: Handsets, desk: Site
) -> None:
    who = await phones.technician(1)
    async with phones.database.transaction() as session:
        technician = await session.get_one(Technician, who.id)
        name = technician.name
        if await session.scalar(select(Account.id).where(Account.login == "chief")) is None:
            chief = await create_account(session, "chief", "Chief", Role.ADMINISTRATOR, area_ids=[technician.area_id])
            await set_password(session, chief, town.PASSWORD)
    page = await desk.sign_in("chief", f"/?technician={who.id}")
    row = page.locator(f"[data-technician='{who.id}']")
    await row.get_by_role("rowheader").first.click()
    await page.get_by_role("button", name="Invite with a QR code").click()
    await page.get_by_role("button", name="Make the link").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text(name)
    await expect(dialog).to_contain_text(who.login)
    picture = dialog.get_by_role("img", name="QR code")
    await expect(picture).to_be_visible()
    modules = "(box) => box.querySelector('svg path').getBBox().width"
    assert await picture.evaluate(modules) > 25
    link = await dialog.locator("input").input_value()
    assert link.startswith(f"{phones.site.url}/technician#invite=")
    phone = await handset(None)
    await opened(phone, link.removeprefix(phones.site.url))
    await phone.page.locator("input[name=password]").fill(NEW)
    await phone.page.locator("form button.primary").click()
    await phone.page.get_by_role("button", name="Go on").click()
    await hold(phone.page)
    await phone.until("phone.route !== null")
    async with phones.database.transaction() as session:
        query = text("SELECT count(*) FROM invitations WHERE used_at IS NOT NULL AND account_id ="
                     " (SELECT id FROM accounts WHERE login = :login)")  # fmt: skip
        assert await session.scalar(query, {"login": who.login}) == 1
    await back_to_the_old_password(phones, who)
