"""Every operation of the OpenAPI document × every role × own area, another area, another contractor."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import httpx
import pytest
from litestar.testing import AsyncTestClient
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.app import create_app
from kit.actor import Role
from kit.db import Database, libpq_url
from kit.processes.ports import free_port
from kit.processes.supervisor import answers
from tests.databases import TestCluster
from tests.journeys.authorisation import (
    OF_A_CONTRACTOR,
    OPERATIONS,
    PUBLIC,
    QUERIES,
    WHOLE_AREA,
    Place,
    Rule,
    Undoing,
    World,
    address,
    body,
    build,
    state_beyond,
)
from tests.journeys.planting import HOUSE, OPEN, STAFF, SUBSCRIBERS, columns, plant, planted
from tests.journeys.test_bad_luck import process
from tests.waiting import until

pytestmark = pytest.mark.slow
STREAMS = frozenset({"watchChanges"})
"""Answers that never end; whoever may watch is told so by `listChanges`, which has the same rule."""


class Operation(NamedTuple):
    """One line of the document."""

    method: str
    path: str
    described: dict[str, Any]

    @property
    def name(self) -> str:
        return str(self.described["operationId"])

    @property
    def rule(self) -> Rule:
        return OPERATIONS[self.name]


class Site:
    """The program in a world in which nothing that is asked leaves a trace."""

    def __init__(self, client: AsyncTestClient[Any], world: World, document: dict[str, Any], undoing: Undoing) -> None:
        self.client, self.world, self.undoing = client, world, undoing
        self.schemas = document["components"]["schemas"]
        self.operations = operations(document)

    async def ask(self, operation: Operation, place: Place, headers: dict[str, str] | None) -> httpx.Response:
        sent = body(operation.described, self.schemas, place)
        return await self.client.request(
            operation.method,
            address(operation.path, place),
            params=QUERIES.get(operation.name),
            headers=(headers or {}) | sent.pop("headers", {}),
            **sent,
        )


def operations(document: dict[str, Any]) -> list[Operation]:
    """Every operation of an OpenAPI document."""
    return [
        Operation(method.upper(), path, described)
        for path, methods in sorted(document["paths"].items())
        for method, described in methods.items()
    ]


@asynccontextmanager
async def _site(cluster: TestCluster, template: str, *, with_names: bool = False) -> AsyncIterator[Site]:
    name = cluster.clone(template)
    database = Database(cluster.url(name))
    world = await build(database)
    if with_names:
        async with database.transaction() as session:
            await plant(session, world)
    await database.dispose()
    undoing = Undoing(cluster.url(name))
    app = create_app(database=undoing)
    async with AsyncTestClient(app, raise_server_exceptions=False) as client:
        yield Site(client, world, app.openapi_schema.to_schema(), undoing)
    await undoing.dispose()
    cluster.drop(name)


@pytest.fixture(scope="module")
async def site(cluster: TestCluster, schema_template: str) -> AsyncIterator[Site]:
    """One for all tests: whatever is asked of it is undone."""
    async with _site(cluster, schema_template) as one:
        yield one


@pytest.fixture
async def planted_site(cluster: TestCluster, schema_template: str) -> AsyncIterator[Site]:
    """One with distinctive names and phones in every text field."""
    async with _site(cluster, schema_template, with_names=True) as one:
        yield one


def test_every_operation_is_listed_with_who_may_and_nothing_else_is():
    offered = {
        operation.name
        for operation in operations(create_app(database=Database("postgresql://x/x")).openapi_schema.to_schema())
    }
    assert sorted(offered - OPERATIONS.keys()) == [], "say in OPERATIONS who may do these"
    assert sorted(OPERATIONS.keys() - offered) == [], "these are gone"


async def test_nobody_does_anything_without_signing_in(site: Site):
    wrong = []
    for operation in site.operations:
        answer = await site.ask(operation, site.world.mine, None)
        if operation.rule.roles != PUBLIC and answer.status_code != 401:
            wrong.append(f"{operation.name}: {answer.status_code} {answer.text[:120]}")
    assert not wrong, "\n".join(wrong)


async def test_in_their_own_area_everybody_may_what_their_role_may_and_nothing_more(site: Site):
    wrong = []
    for operation in site.operations:
        rule = operation.rule
        if rule.roles == PUBLIC:
            continue
        for role in Role:
            # A grid lead has one of the area's two grids: what is the whole area's is not theirs.
            allowed = role in rule.roles and not (role is Role.GRID_LEAD and operation.name in WHOLE_AREA)
            if operation.name in STREAMS and allowed:
                continue
            headers = site.world.people[role] or site.world.contractors[role]
            answer = await site.ask(operation, site.world.mine, headers)
            if not _as_told(answer, allowed, rule):
                wrong.append(f"{operation.name} {role.value}: {answer.status_code} {answer.text[:160]}")
    assert not wrong, "\n".join(wrong)


def _as_told(answer: httpx.Response, allowed: bool, rule: Rule) -> bool:
    if not allowed:
        return answer.status_code == 403
    if rule.about == "own token":  # the token of the world is a clerk's: only an administrator may revoke it too
        return answer.status_code in (204, 404)
    if rule.about == "own password":  # nobody in the world has one: it is refused as wrong
        return answer.status_code == 401 and answer.json()["code"] == "account.wrong"
    if answer.status_code == 404 and answer.json().get("code") in rule.absent:
        return True
    return answer.status_code not in (401, 403, 404, 405) and answer.status_code < 500


async def test_another_area_looks_as_if_it_were_not_there(site: Site):
    wrong = []
    for operation in site.operations:
        rule = operation.rule
        if rule.roles == PUBLIC or rule.about in ("nothing", "own password"):
            continue
        for role in Role:
            headers = site.world.people[role] or site.world.contractors[role]
            answer = await site.ask(operation, site.world.elsewhere, headers)
            expected = (404,) if role in rule.roles else (403, 404)
            if answer.status_code not in expected:
                wrong.append(f"{operation.name} {role.value}: {answer.status_code} {answer.text[:160]}")
    assert not wrong, "\n".join(wrong)


async def test_another_contractors_things_look_as_if_they_were_not_there(site: Site):
    wrong = []
    for operation in site.operations:
        rule = operation.rule
        if rule.about not in OF_A_CONTRACTOR:
            continue
        for role in Role:
            answer = await site.ask(operation, site.world.theirs, site.world.contractors[role])
            expected = (404,) if role in rule.roles else (403, 404)
            if answer.status_code not in expected:
                wrong.append(f"{operation.name} {role.value}: {answer.status_code} {answer.text[:160]}")
    assert not wrong, "\n".join(wrong)


async def test_whoever_is_limited_is_refused_what_is_the_whole_areas(site: Site):
    wrong = []
    for operation in site.operations:
        if operation.name not in WHOLE_AREA:
            continue
        for role in operation.rule.roles:
            headers = site.world.people[role] if role is Role.GRID_LEAD else site.world.contractors[role]
            answer = await site.ask(operation, site.world.mine, headers)
            if answer.status_code not in (403, 404):
                wrong.append(f"{operation.name} {role.value}: {answer.status_code} {answer.text[:160]}")
    assert not wrong, "\n".join(wrong)


async def test_whoever_is_limited_changes_nothing_beyond_their_part(site: Site):
    """Every writing operation, by a lead of one grid, a contractor's people and an administrator of one area, asked of
    what is theirs and of what is not.
    """
    world, undoing = site.world, site.undoing

    async def beyond(session: AsyncSession) -> str:
        return await state_beyond(session, world.theirs) + await state_beyond(session, world.elsewhere)

    undoing.seen, undoing.watch = set(), beyond
    async with undoing.transaction():
        pass
    (before,) = undoing.seen
    own, everywhere = (world.mine, world.theirs), (world.mine, world.theirs, world.elsewhere)
    limited = [("lead of one grid", world.people[Role.GRID_LEAD], everywhere)]
    limited += [
        (f"contractor's {role.value}", world.contractors[role], everywhere if role is Role.DISPATCHER else own)
        for role in (Role.DISPATCHER, Role.ADMINISTRATOR, Role.MANAGER, Role.AGENT, Role.INSPECTOR, Role.TECHNICIAN)
    ]
    limited += [(f"area's {role.value}", world.people[role], (world.elsewhere,)) for role in Role if world.people[role]]
    wrong, asked = [], 0
    for operation in site.operations:
        if operation.method == "GET" or operation.rule.roles == PUBLIC:
            continue
        for who, headers, places in limited:
            for place in places:
                undoing.seen = set()
                answer = await site.ask(operation, place, headers)
                asked += 1
                if undoing.seen - {before}:
                    wrong.append(f"{operation.name} {who}: {answer.status_code} {answer.text[:160]}")
    undoing.watch = None
    assert asked > 1000
    assert not wrong, "\n".join(wrong)


async def test_no_list_shows_what_belongs_to_another_contractor_or_area(site: Site):
    wrong = []
    world = site.world
    hidden = {
        f"{whose} {name}": str(place.ids[name])
        for whose, place in (("their", world.theirs), ("elsewhere's", world.elsewhere))
        for name in ("order_id", "technician_id", "grid_id", "contract_id", "photo_id", "leave_id", "entry_id")
    }
    for operation in site.operations:
        if operation.method != "GET" or operation.name in STREAMS or operation.rule.roles == PUBLIC:
            continue
        for role in Role:
            answer = await site.ask(operation, world.mine, world.contractors[role])
            wrong += [
                f"{operation.name} {role.value} shows {name}" for name, key in hidden.items() if key in answer.text
            ]
    assert not wrong, "\n".join(wrong)


async def test_planted_names_and_phones_are_in_no_answer_to_who_may_not_read_them(planted_site: Site):
    """Every operation × observers and managers; what is the technicians' own also × agents and inspectors."""
    site = planted_site
    assert {name for names in OPEN.values() for name in names.split()} <= columns().keys(), "these are gone"
    assert planted() >= {"orders.description", "order_requests.note", "callback_attempts.note", "subscribers.phones"}
    wrong, found, houses = [], 0, 0
    for role in (Role.OBSERVER, Role.MANAGER, Role.AGENT, Role.INSPECTOR, Role.DISPATCHER):
        secrets: tuple[str, ...] = () if role is Role.DISPATCHER else STAFF
        if role in (Role.OBSERVER, Role.MANAGER):
            secrets = (*STAFF, *SUBSCRIBERS)
        if role is Role.OBSERVER:
            secrets = (*secrets, HOUSE)
        for operation in site.operations:
            reading = operation.method == "GET" or role is not Role.DISPATCHER
            if operation.name in STREAMS or operation.rule.roles == PUBLIC or not reading:
                continue
            answer = await site.ask(operation, site.world.mine, site.world.people[role])
            found += role is Role.DISPATCHER and SUBSCRIBERS[0] in answer.text
            houses += role is Role.MANAGER and HOUSE in answer.text
            for secret in secrets:
                if (at := answer.text.find(secret)) >= 0:
                    wrong.append(f"{operation.name} {role.value}: …{answer.text[max(0, at - 80) : at + 60]}…")
            if operation.name == "listPositions" and role is Role.DISPATCHER:
                assert STAFF[-1] in answer.text
    assert found >= 5 <= houses, "who may read them reads them, so they are really there"
    assert not wrong, "\n".join(wrong)


