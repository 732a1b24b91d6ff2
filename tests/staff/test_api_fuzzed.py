"""The API against its own contract: schemathesis makes requests, none may end in a server error."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    response_schema_conformance,
    status_code_conformance,
)
from sqlalchemy import Engine

from desk.web.guard import Pace
from store import api_tokens
from store.engine import transaction
from tests.messages.rows import AT
from tests.staff.conftest import Staffed, act, open_bureau
from tracks.vocabulary import DeskRole

CHECKS = (
    not_a_server_error,
    response_schema_conformance,
    status_code_conformance,
    content_type_conformance,
    ignored_auth,
)


@pytest.fixture
def contract(engine: Engine, staff: Staffed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The contract of a running desk whose pace would not stop a fuzzer; its token sees the whole territory."""
    for module in ("desk.web.api.app.CALLS", "desk.web.guard.REQUESTS"):
        monkeypatch.setattr(module, Pace(per_minute=10**7, burst=10**7))
    with transaction(engine) as connection:
        token = api_tokens.add(connection, act(), name="fuzz", role=DeskRole.COORDINATOR, referent=None, days=1)
    with open_bureau(engine, tmp_path, clock=lambda: AT) as address:
        schema = schemathesis.openapi.from_url(f"{address}/api/v1/openapi.json")
        schema.config.update(base_url=f"{address}/api/v1")
        schema.config.update(headers={"Authorization": f"Bearer {token}"})
        yield schema


def fuzz(contract: Any, *, examples: int) -> int:
    """Each operation with that many cases, valid and not; how many were sent. AssertionError at the first failure."""
    sent = 0
    for found in contract.get_all_operations():
        operation = found.ok()

        @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
        @given(case=operation.as_strategy(generation_mode=GenerationMode.NEGATIVE) | operation.as_strategy())
        def send(case: Any) -> None:
            nonlocal sent
            sent += 1
            case.call_and_validate(checks=list(CHECKS))

        send()
    return sent


def test_nothing_ends_in_a_server_error(contract: Any) -> None:
    assert fuzz(contract, examples=12) >= 40
