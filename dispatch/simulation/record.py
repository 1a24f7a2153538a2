"""What goes into the journal beside the acts: who there is, who worked when, and what the product did by itself."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from dispatch.simulation.world import World

BY_THE_PRODUCT = ("dispatched", "reassigned", "rework_dispatched", "resumed", "closed")
"""Acts that nobody in the simulation does; they are taken from the orders' own events."""


class Record:
    """Writes the lines of `docs/journal.md` that no act writes."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.area = f"/api/areas/{world.area_id}"

    def setup(self) -> None:
        """The first line: technicians and grids."""
        people = self.world.dispatcher.every(f"{self.area}/technicians")
        grids = self.world.dispatcher.get(f"{self.area}/grids")["features"]
        self.world.journal.write(
            "setup",
            area=self.world.area_id,
            timezone=self.world.zone.key,
            technicians=[{"id": one["id"], "name": one["name"], "team": one["team"]} for one in people],
            grids=[_grid(feature["properties"]) for feature in grids],
        )

    def reported(self, order: dict[str, Any]) -> None:
        """An order came to light."""
        subscriber = order.get("subscriber") or {}
        self.world.journal.write(
            "reported", order=order["id"], number=order["number"], at=order["reportedAt"], kind=order["kind"],
            faultType=order["faultType"], level=order["level"], tier=order["tier"],
            grid=(order.get("grid") or {}).get("code"), origin=order["origin"], subscriber=subscriber.get("id"),
            repeatOf=order.get("repeatOfId"), reopens=order.get("reopensId"),
        )  # fmt: skip

    def conclude(self, first_day: date, order_ids: list[str]) -> None:
        """What the product did by itself, the rosters of the months touched, and the end."""
        for order_id in order_ids:
            for event in self.world.dispatcher.every(f"/api/orders/{order_id}/events"):
                if event["type"] in BY_THE_PRODUCT:
                    self._event(order_id, event)
        last_day = self.world.local(self.world.now).date()
        day = first_day.replace(day=1)
        while day <= last_day or day.day != 1:
            for shift in self.world.dispatcher.get(f"{self.area}/shifts", date=day.isoformat()):
                self.world.journal.write(
                    "shift", technician=shift["technicianId"], start=shift["start"], end=shift["end"],
                    breaks=[{"seconds": rest["seconds"], "latest": rest["latest"]} for rest in shift["breaks"]],
                )  # fmt: skip
            day += timedelta(days=1)
        self.world.journal.write("ended", at=self.world.now.isoformat())

    def _event(self, order_id: str, event: dict[str, Any]) -> None:
        facts = {key: event["data"][key] for key in ("why", "outcome") if key in event["data"]}
        technician = event["data"].get("technicianId") or event["technicianId"]
        self.world.journal.write(event["type"], order=order_id, at=event["occurredAt"], technician=technician, **facts)


def _grid(grid: dict[str, Any]) -> dict[str, Any]:
    households = (grid.get("contract") or {}).get("households")
    return {**{key: grid[key] for key in ("id", "code", "name", "rural")}, "households": households}
