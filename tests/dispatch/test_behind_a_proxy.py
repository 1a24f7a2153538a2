"""The program as the web server runs it, behind nginx with TLS as docs/operate.md writes it down."""

from __future__ import annotations

import asyncio
import io
import os
import re
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest
from PIL import Image
from sqlalchemy import select

from dispatch import roles
from dispatch.accounts.models import Account, SignInFailure
from dispatch.accounts.service import create_account, disable
from kit.actor import Role
from kit.db import Database, libpq_url
from kit.live import announce
from kit.processes.ports import free_port
from tests.databases import ROOT, TestCluster
from tests.journeys.people import REPORT, settle
from tests.site import failed_before, ok, refused

PASSWORD = "correct horse battery"
SITE = "dispatch.example.org"


@dataclass(frozen=True)
class Behind:
    """The ports of a running site, and the certificate to trust."""

    web: int
    tls: int
    plain: int
    trust: ssl.SSLContext
    log: Path
    database_url: str
    area_id: UUID

    def person(self, address: str) -> httpx.AsyncClient:
        """Somebody at an address of their own (all of 127.0.0.0/8 is this machine)."""
        transport = httpx.AsyncHTTPTransport(verify=self.trust, local_address=address)
        return httpx.AsyncClient(
            transport=transport, base_url=f"https://127.0.0.1:{self.tls}", headers={"Host": f"{SITE}:{self.tls}"}
        )


@contextmanager
def running(argv: list[str], log: Path, ready: Callable[[], bool], **environment: str) -> Iterator[None]:
    """A program for the time of the block."""
    with log.open("w") as out:
        process = subprocess.Popen(argv, cwd=ROOT, env=os.environ | environment, stdout=out, stderr=out)
        try:
            deadline = time.monotonic() + 300
            while not ready():
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.1)
            yield
        finally:
            process.terminate()
            process.wait(20)


def answers(url: str, **options: Any) -> Callable[[], bool]:
    def ask() -> bool:
        try:
            return httpx.get(url, **options).status_code < 500
        except httpx.TransportError:
            return False

    return ask


def documented(folder: Path, web: int, tls: int, plain: int) -> str:
    """The configuration of the manual with the ports and files of this test."""
    manual = (ROOT / "docs" / "operate.md").read_text(encoding="utf-8")
    block = re.search(r"```nginx\n(.*?)```", manual, re.DOTALL)
    assert block is not None
    server = block[1]
    for wrote, here in {
        "listen 443 ssl": f"listen 127.0.0.1:{tls} ssl",
        "listen 80": f"listen 127.0.0.1:{plain}",
        "127.0.0.1:8000": f"127.0.0.1:{web}",
        "/etc/ssl/dispatch": str(folder),
    }.items():
        assert wrote in server
        server = server.replace(wrote, here)
    paths = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return (
        f"daemon off; master_process off; pid {folder}/nginx.pid; error_log stderr warn; events {{}}"
        f" http {{ access_log off; {paths} {server} }}"
    )


async def prepare(url: str) -> UUID:
    """The town, and people who sign in; returns the area."""
    database = Database(url)
    settled = await settle(database)
    async with database.transaction() as session:
        for login in ("ann", "bea", "demo"):
            await create_account(
                session, login, login, Role.AGENT, area_ids=[settled.town.area_id], password=PASSWORD,
                loopback_only=login == "demo",
            )  # fmt: skip
    await database.dispose()
    return settled.town.area_id


@pytest.fixture(scope="module")
def behind(
    nginx: str, cluster: TestCluster, schema_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Behind]:
    """One site for all tests here: to start it is dear."""
    name = cluster.clone(schema_template)
    database_url, tmp_path = cluster.url(name), tmp_path_factory.mktemp("proxy")
    area_id, log = asyncio.run(prepare(database_url)), tmp_path / "web.log"
    web, tls, plain = free_port(), free_port(), free_port()
    chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={SITE}",
         "-addext", f"subjectAltName=DNS:{SITE},IP:127.0.0.1", "-keyout", str(key), "-out", str(chain)],
        check=True, capture_output=True,
    )  # fmt: skip
    (tmp_path / "nginx.conf").write_text(documented(tmp_path, web, tls, plain))
    granian = [
        sys.executable, "-m", "granian", "--interface", "asgi", "--factory", "--host", "127.0.0.1", "--port", str(web),
        "--no-ws", "--log-level", "warning", "tests.dispatch.failing_web:create_failing_app",
    ]  # fmt: skip
    with psycopg.connect(libpq_url(database_url)) as owner:
        roles.grant(owner, roles.role_of(cluster.program_url(name)))
    told = {
        "DATABASE_URL": cluster.program_url(name),
        "GRID_DISPATCH_TRUSTED_PROXIES": "127.0.0.1/32",
        "GRID_DISPATCH_ALLOWED_HOSTS": SITE,
    }
    proxy = [nginx, "-c", str(tmp_path / "nginx.conf"), "-p", str(tmp_path)]
    trust = ssl.create_default_context(cafile=str(chain))
    found = Behind(web, tls, plain, trust, log, database_url, area_id)
    with (
        running(granian, log, answers(f"http://127.0.0.1:{web}/api/health"), **told),
        running(proxy, tmp_path / "proxy.log", answers(f"https://127.0.0.1:{tls}/api/health", verify=trust)),
    ):
        yield found
    cluster.drop(name)


