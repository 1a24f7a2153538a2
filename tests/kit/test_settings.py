"""What an operator sets in the environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from kit.settings import BadSetting, Settings, read


def test_nothing_set_is_what_stands_in_the_settings():
    assert read({"PATH": "/bin"}) == Settings()


def test_each_value_is_read_by_its_name_in_any_case():
    found = read(
        {"GRID_DISPATCH_HOME": "/srv/grid", "grid_dispatch_session_hours": "3", "GRID_DISPATCH_LOG_JSON": "Yes"}
    )
    assert (found.home, found.session_hours, found.log_json) == (Path("/srv/grid"), 3, True)


def test_the_address_of_the_database_goes_by_two_names():
    assert read({"GRID_DISPATCH_DATABASE_URL": "postgresql://a"}).database_url == "postgresql://a"
    both = {"GRID_DISPATCH_DATABASE_URL": "postgresql://a", "DATABASE_URL": "postgresql://b"}
    assert read(both).database_url == "postgresql://b"


@pytest.mark.parametrize(("name", "value"), [("SESSION_HOURS", "soon"), ("SECURE_COOKIES", "perhaps")])
def test_a_value_that_cannot_be_is_refused_by_its_name(name: str, value: str):
    with pytest.raises(BadSetting, match=f"^GRID_DISPATCH_{name}: "):
        read({f"GRID_DISPATCH_{name}": value})
