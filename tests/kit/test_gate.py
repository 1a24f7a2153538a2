"""The outer gate, held against every operation of the OpenAPI document."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from itertools import product
from typing import Any

import httpx
import pytest
from litestar import Litestar
from litestar.utils.sync import AsyncCallable
from sqlalchemy import select

from dispatch.accounts.models import SignInFailure
from dispatch.accounts.service import create_account
from dispatch.app import create_app
from grids.models import ServiceArea
from grids.service import create_area
from kit.actor import Role
from kit.db import Database
from kit.settings import Settings
from tests.journeys.authorisation import OPERATIONS, PUBLIC
from tests.site import Client, bearer, failed_before, ok, refused, running

PASSWORD = "correct horse battery"
NO_ID = "01900000-0000-7000-8000-000000000000"
SAME = "http://testserver.local"


def operations(app: Litestar) -> list[tuple[str, str, str, dict[str, Any]]]:
    """(operationId, method, an address, what the document says) of all."""
    found = []
    for path, methods in sorted(app.openapi_schema.to_schema()["paths"].items()):
        for method, said in methods.items():
            address = path
            for parameter in said.get("parameters", []):
                if parameter["in"] == "path":
                    address = address.replace(f"{{{parameter['name']}}}", some(parameter["schema"]))
            found.append((said["operationId"], method.upper(), address, said))
    return found


def some(schema: dict[str, Any]) -> str:
    """A value of a path's part, of nothing that exists."""
    if schema.get("type") == "integer":
        return "1"
    return {"uuid": NO_ID, "date": "2026-01-01"}.get(schema.get("format", ""), "x")


def test_what_every_request_passes_waits_for_no_thread():
    """Litestar runs a plain function as a guard or dependency in a thread: under load that is most of a short answer's
    time.
    """
    seen = 0
    for route in create_app(Settings()).routes:
        for handler in getattr(route, "route_handlers", ()):
            for guard in handler.resolve_guards():
                assert not isinstance(guard, AsyncCallable), f"{guard.func} of {handler}"
                seen += 1
            for name, provide in handler.resolve_dependencies().items():
                assert not isinstance(provide.dependency, AsyncCallable), f"{name} of {handler}"
    assert seen > len(OPERATIONS)


@pytest.fixture
async def area(database: Database) -> ServiceArea:
    async with database.transaction() as session:
        area = await create_area(session, "a", "A", "UTC")
        for login, loopback_only in (("ann", False), ("demo", True)):
            await create_account(
                session, login, login, Role.ADMINISTRATOR, area_ids=[area.id], password=PASSWORD,
                loopback_only=loopback_only,
            )  # fmt: skip
        return area


@pytest.fixture
async def site(database: Database, area: ServiceArea) -> AsyncIterator[Client]:
    async with running(database) as client:
        yield client


async def sign_in(site: Any, login: str = "ann", **options: Any) -> httpx.Response:
    answer: httpx.Response = await site.post("/api/sign-in", json={"login": login, "password": PASSWORD}, **options)
    return answer


# -- headers -----------------------------------------------------------------------------------------------------------


async def test_every_answer_of_the_program_says_how_it_may_be_used(site: Client, database: Database):
    somebody = await bearer(database, "boss", Role.ADMINISTRATOR)
    addresses = [(method, path, headers) for _, method, path, _ in operations(site.app) for headers in ({}, somebody)]
    addresses += [("GET", path, {}) for path in ("/", "/nowhere", "/assets/none.js", "/schema/openapi.json", "/api/no")]
    addresses += [("TRACE", "/api/me", {}), ("POST", "/api/health", {})]
    wrong = []
    for method, path, headers in addresses:
        if path.endswith("/changes") and headers:
            continue  # a stream; `test_a_stream_is_for_nobody_else` reads its headers
        answer = await site.request(method, path, headers=headers)
        found = answer.headers
        if found.get("x-content-type-options") != "nosniff" or "frame-ancestors 'none'" not in found.get(
            "content-security-policy", ""
        ):
            wrong.append(f"{method} {path} {answer.status_code}: {dict(found)}")
        control = found.get("cache-control", "")
        if path.startswith("/api") and not ("no-store" in control or "private" in control):
            wrong.append(f"{method} {path} {answer.status_code}: Cache-Control {control!r}")
    assert not wrong, "\n".join(wrong)


async def test_https_alone_is_remembered_as_the_way_here(database: Database, area: ServiceArea):
    async with connected(database, "127.0.0.1", trusted_proxies="127.0.0.1/32") as proxied:
        over_tls = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
        answer = await sign_in(proxied, headers=over_tls)
        assert "; Secure" in answer.headers["set-cookie"]
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
    async with connected(database, "203.0.113.9") as plain:
        answer = await sign_in(plain, headers=over_tls)  # nobody is believed
        assert "; Secure" not in answer.headers["set-cookie"]
        assert "strict-transport-security" not in answer.headers


