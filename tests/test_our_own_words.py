"""Nobody outside is handed the words of a library: what the product catches, it says in its own sentences.

Every handler of an error in the product is read. The text of a caught error may be logged, or compared, and may be
handed on only where the error is one of ours.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from kit.explaining import explained
from tests.foreign_words import foreign_words

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("kit", "citymap", "grids", "optimizer", "dispatch", "mobile_api")
OURS = {
    "Problem", "Malformed", "NotSignedIn", "Forbidden", "NotFound", "Conflict", "Invalid", "Unavailable", "Refused",
    "ProblemError", "ProcessesError", "EmbeddedPostgresError", "BadSetting", "SolveFailed", "Stale", "TooMany",
}  # fmt: skip
ALLOWED = {
    ("optimizer/child.py", "main"): "from the child to its parent, who logs it; people get planning.failed",
    ("dispatch/notices/channels/sms.py", "_call"): "the name of our own placeholder that has no value, in a code",
    (
        "kit/postgres/embedded.py",
        "_connect_as_admin",
    ): "PostgreSQL's own words beside its log, for whoever runs the machine",
}
"""Handlers that hand on a library's words, and why nobody outside reads them."""


def handlers() -> Iterator[tuple[str, str, ast.ExceptHandler]]:
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            for function in ast.walk(tree):
                if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                    for node in ast.walk(function):
                        if isinstance(node, ast.ExceptHandler) and node.name is not None:
                            yield path.relative_to(ROOT).as_posix(), function.name, node


def caught(handler: ast.ExceptHandler) -> set[str]:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return {ast.unparse(kind).rsplit(".", 1)[-1] for kind in kinds if kind is not None}


def handed_on(handler: ast.ExceptHandler) -> list[int]:
    """The lines where the text of the caught error is used for anything but a log or a comparison."""
    name, lines = handler.name, []

    def walk(node: ast.AST) -> None:
        if isinstance(node, ast.Compare) or (isinstance(node, ast.Call) and ast.unparse(node.func).startswith("log.")):
            return
        text_of = isinstance(node, ast.Call) and ast.unparse(node.func) in ("str", "repr") and len(node.args) == 1
        if text_of and isinstance(node, ast.Call) and ast.unparse(node.args[0]) == name:
            lines.append(node.lineno)
        if isinstance(node, ast.FormattedValue) and ast.unparse(node.value) in (name, f"{name}.args[0]"):
            lines.append(node.lineno)
        for child in ast.iter_child_nodes(node):
            walk(child)

    for statement in handler.body:
        walk(statement)
    return lines


def test_no_librarys_words_are_handed_on():
    found = {
        f"{path}:{line} ({function})"
        for path, function, handler in handlers()
        if not caught(handler) <= OURS and (path, function) not in ALLOWED
        for line in handed_on(handler)
    }
    assert found == set()


def test_the_reader_of_handlers_sees_what_it_should():
    """A check that cannot fail would be none."""
    code = (
        "try:\n    x()\nexcept ValueError as error:\n    log.info(e=str(error))\n    raise Invalid(detail=str(error))\n"
    )
    (handler,) = (node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.ExceptHandler))
    assert handed_on(handler) == [5]
    assert len(list(handlers())) > 50


def test_every_allowed_handler_is_still_there():
    assert set(ALLOWED) <= {(path, function) for path, function, handler in handlers() if handed_on(handler)}


class _Inner(msgspec.Struct, forbid_unknown_fields=True):
    count: int
    words: list[str] = []


class _Outer(msgspec.Struct):
    inner: _Inner
    kind: str | None = None


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"inner": {"count": "x"}}, "inner.count is of the type string, and integer is expected"),
        ({"inner": {"count": 1, "other": 2}}, "inner has no field 'other'"),
        ({"inner": {}}, "the field 'count' is missing in inner"),
        ({"inner": {"count": 1, "words": [7]}}, "inner.words[0] is of the type integer, and string is expected"),
        ({"inner": {"count": 1}, "kind": 7}, "kind is of the type integer, and string / null is expected"),
        ([], "what was sent is of the type list, and object is expected"),
    ],
)  # fmt: skip
def test_a_value_of_the_wrong_shape_is_told_in_our_words(given: object, told: str):
    with pytest.raises(msgspec.ValidationError) as error:
        msgspec.convert(given, _Outer)
    said = explained(error.value)
    assert told in str(said)
    assert not foreign_words(str(said))
