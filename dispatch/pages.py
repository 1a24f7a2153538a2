"""The built pages: which html an address has, and the files that the html names."""

from __future__ import annotations

import json
import mimetypes
from pathlib import Path
from typing import Any

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException

STATIC = Path(__file__).resolve().parent / "static"
FOREVER = "public, max-age=31536000, immutable"
"""For files that carry a hash of their content in their names."""
ENCODINGS = {"br": ".br", "gzip": ".gz"}
"""Content codings by preference, and how the build names the file that has one."""
NOT_BUILT = "The pages are not built. Run `make setup`.\n页面尚未构建，请运行 make setup。\n"

Page = Response[bytes]


def html_of(path: str, faces: dict[str, str]) -> str:
    """The html of an address, relative to the folder of the build.

    `faces` maps prefixes of addresses to faces; the first that fits wins.
    """
    for prefix, face in faces.items():
        if prefix == "/" or path == prefix or path.startswith(f"{prefix}/"):
            return f"{face}/index.html"
    raise NotFoundException


def encoding_of(accepted: str, names: set[str]) -> str | None:
    """The best content coding that a request accepts and the build has; None for the file as it is."""
    weights: dict[str, float] = {}
    for part in accepted.lower().split(","):
        coding, _, parameter = part.partition(";")
        try:
            weights[coding.strip()] = float(parameter.partition("=")[2] or 1)
        except ValueError:
            weights[coding.strip()] = 0
    other = weights.get("*", 0)
    return next((coding for coding in ENCODINGS if coding in names and weights.get(coding, other) > 0), None)


@get(["/", "/{page:path}"], include_in_schema=False, sync_to_thread=False)
def page(request: Request[Any, Any, Any], page: str = "") -> Page | Response[str]:
    """The html of the face that an address belongs to; its own code reads the rest of the address.

    A name with a dot is a file of the build and never gets html: an unknown one is not found.
    """
    if page.startswith(("/api/", "/assets/", "/schema/")) or page in ("/api", "/assets", "/schema"):
        raise NotFoundException
    if not (STATIC / "faces.json").exists():
        return Response(NOT_BUILT, media_type="text/plain", status_code=503)
    name = page.strip("/")
    if "." in name.rpartition("/")[2]:
        return _file(name, request, "no-cache")
    faces = json.loads((STATIC / "faces.json").read_bytes())
    return _file(html_of(f"/{name}", faces), request, "no-cache")


@get("/assets/{name:str}", include_in_schema=False, sync_to_thread=True)
def asset(request: Request[Any, Any, Any], name: str) -> Page:
    """A built file whose name changes with its content, as the build compressed it."""
    return _file(f"assets/{name}", request, FOREVER)


def _file(name: str, request: Request[Any, Any, Any], cache: str) -> Page:
    """A file of the build, or the compressed one beside it where the request accepts that. Raises NotFoundException."""
    file = (STATIC / name).resolve()
    hidden = any(part.startswith(".") for part in Path(name).parts)
    if hidden or not file.is_relative_to(STATIC) or file.suffix in ENCODINGS.values() or not file.is_file():
        raise NotFoundException
    headers = {"Cache-Control": cache}
    there = {coding for coding, ending in ENCODINGS.items() if file.with_name(file.name + ending).exists()}
    if there:
        headers["Vary"] = "Accept-Encoding"
    coding = encoding_of(request.headers.get("accept-encoding", ""), there)
    if coding is not None:
        headers["Content-Encoding"] = coding
    sent = file.with_name(file.name + ENCODINGS[coding]) if coding else file
    return Response(sent.read_bytes(), media_type=_media_type(file), headers=headers)


def _media_type(file: Path) -> str:
    """What a file is. Litestar adds the charset to what is text."""
    known = {".js": "text/javascript", ".webmanifest": "application/manifest+json"}
    return known.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
