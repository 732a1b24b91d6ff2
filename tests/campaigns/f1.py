"""F1: requests made from the API's contract, right and wrong, end in no server error, and within the contract."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import schemathesis
from hypothesis import HealthCheck, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from sqlalchemy import Engine

from desk.web.guard import Pace
from store import api_tokens
from store.engine import open_engine, transaction
from store.migrate import migrate
from tests.campaigns.promise import Promise
from tests.messages.rows import AT
from tests.staff.conftest import act, open_bureau, staffed
from tracks.vocabulary import DeskRole

CHECKS = [
    not_a_server_error,
    response_schema_conformance,
    status_code_conformance,
    content_type_conformance,
]
EXAMPLES, A_FEW = 400, 4  # of each operation
UNLIMITED = Pace(per_minute=10**7, burst=10**7)


def prove(folder: Path, *, seed: int, small: bool = False) -> Promise:
    engine = open_engine(f"sqlite:///{folder}/jalon.db")
    migrate(engine)
    with transaction(engine) as connection:
        staffed(connection)
    with contract(engine, folder) as spec:
        answers, failure = fuzz(spec, examples=A_FEW if small else EXAMPLES, number=seed)
        with patch("store.status.parked", lambda *args, **words: {}):
            caught = fuzz(spec, examples=A_FEW, number=seed)[1]
    engine.dispose()
    classes = Counter(status // 100 for status in answers.elements())
    told = ", ".join(f"{count} × {kind}xx" for kind, count in sorted(classes.items()))
    return Promise(
        id="F1",
        promise="No request made from the API's contract, right or wrong, ends in a server error or outside it",
        figure=f"{answers.total()} requests: {told}" + (f"; {failure}" if failure else ""),
        seed=seed,
        held=not failure and not classes[5] and classes[2] > 0 and classes[4] > 0,
        seeded_bug_caught=bool(caught),
    )


@contextmanager
def contract(engine: Engine, folder: Path) -> Iterator[Any]:
    """The contract of a running desk; its token sees the whole territory, at a pace that would not stop a fuzzer."""
    with transaction(engine) as connection:
        token = api_tokens.add(connection, act(), name="fuzz", role=DeskRole.COORDINATOR, referent=None, days=1)
    with patch("desk.web.api.app.CALLS", UNLIMITED), open_bureau(engine, folder, clock=lambda: AT) as address:
        spec = schemathesis.openapi.from_url(f"{address}/api/v1/openapi.json")
        spec.config.update(base_url=f"{address}/api/v1")
        spec.config.update(headers={"Authorization": f"Bearer {token}"})
        yield spec


def fuzz(spec: Any, *, examples: int, number: int) -> tuple[Counter[int], str]:
    """How often each status was answered, and the first failure, « » without one. Each request from its own address."""
    answers: Counter[int] = Counter()
    for found in spec.get_all_operations():
        operation = found.ok()
        cases = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE) | operation.as_strategy()

        @seed(number)
        @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(case=cases)
        def send(case: Any) -> None:
            place = answers.total()
            headers = {"X-Forwarded-For": f"10.{place >> 16 & 255}.{place >> 8 & 255}.{place & 255}"}
            answer = case.call(headers=headers)
            answers[answer.status_code] += 1
            case.validate_response(answer, checks=CHECKS)

        try:
            send()
        except (Exception, FailureGroup) as error:  # whatever a check says of it
            return answers, f"{operation.label}: {type(error).__name__}"
    return answers, ""
