"""Whatever schemathesis makes of the OpenAPI document is answered as the document says, whoever asks."""

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

CASES = int(os.environ.get("FUZZ_CASES", "2000"))
SEED = int(os.environ.get("FUZZ_SEED", "20260302"))


async def test_every_answer_is_one_that_the_document_knows(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    settled = await settle(database)
    order = await settled.town.report()
    town = settled.town
    people = {
        "administrator": settled.desk[Role.ADMINISTRATOR],
        "dispatcher": settled.desk[Role.DISPATCHER],
        "technician": settled.phones[town.anna],
        "stranger": {},
    }
    known = {"area_id": town.area_id, "order_id": order.id, "technician_id": town.anna, "grid_id": order.grid_id}
    known |= {"areaId": town.area_id, "orderId": order.id, "technicianId": town.anna, "gridId": order.grid_id}
    known |= {"faultType": "no_service", "month": "2022-09", "date": "2022-09-27"}
    app = create_app(Settings(database_url=database_url, home=tmp_path, allowed_hosts="*"))
    fuzz = Fuzz(app, people, {name: str(value) for name, value in known.items()})
    found = await asyncio.to_thread(fuzz.run, CASES, SEED)
    print(f"{found.cases} cases {dict(found.tried)}, answers {dict(sorted(found.statuses.items()))}")
    assert not found.wrong, "\n\n".join(f"{kind}\n{example}" for kind, example in found.wrong.items())
    assert found.cases >= CASES
    assert {200, 201, 401, 403, 404, 422} <= set(found.statuses)
