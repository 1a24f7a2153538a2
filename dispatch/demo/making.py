"""Making the demo: the city with its past where there is none yet, and a day opened in the middle of its morning."""

from __future__ import annotations

import asyncio
import csv
import json
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from datetime import date, time, timedelta
from pathlib import Path

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from citymap.demo_city import DemoCity, write_demo_city
from citymap.importing import import_city
from citymap.osrm.client import RoadsClient, roads_process
from dispatch.accounts import repository as accounts
from dispatch.accounts.models import Account
from dispatch.accounts.service import create_account, set_password
from dispatch.assessments.service import compute
from dispatch.demo.days import finish, past_day, play, settle, workday
from dispatch.demo.load import BUSY, CALM, Load, before_work
from dispatch.demo.photos import send_photos
from dispatch.demo.scripts import Script
from dispatch.demo.town import CODE, NOW, OPENING, Town, houses_by_grid, people_on
from dispatch.orders.intake.importing import import_orders
from dispatch.orders.intake.rows.mapping import mapping_from
from dispatch.orders.models import Visit, VisitStatus
from dispatch.planning.dispatching.auto_dispatch import dispatch_new
from dispatch.planning.drafts.applying import publish_plan
from dispatch.planning.models import Plan, PlanStatus
from dispatch.planning.runs.options import PlanOptions
from dispatch.planning.runs.planning import plan_day
from dispatch.policies.seeds import FAULT_TYPES
from dispatch.policies.service import install_defaults
from dispatch.technicians.generate import generate
from grids.importing import import_grids
from grids.models import AreaKind, Grid, ServiceArea
from grids.repository import area_by_code
from grids.service import area_by_id, create_area, set_clock
from kit.actor import SYSTEM, Role
from kit.clock import local_date, real_now
from kit.db import Database
from kit.settings import settings

PER_GRID = 4
HISTORY_DAYS = 60
LIVED_DAYS = 30
ORDERS_A_DAY = 27
PLAN_SECONDS = 8
OPEN_FROM, OPEN_UNTIL = time(9, 30), time(16, 30)
HISTORY = mapping_from(
    {
        "source": "demo-history",
        "kind": "history",
        "key": {"id": "id"},
        "columns": {
            "opened": "opened", "closed": "closed", "address": "address", "longitude": "lon", "latitude": "lat",
            "category": "fault",
        },
        "fault_types": {
            fault.code: {
                "en": fault.en, "zh": fault.zh, "match": [fault.code], "skill": fault.skill,
                "skill_level": fault.skill_level, "minutes": fault.service_seconds // 60,
            }
            for fault in FAULT_TYPES
            if fault.kind == "repair"
        },
    }
)  # fmt: skip
Say = Callable[[str], None]


def prepare_demo(url: str, seed: int, say: Say, *, busy: bool = False, speed: float = 1.0) -> list[str]:
    """Make the demo where there is none yet, bring it into the middle of a day, and return what to tell the visitor.

    Args:
        url: the database at the newest schema.
        seed: another seed, another city.
        say: told what is being done.
        busy: the day that is opened is the one after a storm.
        speed: how many seconds of the area's clock pass in one of ours.
    """
    return asyncio.run(_prepare(url, seed, say, BUSY if busy else CALM, speed))


def pause_demo(url: str) -> None:
    """Let the demo's clock stand, so that nothing falls due while nobody lives in it."""
    asyncio.run(_pause(url))


async def _pause(url: str) -> None:
    database = Database(url, pool_size=1)
    try:
        async with database.transaction() as session:
            area = await area_by_code(session, CODE)
            if area is not None and area.clock.is_replay:
                await _go_on(session, area, 0.0)
    finally:
        await database.dispose()


async def _go_on(session: AsyncSession, area: ServiceArea, speed: float) -> None:
    """Another speed from now on: from a second ahead, since a running clock never goes back."""
    await set_clock(session, area.id, area.clock.now(real_now() + timedelta(seconds=1)), speed)


