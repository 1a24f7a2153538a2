"""`make bench`: our paths beside the bare tools they stand on, in one run on one machine; ratios are what to read.

Without a part `city` (intake, a command, matrix, locate, route pulls) and `optimizer` (the planner beside VROOM,
PyVRP and OR-Tools, which need the optional group `bench`) are run. `pace` (everyday work) and `hover` (the price of a
drop) are parts of `city`; `ALONE` has the parts that are run by name only. A private installation of its own under
`.data/bench` is made and kept, so that a second run starts faster. With the real Vancouver beside the checkout that
city is used, else the fictional one.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import inspect
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / ".data" / "bench"
os.environ["GRID_DISPATCH_HOME"] = str(HOME)

from benchmarks.planners import rows as planners  # noqa: E402 - the home must be chosen before settings are read

ALONE = {
    "phones": "benchmarks.phones",  # 5,000 phones for ten minutes
    "detection": "benchmarks.detection",  # outages found in real reports
    "desk": "benchmarks.desk",  # 200 agents at 100,000 waiting calls
    "fairness": "benchmarks.fairness.table",  # ranks and flags of months of known skill
    "takeover": "benchmarks.takeover",  # a worker killed while it plans
    "manager": "benchmarks.manager.figures",  # the manager's numbers over a year of orders
}
"""Part → the module whose `run(root, options)` prints it and says whether its goals were kept."""


def alone(part: str, options: argparse.Namespace) -> bool:
    """Run one part that stands by itself."""
    kept = importlib.import_module(ALONE[part]).run(ROOT, options)
    return bool(asyncio.run(kept) if inspect.iscoroutine(kept) else kept)


def main() -> int:
    """Prepare, measure, print; exit 1 when something could not be measured or a goal was missed."""
    os.environ.pop("DATABASE_URL", None)
    if shutil.which("nproc"):
        cores = subprocess.run(["nproc"], capture_output=True, text=True, check=True).stdout.strip()
        print(f"{cores} cores, Python {sys.version.split()[0]}; each figure is the median of its repeats", flush=True)
    began = time.monotonic()
    options = planners.parse(sys.argv[1:], list(ALONE))
    city = "run" if not options.parts or "city" in options.parts else None
    if part := city or next((one for one in ("pace", "hover") if one in options.parts), None):
        from benchmarks.measures import Bench, table

        print(table(asyncio.run(getattr(Bench(ROOT), part)())))
    kept = [alone(part, options) for part in ALONE if part in options.parts]
    if not options.parts or "optimizer" in options.parts:
        kept.append(planners.measure(options))
    print(f"measured in {time.monotonic() - began:.0f} s")
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
