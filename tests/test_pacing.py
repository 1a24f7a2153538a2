"""The order of the files: those that take longest are begun first, also where no run has been before."""

from __future__ import annotations

import subprocess
import sys
from itertools import groupby

from tests import pacing
from tests.databases import ROOT


def test_every_file_that_is_said_to_take_long_is_there():
    assert [name for name in pacing.LONG if not (ROOT / name).is_file()] == []


def test_the_longest_file_is_begun_first_in_a_fresh_clone():
    known = sorted(pacing.LONG, key=lambda name: -pacing.LONG[name])[:3]
    shown = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *reversed(known)],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    tests = [line for line in shown.splitlines() if "::" in line]
    assert [name for name, _ in groupby(tests, key=pacing.file_of)] == known
