"""`make bench`: our paths beside the bare tools they stand on, in one run on one machine; ratios are what to read.

Two parts: `city` (intake, a command, matrix, locate, route pulls) and `optimizer` (the planner beside VROOM, PyVRP
and OR-Tools, which need the optional group `bench`). Two more are parts of `city`: `pace` is everyday work (intake, a
command, locate), `hover` is the price of a drop. Parts by themselves: `phones` (5,000 phones for ten minutes),
`detection` (outages found in real reports), `fairness` (ranks and flags of months of known skill) and `takeover` (a
worker killed while it plans). A private installation of its own under `.data/bench` is made and kept, so that a second
run starts faster. With the real Vancouver beside the checkout that city is used, else the fictional one.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / ".data" / "bench"
os.environ["GRID_DISPATCH_HOME"] = str(HOME)

from benchmarks import planners  # noqa: E402 - the home must be chosen before settings are read


def main() -> int:
    """Prepare, measure, print; exit 1 when something could not be measured."""
    os.environ.pop("DATABASE_URL", None)
    if shutil.which("nproc"):
        cores = subprocess.run(["nproc"], capture_output=True, text=True, check=True).stdout.strip()
        print(f"{cores} cores, Python {sys.version.split()[0]}; each figure is the median of its repeats", flush=True)
    began = time.monotonic()
    options = planners.parse(sys.argv[1:])
    if not options.parts or "city" in options.parts:
        from benchmarks.measures import Bench, table

        print(table(asyncio.run(Bench(ROOT).run())))
    elif "pace" in options.parts:
        from benchmarks.measures import Bench, table

        print(table(asyncio.run(Bench(ROOT).pace())))
    elif "hover" in options.parts:
        from benchmarks.measures import Bench, table

        print(table(asyncio.run(Bench(ROOT).hover())))
    kept = True
    if "phones" in options.parts:
        from benchmarks import phones

        kept = asyncio.run(phones.run(ROOT, options))
    if "detection" in options.parts:
        from benchmarks import detection

        kept = detection.run(ROOT) and kept
    if "fairness" in options.parts:
        from benchmarks.fairness import table as fairness

        kept = fairness.run(ROOT, options.months) and kept
    if "takeover" in options.parts:
        from benchmarks import takeover

        kept = takeover.run(ROOT) and kept
    if not options.parts or "optimizer" in options.parts:
        planners.measure(options)
    print(f"measured in {time.monotonic() - began:.0f} s")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