async def _prepare(url: str, seed: int, say: Say, load: Load, speed: float) -> list[str]:
    database = Database(url, pool_size=4)
    warming = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "optimizer.precompile", stdout=subprocess.DEVNULL
    )
    try:
        async with database.transaction() as session:
            area = await area_by_code(session, CODE)
        with tempfile.TemporaryDirectory(prefix="grid-dispatch-demo-") as scratch:
            city = await asyncio.to_thread(write_demo_city, Path(scratch) / "demo.osm.pbf", seed)
            if area is None:
                area = await make_area(database, city, seed, say)
        async with database.transaction() as session:
            area = await area_by_id(session, area.id)
            town = Town(area, await houses_by_grid(session, area, city.places), seed)
            begun = area.clock.is_replay
        if not begun:
            await _past(database, town, say)
        await warming.wait()  # what the search needs compiled, while the city was being made
        await _into_the_day(database, town, say, load, speed)
        return await _logins(database, area)
    finally:
        if warming.returncode is None:
            warming.kill()
        await database.dispose()


async def make_area(database: Database, city: DemoCity, seed: int, say: Say) -> ServiceArea:
    """The trial area with its map, its grids and its people, and no orders yet."""
    say(f"Building {city.name_en} {city.name}: roads, addresses, base map…")
    async with database.transaction() as session:
        area = await create_area(session, CODE, f"{city.name_en} {city.name}", city.timezone, AreaKind.TRIAL)
        await install_defaults(session, area)
    await import_city(database, area.id, city.path, name=city.name_en)
    async with database.transaction() as session:
        area = await area_by_id(session, area.id)
        content = json.dumps(city.grids, ensure_ascii=False).encode()
        await import_grids(session, area, content, "name", "code")
        await generate(session, area, PER_GRID, seed)
    return area


