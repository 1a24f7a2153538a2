"""Who may do what: the table that the test of authorisation holds against the OpenAPI document, and a world for it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.accounts.service import create_account, create_token, invite
from dispatch.assessments.decisions.models import Decision, DecisionEvent, DecisionKind, DecisionStatus
from dispatch.assessments.ledger.models import Ruling, RulingKind
from dispatch.assessments.models import AssessmentEntry
from dispatch.assessments.settlement.models import SettlementStatement, StatementStatus
from dispatch.complaints.models import Complaint, ComplaintEvent, ComplaintLink, Source, Supervision
from dispatch.notices.models import Notice, NoticeChannel, NoticeStatus
from dispatch.orders.intake.models import ImportRun
from dispatch.orders.models import Order, Photo, Subscriber
from dispatch.orders.reporting import Report, SubscriberGiven, report
from dispatch.orders.rules import acts
from dispatch.orders.service import apply
from dispatch.outages.models import Outage, OutageEvent, OutageOrder, OutageStatus, Part, Why
from dispatch.planning.models import Plan, PlanRun
from dispatch.policies.service import install_defaults
from dispatch.reports.watching.models import Alert
from dispatch.technicians.models import Position, Technician
from dispatch.technicians.service import add_leave
from grids.contracts import Terms, create_contract
from grids.importing import import_grids
from grids.models import Grid, ServiceArea
from grids.repository import grids
from grids.service import create_area
from kit.actor import SYSTEM, Role
from kit.clock import real_now
from kit.db import Database
from kit.ids import uuid7
from kit.postgres.blobs import put_blob
from tests.dispatch.planning.by_hand import summary_of
from tests.grids.test_importing import EAST, WEST, collection

A, D, T, G = Role.AGENT, Role.DISPATCHER, Role.TECHNICIAN, Role.GRID_LEAD
I, M, O, X = Role.INSPECTOR, Role.MANAGER, Role.OBSERVER, Role.ADMINISTRATOR  # noqa: E741
EVERYBODY = frozenset(Role)
DESKS = EVERYBODY - {T}
PUBLIC = frozenset({"anybody"})


class Rule(NamedTuple):
    """Who may; `about` says whose the thing is that the address names; `absent` are codes of "there is none yet"."""

    roles: frozenset[Any]
    about: str
    absent: frozenset[str] = frozenset()


def may(*roles: Any, about: str = "area", absent: str = "") -> Rule:
    """`may(A, D)`: agents and dispatchers."""
    return Rule(frozenset(roles), about, frozenset(absent.split()))


NOBODY_HERE: frozenset[Any] = frozenset()
OPERATIONS: dict[str, Rule] = {
    # anybody, signed in or not
    **dict.fromkeys(
        (
            "health",
            "signIn",
            "signOut",
            "createToken",
            "acceptInvitation",
            "openSurvey",
            "answerSurvey",
            "bringReceipts",
        ),
        Rule(PUBLIC, "nothing"),
    ),
    "phoneWiped": Rule(PUBLIC, "nothing"),  # with the sign-in that was given up as lost
    "readCalendarFeed": Rule(PUBLIC, "nothing", frozenset({"mobile.no_calendar"})),
    # oneself
    **dict.fromkeys(("getMe", "listTokens"), may(*EVERYBODY, about="nothing")),
    "changePassword": may(*EVERYBODY, about="own password"),
    "revokeToken": may(*EVERYBODY, about="own token"),
    # accounts: the administrators of their areas
    "listAccounts": may(X, about="nothing"),
    "createAccount": may(X, about="nothing"),
    "getAccount": may(X, about="account"),
    "changeAccount": may(X, about="account"),
    "inviteAccount": may(X, about="account"),
    # areas; a new one needs an administrator of all of them, and here everybody has one
    "listAreas": may(*EVERYBODY, about="nothing"),
    "createArea": Rule(NOBODY_HERE, "nothing"),
    "getArea": may(*EVERYBODY),
    "getClock": may(*EVERYBODY),
    "moveClock": may(D, M, X),
    # the map
    "getMap": may(*EVERYBODY, absent="map.none"),
    "getTile": may(*EVERYBODY, absent="map.none"),
    "searchAddresses": may(*EVERYBODY, absent="map.none"),
    # grids and contracts
    "listGrids": may(*EVERYBODY),
    "importGrids": may(X),
    "changeGrid": may(X, about="grid"),
    "locate": may(*EVERYBODY),
    "locateMany": may(*EVERYBODY),
    "importContracts": may(X),
    "listContracts": may(*EVERYBODY, about="grid"),
    "createContract": may(X, about="grid"),
    "changeContract": may(X, about="contract"),
    # technicians
    "listTechnicians": may(*EVERYBODY),
    "createTechnician": may(X),
    "importTechnicians": may(X),
    "getTechnician": may(*EVERYBODY, about="technician"),
    "changeTechnician": may(X, about="technician"),
    "listShifts": may(*EVERYBODY),
    "createShift": may(D, G, X, about="technician"),
    "listAreaLeaves": may(*EVERYBODY),
    "listLeaves": may(*EVERYBODY, about="technician"),
    "createLeave": may(D, G, X, about="technician"),
    "deleteLeave": may(D, G, X, about="leave"),
    "listPositions": may(D, G, X, T),
    # rules as data
    **dict.fromkeys(
        ("listPolicies", "listCalendars", "listReasons", "listFaultTypes", "listIndicators"), may(*EVERYBODY)
    ),
    "listPlanPolicies": may(*EVERYBODY),
    "listGuides": may(*EVERYBODY),
    "addGuide": may(X),
    **dict.fromkeys(("addPolicy", "addPlanPolicy", "putCalendar", "putReason", "putFaultType", "addIndicator"), may(X)),
    # orders
    "listOrders": may(*EVERYBODY),
    "exportOrders": may(*EVERYBODY),
    "reportOrder": may(A, D, G, T),
    "checkReport": may(A, D, G, T),
    "listOrderKin": may(*EVERYBODY, about="order"),
    "listSuspicions": may(*DESKS),
    "getOrder": may(*EVERYBODY, about="order"),
    "listOrderEvents": may(*EVERYBODY, about="order"),
    "getOrderSubscriber": may(A, D, G, T, about="order"),
    "actOnOrder": may(
        *(EVERYBODY - {O}), about="order"
    ),  # a note; `states.py` has the rule of every act, and its tests
    "reopenOrder": may(A, D, G, about="order"),
    "mergeSubscribers": may(A, D, about="subscriber"),
    "listSubscriberRecords": may(A, D, about="order"),
    "listOrderPhotos": may(*EVERYBODY, about="order"),
    "putOrderPhoto": may(A, D, G, T, I, about="order"),
    "getPhoto": may(*(EVERYBODY - {M, O}), about="photo"),
    "listRequests": may(*EVERYBODY),  # a technician's are their own
    "listUnplaced": may(*DESKS),
    "placeOrders": may(A, D, G, X),
    # notices
    "listOrderNotices": may(*EVERYBODY, about="order"),
    "listNotices": may(A, D, G, M, X),
    "listNoticeTemplates": may(A, D, G, M, X),
    "addNoticeTemplate": may(X),
    "listNoticeChannels": may(X),
    "putNoticeChannel": may(X),
    "optOutOfNotices": may(A, D, X),
    "sendNoticeAgain": may(A, D, X, about="notice"),
    "putNoticeAway": may(A, D, X, about="notice"),
    "newReceiptKey": may(X, about="notice channel"),
    # imports
    "listImports": may(D, X),
    "importOrders": may(D, X),
    "getImport": may(D, X, about="import"),
    "listRejections": may(D, X, about="import"),
    "undoImport": may(D, X, about="import"),
    # outages
    **dict.fromkeys(("listOutages", "knownOutage", "getReliability"), may(*DESKS)),
    "declareOutage": may(D, G),
    "getOutage": may(*DESKS, about="outage"),
    **dict.fromkeys(("confirmOutage", "dismissOutage"), may(D, G, about="outage")),
    **dict.fromkeys(("moveOutageEnd", "restoreOutage", "addToOutage", "takeOutOfOutage"), may(D, G, about="outage")),
    "answerOutage": may(A, D, G, about="outage"),
    # complaints and supervisions
    **dict.fromkeys(("listComplaints", "listSupervisions"), may(*DESKS)),
    "takeComplaint": may(A, D, G, I, M),
    "listComplaintOwners": may(A, D, G, I, M),
    "importComplaints": may(D, M),
    "getComplaint": may(*DESKS, about="complaint"),
    **dict.fromkeys(
        ("acknowledgeComplaint", "rectifyComplaint", "handComplaintOver", "linkComplaint"),
        may(A, D, G, I, M, about="complaint"),
    ),
    "answerComplaint": may(M, about="complaint"),  # and its owner
    "decideComplaint": may(I, M, about="complaint"),
    "inspectComplaint": may(I, about="complaint"),
    "superviseComplaint": may(M, about="complaint"),
    "superviseOrder": may(M, about="order"),
    "answerSupervision": may(A, D, G, I, T, about="supervision"),
    "judgeSupervision": may(M, about="supervision"),
    # planning
    "startPlanRun": may(D, G, X),
    "getPlanRun": may(*DESKS, about="run"),
    "cancelPlanRun": may(D, G, X, about="run"),
    "takeBestSoFar": may(D, G, X, about="run"),
    "listPlans": may(*DESKS),
    "getPlan": may(*DESKS, about="plan"),
    "publishPlan": may(D, G, X, about="plan"),
    "discardPlan": may(D, G, X, about="plan"),
    "listRoutes": may(*EVERYBODY),
    "diffPlan": may(*DESKS, about="plan"),
    "applyPlan": may(D, G, X, about="plan"),
    "repairDay": may(D, G, X),
    # the board
    "priceMove": may(D, G, X),
    "makeMove": may(D, G, X),
    "listMoves": may(D, G, X),
    "undoMove": may(D, G, X, absent="planning.nothing_to_undo"),
    "redoMove": may(D, G, X, absent="planning.nothing_to_redo"),
    "getBoard": may(*DESKS),
    "listCandidates": may(*DESKS, about="order"),
    "explainCandidate": may(*DESKS, about="order", absent="planning.not_at_work"),
    "pinVisit": may(D, G, X, about="order"),
    # the phone
    **dict.fromkeys(
        (
            "mobileRoute",
            "mobileSync",
            "mobilePositions",
            "mobileSeen",
            "ownPoints",
            "phoneStoreLost",
            "recordedPositions",
            "saidOfMe",
            "getConsent",
            "decideConsent",
            "getCalendarFeed",
            "makeCalendarFeed",
            "withdrawCalendarFeed",
            "pushKey",
            "subscribePush",
            "unsubscribePush",
        ),
        may(T, about="nothing"),
    ),
    "mapPack": may(T, about="nothing", absent="mobile.no_map"),
    "answerOffer": may(T, about="nothing", absent="mobile.offer_not_found"),
    "putPhoto": may(T, about="photo"),
    "sendPhotoPiece": may(T, about="photo"),
    "photoProgress": may(T, about="photo", absent="photo.nothing_yet"),
    # the phone, at the console
    "listUnseenChanges": may(*DESKS),
    "listPhoneConflicts": may(D, G, I, M, X),
    "settlePhoneConflict": may(D, G, X, about="nothing", absent="mobile.conflict_not_found"),
    "listLostStores": may(D, G, X),
    "settleLostStore": may(D, G, X, about="nothing", absent="mobile.loss_not_found"),
    "listPhones": may(D, G, X, about="technician"),
    "signPhoneOut": may(D, G, X, about="technician"),
    "offerOrder": may(D, G, X, about="order"),
    # callbacks
    "listCallbacks": may(*DESKS),
    "recordCallback": may(A, about="order"),
    "listAttempts": may(*DESKS, about="order"),
    **dict.fromkeys(("takeNextCall", "getHeldCall", "getDeskDay"), may(A)),
    **dict.fromkeys(("keepCallDraft", "handCallOver"), may(A, about="order")),
    **dict.fromkeys(("getDeskBoard", "listSurveys"), may(*DESKS)),
    # assessment
    "getAssessment": may(*(EVERYBODY - {A}), absent="assessment.none"),
    "exportAssessment": may(*(EVERYBODY - {A}), absent="assessment.none"),
    "listAssessments": may(*(EVERYBODY - {A})),
    "listAssessmentEntries": may(*(EVERYBODY - {A}), absent="assessment.none"),
    "listCasesBehind": may(*(EVERYBODY - {A}), absent="assessment.none"),
    "computeAssessment": may(M, X, I),
    "publishAssessment": may(M, absent="assessment.none"),
    "previewAssessment": may(M, X, I),
    "listLedger": may(*(EVERYBODY - {A}), absent="assessment.none"),
    "listRulings": may(*(EVERYBODY - {A})),
    "listClosings": may(*(EVERYBODY - {A})),
    "closeMonth": may(M, absent="assessment.none"),
    "reopenMonth": may(M, absent="assessment.not_closed"),
    "ruleOrder": may(I, M, about="order", absent="ruling.nothing"),
    "takeBackRuling": may(I, M, about="ruling"),
    "inspectOrder": may(I, about="order"),
    "listReportsToCheck": may(I, M, X),
    "appealEntry": may(T, about="entry"),
    "decideAppeal": may(I, about="entry"),
    # what a month leads to
    "listDecisions": may(*(EVERYBODY - {A})),
    "listTaskOwners": may(M),
    "acceptDecision": may(M, about="decision"),
    "declineDecision": may(M, about="decision"),
    "answerTask": may(M, about="decision"),  # and its owner
    "checkTask": may(I, M, about="decision"),
    "listBulletins": may(*(EVERYBODY - {A})),
    "draftBulletin": may(M, absent="bulletin.unpublished"),
    "editBulletin": may(M, absent="bulletin.none"),
    "issueBulletin": may(M, absent="bulletin.none"),
    # reports
    **dict.fromkeys(
        ("getOverview", "exportOverviewXlsx", "exportOverviewCsv"), may(*(DESKS - {A}), absent="assessment.none")
    ),
    **dict.fromkeys(("getFunnel", "listRanked"), may(*(DESKS - {A}), absent="assessment.none")),
    **dict.fromkeys(
        (
            "getHours",
            "listPastOutages",
            "getFaults",
            "listRepeatAddresses",
            "exportOutages",
            "exportFaults",
            "getOutlook",
            "exportOutlook",
            "exportOutlookCsv",
            "getVoice",
            "exportVoice",
        ),
        may(*(DESKS - {A})),
    ),
    # what managers watch
    **dict.fromkeys(("listAlertRules", "listAlerts"), may(M, X, I)),
    "addAlertRule": may(M),
    "startAlertRule": may(M, about="nothing", absent="alert.no_rule"),
    "removeAlertRule": may(M, about="nothing", absent="alert.no_rule"),
    "acknowledgeAlert": may(M, about="alert"),
    **dict.fromkeys(("listViews", "addView"), may(*(DESKS - {A}))),
    "changeView": may(*(DESKS - {A}), absent="view.none"),
    "removeView": may(*(DESKS - {A}), about="nothing", absent="view.none"),
    "listQuotes": may(*(DESKS - {A, O})),
    "listFlags": may(M, X, I),
    # settlement
    "listStatements": may(M, X, G),
    "exportStatements": may(M, X, G),
    "getStatement": may(M, X, G, about="statement"),
    "draftStatements": may(M, absent="assessment.none"),
    "issueStatements": may(M, absent="assessment.none"),
    "disputeStatement": may(M, G, about="statement"),
    "settleStatement": may(M, about="statement"),
    # live
    "watchChanges": may(*DESKS),
    "listChanges": may(*DESKS),
}

WHOLE_AREA = frozenset(
    {
        "moveClock", "importGrids", "importContracts", "importTechnicians", "createTechnician", "importOrders",
        "getImport", "listRejections", "undoImport", "startPlanRun", "cancelPlanRun", "takeBestSoFar", "publishPlan",
        "discardPlan", "repairDay", "computeAssessment", "publishAssessment", "closeMonth", "reopenMonth",
        "mergeSubscribers", "listSubscriberRecords",
        "previewAssessment", "draftStatements", "issueStatements", "addPolicy", "addPlanPolicy", "putCalendar",
        "putReason", "putFaultType", "addIndicator",
        "listNotices", "addNoticeTemplate", "listNoticeChannels", "putNoticeChannel", "optOutOfNotices",
        "sendNoticeAgain", "putNoticeAway", "newReceiptKey", "declareOutage",
        "getDeskBoard", "listSurveys",
        "addGuide", "acceptDecision", "declineDecision", "checkTask", "draftBulletin", "editBulletin",
        "issueBulletin",
    }
)  # fmt: skip
"""What concerns everybody's grids: refused to whoever is limited to some of them."""
OF_A_CONTRACTOR = frozenset(
    {"grid", "contract", "technician", "leave", "order", "photo", "entry", "ruling", "statement", "outage", "complaint",
     "supervision", "decision", "alert"}
)  # fmt: skip
"""Things that belong to a grid or a person, and so to a contractor."""


