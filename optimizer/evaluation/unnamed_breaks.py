"""Where breaks lie among fixed times: the part of the judge that looks for a place where a plan names none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from optimizer.problem import PlacedBreak, TimeWindow


def seconds_inside(breaks: Iterable[PlacedBreak], begin: int, end: int) -> int:
    """Seconds of the breaks that lie between `begin` and `end`."""
    return sum(max(0, min(pause.end, end) - max(pause.start, begin)) for pause in breaks)


def place_breaks(
    windows: Mapping[int, tuple[TimeWindow, ...]],
    durations: Mapping[int, int],
    work: list[tuple[int, int]],
    gaps: list[tuple[int, int, int]],
) -> list[PlacedBreak] | None:
    """Find a place for every break among fixed times, or None.

    `windows`: allowed starts per break; `work`: (start, departure) of the stops; `gaps`: per leg (begin, end, seconds
    on the road). Any solution can be shifted until each break starts at the begin or end of a window, right after
    work, a gap or another break, or right before one: those starts are tried, so the search is complete.
    """
    order = sorted(windows, key=lambda index: windows[index][-1].end)
    edges = {moment for begin, end, _ in gaps for moment in (begin, end)} | {m for pair in work for m in pair}

    def fits(placed: list[PlacedBreak]) -> bool:
        return all(end - begin - seconds_inside(placed, begin, end) >= needed for begin, end, needed in gaps)

    def search(position: int, placed: list[PlacedBreak]) -> list[PlacedBreak] | None:
        if not fits(placed):
            return None
        if position == len(order):
            return placed
        index = order[position]
        length = durations[index]
        moments = edges | {pause.end for pause in placed} | {pause.start for pause in placed}
        tried = {moment for edge in moments for moment in (edge, edge - length)}
        for window in windows[index]:
            for start in sorted({window.start, window.end} | {m for m in tried if m in window}):
                clash = any(begin < start + length and start < end for begin, end in work)
                clash = clash or any(p.start < start + length and start < p.end for p in placed)
                if not clash:
                    found = search(position + 1, [*placed, PlacedBreak(index, start, start + length)])
                    if found is not None:
                        return found
        return None

    return search(0, [])
