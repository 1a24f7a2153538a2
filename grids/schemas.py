"""What HTTP says about areas, grids and contracts."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import UNSET, Meta, UnsetType

from grids.models import AreaKind
from kit.bounds import Code
from kit.http.requests import Struct

LonLatPair = Annotated[list[float], Meta(min_length=2, max_length=2, description="[longitude, latitude], WGS 84")]


class AreaIn(Struct):
    """A new service area. A trial area may live past days on a replay clock."""

    code: Annotated[str, Meta(max_length=40)]
    timezone: Code
    name: Annotated[str, Meta(max_length=200)] | None = None
    trial: bool = False


class ClockOut(Struct):
    """The area's own time; `replay` says that it is not ours."""

    now: datetime
    speed: float
    replay: bool


class AreaOut(Struct):
    """A service area."""

    id: UUID
    code: str
    name: str
    timezone: str
    kind: AreaKind
    country: str | None
    clock: ClockOut
    version: int


class PersonRef(Struct):
    """Somebody a contract names."""

    id: UUID
    name: str


class ContractOut(Struct):
    """Who answers for a grid, from a first to a last day (included; null runs on)."""

    id: UUID
    grid_id: UUID
    technician_a: PersonRef
    technician_b: PersonRef | None
    first_day: date
    last_day: date | None
    contractor: str | None
    households: int | None
    quota: int | None
    unit_points: float
    version: int


class ContractIn(Struct):
    """A new contract; days are local and included."""

    technician_a_id: UUID
    first_day: date
    technician_b_id: UUID | None = None
    last_day: date | None = None
    contractor: Annotated[str, Meta(max_length=200)] | None = None
    households: Annotated[int, Meta(ge=0, le=100_000_000)] | None = None
    quota: Annotated[int, Meta(ge=0, le=1_000_000)] | None = None
    unit_points: Annotated[float, Meta(ge=0, le=1000)] = 1.0


class ContractChange(Struct):
    """What is left out stays."""

    technician_a_id: UUID | UnsetType = UNSET
    first_day: date | UnsetType = UNSET
    technician_b_id: UUID | UnsetType | None = UNSET
    last_day: date | UnsetType | None = UNSET
    contractor: Annotated[str, Meta(max_length=200)] | UnsetType | None = UNSET
    households: Annotated[int, Meta(ge=0, le=100_000_000)] | UnsetType | None = UNSET
    quota: Annotated[int, Meta(ge=0, le=1_000_000)] | UnsetType | None = UNSET
    unit_points: Annotated[float, Meta(ge=0, le=1000)] | UnsetType = UNSET


class GridRef(Struct):
    """A grid by its names."""

    id: UUID
    code: str
    name: str


class GridProperties(Struct):
    """What a map shows of a grid, with the contract of the day."""

    id: UUID
    code: str
    name: str
    priority: int
    rural: bool
    square_metres: float
    version: int
    contract: ContractOut | None


class GridFeature(Struct):
    """A grid as a GeoJSON feature."""

    id: UUID
    geometry: dict[str, Any]
    properties: GridProperties
    type: Literal["Feature"] = "Feature"


class GridCollection(Struct):
    """The grids of an area as GeoJSON."""

    features: list[GridFeature]
    type: Literal["FeatureCollection"] = "FeatureCollection"


class GridChange(Struct):
    """What a person may edit of a grid; its polygon comes from an import. What is left out stays."""

    name: Annotated[str, Meta(min_length=1, max_length=200)] | UnsetType = UNSET
    priority: Annotated[int, Meta(ge=-1000, le=1000)] | UnsetType = UNSET
    rural: bool | UnsetType = UNSET


class LocatedOut(Struct):
    """Whose grid a point is; null where no grid of yours covers it."""

    grid: GridRef | None
    contract: ContractOut | None


class LocateIn(Struct):
    """Many points at once."""

    points: Annotated[list[LonLatPair], Meta(max_length=50_000)]


class LocatedManyOut(Struct):
    """The grid of each point, in their order."""

    grids: list[GridRef | None]


class PlaceOut(Struct):
    """A place that several grids claim, or none."""

    codes: list[str]
    square_metres: float
    percent: float


class RingOut(Struct):
    """A feature whose rings were mended: what was wrong, in words too, and the square metres before and after."""

    code: str
    name: str
    problem: str
    detail: str
    square_metres_before: float
    square_metres_after: float


class NoteOut(Struct):
    """What else a person should know about a file that was taken: a code, and the sentence."""

    code: str
    detail: str


class RejectionOut(Struct):
    """A row that was left out."""

    line: int
    reason: str


class ContractImportOut(Struct):
    """What an import of contracts did."""

    rows: int
    created: int
    updated: int
    unchanged: int
    rejected: list[RejectionOut]


class GridImportOut(Struct):
    """What an import did and found; percents are of the area."""

    features: int
    square_metres: float
    created: int
    updated: int
    unchanged: int
    archived: list[str]
    mended_rings: list[RingOut]
    overlaps: list[PlaceOut]
    overlap_count: int
    overlap_percent: float
    overlap_handling: str
    gaps: list[PlaceOut]
    gap_count: int
    gap_percent: float
    gap_handling: str
    enclaves: list[PlaceOut]
    enclave_percent: float
    map_cover_percent: float | None
    notes: list[NoteOut]
