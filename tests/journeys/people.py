"""The small town of the journeys with everybody who works there, each behind a token of their own."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
from PIL import Image

from kit.actor import Role
from kit.db import Database
from tests.dispatch.planning.town import NINE, WEST, Town, build_town
from tests.site import bearer, ok

DESKS = (Role.AGENT, Role.DISPATCHER, Role.MANAGER, Role.ADMINISTRATOR, Role.OBSERVER)
REPORT: dict[str, Any] = {
    "faultType": "no_service",
    "point": list(WEST),
    "address": "1 West Lane",
    "subscriber": {"name": "Wang Xiaoming", "phones": ["13812345678"]},
}


@dataclass
class Settled:
    """The town, its people's headers by role and by technician, and the names of the technicians."""

    town: Town
    desk: dict[Role, dict[str, str]]
    phones: dict[UUID, dict[str, str]]
    names: dict[UUID, str]

    @property
    def area(self) -> str:
        """Where the area's addresses begin."""
        return f"/api/areas/{self.town.area_id}"


async def settle(database: Database) -> Settled:
    """Build the town and give everybody a token."""
    town = await build_town(database)
    names = {town.anna: "Anna", town.bert: "Bert", town.carl: "Carl", town.dana: "Dana"}
    desk = {role: await bearer(database, role.value, role, area_ids=[town.area_id]) for role in DESKS}
    phones = {
        person: await bearer(database, name, Role.TECHNICIAN, area_ids=[town.area_id], technician_id=person)
        for person, name in names.items()
    }
    return Settled(town, desk, phones, names)


def act(order_id: str, minutes: float, kind: str, **content: Any) -> dict[str, Any]:
    """One act of a phone, `minutes` after nine, at the place of the order."""
    return {
        "id": str(uuid4()),
        "orderId": order_id,
        "occurredAt": (NINE + timedelta(minutes=minutes)).isoformat(),
        "point": list(WEST),
        "act": {"type": kind, **content},
    }


def completion(*photos: UUID) -> dict[str, Any]:
    """What a completion says; its photos' files may follow."""
    signature, *others = photos
    return {
        "cause": "no_service", "action": "connector replaced", "photoIds": [str(photo) for photo in others],
        "signaturePhotoId": str(signature), "readings": {"dbm": -19.5}, "materials": [{"code": "sc-upc", "count": 1}],
    }  # fmt: skip


def batch(now: datetime, *acts: Mapping[str, Any]) -> dict[str, Any]:
    """The body of a sync."""
    return {"acts": list(acts), "phoneTime": now.isoformat()}


def results(answer: httpx.Response) -> list[str]:
    """What became of each act of a batch; with its code where it did not become what was wanted."""
    return [" ".join(filter(None, (one["result"], one["code"]))) for one in ok(answer)["answers"]]


def picture(colour: str = "teal") -> bytes:
    """A small photo."""
    written = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(written, "JPEG")
    return written.getvalue()
