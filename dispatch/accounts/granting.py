"""What an account reaches, and the one rule of granting: nobody gives, keeps or takes over more than they have.

The rule is asked before an account is made, changed, invited or disabled: of the account as it is and as it would be,
one's own account included.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.accounts import repository
from dispatch.accounts.models import Account
from kit.actor import Actor, Role
from kit.errors import Forbidden, Invalid


@dataclass(frozen=True, slots=True)
class Reach:
    """How far an account reaches. None means no limit of that kind; `technician_id` is the person it acts as."""

    role: Role
    area_ids: frozenset[UUID] | None
    grid_ids: frozenset[UUID] | None
    contractor: str | None
    technician_id: UUID | None

    @classmethod
    def of(cls, account: Account) -> Reach:
        """The reach of an account as it is stored."""
        return cls(
            role=account.role,
            area_ids=None if account.area_ids is None else frozenset(account.area_ids),
            grid_ids=None if account.grid_ids is None else frozenset(account.grid_ids),
            contractor=account.contractor,
            technician_id=account.technician_id,
        )

    def changed(self, changes: dict[str, Any]) -> Reach:
        """The reach after `changes` by name; what is no limit is ignored."""
        mine: dict[str, Any] = {name: changes[name] for name in ("role", "contractor") if name in changes}
        for name in ("area_ids", "grid_ids"):
            if name in changes:
                mine[name] = None if changes[name] is None else frozenset(changes[name])
        return replace(self, **mine)


async def require_within(session: AsyncSession, actor: Actor, reach: Reach) -> None:
    """Raise `Forbidden` for a reach beyond the actor's own, `Invalid` for one that names what does not exist.

    Grids must lie in the areas, a technician must work in one of them (for a contractor's people: for that firm).
    """
    if not actor.trusted:
        own = await session.get_one(Account, actor.account_id)
        _within(Reach.of(own), reach)
    if reach.grid_ids and reach.grid_ids != await repository.grids_in(session, reach.grid_ids, reach.area_ids):
        raise Invalid("account.grids", field="gridIds")
    if reach.technician_id is not None:
        works = await repository.technician_of(session, reach.technician_id)
        if works is None or (reach.area_ids is not None and works.area_id not in reach.area_ids):
            raise Invalid("account.technician", field="technicianId")
        if reach.contractor is not None and works.contractor != reach.contractor:
            raise Invalid("account.technician", field="technicianId")


def _within(mine: Reach, wanted: Reach) -> None:
    """Raise `Forbidden` where one limit of mine is missing or wider in what is wanted."""
    if not _covers(mine.area_ids, wanted.area_ids) or not _covers(mine.grid_ids, wanted.grid_ids):
        raise Forbidden("account.areas_beyond")
    if mine.contractor is not None and wanted.contractor != mine.contractor:
        raise Forbidden("account.contractor_beyond", contractor=mine.contractor)


def _covers(mine: frozenset[UUID] | None, wanted: frozenset[UUID] | None) -> bool:
    return mine is None or (wanted is not None and wanted <= mine)
