"""Solomon's, Homberger's and ORTEC's instances with driving as the only cost, beside VROOM and PyVRP.

Best-known costs are of exact distances; ours and the peers' run on thousandths, the ORTEC days on whole seconds. No
best is published for the ORTEC days, nor for most of Homberger's with distance alone.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from benchmarks.planners.peers import ask, ask_pyvrp
from optimizer.files.instances import read_text
from optimizer.files.vroom import problem_from_vroom
from optimizer.problem import Problem

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
FILES = (
    "solomon/R112.txt", "solomon/RC208.txt", "homberger/r1_2_3.txt", "homberger/c2_2_3.txt", "homberger/rc1_2_7.txt",
    "homberger/r1_4_7.txt", "homberger/rc2_4_3.txt", "homberger/r1_10_8.txt", "homberger/rc2_10_6.txt",
    "ortec/ORTEC-VRPTW-ASYM-00c5356f-d1-n258-k12.txt", "ortec/ORTEC-VRPTW-ASYM-31c42adc-d1-n206-k12.txt",
    "ortec/ORTEC-VRPTW-ASYM-4285a426-d1-n450-k28.txt",
)  # fmt: skip

BESIDE_PYVRP = 1.005
HELD = ("ortec/", "homberger/rc2_10_6")
"""Our cost beside PyVRP's, and the files of which that is asked."""


def public(options: argparse.Namespace) -> None:
    """A line an instance: our cost, and ours divided by each peer's and by the best known."""
    if not DATA.exists():
        print("public instances: not beside this checkout")
        return
    known = json.loads((DATA / "best_known.json").read_text())
    for name in options.files.split(",") if options.files else FILES:
        path = DATA / name
        problem, precision = read_instance(path)
        mine = ask("ours", problem, options.public_seconds)
        line = (
            f"{path.stem[-24:]:24} ours {mine.cost / precision:12,.1f} ({mine.dropped} dropped, {mine.seconds:.0f} s)"
        )
        for peer in [peer for peer in options.peers if peer != "ortools"]:
            one = (
                ask_pyvrp(problem, options.public_seconds)
                if peer == "pyvrp"
                else ask(peer, problem, options.public_seconds)
            )
            line += f"  {peer} {one.cost / precision:,.1f} ({one.dropped} dropped, {one.seconds:.0f} s)"
            ratio = mine.cost / one.cost
            goal = BESIDE_PYVRP if peer == "pyvrp" and name.startswith(HELD) else None
            line += f": {ratio:.3f} ×{options.goals.beside(f'{path.stem}: cost ÷ {peer}', ratio, goal)}"
        best = known.get(f"{path.stem}_distance", {}).get("best_known_cost")
        if best:
            line += f"  best known {best:,.1f}: {mine.cost / precision / best:.3f} ×"
        print(line, flush=True)


def read_instance(path: Path) -> tuple[Problem, int]:
    """The problem of a file, and how many of its units make one of the instance's."""
    document = read_text(path.read_text())
    return problem_from_vroom(document), int(document.get("precision", 1))
