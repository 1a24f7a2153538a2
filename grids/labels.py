"""Finding a grid by its code or name as people write it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Protocol


class Named(Protocol):
    """Anything with a code and a name."""

    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...


def normal(label: str) -> str:
    """Without case, width and extra blanks; `47.0` and `047` are `47`. Hyphens and blanks stay different letters."""
    text = " ".join(unicodedata.normalize("NFKC", label).casefold().split())
    if text.endswith(".0") and text[:-2].isdigit():
        text = text[:-2]
    return text.lstrip("0") or text if text.isdigit() else text


class Labels[G: Named]:
    """Finds grids by label; a code wins over a name."""

    def __init__(self, grids: Iterable[G]) -> None:
        everything = list(grids)
        self._exact: dict[str, G] = {normal(grid.name): grid for grid in everything}
        self._exact |= {normal(grid.code): grid for grid in everything}

    def match(self, label: str | None) -> G | None:
        """The grid whose code or name the label is, None for any other label.

        Strict on purpose: an agreement of labels and geometry counts a name spelled differently as a difference, so
        that a person sees it.
        """
        return self._exact.get(normal(label)) if label else None
