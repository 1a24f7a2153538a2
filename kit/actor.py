"""The caller (`Actor`) and what the caller may see (`Scope`). Types only: each room filters its own queries by them."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field, replace
from uuid import UUID

from kit.errors import Forbidden, NotFound


class Role(enum.StrEnum):
    """The roles of `domain.md` §2."""

    AGENT = "agent"
    DISPATCHER = "dispatcher"
    TECHNICIAN = "technician"
    GRID_LEAD = "grid_lead"
    INSPECTOR = "inspector"
    MANAGER = "manager"
    OBSERVER = "observer"
    ADMINISTRATOR = "administrator"


class Personal(enum.StrEnum):
    """Kinds of personal data in answers."""

    SUBSCRIBER = "subscriber"
    """Whom a subscriber's name, phone or free text tells of."""
    STAFF = "staff"
    """A technician's phone, home and cost."""
    ADDRESS = "address"
    """The numbers of an address: which house, stair and flat of a street."""


_WITHOUT = {
    Personal.SUBSCRIBER: frozenset({Role.OBSERVER, Role.MANAGER}),
    Personal.STAFF: frozenset({Role.AGENT, Role.INSPECTOR, Role.OBSERVER, Role.MANAGER}),
    Personal.ADDRESS: frozenset({Role.OBSERVER}),
}
"""Roles that need no data of this kind. A technician sees only themselves, so their own data are shown to them."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Limits on the rows a person may see. `None` means no limit of that kind. An empty set means no rows."""

    areas: frozenset[UUID] | None = field(default_factory=frozenset)
    grids: frozenset[UUID] | None = None
    technician: UUID | None = None
    contractor: str | None = None

    def allows_area(self, area_id: UUID) -> bool:
        """Whether rows of this service area may be seen."""
        return self.areas is None or area_id in self.areas


@dataclass(frozen=True, slots=True)
class Actor:
    """The caller: a signed-in person, the holder of a token, or the system (`trusted`)."""

    account_id: UUID | None
    name: str
    role: Role
    scope: Scope
    trusted: bool = False

    def require(self, *roles: Role) -> None:
        """Raise `Forbidden` unless the actor has one of these roles. No role includes another: name every role."""
        if not self.trusted and self.role not in roles:
            raise Forbidden("forbidden.role", role=self.role.value, needed=", ".join(role.value for role in roles))

    def require_area(self, area_id: UUID) -> None:
        """Raise `NotFound` for an area outside the scope, as if it did not exist."""
        if not self.trusted and not self.scope.allows_area(area_id):
            raise NotFound("not_found.area", area=str(area_id))

    @property
    def is_system(self) -> bool:
        """Whether nobody in person stands behind the act."""
        return self.trusted and self.account_id is None

    def in_their_name(self) -> Actor:
        """The same person for acts that the caller has already checked: role and scope are not asked again.

        Events bear the person, not the system.
        """
        return self if self.trusted else replace(self, trusted=True)

    def sees(self, kind: Personal) -> bool:
        """Whether personal data of this kind are shown to the actor."""
        return self.trusted or self.role not in _WITHOUT[kind]

    @property
    def sees_subscribers(self) -> bool:
        """Whether names and phones of subscribers are shown. Observers and managers see them masked."""
        return self.sees(Personal.SUBSCRIBER)


SYSTEM = Actor(account_id=None, name="system", role=Role.ADMINISTRATOR, scope=Scope(areas=None), trusted=True)
"""The system: sweeps, jobs, and imports from the command line."""
