"""A plan that is not finished, packed to be kept elsewhere: who makes which visits in which order, without times.

Another process goes on from it, on a day that may have changed meanwhile (`optimizer.solve.continued`).
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence


def pack(sequences: Mapping[str, Sequence[str]]) -> bytes:
    """Visit ids by technician, compressed; technicians without visits are left out."""
    return zlib.compress(json.dumps({who: list(order) for who, order in sequences.items() if order}).encode())


def unpack(kept: bytes) -> dict[str, list[str]]:
    """The visit ids by technician that `pack` was given."""
    found: dict[str, list[str]] = json.loads(zlib.decompress(kept))
    return found
