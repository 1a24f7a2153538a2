"""The codes of every status, collected where they are raised, so that the OpenAPI document cannot say less or more."""

from __future__ import annotations

import ast
import functools
import importlib.util
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from kit import errors
from kit.http import problems as http_problems
from kit.i18n import catalogue

FRAMEWORK = {
    400: ("malformed", "malformed.value", "malformed.depth"),
    404: ("not_found.page",),
    405: ("method_not_allowed",),
    409: ("conflict.retry", "conflict.constraint"),
    413: ("too_large",),
    503: ("unavailable.database", "unavailable.busy"),
}
"""What `kit.http.problems` answers for errors that are not ours: the framework's and the database's."""


@functools.cache
def codes(packages: tuple[str, ...]) -> dict[int, tuple[str, ...]]:
    """The codes by status that the modules of these packages raise; commands of the command line left out."""
    found: dict[int, set[str]] = defaultdict(set)
    for status, known in FRAMEWORK.items():
        found[status].update(known)
    found[409].update(code for code in catalogue() if code.startswith("constraint."))
    for status, code in raised(packages):
        if code is not None:
            found[status].add(code)
    return {status: tuple(sorted(known)) for status, known in found.items()}


def raised(packages: tuple[str, ...]) -> Iterator[tuple[int, str | None]]:
    """The status and the code of every named error made in the packages; None for a code that is not written there."""
    kinds = {name: status_of(kind) for name, kind in vars(errors).items() if isinstance(kind, type)}
    for file in _sources(packages):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and (status := kinds.get(_name(node.func))):
                for code in _written(node.args[0]):
                    yield status, code


def status_of(kind: type) -> int | None:
    """The status of a kind of error, or of the nearest kind that it is one of; None for what is no named error."""
    return next((http_problems.STATUS[one] for one in kind.__mro__ if one in http_problems.STATUS), None)


def _sources(packages: tuple[str, ...]) -> Iterator[Path]:
    for package in packages:
        spec = importlib.util.find_spec(package)
        for folder in (spec.submodule_search_locations or ()) if spec else ():
            for file in sorted(Path(folder).rglob("*.py")):
                if "cli" not in file.relative_to(folder).parts:
                    yield file


def _name(called: ast.expr) -> str:
    if isinstance(called, ast.Attribute):
        return called.attr
    return called.id if isinstance(called, ast.Name) else ""


def _written(argument: ast.expr) -> Iterator[str | None]:
    if isinstance(argument, ast.IfExp):
        yield from _written(argument.body)
        yield from _written(argument.orelse)
    elif isinstance(argument, ast.Constant):
        yield str(argument.value)
    else:
        yield None
