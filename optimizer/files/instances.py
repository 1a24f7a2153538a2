"""Problem files of the research world as VROOM documents, and the sniffing that tells one file from another.

Solomon's and Gehring & Homberger's instances give points: travel time and distance are Euclidean, rounded to a
thousandth, so every number of the document is a thousand times the instance's (`precision`). ORTEC's (VRPLIB with an
explicit matrix) give whole seconds. In all of them one depot, one load, a window and a service time per customer;
driving is the only cost and nobody may be left out if it can be helped.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from optimizer.files.json_reader import Json
from optimizer.problem import ProblemError

PRECISION = 1000
"""Parts of one unit of a Solomon instance that count; the published costs have two decimals."""

_ROUTE = re.compile(r"^\s*route\s*#?\s*(\d+)\s*:\s*(.*)$", re.IGNORECASE)


def read_text(text: str, *, solution: bool = False) -> Any:
    """The document in `text`: JSON as it is, an instance as a VROOM problem, a list of routes as a VROOM answer.

    Raises ProblemError (its path is a line where there is one) for what is none of these.
    """
    head = text.lstrip("\ufeff \t\r\n")
    if not head:
        raise ProblemError("", "the file is empty")
    if head[0] in "{[":
        return _json(text)
    if any(_ROUTE.match(line) for line in text.splitlines()):
        return _routes(text)
    if solution:
        raise ProblemError("", "is neither JSON nor a list of routes (`Route #1: 3 1 2`)")
    words = set(re.findall(r"^\s*([A-Z_]+)", text, re.MULTILINE))
    if "EDGE_WEIGHT_SECTION" in words:
        return _vrplib(text)
    if {"VEHICLE", "CUSTOMER"} <= words:
        return _solomon(text)
    raise ProblemError("", "is neither VROOM's JSON nor a Solomon, Homberger or ORTEC instance")


def _json(text: str) -> Any:
    try:
        return json.loads(text.removeprefix("\ufeff"), parse_constant=_no_number)
    except json.JSONDecodeError as error:
        raise ProblemError(f"line {error.lineno}, column {error.colno}", f"is not JSON: {error.msg}") from error


def _no_number(name: str) -> None:
    raise ProblemError("", f"{name} is not a number of JSON")


def _routes(text: str) -> Json:
    """`Route #1: 3 1 2` for every vehicle in use, as CVRPLIB and DIMACS write solutions."""
    routes = []
    for number, line in enumerate(text.splitlines(), start=1):
        found = _ROUTE.match(line)
        if found:
            stops = [_integer(word, f"line {number}") for word in found[2].split()]
            steps = [{"type": "job", "id": stop} for stop in stops]
            routes.append({"vehicle": int(found[1]), "steps": steps})
    return {"code": 0, "routes": routes, "unassigned": []}


def _integer(word: str, path: str) -> int:
    return int(_number(word, path))


def _number(word: str, path: str) -> float:
    try:
        value = float(word)
    except ValueError:
        raise ProblemError(path, f"{word!r} is not a number") from None
    if not np.isfinite(value):
        raise ProblemError(path, f"{word!r} is not a number")
    return value


def _solomon(text: str) -> Json:
    lines = list(_lines(text))
    if not lines:
        raise ProblemError("", "the file is empty")
    rows: list[tuple[int, list[float]]] = []
    fleet: list[float] = []
    section = ""
    for number, line in lines:
        words = line.split()
        if words[0].upper() in ("VEHICLE", "CUSTOMER"):
            section = words[0].upper()
        elif section and words[0][0] in "-.0123456789":
            values = [_number(word, f"line {number}") for word in words]
            if section == "VEHICLE":
                fleet = values
            elif len(values) != 7:
                raise ProblemError(f"line {number}", f"a customer has 7 numbers, this has {len(values)}")
            else:
                rows.append((number, values))
    if len(fleet) != 2 or not rows:
        raise ProblemError("", "the number and capacity of vehicles, or all customers, are missing")
    places = np.array([values[1:3] for _, values in rows])
    apart = np.hypot(*(places[:, None, :] - places[None, :, :]).transpose(2, 0, 1))
    table = np.floor(apart * PRECISION + 0.5).astype(np.int64)
    customers = [
        _customer(int(values[0]), index, values[3], values[4:6], values[6], PRECISION, f"line {number}")
        for index, (number, values) in enumerate(rows)
    ]
    document = _document(lines[0][1].strip(), customers, table, int(fleet[0]), int(fleet[1]), PRECISION)
    return document | {"precision": PRECISION}


def _vrplib(text: str) -> Json:
    lines = list(_lines(text))
    header: dict[str, str] = {}
    sections: dict[str, list[tuple[int, list[str]]]] = {}
    current: list[tuple[int, list[str]]] | None = None
    for number, line in lines:
        if line.strip() == "EOF":
            break
        if re.match(r"^\s*[A-Z_]+SECTION\s*$", line):
            current = sections.setdefault(line.strip(), [])
        elif ":" in line:
            key, value = line.split(":", 1)
            header[key.strip()] = value.strip()
        elif current is not None:
            current.append((number, line.split()))
    for key, wanted in (("EDGE_WEIGHT_TYPE", "EXPLICIT"), ("EDGE_WEIGHT_FORMAT", "FULL_MATRIX")):
        if header.get(key) != wanted:
            raise ProblemError(key, f"must be {wanted}, not {header.get(key, 'missing')}")
    size = _integer(header.get("DIMENSION", "missing"), "DIMENSION")
    cells = [(number, word) for number, words in sections["EDGE_WEIGHT_SECTION"] for word in words]
    if len(cells) != size * size:
        raise ProblemError("EDGE_WEIGHT_SECTION", f"has {len(cells)} numbers, {size} × {size} are needed")
    table = np.array([_integer(word, f"line {number}") for number, word in cells], dtype=np.int64).reshape(size, size)
    columns = {name: _by_node(sections, f"{name}_SECTION", size) for name in ("DEMAND", "SERVICE_TIME", "TIME_WINDOW")}
    customers = []
    for index in range(size):
        demand, service, window = (columns[name].get(index + 1, []) for name in columns)
        if len(demand) != 1 or len(service) != 1:
            raise ProblemError(f"node {index + 1}", "has no demand or no service time")
        customers.append(_customer(index, index, demand[0], window, service[0], 1, f"node {index + 1}"))
    vehicles = _integer(header.get("VEHICLES", str(size)), "VEHICLES")
    capacity = _integer(header.get("CAPACITY", "missing"), "CAPACITY")
    return _document(header.get("NAME", ""), customers, table, vehicles, capacity, 1)


def _by_node(sections: dict[str, list[tuple[int, list[str]]]], name: str, size: int) -> dict[int, list[float]]:
    if name not in sections:
        raise ProblemError(name, "is missing")
    found = {}
    for number, words in sections[name]:
        values = [_number(word, f"line {number}") for word in words]
        if not values or not 1 <= values[0] <= size:
            raise ProblemError(f"line {number}", f"there is no node {words[0] if words else ''}")
        found[int(values[0])] = values[1:]
    return found


def _lines(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            yield number, line


def _customer(name: int, index: int, demand: float, window: list[float], service: float, scale: int, path: str) -> Json:
    if demand < 0 or service < 0 or len(window) != 2 or window[0] > window[1]:
        raise ProblemError(path, "a demand, a service time or a window is impossible")
    return {
        "id": name,
        "location_index": index,
        "service": round(service * scale),
        "delivery": [int(demand)],
        "time_windows": [[round(moment * scale) for moment in window]],
    }


def _document(
    name: str, customers: list[Json], table: npt.NDArray[np.int64], vehicles: int, capacity: int, scale: int
) -> Json:
    """Customer 0 is the depot; every vehicle starts and ends there within its window."""
    depot, *jobs = customers
    shift = depot["time_windows"][0]
    fleet = [
        {"id": number, "start_index": 0, "end_index": 0, "capacity": [capacity], "time_window": shift}
        for number in range(1, vehicles + 1)
    ]
    return {
        "name": name,
        "vehicles": fleet,
        "jobs": jobs,
        "matrices": {"car": {"durations": table, "distances": table}},
    }
