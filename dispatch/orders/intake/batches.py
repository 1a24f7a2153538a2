"""One batch of an import: which rows are new, changed, the same or in conflict, where they are, and their events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.orders.events.orm_mapping import geometry
from dispatch.orders.intake import repository
from dispatch.orders.intake.placing.places import BAD_COORDINATES, FoundPlace, Wanted, candidates_as_data, find_places
from dispatch.orders.intake.placing.shared_points import SharedPoints
from dispatch.orders.intake.repository import Known, as_ewkb, as_json
from dispatch.orders.intake.rows.import_row import Incoming, Repeated, RowReader
from dispatch.orders.intake.rows.mapping import fold
from dispatch.orders.intake.rows.reading import BadRow
from dispatch.orders.models.search_text import person_words
from dispatch.orders.repository import next_numbers
from dispatch.orders.rules.states import STATE_FIELDS, EventRecord, OrderState
from dispatch.orders.rules.states import fold as fold_events
from dispatch.policies.service import PolicyInForce, policy_at
from grids.models import ServiceArea
from kit.ids import uuid7

ROLE = "import"
"""Who acted, in the events an import writes."""

REPORT_COLUMNS = (
    "kind", "channel", "level", "tier", "fault_type", "description", "subscriber_id",
    "contact_name", "contact_phones", "contact_search", "product", "network_node",
    "address", "access_notes", "district_hint", "skill", "skill_level", "service_seconds", "priority",
    "source_fingerprint", "source_label",
)  # fmt: skip
ORDER_COLUMNS = (
    "id", "area_id", "number", "origin", "import_id", "source_key", "edited_by_person", "version",
    *REPORT_COLUMNS, *STATE_FIELDS,
)  # fmt: skip
EVENT_COLUMNS = (
    "id", "order_id", "sequence", "type", "actor_role", "occurred_at", "received_at", "policy_number",
    "data",
)  # fmt: skip


@dataclass(slots=True)
class Batch:
    """What became of a batch: numbers by name of `Counts`, and the rows not taken as (`rejected`|`conflict`, row)."""

    counted: Counter[str] = field(default_factory=Counter)
    rejections: list[tuple[str, BadRow]] = field(default_factory=list)


@dataclass(slots=True)
class BatchTaker:
    """Takes a batch of rows inside an open transaction; with `write` off it only counts."""

    session: AsyncSession
    area: ServiceArea
    reader: RowReader
    import_id: UUID | None
    shares: SharedPoints | None = None
    write: bool = True
    no_bad_coordinates_yet: bool = True
    received_at: datetime = field(init=False)
    batch: Batch = field(default_factory=Batch)
    _labels: dict[UUID, tuple[str, str]] = field(default_factory=dict)
    _labelled: list[tuple[str, UUID]] = field(default_factory=list)
    _subscribers: dict[tuple[str | None, str | None], UUID] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.received_at = self.area.clock.now()

    async def take(self, rows: Sequence[Incoming | BadRow | Repeated]) -> Batch:
        """Decide and write every row of the batch."""
        self.batch.counted["rows"] = len(rows)
        incoming: list[Incoming] = []
        for row in rows:
            if isinstance(row, BadRow):
                self._reject("rejected", row)
            elif isinstance(row, Repeated):
                self.batch.counted["repeated_rows"] += 1
            else:
                incoming.append(row)
        known = await repository.known_orders(self.session, self.area.id, [row.key for row in incoming])
        new, changed = [], []
        for row in incoming:
            order = known.get(row.key)
            if order is None:
                new.append(row)
            elif order.fingerprint == row.fingerprint:
                left_out = self.reader.onto is not None and order.grid_id is None
                self.batch.counted["left_out" if left_out else "unchanged"] += 1
                self._count_place(row, order.located, order.point_source, order.grid_id)
            elif order.edited or not order.own_events:
                reason = "row.edited_by_person" if order.edited else "row.worked_on"
                self.batch.counted["conflicts"] += 1
                self._reject("conflict", BadRow(row.line, reason, {"key": row.key}, row.raw))
                self._count_place(row, order.located, order.point_source, order.grid_id)
            else:
                changed.append((row, order))
        self._labels = await repository.grid_labels(self.session, self.area.id) if self.reader.label_column else {}
        await self._write(new, changed)
        self._count_labels()
        if self.write and self.import_id is not None:
            await repository.add_rejections(self.session, self._kept_rejections(self.import_id))
        return self.batch

    # -- counting ------------------------------------------------------------------------------------------------------

    def _reject(self, kind: str, row: BadRow) -> None:
        self.batch.rejections.append((kind, row))
        if kind == "rejected":
            self.batch.counted["rejected_rows"] += 1

    def _kept_rejections(self, import_id: UUID) -> list[dict[str, Any]]:
        return [
            {
                "import_id": import_id,
                "line": row.line,
                "kind": kind,
                "reason": row.reason,
                "params": row.params,
                "row": row.raw,
            }
            for kind, row in self.batch.rejections
        ]

    def _count_place(self, row: Incoming, located: bool, source: str | None, grid_id: UUID | None) -> None:
        counted = self.batch.counted
        counted["located" if located else "unlocated"] += 1
        counted["geocoded"] += source == "geocoded"
        counted["in_grid"] += grid_id is not None
        counted["outside_grids"] += located and grid_id is None
        if row.label is not None and grid_id is not None and source == "given":
            self._labelled.append((fold(row.label), grid_id))

    def _count_bad_coordinates(self, row: Incoming) -> None:
        self.batch.counted["bad_coordinates"] += 1
        if self.no_bad_coordinates_yet and not self.batch.counted["bad_coordinates_line"]:
            self.batch.counted["bad_coordinates_line"] = row.line

    async def _shared_points(self, rows: Sequence[Incoming]) -> set[str]:
        """Keys of rows whose point many different addresses share, in this file or with the source's earlier ones."""
        if self.shares is None:
            return set()
        placed = [row for row in rows if row.place.point is not None and row.address is not None and row.point_text]
        points = list({row.place.point for row in placed if row.place.point is not None})
        earlier = await repository.addresses_on(self.session, self.area.id, self.reader.mapping.source, points)
        found: dict[str, bool] = {}
        for row in placed:
            if row.place.point is not None and row.point_text is not None and row.point_text not in found:
                found[row.point_text] = self.shares.is_shared(row.point_text, earlier.get(row.place.point, ()))
        keys = {row.key for row in placed if row.point_text is not None and found[row.point_text]}
        self.batch.counted["shared_points"] += len(keys)
        return keys

    def _keeps_its_place(self, row: Incoming, order: Known, place: FoundPlace) -> bool:
        """A correction that would only lose the place an order has is not taken."""
        if place.problem != BAD_COORDINATES or not order.located:
            return False
        self._reject("rejected", BadRow(row.line, "row.bad_coordinates", {"key": row.key}, row.raw))
        self._count_place(row, order.located, order.point_source, order.grid_id)
        return True

    def _count_labels(self) -> None:
        """Labels are compared where the file itself gave coordinates; they decide nothing."""
        for label, grid_id in self._labelled:
            if grid_id in self._labels:
                self.batch.counted["compared"] += 1
                self.batch.counted["equal"] += label in map(fold, self._labels[grid_id])

    # -- writing -------------------------------------------------------------------------------------------------------

    async def _write(self, new: list[Incoming], changed: list[tuple[Incoming, Known]]) -> None:
        rows = [*new, *(row for row, _ in changed)]
        shared = await self._shared_points(rows)
        wanted = [Wanted(row.address, row.place.point, row.place.bad, row.key in shared) for row in rows]
        places = dict(zip((row.key for row in rows), await find_places(self.session, self.area, wanted), strict=True))
        for row in rows:
            if places[row.key].problem == BAD_COORDINATES:
                self._count_bad_coordinates(row)
        changed = [(row, order) for row, order in changed if not self._keeps_its_place(row, order, places[row.key])]
        rows = [*new, *(row for row, _ in changed)]
        for row in rows:
            place = places[row.key]
            self._count_place(row, place.point is not None, place.source, place.grid_id)
        if self.reader.onto is not None:  # only what lies in a grid can be laid onto the day
            self.batch.counted["left_out"] += sum(places[row.key].grid_id is None for row in rows)
            new = [row for row in new if places[row.key].grid_id is not None]
            changed = [(row, order) for row, order in changed if places[row.key].grid_id is not None]
        self.batch.counted["created"] += len(new)
        self.batch.counted["updated"] += len(changed)
        if self.write and (new or changed):
            taken = [*new, *(row for row, _ in changed)]
            triples = [(row.subscriber_account, row.subscriber_name, row.subscriber_phone) for row in taken]
            self._subscribers = await repository.subscribers(self.session, self.area.id, triples)
            await self._create(new, places)
            if changed:
                await self._correct(changed, places)

    async def _create(self, rows: list[Incoming], places: dict[str, FoundPlace]) -> None:
        if not rows:
            return
        numbers = await next_numbers(self.session, self.area, len(rows))
        policies = [await policy_at(self.session, self.area.id, row.opened) for row in rows]
        events: list[list[Any]] = []

        def orders() -> Iterator[list[Any]]:
            """The rows of the orders, made while PostgreSQL stores those before; their events are kept for later."""
            for number, row, policy in zip(numbers, rows, policies, strict=True):
                order_id = uuid7()
                records = list(self._records(row, places[row.key], policy))
                events.extend(self._event_row(order_id, n, record, policy) for n, record in enumerate(records, 1))
                own = {
                    "id": order_id,
                    "area_id": self.area.id,
                    "number": number,
                    "origin": self.reader.mapping.kind,
                    "import_id": self.import_id,
                    "source_key": row.key,
                    "edited_by_person": False,
                    "version": 1,
                    **self._report(row),
                    **self._state(fold_events(records)),
                }
                own["contact_phones"] = as_json(own["contact_phones"])
                yield [own[column] for column in ORDER_COLUMNS]

        await repository.copy_rows(self.session, "orders", ORDER_COLUMNS, orders())
        await repository.copy_rows(self.session, "order_events", EVENT_COLUMNS, events)

    async def _correct(self, changed: list[tuple[Incoming, Known]], places: dict[str, FoundPlace]) -> None:
        """The source corrected rows that nobody has touched: they are reported anew, by further events."""
        stored = await repository.event_records(self.session, [order.id for _, order in changed])
        events, orders = [], []
        for row, order in changed:
            policy = await policy_at(self.session, self.area.id, row.opened)
            records = list(self._records(row, places[row.key], policy))
            before = stored[order.id]
            state = fold_events((*before, *records))
            events += [self._event_row(order.id, n, r, policy) for n, r in enumerate(records, len(before) + 1)]
            columns = {**self._report(row), **self._state(state), "point": geometry(state.point)}
            orders.append({"id": order.id, "version": order.version + 1, **columns})
        await repository.copy_rows(self.session, "order_events", EVENT_COLUMNS, events)
        await repository.update_orders(self.session, orders)

    def _records(self, row: Incoming, place: FoundPlace, policy: PolicyInForce) -> Iterator[EventRecord]:
        """What happened to a row: reported, and for history closed elsewhere."""
        data: dict[str, Any] = {
            "point": place.point,
            "pointSource": place.source,
            "gridId": place.grid_id,
            "placeProblem": place.problem,
            "callbackAttemptsNeeded": policy.limits.callback_attempts,
            "importId": self.import_id,
            "line": row.line,
        }
        if row.category is not None:
            data["category"] = row.category
        if row.place.given is not None and place.point is None:
            data["given"] = row.place.given
        if place.candidates and place.problem is not None:
            data["candidates"] = candidates_as_data(place.candidates)
        yield EventRecord(type="reported", occurred_at=row.opened, technician_id=None, data=msgspec.to_builtins(data))
        for _ in range(row.chases):
            yield EventRecord(type="chased", occurred_at=row.opened, technician_id=None, data={})
        if self.reader.mapping.kind == "history":
            yield self._archived(row)

    def _archived(self, row: Incoming) -> EventRecord:
        # Systems disagree with themselves: a close before its opening is the opening's moment, marked as such.
        closed = max(row.closed or row.opened, row.opened)
        data: dict[str, Any] = {
            "closedAt": closed,
            "completedAt": None if row.state == "cancelled" else closed,
            "cause": row.fault_type,
            "source": row.state,
        }
        if row.closed is None:
            data["closingTimeUnknown"] = True
        elif row.closed < row.opened:
            data["closedBeforeOpened"] = row.closed
        if row.closed_day is not None:
            data["closedDay"] = row.closed_day
        return EventRecord(type="archived", occurred_at=closed, technician_id=None, data=msgspec.to_builtins(data))

    def _event_row(self, order_id: UUID, sequence: int, record: EventRecord, policy: PolicyInForce) -> list[Any]:
        received = max(self.received_at, record.occurred_at)
        data = as_json(record.data)
        return [uuid7(), order_id, sequence, record.type, ROLE, record.occurred_at, received, policy.number, data]

    def _report(self, row: Incoming) -> dict[str, Any]:
        phones = [row.subscriber_phone] if row.subscriber_phone else []
        return {
            "kind": row.kind.value,
            "channel": row.channel.value,
            "level": row.level.value,
            "tier": row.tier.value,
            "fault_type": row.fault_type,
            "description": row.description,
            "subscriber_id": self._subscribers.get((row.subscriber_account, row.subscriber_phone)),
            "contact_name": row.subscriber_name,
            "contact_phones": phones,
            "contact_search": person_words(row.subscriber_name, phones),
            "product": row.product,
            "network_node": row.network_node,
            "address": row.address,
            "access_notes": row.access_notes,
            "district_hint": row.district,
            "skill": row.skill,
            "skill_level": row.skill_level,
            "service_seconds": row.service_seconds,
            "priority": row.priority,
            "source_fingerprint": row.fingerprint,
            "source_label": row.label,
        }

    def _state(self, state: OrderState) -> dict[str, Any]:
        columns = {name: getattr(state, name) for name in STATE_FIELDS}
        columns["status"] = state.status.value
        columns["outcome"] = state.outcome.value if state.outcome else None
        columns["point"] = as_ewkb(state.point)
        return columns
