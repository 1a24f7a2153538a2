"""Every operation is sent every kind of bad value in every place: the answer is a 400 that names the field, or the
operation's own refusal, never a mistake of ours; and what is stored can always be read.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from dispatch.app import create_app
from kit.actor import Role
from kit.db import Database
from tests.boundaries.nasty import DAYS, MOMENTS, Document, put
from tests.dispatch.planning.town import Town, build_town
from tests.site import Client, bearer, running

IMPOSSIBLE = {"date-time": set(MOMENTS), "date": set(DAYS)}
STREAMS = ("watchChanges",)
"""Answers that do not end by themselves."""


@dataclass
class Ready:
    """A client of the program over a town with an order, its headers, and the API's own description."""

    client: Client
    town: Town
    headers: dict[str, str]
    document: Document


@pytest.fixture
async def ready(database: Database) -> AsyncIterator[Ready]:
    """An administrator before a town in which everything that an address can name exists."""
    town = await build_town(database)
    order = await town.report()
    headers = await bearer(database, "admin", Role.ADMINISTRATOR)
    known = {"area_id": town.area_id, "order_id": order.id, "technician_id": town.anna, "grid_id": order.grid_id}
    known |= {"areaId": town.area_id, "orderId": order.id, "technicianId": town.anna, "gridId": order.grid_id}
    names = {name: str(value) for name, value in known.items()} | {"month": "2022-09", "kind": "repair", "year": 2026}
    async with running(database) as client:
        yield Ready(client, town, headers, Document(create_app().openapi_schema.to_schema(), names))


def _address(document: Document, path: str, operation: dict[str, Any]) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """The path with its parameters filled in, the query, and the schema of each member of the query."""
    query, schemas = {}, {}
    for parameter in operation.get("parameters", []):
        value = document.example(parameter["schema"], parameter["name"])
        if parameter["in"] == "path":
            path = path.replace("{" + parameter["name"] + "}", str(value))
        elif parameter["in"] == "query" and parameter.get("required"):
            query[parameter["name"]] = value
        if parameter["in"] == "query":
            schemas[parameter["name"]] = parameter["schema"]
    return path, query, schemas


@dataclass
class Sent:
    """One spoilt request: what was put where, and what must be refused by the type alone."""

    name: str
    method: str
    url: str
    query: dict[str, Any]
    body: Any
    spoilt: str
    must_refuse: bool


def _requests(document: Document) -> Iterator[Sent]:
    for method, path, operation in document.operations():
        name = operation["operationId"]
        if name in STREAMS:
            continue
        url, query, schemas = _address(document, path, operation)
        for key, schema in schemas.items():
            value = document.example(schema, key)
            for _, kind, bad in document.spoilt(schema, value):
                if isinstance(bad, str):
                    bad = bad.encode("utf-8", "surrogatepass").decode("latin-1")[:2000]
                    wrong = bad in IMPOSSIBLE.get(kind, ())
                    yield Sent(name, method, url, query | {key: bad}, None, f"{key} {kind} {bad[:20]!r}", wrong)
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content is None:
            continue
        body = document.example(content["schema"])
        for at, kind, bad in document.spoilt(content["schema"], body):
            wrong = isinstance(bad, str) and bad in IMPOSSIBLE.get(kind, ()) and not name.startswith("mobile")
            yield Sent(name, method, url, query, put(body, at, bad), f"{at} {kind} {str(bad)[:20]!r}", wrong)


async def _answer(ready: Ready, sent: Sent) -> httpx.Response:
    headers = dict(ready.headers)
    content = None
    if sent.body is not None:
        headers["content-type"] = "application/json"
        content = json.dumps(sent.body).encode()
    return await ready.client.request(
        sent.method.upper(), sent.url, params=sent.query, content=content, headers=headers
    )


async def test_no_bad_value_in_any_place_of_any_operation_is_a_mistake_of_ours(ready: Ready) -> None:
    broken, taken, tried, named = [], [], 0, 0
    for sent in _requests(ready.document):
        answer = await _answer(ready, sent)
        tried += 1
        if answer.status_code >= 500 and answer.status_code != 503:
            broken.append(f"{sent.name}: {sent.spoilt}: {answer.status_code}")
        if sent.must_refuse and answer.status_code < 400:
            taken.append(f"{sent.name}: {sent.spoilt}: {answer.status_code}")
        named += sent.must_refuse and answer.json().get("code") in ("malformed.moment", "malformed.date")
    assert tried > 1000
    assert named > 100
    assert broken == []
    assert taken == []


async def test_a_body_nested_without_end_is_refused_and_named(ready: Ready) -> None:
    url = f"/api/areas/{ready.town.area_id}/orders"
    body = b'{"faultType":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    answer = await ready.client.post(url, content=body, headers={**ready.headers, "content-type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["code"] == "malformed.depth"


async def test_a_window_that_ends_in_the_year_10000_is_refused_and_every_list_stays_readable(ready: Ready) -> None:
    order = await ready.town.report()
    act = {
        "type": "rebooked", "by": "subscriber",
        "windowStart": datetime(2022, 9, 27, 4, tzinfo=UTC).isoformat(), "windowEnd": "9999-12-31T23:59:59-12:00",
    }  # fmt: skip
    answer = await ready.client.post(f"/api/orders/{order.id}/acts", json=act, headers=ready.headers)
    assert answer.status_code == 400
    assert answer.json()["code"] == "malformed.moment"
    assert answer.json()["field"] == "data.windowEnd"
    listed = await ready.client.get(f"/api/areas/{ready.town.area_id}/orders", headers=ready.headers)
    assert listed.status_code == 200


async def test_the_database_refuses_what_no_program_could_read_again(ready: Ready) -> None:
    year_10000 = text("UPDATE orders SET appointment_end = '9999-12-31 23:59:59-12' WHERE area_id = :area")
    with pytest.raises(IntegrityError, match="appointment_end_possible"):
        async with ready.town.database.transaction() as session:
            await session.execute(year_10000, {"area": ready.town.area_id})
