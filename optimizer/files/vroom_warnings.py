"""What a file in VROOM's JSON says that nothing reads, or that counts nothing."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.files.json_reader import Node
from optimizer.problem import Weights

_HARMLESS = ("steps", "matrix", "matrices", "precision", "name", "comment")
_WISHES = {
    "due": ("tardiness", "risk"),
    "due_weight": ("tardiness",),
    "grid": ("outside_grid",),
    "preferred_windows": ("missed_preference",),
    "preferred_vehicles": ("missed_preference",),
}
"""Wishes of a job, and the weights that give them a price."""
_TERMS = {"overtime": ("overtime",), "costs": ("technician_cost",)}
"""The same of a vehicle."""


def warnings_of(root: Node, vehicles: Sequence[Node], jobs: Sequence[Node], weights: Weights | None) -> tuple[str, ...]:
    """One sentence for every such key, at the first place where it stands, once all keys have been read. `weights` is
    None where the file is priced as VROOM does it.
    """
    found: dict[str, str] = {}
    for node in (root, *vehicles, *jobs):
        for key in node.unread():
            if key not in _HARMLESS:
                found.setdefault(key, f"{node.at(key)}: nothing reads this key")
    for nodes, terms in ((jobs, _WISHES), (vehicles, {} if weights is None else _TERMS)):
        for node in nodes:
            for key, names in terms.items():
                if not node.has(key):
                    continue
                if weights is None:
                    found.setdefault(key, f"{node.at(key)}: counts only beside `weights` or with a policy")
                elif not any(getattr(weights, name) for name in names):
                    needed = "` or `".join(names)
                    found.setdefault(key, f"{node.at(key)}: counts nothing, the weight `{needed}` is 0")
    return tuple(found.values())
