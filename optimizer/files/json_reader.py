"""A JSON object that knows where it stands in its file, so that whatever is wrong with it is said with its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from optimizer.problem import MAX_MATRIX_VALUE, UNREACHABLE, Matrix, ProblemError, TimeWindow

Json = dict[str, Any]
MOST = 2**40
"""No moment, load or cost of a file may be larger (or, negated, smaller): sums must stay exact."""


def whole(value: Any, path: str, low: int = -MOST, high: int = MOST) -> int:
    """`value` as a whole number between `low` and `high`; 3.0 is one, 3.5, "3" and true are not."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise ProblemError(path, f"{_shown(value)} is not a whole number")
    if not low <= value <= high:
        raise ProblemError(path, _outside(value, low, high))
    return value


def number(value: Any, path: str, low: float = -MOST, high: float = MOST) -> float:
    """`value` as a finite number between `low` and `high`; whole ones stay whole."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not np.isfinite(value):
        raise ProblemError(path, f"{_shown(value)} is not a number")
    if not low <= value <= high:
        raise ProblemError(path, _outside(value, low, high))
    return value


def _outside(value: float, low: float, high: float) -> str:
    if value < low:
        return f"{value} is negative" if low == 0 else f"{value} is below {low}"
    return f"{value} is above {high}" if high < MOST else f"{value} is too large"


def _shown(value: Any) -> str:
    text = "null" if value is None else str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= 40 else text[:37] + "..."


def matrix(rows: Any, path: str) -> Matrix:
    """A square table of whole numbers of at least 0; null and what is beyond every road become UNREACHABLE."""
    if isinstance(rows, np.ndarray):
        table = rows.astype(np.float64, copy=False)
    else:
        if not isinstance(rows, list) or not rows:
            raise ProblemError(path, "must be a table: a list of rows, one for each location")
        size = len(rows)
        for index, row in enumerate(rows):
            if not isinstance(row, list):
                raise ProblemError(f"{path}[{index}]", "must be a row of numbers")
            if len(row) != size:
                raise ProblemError(
                    f"{path}[{index}]", f"has {len(row)} entries beside {size} rows: the table must be square"
                )
        try:
            table = np.array(rows, dtype=np.float64)  # null becomes nan
        except (TypeError, ValueError, OverflowError):
            raise _first_wrong(rows, path) from None
    if table.ndim != 2 or table.shape[0] != table.shape[1]:
        raise ProblemError(path, f"must be square, not {table.shape}")
    unknown = np.isnan(table)
    with np.errstate(invalid="ignore"):
        wrong = ~unknown & ((table < 0) | (table != np.floor(table)))
    if wrong.any():
        row, column = (int(i) for i in np.argwhere(wrong)[0])
        value = float(table[row, column])
        what = "is negative" if value < 0 else "is not a whole number"
        raise ProblemError(f"{path}[{row}][{column}]", f"{value:g} {what}")
    table = np.where(unknown | (table > MAX_MATRIX_VALUE), UNREACHABLE, table)
    return np.ascontiguousarray(table.astype(np.int32))


def _first_wrong(rows: list[list[Any]], path: str) -> ProblemError:
    for i, row in enumerate(rows):
        for j, value in enumerate(row):
            if value is not None and (not isinstance(value, int | float) or isinstance(value, bool)):
                return ProblemError(f"{path}[{i}][{j}]", f"{_shown(value)} is not a whole number")
    return ProblemError(path, "is not a table of whole numbers")


class Node:
    """One object of a file and its path (`jobs[3]`). A key that is missing or null is not there.

    Every reader answers `default` for a missing key and raises ProblemError, naming the place, for a wrong value.
    """

    __slots__ = ("_seen", "path", "values")

    def __init__(self, values: Any, path: str) -> None:
        if not isinstance(values, Mapping):
            raise ProblemError(path, f"must be an object, not {_shown(values)}")
        self.values, self.path = values, path
        self._seen: set[str] = set()

    def at(self, key: str | int) -> str:
        """The path of what stands under `key`."""
        return f"{self.path}.{key}" if self.path else str(key)

    def has(self, key: str) -> bool:
        self._seen.add(key)
        return self.values.get(key) is not None

    def get(self, key: str, default: Any = None) -> Any:
        return self.values[key] if self.has(key) else default

    def refuse(self, key: str, why: str) -> ProblemError:
        return ProblemError(self.at(key), why)

    def unread(self) -> list[str]:
        """Keys nobody has asked for."""
        return [key for key in self.values if key not in self._seen]

    def whole[T](self, key: str, default: T, low: int = -MOST, high: int = MOST) -> int | T:
        return whole(self.values[key], self.at(key), low, high) if self.has(key) else default

    def number[T](self, key: str, default: T, low: float = 0, high: float = MOST) -> float | T:
        return number(self.values[key], self.at(key), low, high) if self.has(key) else default

    def text[T](self, key: str, default: T) -> str | T:
        if not self.has(key):
            return default
        if not isinstance(self.values[key], str):
            raise self.refuse(key, f"{_shown(self.values[key])} is not a text")
        return str(self.values[key])

    def flag(self, key: str) -> bool:
        value = self.get(key, False)
        if not isinstance(value, bool):
            raise self.refuse(key, f"{_shown(value)} is neither true nor false")
        return value

    def array(self, key: str) -> Sequence[Any]:
        value = self.get(key, [])
        if not isinstance(value, list | tuple):
            raise self.refuse(key, f"must be a list, not {_shown(value)}")
        return value

    def wholes(self, key: str, low: int = 0) -> tuple[int, ...]:
        return tuple(whole(value, f"{self.at(key)}[{i}]", low) for i, value in enumerate(self.array(key)))

    def nodes(self, key: str) -> list[Node]:
        """The objects of a list."""
        return [Node(value, f"{self.at(key)}[{i}]") for i, value in enumerate(self.array(key))]

    def node(self, key: str) -> Node | None:
        return Node(self.values[key], self.at(key)) if self.has(key) else None

    def windows(self, key: str, scale: int = 1) -> tuple[TimeWindow, ...]:
        """The windows of a list in ascending order, times multiplied by `scale`; they may not overlap."""
        pairs = [(pair, f"{self.at(key)}[{i}]") for i, pair in enumerate(self.array(key))]
        found = sorted(((window(pair, path, scale), path) for pair, path in pairs), key=lambda item: item[0].start)
        for (before, _), (after, path) in pairwise(found):
            if after.start <= before.end:
                raise ProblemError(path, "overlaps another window")
        return tuple(item for item, _ in found)


def window(pair: Any, path: str, scale: int = 1) -> TimeWindow:
    """`[start, end]`, both seconds included, times multiplied by `scale`."""
    if not isinstance(pair, list | tuple) or len(pair) != 2:
        raise ProblemError(path, f"a time window is [start, end], not {_shown(pair)}")
    start, end = whole(pair[0], f"{path}[0]"), whole(pair[1], f"{path}[1]")
    try:
        return TimeWindow(start * scale, end * scale)
    except ProblemError:
        raise ProblemError(path, f"the window ends ({end}) before it starts ({start})") from None
