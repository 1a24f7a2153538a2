"""Guides over HTTP: everybody of an area reads them, administrators add versions."""

from __future__ import annotations

from uuid import UUID

import msgspec
from litestar import Controller, get, post
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.policies.guides import service
from dispatch.policies.guides.schemas import GuideIn, GuideOut
from grids.access import require_whole_area
from kit.actor import Actor, Role


def _out(version: service.GuideVersion) -> GuideOut:
    names = [field.name for field in msgspec.structs.fields(GuideOut)]
    return GuideOut(**{name: getattr(version, name) for name in names})


class GuideController(Controller):
    """How fault types are completed."""

    path = "/api/areas/{area_id:uuid}/guides"
    tags = ("policies",)

    @get(operation_id="listGuides", summary="How each fault type is completed")
    async def find(self, area_id: UUID, session: AsyncSession, actor: Actor) -> list[GuideOut]:
        """The newest version of each, the area's own before the shipped one; `*` is for all other fault types."""
        actor.require_area(area_id)
        return [_out(version) for version in await service.guides(session, area_id)]

    @post(operation_id="addGuide", summary="A new version of a guide")
    async def add(self, area_id: UUID, data: GuideIn, session: AsyncSession, actor: Actor) -> GuideOut:
        """Counts from now on, for completions that arrive after it; earlier ones stay as they were taken."""
        actor.require(Role.ADMINISTRATOR)
        actor.require_area(area_id)
        await require_whole_area(session, actor, area_id)
        return _out(await service.add_guide(session, area_id, data.code, data.definition, actor.account_id))


ROUTES = (GuideController,)
