"""Road data: an OSM extract turned into OSRM files, packed so that any host can have them from the database.

`build` runs the real `osrm-extract` and `osrm-contract` out of the installed wheel. The algorithm is contraction
hierarchies; the stock car profile is used with its list of excludable classes emptied, which makes contraction and
queries two to three times faster and changes no travel time (we never exclude motorways or ferries from a query).
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import importlib.metadata
import importlib.util
import os
import re
import shutil
import signal
import tarfile
import tempfile
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from kit.errors import Invalid

Progress = Callable[[str, float], None]
"""Called with the name of a phase and how much of it is done, 0 to 1."""
Cancelled = Callable[[], bool]
"""Asked often; a true answer ends the work."""

STEM = "roads.osrm"
_NEEDED = (
    "datasource_names", "ebg_nodes", "edges", "fileIndex", "geometry", "hsgr", "icd", "maneuver_overrides", "names",
    "nbg_nodes", "properties", "ramIndex", "timestamp", "tld", "tls", "turn_duration_penalties",
    "turn_weight_penalties",
)  # fmt: skip
_EXCLUDABLE = re.compile(r"excludable\s*=\s*Sequence\s*\{.*?\n\s{0,8}\},", re.DOTALL)
_PERCENT = re.compile(rb"(\d{1,3})%")
_POLL_SECONDS = 0.2
_STALE_SECONDS = 86_400
_THREADS = str(min(4, os.cpu_count() or 1))


class ImportCancelled(Exception):
    """The caller asked to stop; nothing was changed."""


@lru_cache
def engine_home() -> Path:
    """Where the OSRM wheel keeps its programs and profiles; found without importing it, which would load the engine."""
    spec = importlib.util.find_spec("osrm")
    if spec is None or spec.origin is None:
        raise Invalid("roads.engine_missing")
    return Path(spec.origin).parent


def program(name: str) -> Path:
    """The path of one of OSRM's own programs, such as `osrm-routed`."""
    return engine_home() / "bin" / name


def _profile_text() -> str:
    """The installed car profile with nothing excludable."""
    stock = (engine_home() / "share" / "profiles" / "car.lua").read_text(encoding="utf-8")
    text, changed = _EXCLUDABLE.subn("excludable = Sequence {},", stock)
    if changed != 1:
        raise Invalid("roads.profile_unknown", changed=changed)
    return text


@lru_cache
def profile_sha256() -> str:
    """Identifies what turns an extract into roads: the profile, its libraries and the engine's version."""
    digest = hashlib.sha256(importlib.metadata.version("osrm-bindings").encode())
    digest.update(_profile_text().encode())
    for library in sorted((engine_home() / "share" / "profiles" / "lib").glob("*.lua")):
        digest.update(library.read_bytes())
    return digest.hexdigest()


def roads_key(extract_sha256: str) -> str:
    """The name of the road data made from this extract with this engine and profile."""
    return hashlib.sha256(f"{extract_sha256}:{profile_sha256()}".encode()).hexdigest()


def cache_directory(home: Path, key: str) -> Path:
    """Where a host keeps unpacked road data; it is complete when it exists."""
    return home / "roads" / key


