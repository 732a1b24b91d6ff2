"""What may leave a step when it fails: the orchestrator stores the text and the causes of every exception."""

import traceback
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

from config.settings import PROJECT
from tracks.errors import JalonError

P = ParamSpec("P")
R = TypeVar("R")


class StepError(JalonError):
    """An unforeseen error inside a step, told by its class and its place only."""


def redacted(step: Callable[P, R]) -> Callable[P, R]:
    """Let out nothing but our own words: no value of a row, no statement, no cause."""

    @wraps(step)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return step(*args, **kwargs)
        except JalonError as error:
            told = JalonError(str(error))
        except Exception as error:
            told = StepError(
                f"Étape « {step.__name__} » interrompue : {type(error).__name__}, {place(error)}. "
                "Corrigez la cause, puis relancez la nuit du même jour : ce qui est déjà fait ne l'est pas deux fois."
            )
        raise told  # out of the `except`, so that it has neither cause nor context

    return guarded


def place(error: Exception) -> str:
    """The last line of ours that the error went through: « store/record.py, ligne 88 »."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        file = Path(frame.filename)
        if file.is_relative_to(PROJECT) and ".venv" not in file.parts:
            return f"{file.relative_to(PROJECT)}, ligne {frame.lineno}"
    return "hors de Jalon"
