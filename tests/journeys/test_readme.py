"""README's "A real city", read from the page and run in order as somebody would who has just cloned it."""

from __future__ import annotations

import csv
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from kit.postgres.embedded import EmbeddedPostgres
from tests.databases import ROOT
from tests.road_cache import made

FENCE = "```"
PROGRAM = Path(sys.executable).with_name("grid-dispatch")
FILES = {"roads.osm.pbf": "roads.osm.pbf", "grids.geojson": "grids.geojson"}
"""What README calls the real files → what they are called in Vancouver's folder."""
ORDERS = 1250
"""Of `orders_2022-09.csv` every fourth row: to live the whole of its day takes minutes and shows nothing more."""
TYPED = {"admin create": "admin\nlong enough, really\nlong enough, really\n"}
"""What a person answers to the questions of a command."""
SAYS = {
    "city import": "on the map",
    "grids import": "22 created",
    "technicians generate": "44 technicians",
    "orders import": f"{ORDERS:,} created",
    "plan": "planned, 0 violations",
    "simulate": "Callback coverage",
    "assess": "technicians ranked",
    "verify": "are what their",
    "recount": "were counted anew",
    "mend": "Every stored moment and date lies between",
    "backup": "Everything is in everything.dump",
}
"""A word of what each command prints when it has worked."""


def blocks(page: str, title: str) -> list[list[str]]:
    """The lines of the fenced blocks below a title of the page, without their remarks."""
    part = page.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    inside = part.split(FENCE)[1::2]
    return [[line for raw in block.splitlines()[1:] if (line := raw.partition("#")[0].strip())] for block in inside]


PAGE = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_make_command_of_the_page_is_a_target():
    named = {
        line.split()[1]
        for title in ("Try it", "A real city", "Pictures")
        for block in blocks(PAGE, title)
        for line in block
        if line.startswith("make ")
    }
    assert named >= {"demo", "setup"}
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert {name for name in named if f"\n{name}:" not in makefile} == set()


class Person:
    """Somebody at a terminal in a folder with the real files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        # Documented ways to shorten what only takes longer: the time of each search.
        self.environment = environment | {
            "GRID_DISPATCH_HOME": str(folder / "home"), "GRID_DISPATCH_PLAN_SECONDS": "1", "LC_ALL": "C.UTF-8",
        }  # fmt: skip
        self.serving: subprocess.Popen[str] | None = None
        self.reading: threading.Thread | None = None

    def types(self, line: str) -> str:
        """Run a line of the page to its end (`up`: until it has printed its address) and return what it printed."""
        program, *words = shlex.split(line)
        assert program == "grid-dispatch", line
        if words == ["up"]:
            return self._serve()
        done = subprocess.run(
            [str(PROGRAM), *words], cwd=self.folder, env=self.environment, text=True, capture_output=True, check=False,
            input=TYPED.get(" ".join(words[:2]), ""),
        )  # fmt: skip
        said = done.stdout + done.stderr
        assert "Traceback" not in said, said[-3000:]
        assert done.returncode == 0, f"{line}\n{said[-3000:]}"
        return said

    def _serve(self) -> str:
        self.serving = subprocess.Popen(
            [str(PROGRAM), "up"], cwd=self.folder, env=self.environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        assert self.serving.stdout is not None
        address = self.serving.stdout.readline()
        assert address.startswith("http://"), address
        self.reading = threading.Thread(target=self.serving.stdout.read, daemon=True)
        self.reading.start()
        return address

    def leaves(self) -> None:
        """Ctrl-C, and the private server gone."""
        if self.serving is not None:
            self.serving.send_signal(signal.SIGINT)
            assert self.serving.wait(timeout=60) == 0
            if self.reading is not None:
                self.reading.join(timeout=10)
            if self.serving.stdout is not None:
                self.serving.stdout.close()
        server = EmbeddedPostgres(self.folder / "home")
        server.stop()
        shutil.rmtree(server.base, ignore_errors=True)


@pytest.fixture
def person(realdata: Path, tmp_path: Path) -> Iterator[Person]:
    """Somebody with the real files at hand, under the names that the page gives them."""
    for name, real in FILES.items():
        (tmp_path / name).symlink_to(realdata / "vancouver" / real)
    with (realdata / "vancouver" / "orders_2022-09.csv").open(encoding="utf-8", newline="") as rows:
        head, *orders = csv.reader(rows)
    with (tmp_path / "orders.csv").open("w", encoding="utf-8", newline="") as some:
        csv.writer(some).writerows([head, *orders[::4]])
    # The roads as after an earlier import of the same file: OSRM makes them once for all tests.
    roads = made(realdata / "vancouver" / "roads.osm.pbf")
    (tmp_path / "home").mkdir(0o700)
    shutil.copytree(roads, tmp_path / "home" / "roads" / roads.name, copy_function=os.link)
    somebody = Person(tmp_path)
    try:
        yield somebody
    finally:
        somebody.leaves()


@pytest.mark.slow
@pytest.mark.realdata
def test_the_commands_of_a_real_city_work_in_the_order_of_the_page(person: Person):
    (lines,) = blocks(PAGE, "A real city")
    assert lines[0] == "make setup"
    commands = lines[1:]
    assert len(commands) >= 10
    for line in commands:
        said = person.types(line)
        name = next((name for name in SAYS if line.startswith(f"grid-dispatch {name}")), None)
        assert name is None or SAYS[name] in said, f"{line}\n{said[-2000:]}"
        if line.startswith("grid-dispatch plan"):
            assert "its clock now stands at 2022-09-27T00:00-07:00" in said
    first = json.loads((person.folder / "truth.jsonl").read_text(encoding="utf-8").splitlines()[0])
    assert first["type"] == "setup"
    assert (person.folder / "everything.dump").stat().st_size > 1_000_000
