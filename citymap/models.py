"""The tables of a city map. All rows of one import hang on one `city_maps` row; the area's newest one is active."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import ForeignKey, Index, Integer, SmallInteger, func, text
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import Base, HasId


class CityMap(HasId, Base):
    """One extract imported for one service area: its identity, what is in it, its roads and its calibration."""

    __tablename__ = "city_maps"
    __table_args__ = (
        Index("uq_city_maps_active", "area_id", unique=True, postgresql_where=text("active")),
        Index("ix_city_maps_roads_key", "roads_key"),
    )

    area_id: Mapped[UUID] = mapped_column(ForeignKey("service_areas.id"))
    name: Mapped[str]
    extract_sha256: Mapped[str]
    roads_key: Mapped[str]
    roads_blob: Mapped[str] = mapped_column(ForeignKey("blobs.sha256"))
    imported_at: Mapped[datetime] = mapped_column(server_default=func.now())
    active: Mapped[bool]
    bbox: Mapped[WKBElement] = mapped_column(Geometry("POLYGON", srid=4326, spatial_index=False))
    counts: Mapped[dict[str, Any]]
    calibration_factor: Mapped[float] = mapped_column(default=1.0)
    calibration: Mapped[dict[str, Any] | None]


class _OfMap:
    """A row of one city map; it goes when the map goes."""

    map_id: Mapped[UUID] = mapped_column(ForeignKey("city_maps.id", ondelete="CASCADE"), primary_key=True)


class MapStreet(_OfMap, Base):
    """A street: all ways of one name. `point` is on it, near its middle; `length_metres` says how vague that is."""

    __tablename__ = "map_streets"
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    label: Mapped[str]
    name_zh: Mapped[str]
    name_en: Mapped[str]
    length_metres: Mapped[int] = mapped_column(Integer)
    point: Mapped[WKBElement] = mapped_column(Geometry("POINT", srid=4326, spatial_index=False))


class MapPlace(_OfMap, Base):
    """A named building, shop, park or quarter."""

    __tablename__ = "map_places"
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    label: Mapped[str]
    kind: Mapped[str]
    point: Mapped[WKBElement] = mapped_column(Geometry("POINT", srid=4326, spatial_index=False))


class MapName(_OfMap, Base):
    """A name by which a street or a place is found: taken apart, and as pinyin.

    `likeness` is what trigrams are compared with: the core, and the pinyin of a Chinese one. It is a column of its own
    because a trigram index on `core` would also be taken for equality, where it is far slower than a B-tree.
    """

    __tablename__ = "map_names"
    __table_args__ = (
        Index("ix_map_names_map_id_core", "map_id", "core"),
        Index("ix_map_names_map_id_pinyin", "map_id", "pinyin"),
        Index("ix_map_names_likeness", "likeness", postgresql_using="gin", postgresql_ops={"likeness": "gin_trgm_ops"}),
    )
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    name: Mapped[str]
    core: Mapped[str]
    direction: Mapped[str]
    kind: Mapped[str]
    pinyin: Mapped[str]
    likeness: Mapped[str]
    street_id: Mapped[int | None] = mapped_column(Integer)
    place_id: Mapped[int | None] = mapped_column(Integer)


class MapBlock(_OfMap, Base):
    """A street from one junction to the next, with the house numbers at its ends where they could be learnt."""

    __tablename__ = "map_blocks"
    __table_args__ = (
        Index("ix_map_blocks_map_id_street_id", "map_id", "street_id"),
        Index("ix_map_blocks_line", "line", postgresql_using="gist"),
    )
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    street_id: Mapped[int] = mapped_column(Integer)
    number_from: Mapped[int | None] = mapped_column(Integer)
    number_to: Mapped[int | None] = mapped_column(Integer)
    error_metres: Mapped[int | None] = mapped_column(Integer)
    line: Mapped[WKBElement] = mapped_column(Geometry("LINESTRING", srid=4326, spatial_index=False))


class MapHouse(_OfMap, Base):
    """A house number that the extract knows."""

    __tablename__ = "map_houses"
    __table_args__ = (Index("ix_map_houses_map_id_street_id_number", "map_id", "street_id", "number"),)
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    street_id: Mapped[int] = mapped_column(Integer)
    number: Mapped[int] = mapped_column(Integer)
    suffix: Mapped[str]
    name: Mapped[str]
    point: Mapped[WKBElement] = mapped_column(Geometry("POINT", srid=4326, spatial_index=False))


class MapCorner(_OfMap, Base):
    """Where two streets meet; `first_id` < `second_id`."""

    __tablename__ = "map_corners"
    __table_args__ = (
        Index("ix_map_corners_map_id_first_id_second_id", "map_id", "first_id", "second_id"),
        Index("ix_map_corners_map_id_second_id", "map_id", "second_id"),
    )
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    first_id: Mapped[int] = mapped_column(Integer)
    second_id: Mapped[int] = mapped_column(Integer)
    point: Mapped[WKBElement] = mapped_column(Geometry("POINT", srid=4326, spatial_index=False))


class MapFeature(_OfMap, Base):
    """Something the base map draws, in web mercator, from `min_zoom` on."""

    __tablename__ = "map_features"
    __table_args__ = (
        Index("ix_map_features_shape", "shape", postgresql_using="gist"),
        Index("ix_map_features_map_id_min_zoom", "map_id", "min_zoom"),
    )
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    layer: Mapped[str]
    kind: Mapped[str]
    name: Mapped[str]
    name_zh: Mapped[str]
    name_en: Mapped[str]
    min_zoom: Mapped[int] = mapped_column(SmallInteger)
    oneway: Mapped[bool]
    shape: Mapped[WKBElement] = mapped_column(Geometry("GEOMETRY", srid=3857, spatial_index=False))
