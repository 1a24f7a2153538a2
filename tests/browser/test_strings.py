from __future__ import annotations

import re
from collections import Counter
from enum import StrEnum
from pathlib import Path

import pytest

from dispatch.callbacks.models import Reached, Satisfaction
from dispatch.orders.models import Kind, Level, Status, Tier, VisitPin
from dispatch.orders.rules import acts
from dispatch.policies.seeds import FAULT_TYPES, REASONS
from kit.actor import Role
from tests.browser.conftest import WEB, files_of_sentences, sentences_of, strings

CODES: dict[str, type[StrEnum]] = {
    "status": Status,
    "mark": Status,
    "level": Level,
    "tier": Tier,
    "kind": Kind,
    "pin": VisitPin,
    "reached": Reached,
    "satisfaction": Satisfaction,
    "role": Role,
}
"""Codes that the server answers with, by the prefix under which the pages have their words."""
BUILT_OR_BOUGHT = {"node_modules", "dist", "api"}
HAN = re.compile(r"[\u4e00-\u9fff]")


def sources(face: str = "") -> list[Path]:
    """The files that make the pages, of one face or of all; a new folder is among them by itself."""
    found = [file for ending in ("ts", "svelte") for file in (WEB / face).rglob(f"*.{ending}")]
    own = [file for file in found if not BUILT_OR_BOUGHT & set(file.relative_to(WEB).parts)]
    return [file for file in own if not file.name.endswith(".test.ts")]


@pytest.mark.parametrize("prefix", list(CODES))
def test_every_code_of_the_server_has_words(prefix: str) -> None:
    assert [code for code in CODES[prefix] if f"{prefix}.{code.value}" not in strings()] == []


def test_every_event_of_an_order_has_words() -> None:
    made: list[type[acts.ActBase]] = [
        one for one in vars(acts).values() if isinstance(one, type) and acts.ActBase in one.__bases__
    ]
    tags = [str(one.__struct_config__.tag) for one in made]
    assert len(tags) > 20
    assert [tag for tag in [*tags, "reported", "archived"] if f"event.{tag}" not in strings()] == []


def test_every_shipped_reason_and_fault_has_a_name_in_both_languages() -> None:
    names = [(one.en, one.zh) for one in REASONS] + [(one.en, one.zh) for one in FAULT_TYPES]
    assert [en for en, zh in names if HAN.search(en) or not HAN.search(zh)] == []


def test_every_sentence_has_both_languages_and_the_same_parameters() -> None:
    for key, sentence in strings().items():
        assert sentence["en"].strip(), key
        assert sentence["zh"].strip(), key
        assert set(re.findall(r"\{(\w+)\}", sentence["en"])) == set(re.findall(r"\{(\w+)\}", sentence["zh"])), key


def test_no_key_has_two_sentences() -> None:
    keys = [key for file in files_of_sentences() for key in sentences_of(file)]
    assert [key for key, times in Counter(keys).items() if times > 1] == []


def test_every_sentence_is_used_by_a_page_of_its_face() -> None:
    for file in files_of_sentences():
        face = file.parent.parent.name
        pages = sources() if face == "shared" else sources(face)
        source = "\n".join(page.read_text(encoding="utf-8") for page in pages if page.parent.name != "strings")
        prefixes = set(re.findall(r'word\("(\w+)",', source))
        unused = [
            key
            for key in sentences_of(file)
            if f'"{key}"' not in source and (("." not in key) or key.split(".")[0] not in prefixes)
        ]
        assert unused == [], file


def test_no_page_speaks_outside_the_list() -> None:
    pages = [file for file in sources() if file.suffix == ".svelte"]
    assert {"console", "desk", "shared", "subscriber", "technician"} <= {
        file.relative_to(WEB).parts[0] for file in pages
    }
    for file in pages:
        markup = re.sub(r"<(script|style)[\s\S]*?</\1>|<!--[\s\S]*?-->", "", file.read_text(encoding="utf-8"))
        plain = re.sub(r"\{[^{}]*\}", "", re.sub(r"\{[^{}]*\{[^{}]*\}[^{}]*\}", "", markup))
        words = re.findall(r">([^<>{}]*[A-Za-z\u4e00-\u9fff]{3,}[^<>{}]*)<", plain)
        words = [word for word in words if "grid-dispatch" not in word and "=" not in word and "&nbsp;" not in word]
        assert not words, f"{file.name}: {words}"


NOT_COUNTED = {
    "is", "was", "has", "its", "goes", "stays", "belongs", "begins", "gets", "leads",  # of who or what is named
    "less", "times", "points",  # of a share
}  # fmt: skip
NEVER_ONE = {
    "orders_partial": "hundreds are loaded",
    "outlook_takes": "minutes of an order, driving included",
    "appeals_run_more": "a page is full",
}


def test_what_is_counted_is_said_of_one_as_of_many() -> None:
    counted = {
        key: re.findall(r"\{\w+\} (?:[a-z]+ )?([a-z]+s)\b(?!\.\w)", texts["en"]) for key, texts in strings().items()
    }
    wrong = {key: set(words) - NOT_COUNTED for key, words in counted.items() if key not in NEVER_ONE}
    assert {key: words for key, words in wrong.items() if words} == {}


BLOCK = r"\{(?:#if|#each|#key|:else if) (?:[^{}]|\{[^{}]*\})*\}|\{:else\}"


def test_no_space_at_the_edge_of_a_block_is_lost() -> None:
    """Svelte drops it: `{#if when} · {when}{/if}` sticks to what stands before. `{" "}` and `{" · "}` stay."""
    edge = re.compile(rf"(?:{BLOCK}) +(?=[^\s])|(?<=[^\s]) +\{{/(?:if|each|key)\}}")
    lost = {
        f"{file.relative_to(WEB)}: {found.group()}"
        for file in sources()
        if file.suffix == ".svelte"
        for found in edge.finditer(file.read_text(encoding="utf-8"))
    }
    assert lost == set()
