"""The language of indicators: what it says of a row, and what it refuses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dispatch.policies.default_indicators import DEFAULT_INDICATORS
from dispatch.policies.definitions import Condition, holds, read_definition
from kit.errors import Invalid

EIGHT = datetime(2022, 9, 27, 8, tzinfo=UTC)
ON_SITE_2H = {
    "of": "assignments",
    "month": "arrived_at",
    "denominator": [{"fact": "arrived_at", "op": "known"}],
    "numerator": [{"from": "reported_at", "to": "arrived_at", "op": "<=", "seconds": 7200}],
}


def test_every_shipped_indicator_is_written_in_the_language():
    codes = [row["code"] for row in DEFAULT_INDICATORS]
    assert len(set(codes)) == len(codes)
    for row in DEFAULT_INDICATORS:
        read_definition(row["definition"])
    assert sum(row["weight"] for row in DEFAULT_INDICATORS) == 100


def test_on_site_within_2_h_needs_no_code():
    definition = read_definition(ON_SITE_2H)
    row = {"reported_at": EIGHT, "arrived_at": EIGHT + timedelta(hours=2), "limits": {}}
    assert holds(definition.numerator[0], row)
    assert not holds(definition.numerator[0], row | {"arrived_at": EIGHT + timedelta(seconds=7201)})
    assert not holds(definition.numerator[0], row | {"arrived_at": None})


def test_a_limit_is_the_one_in_force_at_the_order():
    condition = Condition(from_="assigned_at", to="accepted_at", op="<=", limit="accept")
    row = {"assigned_at": EIGHT, "accepted_at": EIGHT + timedelta(minutes=20)}
    assert holds(condition, row | {"limits": {"accept": 1800}})
    assert not holds(condition, row | {"limits": {"accept": 900}})


def test_what_is_not_known_meets_no_condition_but_unknown():
    for op, value in (("=", "x"), ("!=", "x"), ("in", ["x"]), ("known", None)):
        assert not holds(Condition(fact="cause", op=op, value=value), {"cause": None})
    assert holds(Condition(fact="cause", op="unknown"), {"cause": None})


def test_any_of_several_conditions_is_enough():
    either = Condition(any_=[Condition(fact="kind", op="=", value="repair"), Condition(fact="visits", op=">", value=1)])
    assert holds(either, {"kind": "install", "visits": 2})
    assert not holds(either, {"kind": "install", "visits": 1})


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"of": "people"}, "definition"),
        ({"month": "kind"}, "definition.month"),
        ({"numerator": [{"fact": "phase_of_moon", "op": "known"}]}, "definition.numerator[0].fact"),
        ({"numerator": [{"fact": "kind", "op": "<", "value": "b"}]}, "definition.numerator[0].op"),
        ({"numerator": [{"fact": "visits", "op": "=", "value": "two"}]}, "definition.numerator[0].value"),
        ({"numerator": [{"from": "reported_at", "to": "arrived_at", "op": "<="}]}, "definition.numerator[0].seconds"),
        ({"numerator": [{"fact": "arrived_at", "op": "<=", "value": 3}]}, "definition.numerator[0].than"),
        ({"numeratorSum": "kind"}, "definition.numerator_sum"),
        ({"sql": "drop table orders"}, "definition"),
    ],
)
def test_what_cannot_be_computed_is_refused_with_its_place(change, place):
    with pytest.raises(Invalid) as refused:
        read_definition(ON_SITE_2H | change)
    assert refused.value.field == place
