"""A command for a past day moves a trial area's clock there first and says so, or is refused before it writes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from grids.models import AreaKind
from grids.service import area_by_code, create_area, set_clock
from kit.db import Database
from tests.dispatch.cli.program import program
from tests.dispatch.cli.test_bad_input import rows

COMMANDS = ["plan past --date 2022-09-27", "simulate past --date 2022-09-27"]


@pytest.fixture
async def past(database: Database) -> Database:
    """A trial area on real time, with nothing in it."""
    async with database.transaction() as session:
        await create_area(session, "past", "Past", "America/Vancouver", AreaKind.TRIAL)
    return database


async def test_plan_moves_the_clock_to_the_start_of_a_past_day_and_says_so(past: Database):
    answer = await program(past.url, *COMMANDS[0].split())
    assert "its clock now stands at 2022-09-27T00:00-07:00" in answer.stderr
    async with past.transaction() as session:
        assert (await area_by_code(session, "past")).clock.now() == datetime(2022, 9, 27, 7, tzinfo=UTC)
    again = await program(past.url, *COMMANDS[0].split())
    assert "clock now stands" not in again.stderr, "it stands there already"


@pytest.mark.parametrize("command", COMMANDS)
async def test_a_day_before_the_replay_clock_is_refused_before_anything_is_written(command: str, past: Database):
    async with past.transaction() as session:
        area = await area_by_code(session, "past")
        await set_clock(session, area.id, datetime(2022, 10, 1, 7, tzinfo=UTC), 0)
    before = rows(past.url)
    answer = await program(past.url, *command.split())
    assert answer.exit_code == 1
    (sentence,) = answer.stderr.strip().splitlines()
    assert "2022-10-01" in sentence
    assert "cannot go back" in sentence
    assert rows(past.url) == before


async def test_what_was_decided_since_holds_the_clock_and_nothing_is_written(past: Database):
    from dispatch.orders.reporting import Report, report
    from dispatch.orders.rules.acts import Cancel
    from dispatch.orders.service import apply
    from dispatch.policies.service import install_defaults
    from kit.actor import SYSTEM

    async with past.transaction() as session:
        area = await area_by_code(session, "past")
        await install_defaults(session, area)
        early = datetime(2022, 9, 20, 7, tzinfo=UTC)
        order = await report(session, SYSTEM, area, Report(fault_type="slow"), occurred_at=early)
        await apply(session, SYSTEM, order.id, Cancel(reason="solved_itself"))
    before = rows(past.url)
    answer = await program(past.url, *COMMANDS[0].split())
    assert answer.exit_code == 1
    assert "cannot go back" in answer.stderr
    assert rows(past.url) == before
