"""No command ends in a traceback: what nobody foresaw is one sentence with a reference, and the log has the rest."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.dispatch.cli.program import program
from tests.dispatch.planning.town import build_town

COMMANDS = {
    "verify": ("dispatch.orders.events.verify.verify", "verify town"),
    "assess": ("dispatch.assessments.service.compute", "assess town --month 2022-09"),
    "plan": ("dispatch.planning.runs.planning.plan_day", "plan town"),
    "simulate": ("dispatch.accounts.trials.trial_logins", "simulate town --date 2022-09-27"),
    "up": ("dispatch.cli.serving.serve", "up"),
    "down": ("dispatch.cli.serving.stop_running", "down"),
}  # fmt: skip


def _broken(*_args: Any, **_named: Any) -> Any:
    row = " ".join(["Wang", "Fang"])  # not one text in the source, which a traceback quotes
    raise RuntimeError(f"the roof fell in\nDETAIL:  Failing row contains ({row}).")


@pytest.fixture
async def town_url(database: Any) -> str:
    await build_town(database)
    return str(database.url)


@pytest.mark.parametrize("name", COMMANDS)
async def test_an_error_inside_a_command_is_one_sentence_with_a_reference_that_leads_to_its_log(
    name: str, town_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    where, command = COMMANDS[name]
    monkeypatch.setattr(where, _broken)
    monkeypatch.setenv("GRID_DISPATCH_HOME", str(tmp_path))
    answer = await program(town_url, *command.split())
    assert answer.exit_code == 1
    assert "Traceback" not in answer.output
    assert answer.stdout == ""
    (sentence,) = [line for line in answer.stderr.splitlines() if "reference" in line]
    assert "RuntimeError" in sentence
    assert "roof" not in sentence
    file = tmp_path / "logs" / "cli.log"
    assert str(file) in sentence
    found = re.search(r"reference ([0-9a-f]{8})", sentence)
    assert found is not None
    log = file.read_text(encoding="utf-8")
    assert log.startswith(f"--- {found[1]}\n")
    assert "the roof fell in" in log
    assert "Wang Fang" not in log, "the rows of an error stay out of the log"
    assert file.stat().st_mode & 0o077 == 0


async def test_for_machines_it_is_an_object_too(town_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("dispatch.orders.intake.importing.import_orders", _broken)
    monkeypatch.setenv("GRID_DISPATCH_HOME", str(tmp_path))
    file = tmp_path / "orders.csv"
    file.write_text("id\n")
    answer = await program(town_url, "orders", "import", "town", str(file), "--mapping", "vancouver", "--json")
    assert answer.exit_code == 1
    error = json.loads(answer.stdout)["error"]
    assert error["code"] == "cli.unexpected"
    assert error["reference"] in answer.stderr


async def test_a_log_that_cannot_be_written_is_said(town_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("dispatch.orders.events.verify.verify", _broken)
    (tmp_path / "logs").write_text("a file where the folder should be")
    monkeypatch.setenv("GRID_DISPATCH_HOME", str(tmp_path))
    answer = await program(town_url, "verify", "town")
    assert answer.exit_code == 1
    assert "could not be written" in answer.stderr
    assert "Traceback" not in answer.output
