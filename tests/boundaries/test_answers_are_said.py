"""The OpenAPI document says how every operation can refuse, with the codes that the program raises and no others."""

from __future__ import annotations

from typing import Any

import pytest

from dispatch.app import PACKAGES, create_app
from kit.http.problem_codes import raised
from kit.i18n import catalogue
from tests.boundaries.test_limits_are_said import operations


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The API's own description."""
    return create_app().openapi_schema.to_schema()


def refusals(document: dict[str, Any]) -> list[tuple[str, int, dict[str, Any]]]:
    """The name of an operation, a status and what is said of it, for every refusal."""
    return [
        (name, int(status), said)
        for name, operation in operations(document)
        for status, said in operation["responses"].items()
        if int(status) >= 400
    ]


def test_every_refusal_is_a_problem_with_the_codes_of_its_status(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    assert len(refusals(document)) > 500
    for name, status, said in refusals(document):
        assert said["content"].keys() == {"application/problem+json"}, name
        shape = schemas[said["content"]["application/problem+json"]["schema"]["$ref"].rsplit("/", 1)[-1]]
        assert shape["properties"]["status"]["const"] == status, name
        assert shape["properties"]["code"]["enum"], (name, status)
        assert set(shape["required"]) == {"type", "title", "status", "detail", "code"}, name
        assert {"field", "current"} <= shape["properties"].keys(), name


def test_what_an_operation_asks_for_tells_how_it_can_refuse(document: dict[str, Any]) -> None:
    said = {name: {int(status) for status in operation["responses"]} for name, operation in operations(document)}
    assert said["health"] == {200, 403}  # under a name that is not the site's
    assert {401, 403, 404, 503} <= said["getOrder"]
    assert not {409, 412, 413, 415} & said["getOrder"]
    assert {400, 401, 403, 404, 409, 412, 413, 415, 422, 503} <= said["actOnOrder"]
    assert {401, 429} <= said["signIn"]
    assert 429 in said["startPlanRun"]


def test_the_code_of_every_error_is_written_where_it_is_raised_and_has_its_sentences() -> None:
    found = set(raised(PACKAGES))
    assert len(found) > 150
    assert [status for status, code in found if code is None] == []
    assert {code for _, code in found if code is not None} - catalogue().keys() == set()
