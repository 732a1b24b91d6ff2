"""Where words go: JSON alone on standard output, words for people on standard error when JSON is asked for."""

import json
import os
import sys
from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console, RenderableType


def emit(values: Mapping[str, Any]) -> None:
    """One JSON object, one line, on standard output."""
    sys.stdout.write(json.dumps(values, ensure_ascii=False, default=_iso) + "\n")


def say(what: "RenderableType" = "", *, as_json: bool = False, wrap: bool = True) -> None:
    """Words for people; on standard error when standard output is JSON's. `wrap` False: a line to copy, whole."""
    screen = console(as_json=as_json)
    whole = isinstance(what, str) and not (wrap and screen.is_terminal)  # a pipe gets each line whole
    screen.print(what, highlight=False, soft_wrap=whole)


def console(*, as_json: bool = False) -> "Console":
    """A console of now: tests and pipes may change the streams between two calls."""
    from rich.console import Console

    stream = sys.stderr if as_json else sys.stdout
    return Console(stderr=as_json, markup=False, width=None if stream.isatty() or "COLUMNS" in os.environ else 100)


def _iso(value: object) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} ne s'écrit pas en JSON")
