"""What a file in VROOM's JSON says that nothing reads, or that counts nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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
_WEIGHED = _WISHES | {"mandatory": ("mandatory",)}
"""The same where prices are weights: without them, what is mandatory comes first all the same."""
_TERMS = {"overtime": ("overtime",), "costs": ("technician_cost",), "grids": ("outside_grid", "rolling_share")}
"""The same of a vehicle."""
_PLAN = {"published": ("change_technician", "change_time", "change_notified")}
"""The same of the whole file."""
_BESIDE = {"risk_buffer": "risk", "imbalance_above": "imbalance"}
"""Weights that only say from when on another one counts."""


def warnings_of(root: Node, vehicles: Sequence[Node], jobs: Sequence[Node], weights: Weights | None) -> tuple[str, ...]:
    """One sentence for every such key, at the first place where it stands, once all keys have been read. `weights` is
    None where the file is priced as VROOM does it.
    """
    found: dict[str, str] = {}
    for node in (root, *vehicles, *jobs):
        for key in node.unread():
            if key not in _HARMLESS:
                found.setdefault(key, f"{node.at(key)}: nothing reads this key")
    weighed = weights is not None
    for nodes, terms in (
        (jobs, _WEIGHED if weighed else _WISHES),
        (vehicles, _TERMS if weighed else {}),
        ((root,), _PLAN if weighed else {}),
    ):
        for node in nodes:
            for key, names in terms.items():
                if not node.has(key):
                    continue
                if weights is None:
                    found.setdefault(key, f"{node.at(key)}: counts only beside `weights` or with a policy")
                elif not any(getattr(weights, name) for name in names):
                    needed = "` or `".join(names)
                    found.setdefault(key, f"{node.at(key)}: counts nothing, the weight `{needed}` is 0")
    if weights is not None:
        _say_half_weighed(found, root, jobs, weights)
    return tuple(found.values())


def _say_half_weighed(found: dict[str, str], root: Node, jobs: Sequence[Node], weights: Weights) -> None:
    """What a person means to count, and of which a part or the half of a pair counts nothing."""
    for job in jobs:
        if job.has("due") and weights.risk and not weights.tardiness:
            found.setdefault("due", f"{job.at('due')}: being late costs nothing, the weight `tardiness` is 0")
        if job.has("priority") and not job.has("drop_cost") and not weights.drop:
            found.setdefault("priority", f"{job.at('priority')}: counts nothing, the weight `drop` is 0")
    given = root.node("weights")
    if given is None:
        return
    nested = given.values.get("imbalance")
    if isinstance(nested, Mapping) and "above" in nested and "per_second" not in nested:
        found.setdefault("above", f"{given.at('imbalance.above')}: counts nothing without `per_second`")
    for key, needed in _BESIDE.items():
        if key in given.values and needed not in given.values:
            found.setdefault(key, f"{given.at(key)}: counts nothing, the weight `{needed}` is 0")
