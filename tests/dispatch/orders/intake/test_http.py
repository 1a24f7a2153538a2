"""Intake over HTTP: a file sent and taken in the background, the worklist, the checks before saving."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from litestar import Litestar
from litestar.di import Provide
from litestar.testing import AsyncTestClient
from sqlalchemy import text

from dispatch.orders.intake.controllers import ROUTES
from dispatch.orders.intake.jobs import take_file
from dispatch.orders.intake.uploads import JOB
from grids.models import ServiceArea
from kit.actor import Actor, Role, Scope
from kit.db import Database
from kit.http.requests import EXCEPTION_HANDLERS, Transactions, provide_session
from kit.ids import uuid7
from tests.dispatch.orders.intake.conftest import MAPPING, Writer, row

Client = AsyncTestClient[Any]


@pytest.fixture
async def web(database: Database, area: ServiceArea) -> AsyncIterator[Callable[..., Client]]:
    """A client that may change its role."""
    who = {"role": Role.DISPATCHER, "areas": frozenset({area.id})}

    async def somebody() -> Actor:
        return Actor(uuid7(), "Pat", who["role"], Scope(areas=who["areas"]))

    app = Litestar(
        ROUTES,
        dependencies={"session": Provide(provide_session), "actor": Provide(somebody)},
        plugins=[Transactions()],
        exception_handlers=EXCEPTION_HANDLERS,
    )
    app.state.database = database
    async with AsyncTestClient(app, raise_server_exceptions=False) as client:

        def as_(role: Role = Role.DISPATCHER, areas: frozenset[Any] | None = None) -> Client:
            who["role"], who["areas"] = role, frozenset({area.id}) if areas is None else areas
            return client

        yield as_


async def send(client: Client, area: ServiceArea, content: bytes, mapping: str = MAPPING, **fields: str) -> Any:
    return await client.post(
        f"/api/areas/{area.id}/imports",
        files={"file": ("orders.csv", content, "text/csv")},
        data={"mapping": mapping, **fields},
    )


async def test_a_file_is_kept_and_taken_in_the_background(
    web: Callable[..., Client], database: Database, area: ServiceArea, write: Writer
):
    content = write([row(1), row(2, opened="soon"), row(3, lon="", lat="")]).read_bytes()
    answer = await send(web(), area, content, labelColumn="district")
    assert answer.status_code == 202, answer.text
    run = answer.json()
    assert (run["status"], run["source"], run["kind"]) == ("running", "test", "replay")
    async with database.transaction() as session:
        waiting = await session.scalars(
            text("SELECT args->>'run_id' FROM procrastinate_jobs WHERE task_name = :n"), {"n": JOB}
        )
        assert list(waiting) == [run["id"]]
    again = await send(web(), area, content, labelColumn="district")
    assert again.json()["id"] == run["id"]
    await take_file(database, run["id"])
    await take_file(database, run["id"])
    done = (await web().get(f"/api/imports/{run['id']}")).json()
    assert done["status"] == "done"
    assert {name: done["counts"][name] for name in ("rows", "created", "rejectedRows", "unlocated")} == {
        "rows": 3, "created": 2, "rejectedRows": 1, "unlocated": 1,
    }  # fmt: skip
    rejections = (await web().get(f"/api/imports/{run['id']}/rejections")).json()
    assert [(one["line"], one["kind"], one["reason"], one["row"]["opened"]) for one in rejections["items"]] == [
        (3, "rejected", "row.date", "soon")
    ]
    listed = (await web().get(f"/api/areas/{area.id}/imports")).json()
    assert [one["id"] for one in listed["items"]] == [run["id"]]
    undone = await web().post(f"/api/imports/{run['id']}/undo")
    assert (undone.status_code, undone.json()) == (200, {"removed": 2})
    assert (await web().post(f"/api/imports/{run['id']}/undo")).json()["code"] == "import.undone_already"


async def test_what_is_wrong_with_a_file_is_kept_with_its_import(
    web: Callable[..., Client], database: Database, area: ServiceArea
):
    run = (await send(web(), area, b"opened,what\n2022-01-01,lamp\n")).json()
    await take_file(database, run["id"])
    failed = await web().get(f"/api/imports/{run['id']}", headers={"accept-language": "zh"})
    assert failed.json()["status"] == "failed"
    assert "closed" in failed.json()["error"]
    assert "文件中没有" in failed.json()["error"]


async def test_a_mapping_that_cannot_be_used_is_refused_at_once(web: Callable[..., Client], area: ServiceArea):
    answer = await send(web(), area, b"x", mapping="kind = 1")
    assert (answer.status_code, answer.json()["code"]) == (422, "mapping.invalid")
    assert (await send(web(), area, b"x", mapping="vancouver")).status_code == 202


async def test_imports_are_for_dispatchers_and_administrators_of_the_area(
    web: Callable[..., Client], area: ServiceArea
):
    run = (await send(web(), area, b"opened\n")).json()
    for role in (Role.AGENT, Role.OBSERVER, Role.TECHNICIAN, Role.MANAGER):
        assert (await web(role).get(f"/api/areas/{area.id}/imports")).status_code == 403
        assert (await web(role).get(f"/api/imports/{run['id']}")).status_code == 403
        assert (await web(role).post(f"/api/imports/{run['id']}/undo")).status_code == 403
    elsewhere = frozenset({uuid7()})
    assert (await web(Role.ADMINISTRATOR, elsewhere).get(f"/api/imports/{run['id']}/rejections")).status_code == 404
    assert (await web(Role.DISPATCHER, elsewhere).post(f"/api/imports/{run['id']}/undo")).status_code == 404
    assert (await send(web(Role.DISPATCHER, elsewhere), area, b"opened\n")).status_code == 404


async def test_the_worklist_is_paged_and_orders_are_placed_from_it(
    web: Callable[..., Client], database: Database, area: ServiceArea, write: Writer
):
    rows = [row(n, lon="", lat="", district="Old Town") for n in range(1, 6)]
    run = (await send(web(), area, write(rows).read_bytes())).json()
    await take_file(database, run["id"])
    address = f"/api/areas/{area.id}/worklists/places"
    seen, cursor = [], None
    while True:
        params = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await web(Role.AGENT).get(address, params=params)).json()
        seen += page["items"]
        cursor = page["nextCursor"]
        if cursor is None:
            break
    assert len({one["orderId"] for one in seen}) == 5
    assert {(one["reason"], one["districtHint"]) for one in seen} == {("address_not_found", "Old Town")}
    placed = await web(Role.AGENT).post(
        address,
        json={
            "placements": [
                {"orderIds": [seen[0]["orderId"], seen[1]["orderId"], str(uuid7())], "point": [10.05, 50.05]}
            ]
        },
    )
    assert placed.status_code == 200, placed.text
    assert [one["code"] for one in placed.json()["items"]] == [None, None, "order.not_found"]
    assert len((await web(Role.OBSERVER).get(address)).json()["items"]) == 3
    assert (await web(Role.OBSERVER).post(address, json={"placements": []})).status_code == 403


async def test_checks_are_shown_before_saving(
    web: Callable[..., Client], database: Database, area: ServiceArea, write: Writer
):
    run = (await send(web(), area, write([row(1)]).read_bytes())).json()
    await take_file(database, run["id"])
    answer = await web(Role.AGENT).post(
        f"/api/areas/{area.id}/orders/checks",
        json={"faultType": "lamp", "address": "1 main street", "point": [10.15, 50.05]},
    )
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert [(kin["why"], kin["status"]) for kin in found["duplicates"]] == [("same_address", "reported")]
    assert (found["place"]["source"], found["place"]["problem"], found["outage"]) == ("given", None, None)


def test_every_operation_is_described(web: Callable[..., Client]):
    schema = web().app.openapi_schema.to_schema()
    assert len(schema["paths"]) == 9
    assert "ImportIn" in json.dumps(schema)
