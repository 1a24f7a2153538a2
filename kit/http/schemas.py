"""What the OpenAPI document says of our types where the framework forgets it: the limits of `msgspec.Meta` inside
unions and lists, and how many members a tuple has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

import msgspec
from litestar.openapi.spec import OpenAPIType, Reference, Schema
from litestar.plugins import OpenAPISchemaPlugin
from litestar.typing import FieldDefinition

if TYPE_CHECKING:
    from litestar._openapi.schema_generation import SchemaCreator

_LENGTHS = {
    OpenAPIType.STRING: ("min_length", "max_length"),
    OpenAPIType.ARRAY: ("min_items", "max_items"),
    OpenAPIType.OBJECT: ("min_properties", "max_properties"),
}
_NUMBERS = {"ge": "minimum", "gt": "exclusive_minimum", "le": "maximum", "lt": "exclusive_maximum"}


class Limits(OpenAPISchemaPlugin):
    """`Annotated[..., msgspec.Meta(...)]` with all its limits, wherever it stands."""

    @staticmethod
    def is_plugin_supported_field(field_definition: FieldDefinition) -> bool:
        """Whether the type is annotated with a `Meta`; of a union each part is asked by itself."""
        return not field_definition.is_union and any(_metas(field_definition))

    def to_openapi_schema(self, field_definition: FieldDefinition, schema_creator: SchemaCreator) -> Schema:
        """The schema of the bare type, with the limits added."""
        bare = FieldDefinition.from_annotation(
            field_definition.annotation, name=field_definition.name, default=field_definition.default
        )
        found: Schema | Reference = schema_creator.for_field_definition(bare)
        schema = found if isinstance(found, Schema) else Schema(all_of=[found])
        for meta in _metas(field_definition):
            _say(meta, schema)
        return schema


class Tuples(OpenAPISchemaPlugin):
    """`tuple[float, float]` is a list of just two numbers."""

    @staticmethod
    def is_plugin_supported_field(field_definition: FieldDefinition) -> bool:
        """Whether it is a tuple of a fixed length whose members are all of one type."""
        members = get_args(field_definition.annotation)
        return field_definition.origin is tuple and len(set(members)) == 1 and Ellipsis not in members

    def to_openapi_schema(self, field_definition: FieldDefinition, schema_creator: SchemaCreator) -> Schema:
        """An array of so many items."""
        members = get_args(field_definition.annotation)
        items = schema_creator.for_field_definition(FieldDefinition.from_annotation(members[0]))
        return Schema(type=OpenAPIType.ARRAY, items=items, min_items=len(members), max_items=len(members))


def _metas(field: FieldDefinition) -> list[msgspec.Meta]:
    return [part for part in field.metadata if isinstance(part, msgspec.Meta)]


def _say(meta: msgspec.Meta, schema: Schema) -> None:
    kind: Any = schema.type
    if kind in _LENGTHS:
        for value, name in zip((meta.min_length, meta.max_length), _LENGTHS[kind], strict=True):
            if value is not None:
                setattr(schema, name, value)
    for ours, theirs in _NUMBERS.items():
        if getattr(meta, ours) is not None:
            setattr(schema, theirs, getattr(meta, ours))
    schema.pattern = meta.pattern or schema.pattern
    schema.description = meta.description or schema.description
