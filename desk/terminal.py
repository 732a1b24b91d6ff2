"""Where words go: JSON alone on standard output, words for people on standard error when JSON is asked for."""

import json
import os
import sys
import textwrap
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
    if isinstance(what, str):  # a pipe gets each line whole; on a terminal, what follows stays under its beginning
        lines = what.split("\n")
        what = "\n".join(hung(line, screen.width) for line in lines) if wrap and screen.is_terminal else what
        screen.print(what, highlight=False, soft_wrap=True)
        return
    screen.print(what, highlight=False)


def hung(line: str, width: int) -> str:
    """The line folded at `width`, its continuation two columns further than its beginning."""
    indent = " " * (len(line) - len(line.lstrip()) + 2)
    return textwrap.fill(line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def console(*, as_json: bool = False) -> "Console":
    """A console of now: tests and pipes may change the streams between two calls."""
    from rich.console import Console

    stream = sys.stderr if as_json else sys.stdout
    return Console(stderr=as_json, markup=False, width=None if stream.isatty() or "COLUMNS" in os.environ else 100)


def _iso(value: object) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} ne s'écrit pas en JSON")