async def sign_in(person: httpx.AsyncClient, login: str = "ann", password: str = PASSWORD) -> httpx.Response:
    return await person.post("/api/sign-in", json={"login": login, "password": password})


def photo() -> bytes:
    """A picture that does not pack well: two megabytes."""
    written = io.BytesIO()
    Image.frombytes("RGB", (1000, 700), os.urandom(2_100_000)).save(written, "PNG")
    return written.getvalue()


async def test_the_site_works_behind_the_proxy_of_the_manual(
    behind: Behind,
):
    async with behind.person("127.0.0.2") as ann, behind.person("127.0.0.3") as stranger:
        # plain HTTP leads to HTTPS
        moved = await stranger.get(f"http://127.0.0.1:{behind.plain}/queue?x=1", headers={"Host": SITE})
        assert (moved.status_code, moved.headers["location"]) == (308, f"https://{SITE}/queue?x=1")

        # signing in: the cookie is for HTTPS alone, and the browser is to come by HTTPS from now on
        answer = await sign_in(ann)
        csrf = ok(answer)["csrfToken"]
        assert "; Secure" in answer.headers["set-cookie"]
        assert answer.headers["strict-transport-security"] == "max-age=31536000"

        # CSRF: the header, and what a browser says of the page that sends
        path = f"/api/areas/{behind.area_id}/orders"
        origin = {"Origin": f"https://{SITE}:{behind.tls}"}
        refused(await ann.post(path, json=REPORT), 403, "forbidden.csrf")
        with_csrf = {"X-CSRF-Token": csrf}
        for foreign in ({"Origin": "https://evil.example"}, {"Origin": f"http://{SITE}:{behind.tls}"}):
            refused(await ann.post(path, json=REPORT, headers=with_csrf | foreign), 403, "forbidden.origin")
        order = ok(await ann.post(path, json=REPORT, headers=with_csrf | origin), 201)

        # an upload of some megabytes
        address = f"/api/orders/{order['id']}/photos/{uuid4()}"
        jpeg = {"Content-Type": "image/png"} | with_csrf
        ok(await ann.put(address, content=photo(), headers=jpeg))
        assert (await ann.put(address, content=bytes(13_000_000), headers=jpeg)).status_code == 413

        # demo logins stay on the machine, though everybody here has a loopback address
        refused(await sign_in(stranger, "demo"), 401, "account.wrong")
        lying = {"X-Forwarded-For": "127.0.0.1", "X-Real-IP": "127.0.0.1", "Forwarded": "for=127.0.0.1"}
        stranger.headers.update(lying)
        refused(await sign_in(stranger, "demo"), 401, "account.wrong")

        # limits: a stranger who writes another address each time is held up, Ann is not
        for number in range(3):
            stranger.headers["X-Forwarded-For"] = f"198.51.100.{number}"
            refused(await sign_in(stranger, password="wrong wrong wrong"), 401, "account.wrong")
        database = Database(behind.database_url)
        async with database.transaction() as session:
            assert set((await session.execute(select(SignInFailure.address))).scalars()) == {"127.0.0.3"}
        await failed_before(database, "ann", "127.0.0.3")
        await database.dispose()
        refused(await sign_in(stranger), 429, "account.too_many")
        ann.cookies.clear()
        ok(await sign_in(ann))

        # another name, and the address itself
        stranger.headers["Host"] = "evil.example"
        refused(await stranger.get("/api/health"), 403, "forbidden.host")


async def test_live_updates_come_through_the_proxy_one_by_one_and_end_with_the_right(
    behind: Behind,
):
    database = Database(behind.database_url)
    async with behind.person("127.0.0.2") as ann:
        account = UUID(ok(await sign_in(ann, "bea"))["account"]["id"])
        heard: list[str] = []
        async with ann.stream("GET", f"/api/areas/{behind.area_id}/changes", timeout=40) as stream:
            assert stream.status_code == 200
            disabled = False
            async for line in stream.aiter_lines():
                heard.append(line)
                if line == "event: cursor":
                    async with database.transaction() as session:
                        await announce(session, behind.area_id, "order", "A-1")
                elif line.startswith("data:") and "A-1" in line and not disabled:
                    disabled = True  # it came while the stream was open; and now Ann may read no more
                    since = time.monotonic()
                    async with database.transaction() as session:
                        await disable(session, await session.get_one(Account, account))
        assert disabled
        assert time.monotonic() - since < 20
        assert "event: change" in heard
    await database.dispose()


async def test_the_reference_of_an_error_leads_to_its_traceback_in_the_log(behind: Behind):
    async with behind.person("127.0.0.2") as ann:
        answer = refused(await ann.get("/api/unthought-of"), 500, "internal")
    reference = re.search(r"[0-9a-f]{12}", answer["detail"])
    assert reference is not None
    written = behind.log.read_text()
    assert reference[0] in written
    assert "Traceback (most recent call last)" in written
    assert 'raise ZeroDivisionError("nobody thought of this")' in written
    assert "nobody thought" not in answer["detail"]