async def _past(database: Database, town: Town, say: Say) -> None:
    """Sixty days of history closed elsewhere, then a month that was lived here, for the score cards."""
    today = local_date(real_now(), town.zone)
    say(f"Bringing in {HISTORY_DAYS} days of history…")
    with tempfile.NamedTemporaryFile("w", suffix=".csv", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(_history(town, today))
        file.flush()
        await import_orders(database, town.area, Path(file.name), HISTORY)
    scripts: list[Script] = []
    for back in range(LIVED_DAYS, 0, -1):
        day = today - timedelta(days=back)
        async with database.transaction() as session:
            scripts += past_day(town, day, await people_on(session, town, day), ORDERS_A_DAY)
    say(f"Living the last {LIVED_DAYS} days, {len(scripts)} orders…")
    await play(database, town, scripts, town.at(today, time(0)))


def _history(town: Town, today: date) -> Iterable[Sequence[object]]:
    yield ("id", "opened", "closed", "address", "lon", "lat", "fault")
    for back in range(HISTORY_DAYS + LIVED_DAYS, LIVED_DAYS, -1):
        day = today - timedelta(days=back)
        draw = town.draw(day)
        for number in range(18):
            house = town.house(draw, draw.choice(sorted(town.houses)))
            opened = town.at(day, time(8)) + timedelta(minutes=draw.uniform(0, 600))
            closed = opened + timedelta(minutes=draw.uniform(50, 400))
            fault = draw.choice(["no_service", "slow", "no_tv", "terminal"])
            yield (
                f"H{day:%y%m%d}{number:03d}", opened.isoformat(), closed.isoformat(), house.address,
                house.point[0], house.point[1], fault,
            )  # fmt: skip


async def _into_the_day(database: Database, town: Town, say: Say, load: Load, speed: float) -> None:
    """Stand in the middle of a working day: today's, or the next one where the demo's clock is past that already."""
    now = town.area.clock.now().astimezone(town.zone)
    async with database.transaction() as session:
        living = await published(session, town.area, now.date())
        if living and OPEN_FROM <= now.time() <= OPEN_UNTIL:
            await _go_on(session, await area_by_id(session, town.area.id), speed)
            return
    day = max(now.date() + timedelta(days=1 if now.time() > time(0) else 0), local_date(real_now(), town.zone))
    if living or now.time() > time(0):
        say("Finishing the day that was…")
        await finish(database, town, now.date())
    say(f"Opening {day:%Y-%m-%d}, planning the day…")
    await open_day(database, town, day, load)
    say("Scoring the months…")
    for month in {day.replace(day=1), (day - timedelta(days=LIVED_DAYS)).replace(day=1)}:
        async with database.transaction() as session:
            await compute(session, SYSTEM, await area_by_id(session, town.area.id), month)
    async with database.transaction() as session:
        await set_clock(session, town.area.id, town.at(day, NOW), speed)


async def open_day(database: Database, town: Town, day: date, load: Load) -> None:
    """Bring the town from the evening before into the middle of a morning: planned at 07:50, worked, planned again."""
    async with database.transaction() as session:
        people = await people_on(session, town, day)
    load = load.for_people({person.id for able in people.values() for person in able})
    await play(database, town, before_work(town, day, load, people), town.at(day, OPENING))
    async with roads_process(settings().roads_socket, settings().data_home, database.url) as roads:
        await _plan(database, town, day, roads)
        async with database.transaction() as session:
            scripts = await workday(session, town, day, load)
        await play(database, town, scripts, town.at(day, NOW))
        await _plan(database, town, day, roads)
    await settle(database, town, day)
    async with database.transaction() as session:
        await send_photos(session, town.area.id)


async def _plan(database: Database, town: Town, day: date, roads: RoadsClient) -> None:
    async with database.transaction() as session:
        town.area = await area_by_id(session, town.area.id)
        await dispatch_new(session, town.area)
    planned = await plan_day(database, town.area, day, PlanOptions(seconds=PLAN_SECONDS, seed=town.seed), roads=roads)
    async with database.transaction() as session:
        await publish_plan(session, SYSTEM, planned.plan_id)


async def published(session: AsyncSession, area: ServiceArea, day: date) -> bool:
    """Whether a day has a published plan: then it was opened before."""
    query = select(Plan.id).where(
        Plan.area_id == area.id, Plan.service_date == day, Plan.status == PlanStatus.PUBLISHED
    )
    return (await session.execute(query)).first() is not None


async def busiest(session: AsyncSession, area: ServiceArea) -> Account:
    """The account of the technician at work now with the most visits still to make: the demo's phone."""
    under_way = Visit.status.in_((VisitStatus.EN_ROUTE, VisitStatus.ON_SITE))
    visits = (
        select(Visit.technician_id, func.count().label("count"), func.bool_or(under_way).label("at_work"))
        .where(or_(Visit.status == VisitStatus.PLANNED, under_way)).group_by(Visit.technician_id).subquery()
    )  # fmt: skip
    query = (
        select(Account)
        .join(visits, visits.c.technician_id == Account.technician_id, isouter=True)
        .where(Account.technician_id.is_not(None), Account.area_ids.any(area.id))  # type: ignore[arg-type]
        .order_by(
            Account.loopback_only.desc(), visits.c.at_work.desc().nulls_last(), visits.c.count.desc().nulls_last(),
            Account.login,
        )
        .limit(1)
    )  # fmt: skip
    return (await session.execute(query)).scalar_one()


async def _logins(database: Database, area: ServiceArea) -> list[str]:
    """Demo logins: made once with random passwords, kept in a file only this user reads, valid from this machine."""
    file = settings().data_home / "demo-logins.json"
    kept: dict[str, str] = json.loads(await asyncio.to_thread(_read, file))
    async with database.transaction() as session:
        technician = await busiest(session, area)
        leads = list((await session.execute(select(Grid.id).where(Grid.area_id == area.id))).scalars())
        for role in (Role.DISPATCHER, Role.AGENT, Role.GRID_LEAD, Role.MANAGER, Role.ADMINISTRATOR):
            login = f"demo-{role.value.replace('_', '-')}"
            account = await accounts.by_login(session, login)
            if account is None:
                grids = leads if role is Role.GRID_LEAD else None
                account = await create_account(
                    session, login, f"Demo {role.value.replace('_', ' ')}", role, area_ids=[area.id], grid_ids=grids,
                    loopback_only=True,
                )  # fmt: skip
            if login not in kept:
                kept[login] = secrets.token_urlsafe(9)
                await set_password(session, account, kept[login])
        if technician.login not in kept:
            technician.loopback_only = True
            kept[technician.login] = secrets.token_urlsafe(9)
            await set_password(session, technician, kept[technician.login])
    await asyncio.to_thread(_write, file, json.dumps(kept, indent=1))
    width = max(len(login) for login in kept)
    return ["Sign in from this machine as:", *(f"  {login:<{width}}  {secret}" for login, secret in kept.items())]


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.exists() else "{}"


def _write(file: Path, text: str) -> None:
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        out.write(text)
