"""No secret that can be used lies in the database, whatever asked for it; and what is kept for a while goes."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, text, update

from dispatch.accounts.jobs import forget
from dispatch.accounts.service import create_account
from dispatch.app import create_app
from dispatch.callbacks.schemas import CalledOut
from dispatch.notices.models import Notice, NoticeStatus
from dispatch.notices.schemas import ReceiptAddress
from dispatch.orders.jobs import forget as forget_codes
from dispatch.orders.rules import acts
from dispatch.orders.service import apply
from kit.actor import SYSTEM, Role
from kit.clock import real_now
from kit.db import Database
from kit.http.idempotency import IdempotencyKey
from tests.journeys.people import REPORT, settle
from tests.site import ok, running

PASSWORD = "correct horse battery"


async def stored(database: Database) -> str:
    """Every value of every row of every table, as text; bytes are read as such."""
    found: list[str] = []
    async with database.transaction() as session:
        tables = await session.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
        for (table,) in tables.all():
            for row in (await session.execute(text(f'SELECT * FROM "{table}"'))).all():
                found += [value.decode("latin-1") if isinstance(value, bytes) else str(value) for value in row]
    return "\n".join(found)


async def test_what_was_shown_once_is_nowhere_in_the_database(database: Database):
    settled = await settle(database)
    async with database.transaction() as session:
        areas = [settled.town.area_id]
        ann = await create_account(session, "ann", "Ann", Role.AGENT, area_ids=areas, password=PASSWORD)
    secrets: dict[str, str] = {}
    boss, agent = settled.desk[Role.ADMINISTRATOR], settled.desk[Role.AGENT]

    def key() -> dict[str, str]:
        return {"Idempotency-Key": str(uuid4())}

    async with running(database) as web:
        body = {"login": "ann", "password": PASSWORD}
        answer = await web.post("/api/sign-in", json=body, headers=agent | key())  # signed in already, with a key
        ok(answer)
        secrets["session"] = answer.cookies["grid_dispatch_session"]
        web.cookies.clear()
        once = key()
        token = ok(await web.post("/api/tokens", json=body | {"name": "phone"}, headers=agent | once), 201)
        secrets["token"] = token["token"]
        again = ok(await web.post("/api/tokens", json=body | {"name": "phone"}, headers=agent | once), 201)
        assert again["token"] != token["token"]  # done again, since its answer was not kept
        path = f"/api/accounts/{ann.id}/invitation"
        secrets["invitation"] = ok(await web.post(path, headers=boss | key()), 201)["token"]
        ok(await web.post(f"/api/invitations/{secrets['invitation']}", json={"password": PASSWORD}, headers=key()))
        kept = await stored(database)
    for name, secret in secrets.items():
        assert secret not in kept, name
    assert PASSWORD not in kept


def test_every_answer_with_a_secret_is_known_to_be_one():
    """What looks like a secret in the answer of a POST is either not kept at all, or left out of what is kept."""
    app = create_app(database=Database("postgresql://x/x"))
    handlers: dict[str, Any] = {
        str(handler.operation_id): handler
        for route in app.routes
        for handler in getattr(route, "route_handlers", ())
        if getattr(handler, "operation_id", None)
    }
    document = app.openapi_schema.to_schema()
    schemas = document["components"]["schemas"]
    wrong = []
    for methods in document["paths"].values():
        said = methods.get("post")
        if said is None:
            continue
        name = said["operationId"]
        answers = [answer for status, answer in said["responses"].items() if status.startswith("2")]
        texts = "".join(str(answer) for answer in answers)
        for reference in re.findall(r"#/components/schemas/([\w.]+)", texts):
            fields = [field for field in schemas[reference].get("properties", {}) if SECRET.search(field)]
            if fields and handlers[name].opt.get("keeps_answer", True) and reference.split(".")[-1] not in SHOWN_ONCE:
                wrong.append(f"{name}: {fields} of {reference}")
    assert not wrong, "\n".join(wrong)
    assert handlers["inviteAccount"].opt["keeps_answer"] is False


SECRET = re.compile(r"token$|secret|csrf|password|finishCode$", re.IGNORECASE)
SHOWN_ONCE = {CalledOut.__name__, ReceiptAddress.__name__}


async def test_an_answer_is_kept_a_day_and_without_what_is_shown_once(database: Database):
    settled = await settle(database)
    agent = settled.desk[Role.AGENT] | {"Idempotency-Key": str(uuid4())}
    async with running(database) as web:
        first = ok(await web.post(f"{settled.area}/orders", json=REPORT, headers=agent), 201)
        ok(await web.post(f"{settled.area}/orders", json=REPORT, headers=agent), 201)
        for hours, there in ((23, True), (25, False)):
            async with database.transaction() as session:
                await session.execute(update(IdempotencyKey).values(created_at=real_now() - timedelta(hours=hours)))
            await forget(database)
            async with database.transaction() as session:
                assert ((await session.execute(select(IdempotencyKey))).first() is not None) == there
        second = ok(await web.post(f"{settled.area}/orders", json=REPORT, headers=agent), 201)
    assert first["id"] != second["id"]


async def codes(database: Database) -> list[str | None]:
    """The finish codes in messages, in the order in which they were written."""
    async with database.transaction() as session:
        query = select(Notice).where(Notice.kind == "dispatched").order_by(Notice.created_at, Notice.id)
        return [message.params.get("finishCode") for message in (await session.execute(query)).scalars()]


@pytest.mark.parametrize("end", ["sent", "replaced", "withdrawn"])
async def test_a_finish_code_is_readable_no_longer_than_somebody_needs_it(database: Database, end: str):
    settled = await settle(database)
    async with running(database) as web:
        agent = settled.desk[Role.AGENT]
        order = ok(await web.post(f"{settled.area}/orders", json=REPORT, headers=agent), 201)["id"]
    anna, bert = settled.town.anna, settled.town.bert
    async with database.transaction() as session:
        await apply(session, SYSTEM, order, acts.Dispatch(technician_id=anna, why="a_technician"))
    await forget_codes(database)
    (code,) = await codes(database)
    assert code is not None
    async with database.transaction() as session:
        if end == "sent":
            await session.execute(update(Notice).values(sent_at=real_now(), status=NoticeStatus.SENT))
        elif end == "withdrawn":
            await apply(session, SYSTEM, order, acts.Recall())
        else:
            await apply(session, SYSTEM, order, acts.Recall())
            await apply(session, SYSTEM, order, acts.Dispatch(technician_id=bert, why="a_technician"))
    await forget_codes(database)
    left = await codes(database)
    assert left[0] is None
    assert (left[-1] is not None) == (end == "replaced")