@dataclass(slots=True)
class Place:
    """One contractor's grid, and one of everything in it."""

    area: ServiceArea
    grid: Grid
    technician: Technician
    ids: dict[str, Any] = field(default_factory=dict)
    """By path parameter."""


@dataclass(slots=True)
class World:
    """An own place, one of another contractor beside it, one in another area; headers by role."""

    mine: Place
    theirs: Place
    elsewhere: Place
    people: dict[Role, dict[str, str]] = field(default_factory=dict)
    contractors: dict[Role, dict[str, str]] = field(default_factory=dict)


class Undoing(Database):
    """A database in which every transaction is rolled back at its end: each request finds the same world.

    Before that, `watch` is asked how the world would stand; what it answers is kept in `seen`.
    """

    watch: Callable[[AsyncSession], Awaitable[str]] | None = None
    seen: set[str]

    @asynccontextmanager
    async def transaction(self, opened: AsyncSession | None = None) -> AsyncIterator[AsyncSession]:
        """An open session whose work nobody will ever see."""
        async with opened or self._sessions() as session:
            yield session
            await session.flush()
            if self.watch is not None:
                self.seen.add(await self.watch(session))
            await session.rollback()


async def _noticed(session: AsyncSession, area: ServiceArea, order: Order) -> tuple[Notice, NoticeChannel]:
    """A notice that failed, and the channel it went by."""
    found = select(NoticeChannel).where(NoticeChannel.area_id == area.id)
    channel = (await session.scalars(found)).one_or_none() or NoticeChannel(
        area_id=area.id, position=0, kind="log", name="log", config={}, secrets={}, kinds=[]
    )
    session.add(channel)
    await session.flush()
    notice = Notice(
        area_id=area.id, order_id=order.id, key=f"done:{order.id}", kind="done", language="en", template_number=1,
        params={}, phone="1", status=NoticeStatus.FAILED, created_at=real_now(), next_at=real_now(),
        channel_id=channel.id,
    )  # fmt: skip
    session.add(notice)
    await session.flush()
    return notice, channel


