"""The bulletin of a month (通报): drafted by rule from published numbers, edited and issued by a person, then fixed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.assessments import repository
from dispatch.assessments.decisions.models import HOLDS, Bulletin, Decision, DecisionKind
from dispatch.assessments.models import AssessmentRun, ScoreCard
from dispatch.assessments.months import Month, month_of
from dispatch.policies.models import Indicator
from dispatch.policies.service import indicator_versions
from grids.access import require_whole_area
from grids.models import ServiceArea
from kit import figures
from kit.actor import Actor, Role
from kit.errors import Conflict, Invalid, NotFound
from kit.i18n import in_language, text
from kit.ids import uuid7
from kit.live import announce

WRITERS = (Role.MANAGER,)
READERS = (
    Role.MANAGER, Role.ADMINISTRATOR, Role.INSPECTOR, Role.GRID_LEAD, Role.DISPATCHER, Role.OBSERVER, Role.TECHNICIAN,
)  # fmt: skip
SEE_DRAFTS = (Role.MANAGER, Role.ADMINISTRATOR)
MAIN = ("repaired_on_time", "appointments_kept", "satisfaction", "first_time_fix")
BEST = 3
_NAMED = (DecisionKind.SERVICE_STAR, DecisionKind.HONOUR_CARD, DecisionKind.YELLOW_CARD, DecisionKind.RECTIFICATION,
          DecisionKind.RETRAINING)  # fmt: skip


async def bulletins(session: AsyncSession, actor: Actor, area: ServiceArea, month: str) -> Sequence[Bulletin]:
    """The versions of a month's bulletin, the newest first; drafts only for who writes them."""
    actor.require(*READERS)
    actor.require_area(area.id)
    first = month_of(month, area.timezone).first
    query = select(Bulletin).where(Bulletin.area_id == area.id, Bulletin.month == first)
    if not actor.trusted and actor.role not in SEE_DRAFTS:
        query = query.where(Bulletin.issued_at.is_not(None))
    return (await session.scalars(query.order_by(Bulletin.number.desc()))).all()


async def draft(session: AsyncSession, actor: Actor, area: ServiceArea, month: str, language: str) -> Bulletin:
    """Write the text anew from the newest published version of the month and the decisions that hold.

    It replaces a draft; after an issued bulletin it is the next version. Raises `NotFound` where nothing is published.
    """
    span = await _may_write(session, actor, area, month)
    run = await repository.latest_run(session, area.id, span.first, published=True)
    if run is None:
        raise NotFound("bulletin.unpublished", month=span.name)
    cards = await repository.cards(session, run.id)
    query = select(Decision).where(
        Decision.area_id == area.id, Decision.month == span.first, Decision.status.in_(HOLDS)
    )
    held = (await session.scalars(query.order_by(Decision.name, Decision.id))).all()
    indicators = {one.code: one for one in await indicator_versions(session, area.id, span.first)}
    body = written(area.name, run, cards, indicators, held, language)
    found = await _open(session, area.id, span)
    if found is None:
        number = (await _newest(session, area.id, span)) + 1
        found = Bulletin(id=uuid7(), area_id=area.id, month=span.first, number=number, edit=0)
        session.add(found)
    found.run_number, found.language, found.body = run.number, language, body
    return await _edited(session, actor, area, found)


async def edit(
    session: AsyncSession, actor: Actor, area: ServiceArea, month: str, body: str, expected: int | None = None
) -> Bulletin:
    """Change the text of the draft; of an issued bulletin the changed text is the next version.

    `expected` is the edit the writer has seen. Raises `NotFound` without any, `Conflict` where somebody was quicker.
    """
    span = await _may_write(session, actor, area, month)
    if not body.strip():
        raise Invalid("bulletin.words", field="body")
    found = await _open(session, area.id, span)
    if found is not None and expected is not None and expected != found.edit:
        raise Conflict("bulletin.edited", current={"edit": found.edit}, month=span.name)
    if found is None:
        query = select(Bulletin).where(Bulletin.area_id == area.id, Bulletin.month == span.first)
        last = (await session.scalars(query.order_by(Bulletin.number.desc()).limit(1))).one_or_none()
        if last is None:
            raise NotFound("bulletin.none", month=span.name)
        found = Bulletin(id=uuid7(), area_id=area.id, month=span.first, number=last.number + 1,
                         run_number=last.run_number, language=last.language, edit=0)  # fmt: skip
        session.add(found)
    found.body = body.strip()
    return await _edited(session, actor, area, found)


