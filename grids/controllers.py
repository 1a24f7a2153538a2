"""Areas, their clocks, grids, contracts and whose grid a point is, over HTTP."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Controller, Request, get, patch, post
from litestar.datastructures import State
from litestar.params import Parameter, QueryParameter
from msgspec import UNSET
from sqlalchemy.ext.asyncio import AsyncSession

from grids import contracts, repository, service
from grids.access import require_whole_area
from grids.contracts import Terms, terms_of
from grids.importing import import_grids
from grids.locating import LocatedContract, LocatedGrid
from grids.models import AreaKind, Grid, GridContract, ServiceArea
from grids.schemas import (
    AreaIn,
    AreaOut,
    ClockOut,
    ContractChange,
    ContractImportOut,
    ContractIn,
    ContractOut,
    GridChange,
    GridCollection,
    GridFeature,
    GridImportOut,
    GridProperties,
    GridRef,
    LocatedManyOut,
    LocatedOut,
    LocateIn,
    PersonRef,
)
from kit.actor import Actor, Role
from kit.clock import real_now
from kit.errors import Forbidden, Invalid, NotFound
from kit.http.requests import CsvFile, GeoJsonFile, Page, check_version, expected_version
from kit.i18n import language_of, text
from kit.live import announce


def area_out(area: ServiceArea) -> AreaOut:
    """An area as HTTP says it."""
    return AreaOut(
        id=area.id,
        code=area.code,
        name=area.name,
        timezone=area.timezone,
        kind=area.kind,
        country=area.country,
        clock=clock_out(area),
        version=area.version,
    )


def clock_out(area: ServiceArea) -> ClockOut:
    """An area's clock as HTTP says it."""
    return ClockOut(now=area.clock.now(real_now()), speed=area.clock_speed, replay=area.clock.is_replay)


async def contracts_out(session: AsyncSession, found: Sequence[GridContract]) -> list[ContractOut]:
    """Contracts with the names of their people, by one statement more."""
    people = [person for contract in found for person in (contract.technician_a_id, contract.technician_b_id)]
    names = await repository.technician_names(session, people)
    return [contract_out(contract, names) for contract in found]


def contract_out(contract: GridContract | LocatedContract, names: Mapping[UUID, str]) -> ContractOut:
    """A contract as HTTP says it; `names` are those of its people, by id."""
    terms, second = terms_of(contract), contract.technician_b_id
    return ContractOut(
        id=contract.id,
        grid_id=contract.grid_id,
        technician_a=PersonRef(id=contract.technician_a_id, name=names[contract.technician_a_id]),
        technician_b=PersonRef(id=second, name=names[second]) if second else None,
        first_day=terms.first_day,
        last_day=terms.last_day,
        contractor=contract.contractor,
        households=contract.households,
        quota=contract.quota,
        unit_points=contract.unit_points,
        version=contract.version,
    )


def point_of(pair: Sequence[float]) -> tuple[float, float]:
    """A position on earth. Raises `Invalid` for one beyond it."""
    lon, lat = pair
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise Invalid("point.out_of_range", field="points", lon=lon, lat=lat)
    return lon, lat


class AreaController(Controller):
    """Service areas and their clocks."""

    path = "/api/areas"
    tags = ["areas"]  # noqa: RUF012 - Litestar reads it as is

    @get(operation_id="listAreas", summary="The areas you may see")
    async def find(self, actor: Actor, session: AsyncSession) -> Page[AreaOut]:
        """By code; there are few, so they come in one page."""
        return Page(items=[area_out(area) for area in await repository.areas(session, actor)])

    @post(operation_id="createArea", summary="A new area")
    async def create(self, data: AreaIn, actor: Actor, session: AsyncSession, state: State) -> AreaOut:
        """With the shipped rules in force. Only an administrator of all areas may add one."""
        actor.require(Role.ADMINISTRATOR)
        if actor.scope.areas is not None:
            raise Forbidden("area.not_everywhere")
        kind = AreaKind.TRIAL if data.trial else AreaKind.ORDINARY
        area = await service.create_area(session, data.code, data.name, data.timezone, kind)
        await state.install_defaults(session, area)  # a room above; `dispatch/app.py` names it
        return area_out(area)

    @get("/{area_id:uuid}", operation_id="getArea", summary="One area")
    async def one(self, area_id: UUID, actor: Actor, session: AsyncSession) -> AreaOut:
        """404 outside your areas."""
        actor.require_area(area_id)
        return area_out(await service.area_by_id(session, area_id))


