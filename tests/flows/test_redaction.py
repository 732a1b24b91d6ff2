"""What a failing step says: our own words, the class of the error and its place; no value, no cause."""

import traceback

import pytest
from sqlalchemy import text

from store.engine import open_engine, reading
from tasks.redaction import StepError, redacted
from tracks.errors import JalonError

NAME = "Zéphyrine Kowalczyk-Test"


@redacted
def raises_with_a_name() -> None:
    raise ValueError(f"{NAME} has no phone")


@redacted
def raises_with_a_cause() -> None:
    try:
        raise KeyError(NAME)
    except KeyError as error:
        raise JalonError("Le dossier c12 n'a pas de référent. Affectez-en un.") from error


@redacted
def queries_with_a_name() -> None:
    with reading(open_engine("sqlite://")) as connection:
        connection.execute(text("select * from nowhere where name = :name"), {"name": NAME})


def told(step: object) -> tuple[Exception, str]:
    """The error, and all that an orchestrator could write of it."""
    assert callable(step)
    with pytest.raises(JalonError) as caught:
        step()
    return caught.value, "".join(traceback.format_exception(caught.value)) + repr(vars(caught.value))


@pytest.mark.parametrize("step", [raises_with_a_name, raises_with_a_cause, queries_with_a_name])
def test_no_value_and_no_cause_leave_a_step(step: object) -> None:
    error, written = told(step)
    assert NAME not in written
    assert error.__cause__ is None
    assert error.__context__ is None


def test_an_unforeseen_error_is_told_by_its_class_and_its_place() -> None:
    error, _ = told(queries_with_a_name)
    assert isinstance(error, StepError)
    assert "queries_with_a_name" in str(error)
    assert "OperationalError" in str(error)
    assert "tests/flows/test_redaction.py, ligne" in str(error)


def test_our_own_words_pass() -> None:
    error, _ = told(raises_with_a_cause)
    assert str(error) == "Le dossier c12 n'a pas de référent. Affectez-en un."


def test_what_goes_well_is_untouched() -> None:
    assert redacted(lambda: 12)() == 12
