"""Cases that schemathesis makes from the OpenAPI document, sent to the program, and their answers held against it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import hypothesis
import schemathesis
from hypothesis import HealthCheck, Phase, strategies
from litestar import Litestar
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.generation.case import Case
from schemathesis.python.asgi import shutdown_lifespans
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
STREAMS = ("watchChanges",)
"""Answers that do not end by themselves."""


@dataclass
class Findings:
    """What was tried, how it was answered, and one example of each kind of answer that the document does not allow."""

    tried: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    wrong: dict[str, str] = field(default_factory=dict)

    @property
    def cases(self) -> int:
        """How many requests were sent."""
        return self.tried.total()


@dataclass
class Fuzz:
    """People before the program, and the names that lead them to something that exists."""

    app: Litestar
    people: Mapping[str, dict[str, str]]
    known: Mapping[str, str]
    under: str = ""
    """Only operations whose path begins so."""

    def run(self, cases: int, seed: int) -> Findings:
        """Send at least so many cases, the same number for every person and operation where there are so many."""
        found = Findings()
        schema = schemathesis.openapi.from_asgi("/schema/openapi.json", self.app, config=SchemathesisConfig(seed=seed))
        operations = [result.ok() for result in schema.get_all_operations()]
        pairs = [
            (person, operation)
            for operation in operations
            if operation.definition.raw["operationId"] not in STREAMS and operation.path.startswith(self.under)
            for person in self.people
        ]
        try:
            while found.cases < cases:
                each = max(1, -(-(cases - found.cases) // len(pairs)))
                for person, operation in pairs:
                    if found.cases < cases:
                        self._try(person, operation, each, seed + found.cases, found)
        finally:
            shutdown_lifespans()
        return found

    def _try(
        self, person: str, operation: APIOperation[Any, Any, Any, Any], each: int, seed: int, found: Findings
    ) -> None:
        plausible = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
        anything = strategies.one_of(plausible, operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))

        @hypothesis.seed(seed)
        @hypothesis.settings(
            max_examples=each, database=None, deadline=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @hypothesis.given(case=anything, aimed=strategies.sampled_from((True, True, False)))
        def send(case: Case, aimed: bool) -> None:
            if aimed:
                self._aim(case)
            self._send(person, case, found)

        try:
            send()
        except hypothesis.errors.Unsatisfiable:
            return  # there is no bad value for an operation without values

    def _aim(self, case: Case) -> None:
        """Put names that exist in place of names made up, so that a case comes further than 404."""
        case.path_parameters.update({name: self.known[name] for name in case.path_parameters if name in self.known})
        if isinstance(case.body, dict):
            case.body.update({name: self.known[name] for name in case.body if name in self.known})

    def _send(self, person: str, case: Case, found: Findings) -> None:
        response = case.call(headers=self.people[person])
        found.tried[person] += 1
        found.statuses[response.status_code] += 1
        try:
            case.validate_response(response, checks=CHECKS)
        except FailureGroup as group:
            for failure in _failures(group):
                kind = f"{case.operation.label} {response.status_code}: {failure.title}"
                found.wrong.setdefault(
                    kind, f"{person}: {failure.message[:300]}\n{case.as_curl_command()[:600]}\n{response.text[:300]}"
                )


def _failures(group: FailureGroup) -> Iterator[Failure]:
    for failure in group.exceptions:
        if isinstance(failure, Failure):
            yield failure
