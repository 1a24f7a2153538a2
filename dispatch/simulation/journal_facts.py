"""The journal lines that are not acts of the simulation: the setup of the area, and what the product did by itself.

They are read through the public API (`docs/journal.md`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from dispatch.simulation.world import World

PRODUCT_EVENTS = ("placed", "dispatched", "reassigned", "rework_dispatched", "resumed", "merged",
                  "outage_joined", "outage_left", "outage_ended", "complained", "supervised")  # fmt: skip
"""Types of the events that the product makes by itself."""


def write_setup(world: World) -> None:
    """Write the first line: technicians, grids and the rules of the area."""
    area = f"/api/areas/{world.area_id}"
    client = world.administrator
    reasons: dict[str, dict[str, Any]] = {}
    for reason in client.get(f"{area}/reasons"):
        reasons.setdefault(reason["kind"], {})[reason["code"]] = {
            "pauses": reason["pauses"],
            "attribution": reason["attribution"],
        }
    grids = [feature["properties"] for feature in client.get(f"{area}/grids")["features"]]
    world.journal.write(
        "setup",
        area=world.area_id,
        timezone=str(world.zone),
        technicians=[
            {"id": one["id"], "name": one["name"], "team": one["team"]} for one in client.every(f"{area}/technicians")
        ],
        grids=[
            {
                "id": grid["id"],
                "code": grid["code"],
                "name": grid["name"],
                "rural": grid["rural"],
                "households": (grid["contract"] or {}).get("households"),
            }
            for grid in grids
        ],
        limits=[
            {"validFrom": version["validFrom"], "limits": version["limits"]}
            for version in client.get(f"{area}/policies")
        ],
        reasons=reasons,
        daysOff=[
            day for year in client.get(f"{area}/calendars") if year["kind"] == "service" for day in year["daysOff"]
        ],
    )


def write_product_events(world: World, order_ids: Iterable[str], first_day: date) -> None:
    """Write the last lines: the product's events of these orders, the shifts of the months touched, and the end."""
    codes = {
        feature["properties"]["id"]: feature["properties"]["code"]
        for feature in world.administrator.get(f"/api/areas/{world.area_id}/grids")["features"]
    }
    for order_id in order_ids:
        for event in world.dispatcher.every(f"/api/orders/{order_id}/events"):
            if event["type"] in PRODUCT_EVENTS:
                _write_event(world, order_id, event, codes)
    day = first_day.replace(day=1)
    last = _last_of_month(world.local(world.now))
    while day <= last:
        for shift in world.dispatcher.get(f"/api/areas/{world.area_id}/shifts", date=day.isoformat()):
            breaks = [{"seconds": rest["seconds"], "latest": rest["latest"]} for rest in shift["breaks"]]
            world.journal.write(
                "shift", technician=shift["technicianId"], start=shift["start"], end=shift["end"], breaks=breaks
            )
        day += timedelta(days=1)
    world.journal.write("ended", at=world.now.isoformat())


def _write_event(world: World, order_id: str, event: dict[str, Any], codes: dict[str, str]) -> None:
    data = event["data"]
    facts: dict[str, Any] = {"technician": event["technicianId"]}
    if event["type"] == "placed":
        facts = {"grid": codes.get(data.get("gridId") or "")}
    elif event["type"] in ("dispatched", "reassigned"):
        facts["why"] = data.get("why")
    at = data.get("effectiveAt") or event["occurredAt"]
    world.journal.write(event["type"], order=order_id, at=at, **facts)


def _last_of_month(moment: datetime) -> date:
    return (moment.date().replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
