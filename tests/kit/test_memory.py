"""The collector does not look at what a program began with, and is at work again after work without it."""

from __future__ import annotations

import gc

import pytest

from kit.processes.memory import settle, uncollected


def test_what_is_there_is_looked_at_no_more():
    kept: list[list[int]] = [[] for _ in range(20_000)]
    before = gc.get_freeze_count()
    settle()
    assert gc.get_freeze_count() >= before + len(kept)


def test_the_collector_is_as_it_was_afterwards_also_where_work_fails_and_inside_of_itself():
    assert gc.isenabled()
    with uncollected():
        assert not gc.isenabled()
        with uncollected():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(ValueError, match="failed"), uncollected():
        raise ValueError("failed")
    assert gc.isenabled()