class GridController(Controller):
    """The polygons of an area."""

    path = "/api/areas/{area_id:uuid}"
    tags = ["grids"]  # noqa: RUF012 - Litestar reads it as is

    @get("/grids", operation_id="listGrids", summary="The grids as GeoJSON")
    async def find(
        self,
        area_id: UUID,
        actor: Actor,
        session: AsyncSession,
        on: Annotated[
            date | None, Parameter(description="The day whose contracts are shown; today if left out.")
        ] = None,
    ) -> GridCollection:
        """Those you may see, each with the contract of the day."""
        actor.require_area(area_id)
        area = await service.area_by_id(session, area_id)
        found = await repository.grids(session, area_id, actor)
        shapes = await repository.polygons(session, [grid.id for grid in found])
        current = await repository.contracts_on(session, [grid.id for grid in found], on or service.local_day(area))
        shown = {contract.grid_id: contract for contract in await contracts_out(session, list(current.values()))}
        features = [
            GridFeature(
                id=grid.id,
                geometry=json.loads(shapes[grid.id]),
                properties=GridProperties(
                    id=grid.id,
                    code=grid.code,
                    name=grid.name,
                    priority=grid.priority,
                    rural=grid.rural,
                    square_metres=grid.square_metres,
                    version=grid.version,
                    contract=shown.get(grid.id),
                ),
            )
            for grid in found
        ]
        return GridCollection(features=features)

    @post(
        "/grids",
        operation_id="importGrids",
        summary="Import grids from GeoJSON",
        status_code=200,
        operation_class=GeoJsonFile,
    )
    async def load(
        self,
        area_id: UUID,
        actor: Actor,
        session: AsyncSession,
        request: Request[Any, Any, State],
        body: bytes,
        name_field: Annotated[str | None, QueryParameter(name="nameField")] = None,
        code_field: Annotated[str | None, QueryParameter(name="codeField")] = None,
        system: str | None = None,
        strict: bool = False,
        accept_overlaps: Annotated[bool, QueryParameter(name="acceptOverlaps")] = False,
        accept_gaps: Annotated[bool, QueryParameter(name="acceptGaps")] = False,
        accept_mending: Annotated[bool, QueryParameter(name="acceptMending")] = False,
    ) -> GridImportOut:
        """The body is the GeoJSON file. Overlaps and gaps above 0.1 % of the area are refused unless accepted, and so
        are rings whose mending changes more than 1 % of a grid. `system`: gcj02, bd09 or a code such as EPSG:4549.
        """
        actor.require(Role.ADMINISTRATOR)
        actor.require_area(area_id)
        await require_whole_area(session, actor, area_id)
        area = await service.area_by_id(session, area_id)
        result = await import_grids(
            session, area, body, name_field, code_field, system=system, strict=strict,
            accept_overlaps=accept_overlaps, accept_gaps=accept_gaps, accept_mending=accept_mending,
        )  # fmt: skip
        language = language_of(request.headers.get("accept-language"))
        told = asdict(result)
        for ring in told["mended_rings"]:
            ring["detail"] = text(ring["problem"], language)
        told["notes"] = [
            {"code": note.code, "detail": text(note.code, language, **note.params)} for note in result.notes
        ]
        return msgspec.convert(_camel(told), GridImportOut)

    @get("/locate", operation_id="locate", summary="Whose grid a point is")
    async def locate(
        self,
        area_id: UUID,
        actor: Actor,
        session: AsyncSession,
        lon: Annotated[float, Parameter(ge=-180, le=180)],
        lat: Annotated[float, Parameter(ge=-90, le=90)],
        on: date | None = None,
    ) -> LocatedOut:
        """Every point of a shared border belongs to exactly one grid."""
        actor.require_area(area_id)
        found = await service.locate(session, area_id, lon, lat, on)
        if found.grid is None or not _sees(actor, found.grid.id):
            return LocatedOut(grid=None, contract=None)
        contract = contract_out(found.contract, found.people) if found.contract else None
        return LocatedOut(grid=_ref(found.grid), contract=contract)

    @post("/locate", operation_id="locateMany", summary="Whose grids many points are", status_code=200)
    async def locate_many(self, area_id: UUID, data: LocateIn, actor: Actor, session: AsyncSession) -> LocatedManyOut:
        """One statement for all of them."""
        actor.require_area(area_id)
        located = await service.locate_many(session, area_id, [point_of(pair) for pair in data.points])
        refs = {grid.id: _ref(grid) for grid in await repository.grids(session, area_id, actor)}
        return LocatedManyOut(grids=[refs.get(grid) if grid else None for grid in located])

    @post(
        "/contracts/import",
        operation_id="importContracts",
        summary="Import contracts from CSV",
        status_code=200,
        operation_class=CsvFile,
    )
    async def load_contracts(
        self, area_id: UUID, actor: Actor, session: AsyncSession, body: bytes
    ) -> ContractImportOut:
        """The body is the CSV file: grid, technician_a, technician_b, from, to, contractor, households, quota."""
        actor.require(Role.ADMINISTRATOR)
        actor.require_area(area_id)
        await require_whole_area(session, actor, area_id)
        result = await contracts.import_contracts(session, await service.area_by_id(session, area_id), body)
        return msgspec.convert(asdict(result), ContractImportOut)


