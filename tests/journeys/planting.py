"""Distinctive names and phones in every text field there is, found from the tables and the acts, not from a hand list.

What is not planted is listed in `OPEN` with the reason why everybody may read it: a new text column is planted until
somebody says otherwise.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Column, Enum, Text, text
from sqlalchemy.dialects.postgresql import JSONB, Range
from sqlalchemy.ext.asyncio import AsyncSession

import dispatch.tables  # noqa: F401 - every table is known
from dispatch.assessments.ledger.models import MonthClosing, Ruling, RulingKind
from dispatch.assessments.models import AssessmentEntry, Inspection
from dispatch.assessments.service import compute
from dispatch.callbacks.models import CallbackAttempt, Reached
from dispatch.orders.models import OrderRequest, Visit
from dispatch.orders.reporting import Report, report
from dispatch.orders.rules import acts
from dispatch.orders.rules.states import BY_TAG
from dispatch.orders.service import apply
from dispatch.technicians.models import Position, RosterPattern
from kit.actor import SYSTEM
from kit.db import Base
from kit.ids import uuid7
from tests.journeys.authorisation import Place, World

SUBSCRIBERS = ("Quatermain", "13912349876")
"""Of subscribers: for no masked reader, wherever it stands."""
STAFF = ("13700005432", "98765.4321", "118.7654321", "118.6543219")
"""A technician's phone, cost, home and whereabouts: for who needs them."""
HOUSE = "77341"
"""The number of a house: for no observer."""
_PLANTED = "Zebulon Quatermain 13912349876"

