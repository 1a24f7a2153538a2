"""The processes of the optimizer that a worker started: which there are, and whether they are gone."""

from __future__ import annotations

import contextlib
from pathlib import Path

from tests.waiting import until


def alive(pids: list[int]) -> bool:
    return any((Path("/proc") / str(pid) / "cmdline").exists() for pid in pids)


async def gone(pids: list[int]) -> None:
    """Wait until none of these processes is left."""
    await until(lambda: not alive(pids), f"the end of {pids}")


def children(pid: int) -> list[int]:
    """The processes of the optimizer that a process started."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = status.read_text().rsplit(")", 1)[1].split()
            if int(fields[1]) == pid and b"optimizer.child" in (status.parent / "cmdline").read_bytes():
                found.append(int(status.parent.name))
    return found
