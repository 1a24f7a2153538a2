"""Compiled code is of the sources that stand there now, not of those it was once made from."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.databases import ROOT

PRICE = """
from optimizer.search.compiled import jit, pace

@jit
def doubled(speed, raw):
    return pace(speed, raw) * 2
"""
ASKED = "from optimizer.search.asked import doubled; print(doubled(2.0, 10))"


def test_a_change_in_a_file_that_is_compiled_into_others_is_noticed(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "optimizer", tmp_path / "optimizer", ignore=shutil.ignore_patterns("__pycache__"))
    search = tmp_path / "optimizer" / "search"
    (search / "asked.py").write_text(PRICE)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NUMBA")}

    def asked() -> str:
        command = [sys.executable, "-c", ASKED]
        return subprocess.run(
            command, cwd=tmp_path, env=environment, check=True, capture_output=True, text=True
        ).stdout.strip()

    assert asked() == "10"
    before = {path.name for path in (search / "__pycache__").glob("compiled-*")}
    compiled = search / "compiled.py"
    source = compiled.read_text()
    compiled.write_text(source.replace("seconds / speed + 0.5", "seconds / speed + 7.5"))
    assert asked() == "24"
    after = {path.name for path in (search / "__pycache__").glob("compiled-*")}
    assert len(before) == 1
    assert before < after