# -- who is asked ------------------------------------------------------------------------------------------------------


class connected:
    """A client whose connection comes from `peer`, to the program under `settings`."""

    def __init__(self, database: Database, peer: str, base: str = "http://localhost:8000", **settings: Any) -> None:
        self.app = create_app(Settings(**settings), database)
        self.peer, self.base = peer, base

    async def __aenter__(self) -> httpx.AsyncClient:
        self.life = self.app.lifespan()
        await self.life.__aenter__()
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=(self.peer, 1))  # type: ignore[arg-type]
        self.client = httpx.AsyncClient(transport=transport, base_url=self.base)
        return self.client

    async def __aexit__(self, *error: Any) -> None:
        await self.client.aclose()
        await self.life.__aexit__(*error)


async def test_the_site_answers_to_its_names_and_addresses_and_to_no_other(database: Database, area: ServiceArea):
    ours = ("localhost:8000", "127.0.0.1", "[::1]:8000", "192.168.1.5:80", "Site.Example.org.", "other.example")
    strange = {
        "evil.example": "forbidden.host", "localhost.evil.example": "forbidden.host", "": "malformed.host",
        "site.example.org@evil.example": "malformed.host", "localhost:port": "malformed.host",
        "localhost/x": "malformed.host",
    }  # fmt: skip
    async with connected(database, "203.0.113.9", allowed_hosts="site.example.org, other.example") as web:
        for host in ours:
            ok(await web.get("/api/health", headers={"Host": host}))
        for host, code in strange.items():
            for path in ("/", "/api/health", "/api/me", "/schema/openapi.json", "/assets/x.js"):
                refused(await web.get(path, headers={"Host": host}), 403 if "forbidden" in code else 400, code)
    async with connected(database, "203.0.113.9", allowed_hosts="*") as web:
        ok(await web.get("/api/health", headers={"Host": "evil.example"}))


FROM_HERE: list[tuple[str, dict[str, str]]] = [("127.0.0.1", {}), ("::1", {})]
NOT_FROM_HERE: list[tuple[str, dict[str, str]]] = [
    ("203.0.113.9", {}),
    ("203.0.113.9", {"X-Forwarded-For": "127.0.0.1"}),
    ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}),
    ("127.0.0.1", {"Forwarded": "for=127.0.0.1"}),
    ("127.0.0.1", {"X-Real-IP": "127.0.0.1"}),
    ("127.0.0.1", {"Via": "1.1 proxy"}),
    ("127.0.0.1", {"Host": "site.example.org"}),  # a tunnel that adds nothing
]


@pytest.mark.parametrize("trusted", ["", "127.0.0.0/8,::1/128"])
async def test_a_demo_login_is_for_this_machine_whatever_a_proxy_says(
    database: Database, area: ServiceArea, trusted: str
):
    async with connected(database, "", allowed_hosts="site.example.org", trusted_proxies=trusted) as web:
        for peer, headers in FROM_HERE + NOT_FROM_HERE:
            web._transport.client = (peer, 1)  # type: ignore[attr-defined]
            here = (peer, headers) in FROM_HERE and not trusted  # behind a trusted proxy nobody is here
            assert (await sign_in(web, "demo", headers=headers)).status_code == (200 if here else 401), (peer, headers)
            web.cookies.clear()


# -- who sends ---------------------------------------------------------------------------------------------------------

