"""How the numeric core is compiled, and the arithmetic that all of it shares."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path
from typing import Any

import numba
import numpy as np

HERE = Path(__file__).resolve().parent


def sources_hash() -> str:
    """Of every file whose functions or numbers end up in compiled code."""
    digest = hashlib.sha256()
    for path in sorted([*HERE.glob("*.py"), *(HERE.parent / "problem").glob("*.py")]):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def cache_folder() -> Path:
    """Where compiled code is kept: beside the sources, or in the user's cache where that folder cannot be written.

    Numba looks only at a function's own file. What is compiled into it from other files may have changed as well, so
    each state of the sources has a folder of its own.
    """
    beside = HERE / "__pycache__"
    writable = os.access(beside if beside.exists() else HERE, os.W_OK)
    base = beside if writable else Path("~/.cache/grid-dispatch").expanduser()
    return base / f"compiled-{sources_hash()}"


def forget_older() -> None:
    """Remove what was compiled from other states of the sources. A process that has it loaded goes on."""
    for folder in cache_folder().parent.glob("compiled-*"):
        if folder != cache_folder():
            shutil.rmtree(folder, ignore_errors=True)


numba.config.CACHE_DIR = numba.config.CACHE_DIR or str(cache_folder())  # type: ignore[attr-defined]

# Without numba's reference counting: it counted every array at every call, and nothing here allocates.
OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "_nrt": False, "error_model": "numpy"}


def jit(function: Any) -> Any:
    """Compile, keeping the result beside the source."""
    return numba.njit(**OPTIONS)(function)


def inline(function: Any) -> Any:
    """Compile into whatever calls it: handing over dozens of arrays costs more than these do."""
    return numba.njit(forceinline=True, **OPTIONS)(function)


@inline
def pace(speed, raw):  # type: ignore[no-untyped-def]
    """Seconds that somebody with speed factor `speed` needs for `raw` ones, as `Technician.travel` rounds them."""
    seconds = np.int64(raw)
    if speed != 1.0:
        seconds = np.int64(seconds / speed + 0.5)
    return seconds


@inline
def draw(seed):  # type: ignore[no-untyped-def]
    """A float in [0, 1) from a xorshift generator whose state is `seed[0]`."""
    x = seed[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    seed[0] = x
    return float(x >> np.uint64(11)) / 9007199254740992.0