async def build(extract: Path, home: Path, key: str, *, progress: Progress, cancelled: Cancelled) -> Path:
    """Make the road data of `extract` in the host's cache and return its directory; at once when it is there already.

    Raises `Invalid` when OSRM refuses the file, `ImportCancelled` when asked to stop (its processes are ended).
    """
    target = cache_directory(home, key)
    if target.is_dir():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    _sweep(target.parent)
    scratch = Path(tempfile.mkdtemp(prefix=".building-", dir=target.parent))
    try:
        profiles = scratch / "profiles"
        shutil.copytree(engine_home() / "share" / "profiles" / "lib", profiles / "lib")
        (profiles / "car.lua").write_text(_profile_text(), encoding="utf-8")
        made = scratch / "made"
        made.mkdir()
        source = made / STEM
        await _run(
            "extract", program("osrm-extract"), "-p", str(profiles / "car.lua"), "-t", _THREADS, "-o", str(source),
            str(extract), progress=progress, cancelled=cancelled,
        )  # fmt: skip
        await _run(
            "contract", program("osrm-contract"), "-t", _THREADS, str(source), progress=progress, cancelled=cancelled
        )
        for path in made.iterdir():
            if path.name.removeprefix(STEM + ".") not in _NEEDED:
                path.unlink()
        _put_in_place(made, target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return target


def _sweep(folder: Path) -> None:
    """Remove what killed imports left behind; a living one is never a day old."""
    for left in [*folder.glob(".building-*"), *folder.glob(".unpacking-*")]:
        if time.time() - left.stat().st_mtime > _STALE_SECONDS:
            shutil.rmtree(left, ignore_errors=True)


def pack(directory: Path, archive: Path) -> None:
    """Pack road data into one file; the same files give the same bytes, so that the blob is content-addressed."""

    def neutral(entry: tarfile.TarInfo) -> tarfile.TarInfo:
        entry.mtime, entry.uid, entry.gid, entry.uname, entry.gname, entry.mode = 0, 0, 0, "", "", 0o644
        return entry

    plain = archive.with_suffix(".tar")
    with tarfile.open(plain, "w") as tar:
        for path in sorted(directory.iterdir()):
            tar.add(path, arcname=path.name, filter=neutral)
    with plain.open("rb") as source, gzip.GzipFile(archive, "wb", compresslevel=1, mtime=0) as out:
        shutil.copyfileobj(source, out, 1024 * 1024)
    plain.unlink()


def unpack(archive: Path, home: Path, key: str) -> Path:
    """Unpack into the host's cache, whole or not at all, and return the directory."""
    target = cache_directory(home, key)
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=".unpacking-", dir=target.parent))
    try:
        with tarfile.open(archive, "r:gz") as tar:
            tar.extractall(scratch, filter="data")
        _put_in_place(scratch, target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return target


def _put_in_place(made: Path, target: Path) -> None:
    """Rename into the cache. Another process may have been quicker; its files are as good."""
    for path in made.iterdir():
        path.chmod(0o644)
    made.chmod(0o755)
    try:
        made.rename(target)
    except OSError:
        if not target.is_dir():
            raise


async def _run(phase: str, command: Path, *arguments: str, progress: Progress, cancelled: Cancelled) -> None:
    """Run one of OSRM's programs, pass its percentages on, and end it when asked to."""
    progress(phase, 0.0)
    process = await asyncio.create_subprocess_exec(
        command, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, start_new_session=True
    )
    reading = asyncio.create_task(_read(process, phase, progress))
    try:
        while not reading.done():
            await asyncio.wait({reading}, timeout=_POLL_SECONDS)
            if cancelled():
                raise ImportCancelled
        tail = reading.result()
        code = await process.wait()
    except BaseException:
        _kill(process)
        reading.cancel()
        await process.wait()
        raise
    if code != 0:
        raise Invalid("roads.engine_refused", phase=phase, detail=_last_error(tail))
    progress(phase, 1.0)


async def _read(process: asyncio.subprocess.Process, phase: str, progress: Progress) -> bytes:
    """Read the output to its end; percentages become progress, the last lines are kept for an error."""
    assert process.stdout is not None  # noqa: S101 - asked for above
    tail = b""
    while chunk := await process.stdout.read(4096):
        tail = (tail + chunk)[-8192:]
        if found := _PERCENT.findall(chunk):
            progress(phase, min(1.0, int(found[-1]) / 100))
    return tail


def _kill(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return


def _last_error(output: bytes) -> str:
    lines = [line.strip() for line in output.decode(errors="replace").splitlines() if line.strip()]
    errors = [line.split("[error]")[-1].strip() for line in lines if "[error]" in line]
    return (errors or lines or ["no message"])[-1]
