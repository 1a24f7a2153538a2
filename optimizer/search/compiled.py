"""How the numeric core is compiled, and the arithmetic that all of it shares."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

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
