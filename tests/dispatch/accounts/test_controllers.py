"""Signing in over HTTP: cookies with CSRF, tokens, rate limit, invitations, and administrators within their areas."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
from geoalchemy2 import WKTElement
from sqlalchemy import select

from dispatch.accounts.models import SignInFailure
from dispatch.accounts.service import create_account
from dispatch.technicians.models import Technician
from grids.models import Grid, ServiceArea
from grids.service import create_area
from kit.actor import Role
from kit.db import Database
from kit.http.requests import SESSION_COOKIE
from kit.ids import uuid7
from tests.site import Client, bearer, failed_before, ok, refused, running

PASSWORD = "correct horse battery"


@pytest.fixture
async def area(database: Database) -> ServiceArea:
    async with database.transaction() as session:
        return await create_area(session, "a", "A", "UTC")


@pytest.fixture
async def site(database: Database, area: ServiceArea) -> AsyncIterator[Client]:
    async with database.transaction() as session:
        await create_account(session, "ann", "Ann", Role.AGENT, area_ids=[area.id], password=PASSWORD)
        demo = {"area_ids": [area.id], "password": PASSWORD, "loopback_only": True}
        await create_account(session, "demo", "Demo", Role.AGENT, **demo)  # type: ignore[arg-type]
    async with running(database) as client:
        yield client


async def sign_in(site: Client, login: str = "ann", password: str = PASSWORD, **options: Any) -> Any:
    return await site.post("/api/sign-in", json={"login": login, "password": password}, **options)


async def test_a_browser_signs_in_asks_who_it_is_and_signs_out(site: Client):
    answer = await sign_in(site)
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    csrf = ok(answer)["csrfToken"]
    me = ok(await site.get("/api/me"))
    assert (me["account"]["login"], me["csrfToken"]) == ("ann", csrf)
    ok(await site.post("/api/sign-out", headers={"X-CSRF-Token": csrf}), 204)
    refused(await site.get("/api/me"), 401, "not_signed_in")


async def test_a_cookie_does_nothing_without_its_csrf_token(site: Client, area: ServiceArea):
    ok(await sign_in(site))
    address = f"/api/areas/{area.id}/locate"
    refused(await site.post(address, json={"points": []}), 403, "forbidden.csrf")
    refused(await site.post(address, json={"points": []}, headers={"X-CSRF-Token": "guess"}), 403, "forbidden.csrf")
    csrf = ok(await site.get("/api/me"))["csrfToken"]
    ok(await site.post(address, json={"points": []}, headers={"X-CSRF-Token": csrf}))


async def test_an_invented_cookie_is_nobody(site: Client):
    refused(await site.get("/api/me", headers={"Cookie": f"{SESSION_COOKIE}=invented"}), 401, "not_signed_in")


async def test_failures_are_counted_although_the_requests_are_refused(site: Client, database: Database):
    for _ in range(10):
        refused(await sign_in(site, password="wrong"), 401, "account.wrong")
    async with database.transaction() as session:
        found = (await session.execute(select(SignInFailure.login, SignInFailure.address))).all()
    assert [tuple(row) for row in found] == [("ann", "testclient")] * 10
    await failed_before(database, "ann", "testclient")
    answer = await sign_in(site)
    seconds = answer.headers["retry-after"]
    assert refused(answer, 429, "account.too_many")["detail"].endswith(f" {seconds} s.")
    assert 200 < int(seconds) <= 300


async def test_a_demo_login_is_refused_from_elsewhere(site: Client):
    refused(await sign_in(site, "demo"), 401, "account.wrong")
    token = {"login": "demo", "password": PASSWORD, "name": "phone"}
    refused(await site.post("/api/tokens", json=token), 401, "account.wrong")


async def test_a_token_opens_until_it_is_revoked(site: Client):
    token = ok(await site.post("/api/tokens", json={"login": "ann", "password": PASSWORD, "name": "phone"}), 201)
    headers = {"Authorization": f"Bearer {token['token']}"}
    assert ok(await site.get("/api/me", headers=headers))["csrfToken"] is None
    ok(await site.delete(f"/api/tokens/{token['id']}", headers=headers), 204)
    refused(await site.get("/api/me", headers=headers), 401, "not_signed_in")


async def test_one_sees_ones_own_tokens_that_still_open_something(site: Client, database: Database, area: ServiceArea):
    body = {"login": "ann", "password": PASSWORD}
    tokens = [ok(await site.post("/api/tokens", json=body | {"name": name}), 201) for name in ("phone", "old", "new")]
    headers = {"Authorization": f"Bearer {tokens[0]['token']}"}
    ok(await site.delete(f"/api/tokens/{tokens[1]['id']}", headers=headers), 204)
    seen = ok(await site.get("/api/tokens", headers=headers))
    assert [(token["name"], token["usedAt"] is not None) for token in seen] == [("new", False), ("phone", True)]
    assert not {token["token"] for token in tokens} & set(str(seen).split("'"))
    other = await bearer(database, "other", Role.AGENT, area_ids=[area.id])
    assert [token["name"] for token in ok(await site.get("/api/tokens", headers=other))] == ["test"]
    refused(await site.get("/api/tokens"), 401, "not_signed_in")


async def test_a_new_password_of_ones_own_ends_every_other_sign_in(site: Client):
    phone = ok(await site.post("/api/tokens", json={"login": "ann", "password": PASSWORD, "name": "phone"}), 201)
    ok(await sign_in(site))
    elsewhere = site.cookies[SESSION_COOKIE]
    site.cookies.clear()
    csrf = {"X-CSRF-Token": ok(await sign_in(site))["csrfToken"]}
    change = {"current": PASSWORD, "password": "another good one"}
    refused(await site.put("/api/me/password", json=change), 403, "forbidden.csrf")
    wrong = change | {"current": "wrong wrong wrong"}
    refused(await site.put("/api/me/password", json=wrong, headers=csrf), 401, "account.wrong")
    short = change | {"password": "short"}
    refused(await site.put("/api/me/password", json=short, headers=csrf), 422, "account.password")
    ok(await site.put("/api/me/password", json=change, headers=csrf), 204)
    ok(await site.get("/api/me"))  # this browser goes on
    site.cookies.clear()
    for gone in ({"Cookie": f"{SESSION_COOKIE}={elsewhere}"}, {"Authorization": f"Bearer {phone['token']}"}):
        refused(await site.get("/api/me", headers=gone), 401, "not_signed_in")
    refused(await sign_in(site), 401, "account.wrong")
    ok(await sign_in(site, password="another good one"))


async def test_guessing_ones_current_password_has_to_wait_like_signing_in(site: Client, database: Database):
    csrf = {"X-CSRF-Token": ok(await sign_in(site))["csrfToken"]}
    guess = {"current": PASSWORD, "password": "another good one"}
    await failed_before(database, "ann", "testclient")
    refused(await site.put("/api/me/password", json=guess, headers=csrf), 429, "account.too_many")


async def test_an_administrator_makes_an_account_invites_and_disables_it(
    site: Client, database: Database, area: ServiceArea
):
    boss = await bearer(database, "boss", Role.ADMINISTRATOR, area_ids=[area.id])
    body = {"login": "Bob", "name": "Bob", "role": "dispatcher", "areaIds": [str(area.id)]}
    bob = ok(await site.post("/api/accounts", json=body, headers=boss), 201)
    assert (bob["login"], bob["status"]) == ("bob", "uninvited")
    refused(await site.post("/api/accounts", json=body, headers=boss), 409, "account.exists")
    link = ok(await site.post(f"/api/accounts/{bob['id']}/invitation", headers=boss), 201)["token"]
    refused(await site.post(f"/api/invitations/{link}", json={"password": "short"}), 422, "account.password")
    ok(await site.post(f"/api/invitations/{link}", json={"password": PASSWORD}))
    refused(await site.post(f"/api/invitations/{link}", json={"password": PASSWORD}), 404, "account.invitation")
    ok(await sign_in(site, "bob"))
    site.cookies.clear()
    address = f"/api/accounts/{bob['id']}"
    seen = ok(await site.get(address, headers=boss))
    stale = await site.patch(address, json={"name": "Robert"}, headers=boss | {"If-Match": f'"{seen["version"] - 1}"'})
    assert refused(stale, 412, "stale")["current"]["version"] == seen["version"]
    headers = boss | {"If-Match": f'"{seen["version"]}"'}
    changed = ok(await site.patch(address, json={"name": "Robert", "disabled": True}, headers=headers))
    assert (changed["name"], changed["status"]) == ("Robert", "disabled")
    refused(await sign_in(site, "bob"), 401, "account.wrong")


async def test_nobody_gives_more_than_they_have(site: Client, database: Database, area: ServiceArea):
    async with database.transaction() as session:
        other = await create_area(session, "b", "B", "UTC")
        both = [area.id, other.id]
        shared = await create_account(session, "shared", "Shared", Role.MANAGER, area_ids=both)
        elsewhere = await create_account(session, "elsewhere", "E", Role.MANAGER, area_ids=[other.id])
    boss = await bearer(database, "boss", Role.ADMINISTRATOR, area_ids=[area.id])
    for area_ids, role in (([str(other.id)], "agent"), (None, "administrator")):
        body = {"login": "x", "name": "X", "role": role, "areaIds": area_ids}
        refused(await site.post("/api/accounts", json=body, headers=boss), 403, "account.areas_beyond")
    # Inviting resets a password, so somebody who also sees another area is out of reach.
    answer = await site.post(f"/api/accounts/{shared.id}/invitation", headers=boss)
    refused(answer, 403, "account.areas_beyond")
    refused(await site.get(f"/api/accounts/{elsewhere.id}", headers=boss), 404, "account.not_found")
    listed = ok(await site.get("/api/accounts", headers=boss))["items"]
    assert {found["login"] for found in listed} == {"ann", "boss", "demo", "shared"}


async def test_nobody_lifts_a_limit_of_their_own_or_of_anybody_else(
    site: Client, database: Database, area: ServiceArea
):
    boss = await bearer(database, "boss", Role.ADMINISTRATOR, area_ids=[area.id], contractor="Firm")
    mine = ok(await site.get("/api/me", headers=boss))["account"]["id"]
    for change in ({"contractor": None}, {"contractor": "Other"}):
        answer = await site.patch(f"/api/accounts/{mine}", json=change, headers=boss)
        refused(answer, 403, "account.contractor_beyond")
    answer = await site.patch(f"/api/accounts/{mine}", json={"areaIds": None}, headers=boss)
    refused(answer, 403, "account.areas_beyond")
    body = {"login": "x", "name": "X", "role": "dispatcher", "areaIds": [str(area.id)]}
    refused(await site.post("/api/accounts", json=body, headers=boss), 403, "account.contractor_beyond")
    ok(await site.post("/api/accounts", json=body | {"contractor": "Firm"}, headers=boss), 201)


async def test_a_limit_to_grids_is_passed_on(site: Client, database: Database, area: ServiceArea):
    async with database.transaction() as session:
        mine, other = _grid(area, "1", 118.7), _grid(area, "2", 118.8)
        session.add_all([mine, other])
    boss = await bearer(database, "boss", Role.ADMINISTRATOR, area_ids=[area.id], grid_ids=[mine.id])
    body = {"login": "x", "name": "X", "role": "grid_lead", "areaIds": [str(area.id)]}
    for grids in (None, [str(other.id)], [str(mine.id), str(other.id)]):
        answer = await site.post("/api/accounts", json=body | {"gridIds": grids}, headers=boss)
        refused(answer, 403, "account.areas_beyond")
    ok(await site.post("/api/accounts", json=body | {"gridIds": [str(mine.id)]}, headers=boss), 201)


async def test_an_account_names_grids_and_a_technician_of_its_own_areas(
    site: Client, database: Database, area: ServiceArea
):
    async with database.transaction() as session:
        other = await create_area(session, "b", "B", "UTC")
        far = _grid(other, "9", 118.9)
        person = Technician(area_id=other.id, employee_number="7", name="Far")
        session.add_all([far, person])
    boss = await bearer(database, "boss", Role.ADMINISTRATOR, area_ids=[area.id])
    body = {"login": "x", "name": "X", "role": "technician", "areaIds": [str(area.id)]}
    for technician in (person.id, uuid7()):
        answer = await site.post("/api/accounts", json=body | {"technicianId": str(technician)}, headers=boss)
        assert refused(answer, 422, "account.technician")["field"] == "technicianId"
    answer = await site.post("/api/accounts", json=body | {"gridIds": [str(far.id)]}, headers=boss)
    assert refused(answer, 422, "account.grids")["field"] == "gridIds"


def _grid(area: ServiceArea, code: str, x: float) -> Grid:
    ring = f"{x} 32.0, {x + 0.1} 32.0, {x + 0.1} 32.1, {x} 32.1, {x} 32.0"
    return Grid(
        area_id=area.id, code=code, name=code, square_metres=1.0, geom=WKTElement(f"MULTIPOLYGON((({ring})))", 4326)
    )


async def test_accounts_are_paged_by_login(site: Client, database: Database, area: ServiceArea):
    boss = await bearer(database, "boss", Role.ADMINISTRATOR, area_ids=[area.id])
    logins: list[str] = []
    cursor = None
    for _ in range(5):
        query = {"limit": "1"} | ({"cursor": cursor} if cursor else {})
        page = ok(await site.get("/api/accounts", params=query, headers=boss))
        logins += [found["login"] for found in page["items"]]
        cursor = page["nextCursor"]
        if cursor is None:
            break
    assert logins == ["ann", "boss", "demo"]
    refused(await site.get("/api/accounts?cursor=nonsense", headers=boss), 400, "malformed.cursor")
    found = ok(await site.get("/api/accounts?q=de", headers=boss))["items"]
    assert [UUID(account["id"]).version for account in found] == [7]
