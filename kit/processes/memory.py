"""Python's collector of cycles: what it need not look at, and when it need not look."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


def settle() -> None:
    """What is there now stays as long as the process: the collector looks at it no more.

    A program of ours begins with half a million objects. Whatever makes many rows would have all of them looked at
    every few requests, a quarter of a second each time.
    """
    gc.collect()
    gc.freeze()


@contextmanager
def uncollected() -> Iterator[None]:
    """For work that makes very many objects without cycles: they are freed as always, and not searched for cycles."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