async def _suspected(session: AsyncSession, area: ServiceArea, order: Order) -> Outage:
    """An outage that names the order alone."""
    now = real_now()
    outage = Outage(
        area_id=area.id, number=f"OUT {order.number}", status=OutageStatus.SUSPECTED, why=Why.HAND,
        network_node=order.number, place=None, since=now, suspected_at=now,
    )  # fmt: skip
    session.add(outage)
    await session.flush()
    session.add_all(
        [
            OutageOrder(outage_id=outage.id, order_id=order.id, part=Part.NAMED, at=now),
            OutageEvent(outage_id=outage.id, kind="suspected", at=now, by=None, note="x", data={}),
        ]
    )
    await session.flush()
    return outage


async def _complained(session: AsyncSession, area: ServiceArea, order: Order) -> tuple[Complaint, Supervision]:
    """A complaint about the order, and a supervision of it."""
    now = real_now()
    complaint = Complaint(
        area_id=area.id, number=f"C {order.number}", source=Source.CALL, order_id=order.id, grid_id=order.grid_id,
        words="x", contact="x", external_number="x", owner_id=uuid7(), received_at=now,
        acknowledge_due_at=now + timedelta(days=1), answer_due_at=now + timedelta(days=3), answer="x",
        liability_reason="x", rectification="x",
    )  # fmt: skip
    supervision = Supervision(
        area_id=area.id, number=f"S {order.number}", order_id=order.id, grid_id=order.grid_id, question="x",
        opened_by=None, opened_at=now, due_at=now + timedelta(days=1), answer="x", judgement="x",
    )  # fmt: skip
    session.add_all([complaint, supervision])
    await session.flush()
    session.add(ComplaintLink(complaint_id=complaint.id, kind="order", ref=order.id))
    session.add(ComplaintEvent(complaint_id=complaint.id, kind="opened", at=now, by=None, words="x", data={}))
    await session.flush()
    return complaint, supervision


