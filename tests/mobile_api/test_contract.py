"""What the OpenAPI document says of the phone's operations is what they answer, to a phone above all."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from dispatch.app import create_app
from kit.actor import Role
from kit.db import Database
from kit.settings import Settings
from tests.boundaries.fuzz import Fuzz
from tests.journeys.people import settle

CASES = int(os.environ.get("CONTRACT_CASES", "600"))


async def test_every_answer_to_a_phone_is_one_that_the_document_knows(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    settled = await settle(database)
    town = settled.town
    order = await town.report()
    people = {"anna": settled.phones[town.anna], "dispatcher": settled.desk[Role.DISPATCHER], "stranger": {}}
    known = {"orderId": str(order.id), "order_id": str(order.id), "technician_id": str(town.anna), "kind": "after"}
    app = create_app(Settings(database_url=database_url, home=tmp_path, allowed_hosts="*"))
    fuzz = Fuzz(app, people, known, under="/api/mobile")
    found = await asyncio.to_thread(fuzz.run, CASES, 12)
    assert not found.wrong, "\n\n".join(f"{kind}\n{example}" for kind, example in found.wrong.items())
    assert found.cases >= CASES
    assert {200, 400, 401, 403, 404} <= set(found.statuses)
