"""Logins for the simulation: ordinary role accounts of one trial area, with tokens that last as long as a long run."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, any_, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.accounts import repository
from dispatch.accounts.models import Account, AccountStatus
from dispatch.accounts.service import create_account, create_token
from grids.models import AreaKind, Grid, ServiceArea
from grids.service import area_by_id
from kit.actor import Role
from kit.errors import Conflict

LASTS = timedelta(days=2)
DESKS = (Role.ADMINISTRATOR, Role.DISPATCHER, Role.AGENT, Role.GRID_LEAD)
EVERYBODY = (Role.MANAGER, Role.INSPECTOR)
AGENTS = 3
"""So many more sit at the call-back desk where everybody is asked for."""


async def trial_logins(session: AsyncSession, area_id: UUID, *, everybody: bool = False) -> dict[str, Any]:
    """Tokens by role (`administrator`, `dispatcher`, `agent`, `grid_lead`) and `technicians` by technician id.

    With `everybody` also `manager`, `inspector` and `agents`, a tuple.
    The technicians are the area's own accounts. Those nobody has invited yet become active without a password, so only
    these tokens speak for them. Raises `Conflict` in an ordinary area: nobody else may speak for real people.
    """
    area = await area_by_id(session, area_id)
    if area.kind is not AreaKind.TRIAL:
        raise Conflict("clock.ordinary", area=area.code)
    found: dict[str, Any] = {}
    for role in (*DESKS, *EVERYBODY) if everybody else DESKS:
        account = await _desk(session, area, role)
        found[role.value] = (await create_token(session, account, "simulate", lasts=LASTS))[1]
    if everybody:
        desk = [await _desk(session, area, Role.AGENT, f"-{number}") for number in range(1, AGENTS + 1)]
        found["agents"] = tuple([(await create_token(session, one, "simulate", lasts=LASTS))[1] for one in desk])
    found["technicians"] = {}
    query = select(Account).where(
        Account.technician_id.is_not(None), literal(area_id, Uuid()) == any_(Account.area_ids)
    )
    for account in (await session.execute(query.order_by(Account.login))).scalars():
        if account.status is AccountStatus.DISABLED:
            continue
        account.status = AccountStatus.ACTIVE
        secret = (await create_token(session, account, "simulate", lasts=LASTS))[1]
        found["technicians"][str(account.technician_id)] = secret
    return found


async def _desk(session: AsyncSession, area: ServiceArea, role: Role, which: str = "") -> Account:
    login = f"simulate-{area.code}-{role.value.replace('_', '-')}{which}"
    account = await repository.by_login(session, login)
    if account is None:
        account = await create_account(session, login, f"Simulation {role.value}{which}", role, area_ids=[area.id])
    if role is Role.GRID_LEAD:
        grids = select(Grid.id).where(Grid.area_id == area.id, Grid.archived_at.is_(None))
        account.grid_ids = list((await session.execute(grids)).scalars())
    account.status = AccountStatus.ACTIVE
    return account
