"""Mapping files: what they say, and what is wrong with one in a sentence."""

from __future__ import annotations

import pytest

from dispatch.orders.intake.rows.mapping import (
    Mapping,
    Vocabulary,
    load_mapping,
    mapping_as_dict,
    mapping_from,
    parse_mapping,
    shipped_names,
)
from dispatch.orders.models import Channel
from kit.errors import Invalid
from tests.databases import ROOT

SMALL = """
source = "test"
kind = "history"
[columns]
opened = "opened"
category = "what"
[fault_types.lamp]
en = "Lamp"
zh = "灯"
match = ["Lamp out", "* lamp"]
minutes = 30
[fault_types.other]
en = "Other"
zh = "其他"
"""  # fmt: skip


def refused(text: str) -> str:
    with pytest.raises(Invalid) as error:
        parse_mapping(text)
    return error.value.sentence()


@pytest.mark.parametrize(("name", "kind"), [("los_angeles", "history"), ("vancouver", "replay")])
def test_shipped_mappings_can_be_read_and_kept(name: str, kind: str):
    assert name in shipped_names()
    mapping = load_mapping(name)
    assert mapping.kind == kind
    assert mapping_from(mapping_as_dict(mapping)) == mapping


def test_categories_are_matched_without_case_and_by_pattern_and_unknown_ones_get_the_default():
    mapping = parse_mapping(SMALL + '[unknown_category]\nfault_type = "other"')
    words = Vocabulary(mapping)
    assert [words.fault_type(text) for text in ("lamp  OUT", "Street lamp", "Tree")] == ["lamp", "lamp", "other"]


def test_unknown_categories_are_rejected_where_the_mapping_says_so():
    words = Vocabulary(parse_mapping(SMALL + "[unknown_category]\nreject = true"))
    assert words.fault_type("Tree") is None


def test_a_status_without_a_word_follows_the_closing_time():
    words = Vocabulary(parse_mapping(SMALL + '[statuses]\ncancelled = ["withdrawn"]'))
    assert words.state("Withdrawn", False) == "cancelled"
    assert words.state("whatever", True) == "closed"
    assert words.state("", False) == "open"


def test_our_own_words_need_no_translation():
    assert Vocabulary(parse_mapping(SMALL)).channels["counter"] is Channel.COUNTER


def test_the_key_is_the_mapped_columns_that_never_change():
    mapping: Mapping = parse_mapping(SMALL)
    assert mapping.key_columns() == ["opened", "what"]


def test_what_is_wrong_is_said_with_its_place():
    assert "opend" in refused(SMALL.replace('opened = "opened"', 'opend = "opened"'))
    assert "kind cannot be 'live'" in refused(SMALL.replace('"history"', '"live"'))
    assert "fault_types.lamp.minutes must be 1 to 1440" in refused(SMALL.replace("minutes = 30", "minutes = 0"))
    assert "not among lamp, other" in refused(SMALL + '[unknown_category]\nfault_type = "tree"')
    assert "longitude and columns.latitude" in refused(SMALL.replace("category", 'longitude = "x"\ncategory'))
    assert "not a time zone" in refused_zone()
    assert "not an encoding" in refused(SMALL + '[file]\nencoding = "utf-9"')
    assert "line 2" in refused('source = "x"\nkind = history')


def refused_zone() -> str:
    return refused(SMALL + '[dates]\ntimezone = "Europe/Atlantis"').replace("neither 'area' nor a", "not a")


def test_an_unknown_file_names_the_shipped_ones():
    with pytest.raises(Invalid, match="vancouver"):
        load_mapping("nowhere.toml")


def test_the_documented_mapping_is_one():
    page = (ROOT / "docs/import-mapping.md").read_text(encoding="utf-8")
    mapping = parse_mapping(page.split("```toml")[1].split("```")[0])
    assert mapping.key.id == "Ticket"
    for part in (mapping, mapping.file, mapping.columns, mapping.dates, mapping.place, mapping.constants):
        for field in part.__struct_fields__:
            assert f"{field} " in page or f"[{field}" in page, field
