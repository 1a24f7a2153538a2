from __future__ import annotations

import re

from tests.browser.conftest import strings
from tests.databases import ROOT


def test_every_sentence_has_both_languages_and_the_same_parameters() -> None:
    for key, sentence in strings().items():
        assert sentence["en"].strip(), key
        assert sentence["zh"].strip(), key
        assert set(re.findall(r"\{(\w+)\}", sentence["en"])) == set(re.findall(r"\{(\w+)\}", sentence["zh"])), key


def test_every_sentence_is_used_by_a_page() -> None:
    files = [*(ROOT / "web").glob("[a-z]*/**/*.svelte"), *(ROOT / "web").glob("[a-z]*/**/*.ts")]
    pages = [file for file in files if "node_modules" not in file.parts and "strings" not in str(file)]
    source = "\n".join(file.read_text(encoding="utf-8") for file in pages if "generated" not in file.name)
    prefixes = set(re.findall(r'word\("(\w+)",', source))
    unused = [
        key for key in strings() if f'"{key}"' not in source and (("." not in key) or key.split(".")[0] not in prefixes)
    ]
    assert unused == []


def test_no_page_speaks_outside_the_list() -> None:
    for file in (ROOT / "web").glob("[cst]*/**/*.svelte"):
        markup = re.sub(r"<(script|style)[\s\S]*?</\1>|<!--[\s\S]*?-->", "", file.read_text(encoding="utf-8"))
        plain = re.sub(r"\{[^{}]*\}", "", re.sub(r"\{[^{}]*\{[^{}]*\}[^{}]*\}", "", markup))
        words = re.findall(r">([^<>{}]*[A-Za-z\u4e00-\u9fff]{3,}[^<>{}]*)<", plain)
        words = [word for word in words if "grid-dispatch" not in word and "=" not in word and "&nbsp;" not in word]
        assert not words, f"{file.name}: {words}"
