"""Which page an address has, how the files of the build are served, and what each face weighs."""

from __future__ import annotations

import gzip
import re
from collections.abc import AsyncIterator
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest

from dispatch.app import create_app
from dispatch.pages import STATIC, encoding_of

KB = 1000
FACES = {
    "/": "console",
    "/technician": "technician",
    "/survey/any-token": "subscriber",
    "/desk": "desk",
    "/manager": "manager",
}
BUDGETS = {"subscriber": 40 * KB, "technician": 120 * KB}
"""What a phone may load before its page is there: bytes of scripts and styles as gzip sends them (brotli: fewer)."""
IMPORT = re.compile(r'(?:^|[;}\s])(?:import|export)(?:[^"\'();]*?from)?\s*["\'](\./[^"\']+)["\']')


@pytest.fixture(scope="module")
async def web() -> AsyncIterator[httpx.AsyncClient]:
    if not (STATIC / "faces.json").exists():
        pytest.fail("the pages are not built: run `make setup`", pytrace=False)
    program: Any = create_app()
    transport = httpx.ASGITransport(program)
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver.local") as client:
        yield client


class _Named(HTMLParser):
    """The files that an html names: scripts, styles, and what is to be preloaded."""

    def __init__(self) -> None:
        super().__init__()
        self.files: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        address = given.get("src") if tag == "script" else given.get("href") if tag == "link" else None
        if address:
            self.files.append(address.removeprefix("/"))


def files_of(face: str) -> set[str]:
    """Every file of the build that a face loads at once: what its html names, and what that imports."""
    named = _Named()
    named.feed((STATIC / face / "index.html").read_text(encoding="utf-8"))
    found: set[str] = set()
    waiting = named.files
    while waiting:
        file = waiting.pop()
        if file in found:
            continue
        found.add(file)
        if file.endswith(".js"):
            waiting += [f"assets/{one[2:]}" for one in IMPORT.findall((STATIC / file).read_text(encoding="utf-8"))]
    return found


@pytest.mark.parametrize("address", FACES)
async def test_an_address_has_the_page_of_its_face(web: httpx.AsyncClient, address: str) -> None:
    answer = await web.get(address)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.content == (STATIC / FACES[address] / "index.html").read_bytes()


@pytest.mark.parametrize("address", ["/orders", "/technicians", "/surveys/one", "/a/b/c"])
async def test_other_addresses_have_the_console(web: httpx.AsyncClient, address: str) -> None:
    assert (await web.get(address)).content == (STATIC / "console" / "index.html").read_bytes()


@pytest.mark.parametrize(
    "address",
    [
        "/x.js",
        "/technician/sw.js",
        "/survey/x.css",
        "/assets/gone-1a2b3c4d.js",
        "/assets/.stamp",
        "/.stamp",
        "/assets/..%2Ffaces.json.",
        "/..%2F..%2Fpyproject.toml",
        "/%2e%2e/app.py",
        "/api/nothing",
    ],
)
async def test_an_unknown_file_is_not_found_and_never_a_page(web: httpx.AsyncClient, address: str) -> None:
    answer = await web.get(address)
    assert answer.status_code == 404
    assert "text/html" not in answer.headers["content-type"]


async def test_a_service_worker_would_be_asked_for_again_each_time(
    web: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    build = tmp_path_factory.mktemp("build")
    (build / "faces.json").write_bytes((STATIC / "faces.json").read_bytes())
    (build / "technician").mkdir()
    (build / "technician" / "sw.js").write_text("self.skipWaiting()")
    monkeypatch.setattr("dispatch.pages.STATIC", build)
    answer = await web.get("/technician/sw.js")
    assert (answer.status_code, answer.text) == (200, "self.skipWaiting()")
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"


async def test_pages_that_were_not_built_say_how(
    web: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.setattr("dispatch.pages.STATIC", tmp_path_factory.mktemp("nothing"))
    answer = await web.get("/")
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert "make setup" in answer.text


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [("gzip, deflate, br", "br"), ("gzip", "gzip"), ("br;q=0, gzip;q=0.5", "gzip"), ("identity", None), ("", None)],
)
async def test_built_files_are_sent_as_the_build_compressed_them_and_kept_forever(
    web: httpx.AsyncClient, accepted: str, coding: str | None
) -> None:
    for name in files_of("console"):
        stream = web.build_request("GET", f"/{name}", headers={"accept-encoding": accepted})
        answer = await web.send(stream, stream=True)
        sent = b"".join([part async for part in answer.aiter_raw()])
        assert answer.status_code == 200
        assert answer.headers.get("content-encoding") == coding
        assert answer.headers["vary"] == "Accept-Encoding"
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["content-type"].count("charset=utf-8") == 1
        kept = STATIC / (name + {"br": ".br", "gzip": ".gz", None: ""}[coding])
        assert sent == kept.read_bytes()


def test_the_gzip_of_a_built_file_holds_that_file() -> None:
    for name in files_of("console"):
        assert gzip.decompress((STATIC / f"{name}.gz").read_bytes()) == (STATIC / name).read_bytes()


@pytest.mark.parametrize(
    ("accepted", "there", "coding"),
    [
        ("br, gzip", {"gzip"}, "gzip"),
        ("*", {"br", "gzip"}, "br"),
        ("*;q=0", {"br", "gzip"}, None),
        ("gzip;q=what", {"gzip"}, None),
        ("GZIP ; q=1", {"gzip"}, "gzip"),
    ],
)
def test_a_coding_is_chosen_as_the_request_accepts_it(accepted: str, there: set[str], coding: str | None) -> None:
    assert encoding_of(accepted, there) == coding


@pytest.mark.parametrize("face", BUDGETS)
def test_a_phone_loads_no_more_than_its_face_needs(face: str) -> None:
    installing = (".webmanifest", ".png")  # asked for by a phone that installs the page
    loaded = [name for name in files_of(face) if not name.endswith(installing)]
    weights = {name: (STATIC / f"{name}.gz").stat().st_size for name in loaded}
    print(f"{face}: {sum(weights.values()) / KB:.1f} kB as gzip: {weights}")
    assert not [name for name in weights if "maplibre" in name]
    assert {name.rpartition(".")[2] for name in weights} == {"js", "css"}
    assert sum(weights.values()) <= BUDGETS[face]


def test_no_face_imports_another_and_what_they_share_imports_none() -> None:
    sources = STATIC.parents[1] / "web"
    faces = [html.parent.name for html in sources.glob("*/index.html")]
    assert set(faces) == set(FACES.values())
    for folder in (*faces, "shared"):
        foreign = re.compile(rf'"(?:\.\./)+(?:{"|".join(face for face in faces if face != folder)})/')
        files = [file for ending in ("ts", "svelte") for file in (sources / folder).rglob(f"*.{ending}")]
        assert files
        assert [file.name for file in files if foreign.search(file.read_text(encoding="utf-8"))] == []


def test_the_console_draws_its_map_from_files_of_their_own() -> None:
    styles = [(STATIC / name).read_text(encoding="utf-8") for name in files_of("console") if name.endswith(".css")]
    assert "maplibregl-canvas" not in "".join(styles)
    lazy = {file.name.partition("-")[0] for file in (STATIC / "assets").glob("maplibre-*") if file.suffix == ".css"}
    assert lazy == {"maplibre"}
