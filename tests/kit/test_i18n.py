"""Sentences: every code that can be raised has one in both languages, with the parameters its error carries."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from kit import errors
from kit.db import Base
from kit.http import problem_codes
from kit.i18n import LANGUAGES, PSEUDO, ROOMS, ROOT, catalogue, language_of, text

PROBLEMS = {
    name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, errors.Problem)
} | {"Cancelled"}
FUNCTIONS = {"problem", "text", "_rejected", "_answer", "_refuse"}
"""Functions that take a code as one of their arguments."""


def sources() -> Iterator[tuple[Path, ast.AST]]:
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            yield path, ast.parse(path.read_text(encoding="utf-8"))


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def raised() -> dict[str, set[str]]:
    """Every code that stands in the source as the first argument of an error → where."""
    found: dict[str, set[str]] = {}
    for path, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _name(node) in {*PROBLEMS, "Said"} and node.args:
                for code in _texts(node.args[0]):
                    found.setdefault(code, set()).add(f"{path.relative_to(ROOT)}:{node.lineno}")
    return found


def _texts(node: ast.AST) -> Iterator[str]:
    """The texts an expression may be, where it is one or a choice of two."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)


def placeholders(sentence: str) -> set[str]:
    return {name.split("!")[0].split(".")[0] for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_every_code_that_is_raised_has_a_sentence():
    assert len(raised()) > 150, "the search itself is broken"
    missing = {code: sorted(where) for code, where in raised().items() if code not in catalogue()}
    assert missing == {}


def test_every_sentence_is_there_in_both_languages():
    for code, texts in catalogue().items():
        assert set(texts) == set(LANGUAGES), code
        assert all(texts[language].strip() for language in LANGUAGES), code
        assert placeholders(texts["zh"]) <= placeholders(texts["en"]), code
        assert any(map(_is_chinese, texts["zh"])), code
        assert not any(map(_is_chinese, texts["en"])), code


def _is_chinese(char: str) -> bool:
    """A character or a mark: what stands between two names is a sign alone."""
    return "\u3001" <= char <= "\u9fff" or "\uff01" <= char <= "\uff5e"


def test_an_error_carries_what_its_sentence_names():
    """Where an error is made with parameters spelled out, none of its sentence's is left out."""
    wrong = []
    for path, tree in sources():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or _name(node) not in PROBLEMS or not node.args:
                continue
            if any(keyword.arg is None for keyword in node.keywords):
                continue
            given = {keyword.arg for keyword in node.keywords}
            for code in _texts(node.args[0]):
                lacking = placeholders(catalogue().get(code, {}).get("en", "")) - given
                if lacking:
                    wrong.append(f"{path.relative_to(ROOT)}:{node.lineno} {code} lacks {sorted(lacking)}")
    assert wrong == []


def test_no_english_stands_inside_a_sentence_that_is_told_in_chinese():
    """What fills a sentence is a name, a number or another sentence (`Said`): never words of one language."""
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno} {keyword.arg}={ast.unparse(part)}"
        for path, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and _name(node) in PROBLEMS
        for keyword in node.keywords
        for part in ast.walk(keyword.value)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
        and re.search(r"[a-z]{2,} [a-z]{2,}", part.value)
    ]  # fmt: skip
    assert wrong == []


def test_a_sentence_about_a_rule_of_the_database_names_a_rule_there_is():
    import dispatch.tables  # noqa: F401 - every table is known

    known = {str(rule.name) for table in Base.metadata.tables.values() for rule in table.constraints}
    known |= {str(index.name) for table in Base.metadata.tables.values() for index in table.indexes}
    revisions = "".join(path.read_text() for path in (ROOT / "dispatch/migrations/versions").glob("*.py"))
    known |= set(re.findall(r"CONSTRAINT = '(\w+)'", revisions))  # a trigger's
    named = {code.removeprefix("constraint.") for code in catalogue() if code.startswith("constraint.")}
    assert len(named) > 3
    assert named <= known


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"), ("", "en"), ("zh-CN,zh;q=0.9,en;q=0.8", "zh"), ("en-US,zh;q=0.5", "en"), ("fr,zh;q=0.5", "zh"),
        ("de", "en"),
    ],
)  # fmt: skip
def test_the_language_is_the_first_one_we_speak(header: str | None, language: str):
    assert language_of(header) == language


def test_a_missing_parameter_is_a_dash_and_never_hides_the_sentence():
    assert text("area.exists", "en", area="x") != text("area.exists", "en")
    assert "–" in text("area.exists", "en")


def test_the_pseudo_locale_changes_every_letter_but_those_of_parameters() -> None:
    assert language_of("qps") == PSEUDO
    sentence = text("order.not_found", PSEUDO, order="A-1")
    assert sentence.startswith("⟦")
    assert not any(letter.isascii() and letter.isalpha() for letter in sentence.replace("A-1", ""))


def test_a_special_kind_of_an_error_has_the_status_of_what_it_is_one_of():
    assert problem_codes.status_of(errors.SignedOutAsLost) == 401
    assert "account.lost" in problem_codes.codes(ROOMS)[401]
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.Problem)]
    assert [kind for kind in kinds if kind is not errors.Problem and problem_codes.status_of(kind) is None] == []