_BY_ORDER = ("order_events", "rulings", "visits", "photos", "order_requests", "assessment_entries", "inspections",
             "callback_attempts", "notices", "outage_orders", "complaints", "supervisions",
             "subscriber_links", "order_alarms")  # fmt: skip
_BY_PERSON = ("leaves", "shifts", "roster_patterns", "technician_skills", "positions")
_WHOLE = ("plans", "plan_stops", "plan_runs", "plan_moves", "policies", "plan_policies", "calendar_years", "reasons",
          "fault_types", "indicators", "import_runs", "assessment_runs", "grid_imports", "bulletins")  # fmt: skip


async def state_beyond(session: AsyncSession, theirs: Place) -> str:
    """Everything that somebody limited to their own part must not change, as one text to compare.

    It is the other place with all that hangs on it, and what belongs to the whole area.
    """
    ids = theirs.ids
    asked = {
        "order": ids["order_id"], "person": ids["technician_id"], "grid": ids["grid_id"],
        "who": [ids["subscriber_id"], ids["double_id"]], "account": ids["account_id"],
    }  # fmt: skip
    parts = [
        ("orders", "id = :order"), ("technicians", "id = :person"), ("grids", "id = :grid"),
        ("grid_contracts", "grid_id = :grid"), 
        ("decisions", "subject_id = CAST(CAST(:person AS uuid) AS text)"),
        ("alerts", "subject_id = CAST(CAST(:person AS uuid) AS text)"),
        ("subscribers", "id = ANY(:who)"), ("accounts", "id = :account"),
        *((table, "order_id = :order") for table in _BY_ORDER),
        *((table, "technician_id = :person") for table in _BY_PERSON),
        *((table, "true") for table in _WHOLE),
    ]  # fmt: skip
    digests = ", ".join(
        f"(SELECT md5(coalesce(string_agg(row::text, '' ORDER BY row::text), '')) FROM {table} AS row WHERE {which})"
        f" AS {table}"
        for table, which in parts
    )
    found = (await session.execute(text(f"SELECT {digests}"), asked)).one()
    clocks = await session.execute(text("SELECT id, clock_area_anchor, clock_speed FROM service_areas ORDER BY id"))
    return f"{found._asdict()} {clocks.all()}"


