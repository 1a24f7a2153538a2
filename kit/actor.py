"""The caller (`Actor`) and what the caller may see (`Scope`). Types only: each room filters its own queries by them."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
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
    def sees_subscribers(self) -> bool:
        """Whether names and phones of subscribers are shown. Observers and managers see them masked."""
        return self.trusted or self.role not in (Role.OBSERVER, Role.MANAGER)


SYSTEM = Actor(account_id=None, name="system", role=Role.ADMINISTRATOR, scope=Scope(areas=None), trusted=True)
"""The system: sweeps, jobs, and imports from the command line."""
