"""The API against its own contract, on both databases; the long run is the campaign F1."""

from pathlib import Path

from sqlalchemy import Engine

from tests.campaigns.f1 import contract, fuzz
from tests.staff.conftest import Staffed


def test_nothing_ends_in_a_server_error(engine: Engine, staff: Staffed, tmp_path: Path) -> None:
    with contract(engine, tmp_path) as spec:
        answers, failure = fuzz(spec, examples=12, number=20261123)
    assert not failure
    assert answers.total() >= 40 and answers[200] > 0 and max(answers) < 500