async def build(database: Database) -> World:
    """The world, committed."""
    async with database.transaction() as session:
        own = await create_area(session, "own", "Own", "America/Vancouver")
        other = await create_area(session, "other", "Other", "America/Vancouver")
        for area in (own, other):
            await install_defaults(session, area)
            await import_grids(session, area, collection(WEST, EAST), "name")
        west, east = await grids(session, own.id)
        world = World(
            mine=await _place(session, own, west, "Mine", -123.15),
            theirs=await _place(session, own, east, "Theirs", -123.05),
            elsewhere=await _place(session, other, (await grids(session, other.id))[0], "Mine", -123.15),
        )
        for role in Role:
            world.people[role] = await _person(session, world.mine, role, None)
            world.contractors[role] = await _person(session, world.mine, role, "Mine")
    return world


async def _place(session: AsyncSession, area: ServiceArea, grid: Grid, contractor: str, lon: float) -> Place:
    number = f"{contractor} of {area.code}"
    person = Technician(area_id=area.id, employee_number=number, name=number, contractor=contractor)
    session.add(person)
    await session.flush()
    place, ids, now = Place(area, grid, person), {}, datetime.now(UTC)
    contract = await create_contract(session, grid, Terms(person.id, date(2020, 1, 1), contractor=contractor))
    who = SubscriberGiven(f"Subscriber of {number}", ("+999 555 0100",))
    given = Report(fault_type="no_service", point=(lon, 49.25), subscriber=who)
    order = await report(session, SYSTEM, area, given)
    double = Subscriber(area_id=area.id, name=f"Double of {number}", phones=["+999 555 0199"], flags=[])
    session.add(double)
    await session.flush()
    await apply(session, SYSTEM, order.id, acts.Dispatch(technician_id=person.id, why="a_technician"))
    leave = await add_leave(session, person, now + timedelta(days=30), now + timedelta(days=31))
    session.add(
        Position(technician_id=person.id, point=f"SRID=4326;POINT({lon} 49.25)", occurred_at=now, received_at=now)
    )
    photo = Photo(
        id=uuid7(), order_id=order.id, technician_id=person.id, sha256=await put_blob(session, b"x", "image/jpeg")
    )
    session.add(photo)
    entry = AssessmentEntry(
        area_id=area.id, order_id=order.id, technician_id=person.id, month=date(2026, 1, 1), rule="late", points=-2.0
    )
    ruling = Ruling(
        area_id=area.id, month=date(2026, 1, 1), order_id=order.id, technician_id=person.id, kind=RulingKind.BONUS,
        rule="helped", points=1, reason="x", takes_back_id=None, decided_by=None, created_at=now,
    )  # fmt: skip
    nothing = dict.fromkeys(("own", "lent", "borrowed", "corrections", "total"), 0)
    statement = SettlementStatement(
        area_id=area.id, month=date(2025, 12, 1), contract_id=contract.id, grid_id=grid.id, technician_id=None,
        name=grid.name, contractor=contractor, run_number=1, status=StatementStatus.ISSUED, created_at=now, **nothing,
    )  # fmt: skip
    plan = Plan(
        area_id=area.id, service_date=date(2026, 1, 5), summary=summary_of(date(2026, 1, 5)), seen={}, created_at=now
    )
    run = PlanRun(
        area_id=area.id, service_date=date(2026, 1, 5) + timedelta(days=len(contractor)), options={}, progress={}
    )
    imported = ImportRun(area_id=area.id, filename="x.csv", sha256="x", mapping={}, counts={})
    account = await create_account(session, f"clerk of {number}".replace(" ", "-"), "Clerk", A, area_ids=[area.id])
    token, _ = await create_token(session, account, "phone")
    session.add_all([entry, ruling, statement, plan, run, imported])
    await session.flush()
    notice, channel = await _noticed(session, area, order)
    outage = await _suspected(session, area, order)
    decision = Decision(
        area_id=area.id, month=date(2026, 1, 1), run_number=1, proposed_kind=DecisionKind.RECTIFICATION,
        kind=DecisionKind.RECTIFICATION, subject="technician", subject_id=str(person.id), name=person.name,
        rule="last_ranks", rule_version="policy 1", evidence={"orders": [str(order.id)]},
        status=DecisionStatus.ACCEPTED, decided_at=now, created_at=now, owner_id=account.id,
        due_at=now + timedelta(days=1),
    )  # fmt: skip
    alert = Alert(
        area_id=area.id, name="late", measure="late_share", subject="technician", subject_id=str(person.id),
        subject_name=person.name, month="2026-01", above=True, bound=0.1, value=0.2, evidence={}, at=now,
    )  # fmt: skip
    session.add_all([decision, alert])
    await session.flush()
    session.add(DecisionEvent(decision_id=decision.id, kind="accepted", at=now, by=None, words="x", data={}))
    complaint, supervision = await _complained(session, area, order)
    ids |= {
        "outage_id": outage.id, "complaint_id": complaint.id, "supervision_id": supervision.id,
        "notice_id": notice.id, "channel_id": channel.id,
        "area_id": area.id, "grid_id": grid.id, "contract_id": contract.id, "technician_id": person.id,
        "leave_id": leave.id, "order_id": order.id, "photo_id": photo.id, "entry_id": entry.id, "ruling_id": ruling.id,
        "statement_id": statement.id, "decision_id": decision.id, "alert_id": alert.id,
        "plan_id": plan.id,
        "run_id": run.id, "import_id": imported.id, "account_id": account.id, "token_id": token.id,
        "subscriber_id": order.subscriber_id, "double_id": double.id,
    }  # fmt: skip
    place.ids = ids
    return place