async def test_planted_names_and_phones_are_in_no_line_of_the_stream_of_changes(
    cluster: TestCluster, schema_template: str
) -> None:
    """What was planted is changed once more in every table that the feed tells of, while observer and manager watch."""
    name = cluster.clone(schema_template)
    database = Database(cluster.url(name))
    world = await build(database)
    async with database.transaction() as session:
        await plant(session, world)
    area, port = world.mine.ids["area_id"], free_port()
    granian = ("granian", "--interface", "asgi", "--factory", "--port", str(port), "--no-ws", "dispatch.app:create_app")
    try:
        async with (
            process(*granian, DATABASE_URL=libpq_url(database.url)),
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as web,
        ):
            await until(lambda: asyncio.to_thread(answers(f"http://127.0.0.1:{port}/api/health")))
            person = {"name": SUBSCRIBERS[0], "phones": [SUBSCRIBERS[1]]}
            acted = (
                (f"/api/orders/{world.mine.ids['order_id']}/acts", {"type": "noted", "note": " ".join(SUBSCRIBERS)}),
                (f"/api/areas/{area}/orders", {"faultType": "no_service", "description": "x", "subscriber": person}),
            )
            for path, sent in acted:
                answer = await web.post(path, json=sent, headers=world.people[Role.DISPATCHER])
                assert answer.status_code < 300, answer.text
            for role in (Role.OBSERVER, Role.MANAGER):
                lines: list[str] = []
                address = f"/api/areas/{area}/changes?cursor=0.0"
                async with web.stream("GET", address, headers=world.people[role]) as stream:
                    assert stream.status_code == 200
                    async for line in stream.aiter_lines():
                        lines.append(line)
                        if sum('"topic":"order"' in one for one in lines) >= 2:
                            break
                told = "\n".join(lines)
                assert '"topic":"order"' in told
                assert [secret for secret in (*SUBSCRIBERS, *STAFF) if secret in told] == []
    finally:
        await database.dispose()
        cluster.drop(name)