OPEN: dict[str, str] = {
    "names of things and people at work": """
        access_tokens.name accounts.login accounts.name accounts.contractor city_maps.name grid_contracts.contractor
        decisions.name
        grids.name map_features.name map_features.name_zh map_features.name_en map_houses.name map_names.name
        map_places.label map_streets.label map_streets.name_zh map_streets.name_en score_cards.name
        settlement_statements.name settlement_statements.contractor service_areas.name
        technicians.name technicians.employee_number technicians.team technicians.contractor""",
    "places and lines, which the map shows to all": """
        orders.address orders.district_hint orders.network_node orders.product orders.source_label
        outages.network_node outages.place""",
    "what contractors and managers write to each other about money, which managers must read": """
        settlement_statements.disputed_because settlement_statements.judgement""",
    "what managers watch and keep: their own words, their own mail address to themselves alone": """
        alert_rules.name alert_rules.measure alert_rules.subject alert_rules.subject_id alert_rules.email
        alert_rules.stopped alerts.name alerts.measure alerts.subject alerts.subject_id alerts.subject_name
        alerts.month alerts.evidence alerts.words saved_views.name saved_views.query saved_views.rhythm
        saved_views.email saved_views.stopped view_deliveries.period view_deliveries.problem""",
    "what managers decide about people at work and let out, which they must read; observers see no words of it": """
        decisions.words decisions.reason decisions.answer decisions.judgement decision_events.words bulletins.body""",
    "rules as data, written by administrators": """
        fault_types.code fault_types.en fault_types.zh fault_types.kind fault_types.skill fault_types.bring
        indicators.code indicators.en indicators.zh indicators.definition plan_policies.code plan_policies.en
        plan_policies.zh plan_policies.weights policies.limits reasons.code reasons.en reasons.zh reasons.pauses
        reasons.attribution calendar_years.days_off calendar_years.opens calendar_years.closes calendar_years.source
        roster_patterns.breaks shifts.breaks notice_templates.kind notice_templates.en
        notice_templates.zh notice_templates.gateway_codes notice_channels.name notice_channels.config""",
    "codes and numbers that the program writes or looks up": """
        accounts.language assessment_entries.rule assessment_entries.attribution assessment_entries.appeal_status
        assessment_runs.cause ledger_entries.subject ledger_entries.subject_id ledger_entries.rule
        ledger_entries.rule_version ledger_entries.attribution ledger_entries.evidence
        decisions.proposed_kind decisions.subject decisions.subject_id decisions.rule decisions.rule_version
        decisions.evidence
        decision_events.kind decision_events.data bulletins.language
        rulings.rule blobs.media_type callback_attempts.period callback_attempts.reasons
        callback_entries.result
        city_maps.roads_key city_maps.roads_blob city_maps.counts city_maps.calibration feed.topic feed.key
        grid_imports.findings grids.code idempotency_keys.key idempotency_keys.media_type import_rejections.kind
        import_runs.mapping import_runs.counts leaves.kind map_features.layer map_features.kind map_houses.suffix
        map_names.core map_names.direction map_names.kind map_names.pinyin map_names.likeness map_places.kind
        mended_values.table_name mended_values.column_name mended_values.row_key mended_values.was
        mended_values.becomes order_alarms.clock order_alarms.role
        order_events.type order_events.actor_role order_requests.kind
        order_requests.reason order_requests.photo_ids order_requests.status orders.number orders.fault_type
        orders.skill orders.point_source orders.place_problem orders.appointment_changed_by orders.completed_how
        orders.cause orders.suspension_reason orders.pending_request orders.source_key phone_acts.type
        phone_acts.result photos.kind plan_moves.kind plan_moves.terms plan_moves.before plan_moves.after
        plan_moves.events plan_runs.options plan_runs.progress plan_runs.error plan_unplanned.reason
        plan_unplanned.params plans.frozen plans.seen removed_orders.number report_exports.report
        report_exports.format report_exports.asked score_cards.subject score_cards.subject_id
        score_cards.indicators score_cards.deductions score_cards.rank_note score_cards.behind score_cards.standing
        settlement_lines.part settlement_lines.why settlement_lines.base settlement_lines.difficulty
        settlement_lines.distance settlement_lines.quality
        service_areas.code
        service_areas.timezone service_areas.country sign_in_failures.login sign_in_failures.address
        complaints.number supervisions.number complaint_events.kind complaint_events.data complaint_links.kind
        complaint_warnings.clock complaint_warnings.role
        outages.number outage_events.kind outage_events.data
        notices.key notices.kind notices.topic notices.language
        notices.reason notices.skipped_channels notice_attempts.outcome notice_attempts.detail notice_receipts.detail
        notice_channels.kind notice_channels.kinds subscribers.flags technician_skills.skill""",
    "digests and secrets, in no answer": """
        access_tokens.token_hash accounts.password_hash blob_pieces.sha256 blobs.sha256 browser_sessions.token_hash
        browser_sessions.csrf_token city_maps.extract_sha256 finish_code_tries.code_hash grid_imports.sha256
        idempotency_keys.fingerprint import_runs.sha256 invitations.token_hash orders.finish_code_hash
        orders.source_fingerprint phone_acts.fingerprint photos.sha256 notice_channels.secrets
        notice_channels.receipt_token_hash notice_attempts.gateway_id notice_receipts.gateway_id
        notice_receipts.our_key notice_opt_outs.address signing_keys.name
        survey_links.token_hash""",
}
_EVENTS = ("order_events.reason", "order_events.data")
"""Events are never changed: one of every kind is added instead, with every field of its act."""
_OWN_WAY = frozenset({"technicians.phone", "rulings.reason", *_EVENTS})


def columns() -> dict[str, Column[Any]]:
    """Every column that holds text or JSON, as `table.column`."""
    return {
        f"{table.name}.{column.name}": column
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, Text | JSONB) and not isinstance(column.type, Enum) and column.computed is None
    }


def planted() -> set[str]:
    """The columns that personal data may stand in."""
    return columns().keys() - {name for names in OPEN.values() for name in names.split()}


async def plant(session: AsyncSession, world: World) -> None:
    """Fill every such field of the world, after one row of what people write by hand was added."""
    place = world.mine
    await _written_by_hand(session, place)
    for name in sorted(planted() - _OWN_WAY):
        table, column = name.split(".")
        words = f"{_PLANTED} {name}"
        value = json.dumps([words, "13912349876"] if column in ("phones", "contact_phones") else {"words": words})
        if isinstance(columns()[name].type, JSONB):
            if column == "findings":
                value = json.dumps([words])
            await session.execute(text(f"UPDATE {table} SET {column} = CAST(:value AS jsonb)"), {"value": value})
        else:  # some are unique in an area
            filled = f"UPDATE {table} SET {column} = :words || ' ' || md5(CAST(ctid AS text))"
            await session.execute(text(filled), {"words": words})
    for filled in ("orders SET address", "orders SET network_node", "outages SET place", "outages SET network_node"):
        await session.execute(text(f"UPDATE {filled} = :address"), {"address": f"@人民路{HOUSE}号"})
    await session.execute(
        text(
            "UPDATE technicians SET phone = :phone, cost_per_hour = 98765.4321,"
            " start_point = ST_SetSRID(ST_MakePoint(118.7654321, 32), 4326)"
        ),
        {"phone": STAFF[0]},
    )
    await _events(session, place.ids["order_id"])