class ContractController(Controller):
    """Who answers for a grid."""

    path = "/api"
    tags = ["contracts"]  # noqa: RUF012 - Litestar reads it as is

    @patch("/grids/{grid_id:uuid}", operation_id="changeGrid", summary="Edit a grid")
    async def change_grid(
        self, grid_id: UUID, data: GridChange, actor: Actor, session: AsyncSession, request: Request[Any, Any, Any]
    ) -> GridRef:
        """Its name, its priority inside an accepted overlap, whether it is rural."""
        actor.require(Role.ADMINISTRATOR)
        grid = await _grid(session, actor, grid_id)
        check_version(grid.version, expected_version(request), _ref(grid))
        for name in ("name", "priority", "rural"):
            if (value := getattr(data, name)) is not UNSET:
                setattr(grid, name, value)
        grid.version += 1
        await announce(session, grid.area_id, "grids", grid.area_id)
        return _ref(grid)

    @get("/grids/{grid_id:uuid}/contracts", operation_id="listContracts", summary="Every contract of a grid")
    async def find(self, grid_id: UUID, actor: Actor, session: AsyncSession) -> list[ContractOut]:
        """Oldest first."""
        grid = await _grid(session, actor, grid_id)
        return await contracts_out(session, await contracts.contracts_of(session, grid.id))

    @post("/grids/{grid_id:uuid}/contracts", operation_id="createContract", summary="A new contract")
    async def create(self, grid_id: UUID, data: ContractIn, actor: Actor, session: AsyncSession) -> ContractOut:
        """409 where the grid is under contract already during part of that time."""
        actor.require(Role.ADMINISTRATOR)
        grid = await _grid(session, actor, grid_id)
        terms = Terms(**{name: getattr(data, name) for name in data.__struct_fields__})
        return (await contracts_out(session, [await contracts.create_contract(session, grid, terms)]))[0]

    @patch("/contracts/{contract_id:uuid}", operation_id="changeContract", summary="Edit a contract")
    async def change(
        self,
        contract_id: UUID,
        data: ContractChange,
        actor: Actor,
        session: AsyncSession,
        request: Request[Any, Any, Any],
    ) -> ContractOut:
        """Send the version you saw in If-Match; 412 when somebody changed it first."""
        actor.require(Role.ADMINISTRATOR)
        contract = await session.get(GridContract, contract_id, with_for_update=True, populate_existing=True)
        if contract is None:
            raise NotFound("contract.not_found")
        try:
            grid = await _grid(session, actor, contract.grid_id)
        except NotFound as error:
            raise NotFound("contract.not_found") from error
        shown = (await contracts_out(session, [contract]))[0]
        check_version(contract.version, expected_version(request), shown)
        given = {name: value for name in data.__struct_fields__ if (value := getattr(data, name)) is not UNSET}
        await contracts.edit_contract(session, grid, contract, replace(terms_of(contract), **given))
        return (await contracts_out(session, [contract]))[0]


def _sees(actor: Actor, grid_id: UUID) -> bool:
    return actor.trusted or actor.scope.grids is None or grid_id in actor.scope.grids


def _ref(grid: Grid | LocatedGrid) -> GridRef:
    return GridRef(id=grid.id, code=grid.code, name=grid.name)


async def _grid(session: AsyncSession, actor: Actor, grid_id: UUID) -> Grid:
    grid = await repository.grid(session, grid_id)
    if grid is None or not _sees(actor, grid_id) or not (actor.trusted or actor.scope.allows_area(grid.area_id)):
        raise NotFound("grid.not_found")
    return grid


def _camel(values: dict[str, Any]) -> dict[str, Any]:
    """Keys as the structs expect them."""

    def name(key: str) -> str:
        first, *rest = key.split("_")
        return first + "".join(word.title() for word in rest)

    def walk(value: Any) -> Any:
        if isinstance(value, dict):
            return {name(key): walk(inner) for key, inner in value.items()}
        return [walk(inner) for inner in value] if isinstance(value, list) else value

    return {name(key): walk(value) for key, value in values.items()}


ROUTES = (AreaController, GridController, ContractController)