async def issue(
    session: AsyncSession, actor: Actor, area: ServiceArea, month: str, expected: int | None = None
) -> Bulletin:
    """Let the draft out; from then on it is fixed. Raises `NotFound` without a draft, `Conflict` as `edit`."""
    span = await _may_write(session, actor, area, month)
    found = await _open(session, area.id, span)
    if found is None:
        raise NotFound("bulletin.none", month=span.name)
    if expected is not None and expected != found.edit:
        raise Conflict("bulletin.edited", current={"edit": found.edit}, month=span.name)
    found.issued_by, found.issued_at = actor.account_id, area.clock.now()
    await session.flush()
    await announce(session, area.id, "bulletin", span.name)
    return found


async def _may_write(session: AsyncSession, actor: Actor, area: ServiceArea, month: str) -> Month:
    actor.require(*WRITERS)
    actor.require_area(area.id)
    await require_whole_area(session, actor, area.id)
    span = month_of(month, area.timezone)
    await repository.lock_month(session, area.id, span.first)
    return span


async def _open(session: AsyncSession, area_id: UUID, span: Month) -> Bulletin | None:
    query = select(Bulletin).where(
        Bulletin.area_id == area_id, Bulletin.month == span.first, Bulletin.issued_at.is_(None)
    )
    return (await session.scalars(query.with_for_update())).one_or_none()


async def _newest(session: AsyncSession, area_id: UUID, span: Month) -> int:
    query = select(Bulletin.number).where(Bulletin.area_id == area_id, Bulletin.month == span.first)
    return await session.scalar(query.order_by(Bulletin.number.desc()).limit(1)) or 0


async def _edited(session: AsyncSession, actor: Actor, area: ServiceArea, found: Bulletin) -> Bulletin:
    found.edited_by, found.edited_at, found.edit = actor.account_id, area.clock.now(), found.edit + 1
    await session.flush()
    await announce(session, area.id, "bulletin", f"{found.month:%Y-%m}")
    return found


def written(
    area: str, run: AssessmentRun, cards: Sequence[ScoreCard], indicators: Mapping[str, Indicator],
    held: Sequence[Decision], language: str,
) -> str:  # fmt: skip
    """The text from numbers and decisions alone: the same again for the same. Undecided proposals are not in it."""

    def say(code: str, **values: object) -> str:
        return text(f"bulletin.text.{code}", language, **values)

    title = say("title", area=area, year=run.month.year, month=say(f"month.{run.month.month}"))
    lines = [title, "", say("basis", version=run.number)]
    if run.provisional:
        lines.append(say("provisional"))
    whole = next((card for card in cards if card.subject == "area"), None)
    if whole is not None:
        score = "–" if whole.score is None else figures.number(whole.score, 1)
        lines.append(say("reached", orders=figures.number(whole.orders), score=score))
        for code in MAIN:
            found, rule = whole.indicators.get(code), indicators.get(code)
            if found is None or rule is None or found["value"] is None:
                continue
            target = "–" if rule.target is None else figures.percent(rule.target)
            lines.append(
                say("number", name=in_language({"en": rule.en, "zh": rule.zh}, language), target=target,
                    value=figures.percent(found["value"]), counted=figures.number(found["numerator"]),
                    of=figures.number(found["denominator"]))
            )  # fmt: skip
    for subject in ("technician", "grid"):
        for rural in (False, True):
            group = [card for card in cards if card.subject == subject and card.rural is rural and card.rank]
            best = sorted(group, key=lambda card: (card.rank or 0, card.name))[:BEST]
            if best:
                shown = say("between").join(
                    say("place", rank=card.rank, name=card.name, score=figures.number(card.score or 0, 1))
                    for card in best
                )
                code = f"best_{subject}{'_rural' if rural else ''}"
                lines += ["", say(code, ranked=len(group), names=shown)]
    for kind in _NAMED:
        named = [one for one in held if one.kind is kind]
        if named:
            lines += ["", say(kind.value, names=say("between").join(one.name for one in named))]
            lines += [say("words", name=one.name, words=one.words) for one in named if one.words]
    return "\n".join(lines)