async def _written_by_hand(session: AsyncSession, place: Place) -> None:
    order, person, now = place.ids["order_id"], place.ids["technician_id"], datetime.now(UTC)
    session.add_all(
        [
            OrderRequest(order_id=order, kind="suspension", technician_id=person, reason="weather", photo_ids=[],
                         requested_at=now),
            CallbackAttempt(id=uuid7(), order_id=order, number=1, round=0, at=now, period="morning",
                            reached=Reached.ANSWERED, reasons=[], answers={}),
            Ruling(area_id=place.area.id, month=date(2026, 1, 1), order_id=order, technician_id=person,
                   kind=RulingKind.BONUS, rule="helped", points=1, reason=f"{_PLANTED} rulings.reason",
                   takes_back_id=None, decided_by=None, created_at=now),
            MonthClosing(area_id=place.area.id, month=date(2025, 1, 1), run_number=1, closed_at=now, closed_by=None,
                         reopened_at=now, reopened_by=None, reopened_because="x"),
            Inspection(order_id=order, technician_id=person, passed=False, findings=["x"], at=now),
            Visit(order_id=order, technician_id=person, planned_arrival=now, planned_start=now),
            RosterPattern(technician_id=person, weekdays=[1, 2, 3, 4, 5, 6, 7], starts=time(0), ends=time(23),
                          breaks=[], valid=Range(date(2020, 1, 1), None)),
            Position(technician_id=person, point="SRID=4326;POINT(118.6543219 32)", occurred_at=now),
        ]
    )  # fmt: skip
    unplaced = await report(session, SYSTEM, place.area, Report(fault_type="no_service", description="x"))
    await apply(session, SYSTEM, unplaced.id, acts.Place(point=None, grid_id=place.grid.id, problem="no_address"))
    await compute(session, SYSTEM, place.area, date(2026, 1, 1))
    session.add(
        AssessmentEntry(area_id=place.area.id, order_id=order, technician_id=person, month=date(2026, 1, 1),
                        rule="late", points=-1.0, event_id=uuid7())
    )  # fmt: skip
    await session.flush()


async def _events(session: AsyncSession, order_id: UUID) -> None:
    sequence = 100
    for tag, kind in sorted(BY_TAG.items()):
        sequence += 1
        data = {field.encode_name: f"{_PLANTED} {tag}.{field.name}" for field in msgspec.structs.fields(kind)}
        await session.execute(
            text(
                "INSERT INTO order_events (id, order_id, sequence, type, actor_role, occurred_at, received_at, reason,"
                " data) VALUES (:id, :order, :sequence, :type, 'agent', now(), now(), :reason, CAST(:data AS jsonb))"
            ),
            {"id": uuid7(), "order": order_id, "sequence": sequence, "type": tag, "reason": None, "data": "{}"}
            | _content(kind, tag, data),
        )


def _content(kind: type[msgspec.Struct], tag: str, data: dict[str, str]) -> dict[str, Any]:
    """The act's fields that may hold text, all planted; its reason too, where it is written and not looked up."""
    free = {field.encode_name for field in msgspec.structs.fields(kind) if _may_hold_words(field.type)}
    looked_up = LOOKED_UP.get(tag, frozenset())
    kept = {name: value for name, value in data.items() if name in free - looked_up}
    more = {"more": f"{_PLANTED} {tag}.more"}
    return {
        "data": json.dumps(kept | more),
        "reason": None if "reason" in looked_up else f"{_PLANTED} {tag}.reason",
    }


LOOKED_UP: dict[str, frozenset[str]] = {
    "suspension_requested": frozenset({"reason"}),
    "return_requested": frozenset({"reason"}),
    "cancelled": frozenset({"reason"}),
    "rework_dispatched": frozenset({"reasons"}),
    "called_back": frozenset({"reasons"}),
    "completed": frozenset({"cause"}),
    "archived": frozenset({"cause"}),
}
"""Codes that an act is refused for when the area's lists do not have them."""


def _may_hold_words(hint: Any) -> bool:
    words = str(hint)
    return "str" in words or "dict" in words or "Any" in words