async def _person(session: AsyncSession, place: Place, role: Role, contractor: str | None) -> dict[str, str]:
    login = f"{role.value}-{contractor or 'house'}"
    technician = place.technician
    if role is T and contractor is None:  # an account is one person's; the firm's man stands for both
        return {}
    account = await create_account(
        session,
        login,
        login,
        role,
        area_ids=[place.area.id],
        grid_ids=[place.grid.id] if role is G else None,
        contractor=contractor,
        technician_id=technician.id if role is T else None,
        password="long enough, really",
    )
    _, secret = await create_token(session, account, "test")
    await invite(session, account)
    return {"Authorization": f"Bearer {secret}"}


BODIES: dict[str, Any] = {
    "actOnOrder": {"type": "noted", "text": "seen"},
    "reportOrder": {"faultType": "no_service", "subscriber": {"name": "Somebody"}},
    "addGuide": {"code": "no_service", "definition": {}},
    "createAccount": {"login": "x", "name": "X", "role": "agent"},
    "moveClock": {"now": "2030-01-01T00:00:00Z", "speed": 0},
    "createShift": {"start": "2026-01-05T08:00:00Z", "end": "2026-01-05T16:00:00Z"},
    "createLeave": {"start": "2026-01-05T08:00:00Z", "end": "2026-01-05T16:00:00Z"},
}
ABOUT_AN_ORDER = frozenset({"priceMove", "makeMove"})
"""Whose body names the order of the place."""
RAW: dict[str, bytes] = {
    "importGrids": collection(WEST, EAST),
    "importContracts": b"grid,technician_a,from\n",
    "importTechnicians": b"employee_number,name\n",
    "putOrderPhoto": b"x",
    "sendPhotoPiece": b"x",
}
QUERIES: dict[str, dict[str, str]] = {
    "locate": {"lon": "-123.15", "lat": "49.25"},
    "searchAddresses": {"q": "Main Street"},
    "getReliability": {"from": "2026-01-01", "to": "2026-02-01"},
    "importGrids": {"nameField": "name"},
    "listLedger": {"subject": "technician", "subjectId": "00000000-0000-7000-8000-000000000000"},
    "getFunnel": {"indicator": "repaired_on_time"},
    "listRanked": {"subject": "grid"},
    "sendPhotoPiece": {"offset": "0", "total": "2", "sha256": "0" * 64},
}
WORDS: Mapping[str, str] = {
    "month": "2026-01", "subject": "technician", "indicator": "repaired_on_time", "kind": "service", "year": "2026",
    "name": "sms", "z": "12", "x": "646", "tile": "1400.mvt", "token": "unknown", "file": "unknown.ics",
    "offer_id": "00000000-0000-7000-8000-000000000000", "act_id": "00000000-0000-7000-8000-000000000000",
    "loss_id": "00000000-0000-7000-8000-000000000000", "rule_id": "00000000-0000-7000-8000-000000000000",
    "view_id": "00000000-0000-7000-8000-000000000000",
}  # fmt: skip