FOREIGN: list[dict[str, str]] = [
    {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "nonsense"},
    {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": "http://testserver.local:81"},
    {"Origin": "http://localhost"}, {"Origin": "http://testserver.local.evil.example"}, {"Origin": "http://["},
    {"Origin": SAME, "Sec-Fetch-Site": "cross-site"},
]  # fmt: skip
OWN: list[dict[str, str]] = [
    {}, {"Origin": SAME}, {"Origin": f"{SAME}:80"}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"},
]  # fmt: skip


async def test_no_operation_that_changes_anything_can_be_sent_by_another_site(site: Client, database: Database):
    somebody = await bearer(database, "boss", Role.ADMINISTRATOR)
    csrf = ok(await sign_in(site))["csrfToken"]
    cookie = {"X-CSRF-Token": csrf, "Cookie": f"grid_dispatch_session={site.cookies['grid_dispatch_session']}"}
    site.cookies.clear()
    unsafe = [(name, method, path) for name, method, path, _ in operations(site.app) if method not in ("GET", "HEAD")]
    assert len(unsafe) > 40
    wrong = []
    for name, method, path in unsafe:
        for who, senders in ((cookie, FOREIGN), (somebody, FOREIGN[:1]), ({}, FOREIGN[3:4])):
            for foreign in senders:
                answer = await site.request(method, path, headers=who | foreign)
                if answer.status_code != 403 or answer.json()["code"] not in ("forbidden.site", "forbidden.origin"):
                    wrong.append(f"{name} {foreign}: {answer.status_code} {answer.text[:100]}")
    assert not wrong, "\n".join(wrong)
    ok(await site.get("/api/me", headers=cookie))  # nobody was signed out either


async def test_our_own_pages_and_programs_sign_in(site: Client):
    for own in OWN:
        ok(await sign_in(site, headers=own))
        site.cookies.clear()


async def test_reading_is_no_concern_of_the_origin(site: Client):
    ok(await site.get("/api/health", headers={"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}))


# -- what is sent ------------------------------------------------------------------------------------------------------


OTHER_TYPES = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "", "text/json")


async def test_a_body_is_taken_as_the_document_declares_it_and_in_no_other_type(site: Client, database: Database):
    somebody = await bearer(database, "boss", Role.ADMINISTRATOR)
    wrong = []
    for (name, method, path, said), kind in product(operations(site.app), OTHER_TYPES):
        given = kind.partition(";")[0]
        declared = said.get("requestBody", {}).get("content", {})
        if not declared or given in declared:
            continue
        headers = somebody | {"Content-Type": kind}
        answer = await site.request(method, path, headers=headers, content=b'{"login": "ann", "password": "x"}')
        if answer.status_code != 415 or answer.json()["code"] != "unsupported.body":
            wrong.append(f"{name} takes {kind!r} for {sorted(declared)}: {answer.status_code} {answer.text[:120]}")
    assert not wrong, "\n".join(wrong)


async def test_every_operation_that_reads_a_body_declares_it(site: Client):
    """A handler that reads `request.body()` or `body: bytes` and says nothing would take anything."""
    silent = [name for name, method, _, said in operations(site.app) if method == "PUT" and "requestBody" not in said]
    assert silent == []


async def test_json_is_json_however_it_is_spelled(site: Client):
    for kind in ("application/json", "application/json; charset=utf-8", "Application/JSON"):
        body = json.dumps({"login": "ann", "password": PASSWORD})
        ok(await site.post("/api/sign-in", content=body, headers={"Content-Type": kind}))
        site.cookies.clear()


# -- how often ---------------------------------------------------------------------------------------------------------


async def test_whatever_needs_no_sign_in_is_limited_by_network(database: Database, area: ServiceArea):
    """A client that writes another X-Forwarded-For each time is still one client; another one is not held up."""
    endless = []
    async with connected(database, "10.0.0.1", trusted_proxies="10.0.0.0/24") as web:
        for name, method, path, said in operations(create_app(database=database)):
            if OPERATIONS[name].roles != PUBLIC or name == "health":
                continue
            body = {"json": {"login": f"x{name}", "password": "wrong wrong wrong"}} if "requestBody" in said else {}

            async def ask(hops: str) -> httpx.Response:
                return await web.request(method, path, headers={"X-Forwarded-For": hops}, **body)  # noqa: B023

            answers = [await ask(f"1.2.3.{number % 250}, 203.0.113.9") for number in range(125)]
            last = answers[-1]
            if last.status_code != 429 or int(last.headers.get("retry-after", 0)) < 1:
                endless.append(f"{name}: {last.status_code} {last.text[:100]}")
            assert (await ask("1.2.3.4, 198.51.100.1")).status_code != 429, name
    assert not endless, "\n".join(endless)


async def test_wrong_passwords_of_a_stranger_behind_the_same_proxy_hold_nobody_up(
    database: Database, area: ServiceArea
):
    async with connected(database, "10.0.0.1", trusted_proxies="10.0.0.1/32") as web:
        stranger, ann = {"X-Forwarded-For": "1.2.3.4, 203.0.113.9"}, {"X-Forwarded-For": "198.51.100.1"}
        refused(await sign_in(web, "nobody", headers=stranger), 401, "account.wrong")
        async with database.transaction() as session:
            assert (await session.execute(select(SignInFailure.address))).scalars().all() == ["203.0.113.9"]
        await failed_before(database, "ann", "203.0.113.9")
        refused(await sign_in(web, headers=stranger), 429, "account.too_many")
        ok(await sign_in(web, headers=ann))


def test_a_setting_that_cannot_be_read_is_refused_at_the_start():
    with pytest.raises(ValueError, match="'loopback' is no network"):
        Settings(trusted_proxies="loopback")