def address(path: str, place: Place) -> str:
    """A path of the document with the ids of one place."""
    words = {name: str(value) for name, value in place.ids.items()} | dict(WORDS)
    return path.format_map(words | {"subject_id": words["technician_id"]})


def body(operation: Mapping[str, Any], schemas: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """What httpx sends: the smallest body that the document allows."""
    name = operation["operationId"]
    content = operation.get("requestBody", {}).get("content", {})
    if name in RAW:
        return {"content": RAW[name], "headers": {"Content-Type": next(iter(content)).replace("*", "jpeg")}}
    if "multipart/form-data" in content:
        return {"files": {"file": ("x.csv", b"a,b\n1,2\n", "text/csv")}, "data": {"mapping": ""}}
    if name == "createAccount":
        return {"json": BODIES[name] | {"areaIds": [str(place.area.id)]}}
    if name == "createContract":
        return {"json": {"technicianAId": str(place.ids["technician_id"]), "firstDay": "2019-01-01"}}
    if name == "offerOrder":
        return {"json": {"technicianId": str(place.ids["technician_id"])}}
    if name == "mergeSubscribers":
        return {"json": {"intoSubscriberId": str(place.ids["double_id"])}}
    if name in ABOUT_AN_ORDER:
        return {"json": {"orderId": str(place.ids["order_id"])}}
    if name in BODIES:
        return {"json": BODIES[name]}
    if "application/json" in content:
        return {"json": example(content["application/json"]["schema"], schemas)}
    return {}


def example(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Any:
    """The smallest value of a JSON schema: required properties only."""
    if "$ref" in schema:
        return example(schemas[schema["$ref"].rsplit("/", 1)[1]], schemas)
    for several in ("oneOf", "anyOf"):
        if several in schema:
            return example(schema[several][0], schemas)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = kind[0]
    if kind == "object":
        return {name: example(schema["properties"][name], schemas) for name in schema.get("required", [])}
    if kind == "array" and "prefixItems" in schema:
        return [example(item, schemas) for item in schema["prefixItems"]]
    if kind == "array":
        return [example(schema["items"], schemas)] * schema.get("minItems", 0)
    if kind in ("integer", "number"):
        return schema.get("minimum", 1)
    if kind == "boolean":
        return True
    formats = {"uuid": str(uuid7()), "date": "2026-01-05", "date-time": "2026-01-05T08:00:00Z"}
    return formats.get(schema.get("format", ""), "2026-01" if "pattern" in schema else "xxxxxxxxxxxx")
