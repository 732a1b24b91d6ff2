"""A process with Jalon loaded, which forks: each fork runs one `jalon …` and is killed, stopped or awaited by its id.

Two hundred starts of Python would take longer than the work that they interrupt. One JSON a line on standard input:
`{"args", "env", "out", "bug"}` starts a command, answered by its process id; `{"wait": pid}` by `[code, signal]`.
"""

import importlib
import json
import os
import sys
import traceback
from collections.abc import Mapping
from datetime import date
from types import FunctionType
from typing import Any, NoReturn

from config.settings import PROJECT
from tracks.calendar import Calendar

# What commands import when they run.
LOADED = (
    "psycopg",
    "config.channels",
    "desk.cli",
    "desk.messages",
    "desk.opening",
    "desk.records",
    "store.migrate",
    "tasks.channels",
    "tasks.dispatch",
)


def load() -> None:
    for name in LOADED:
        importlib.import_module(name)
    Calendar("25", "Europe/Paris").is_holiday(date(2026, 11, 23))  # a second of imports
    sys.modules["tasks.channels"].register()


def replaced(whole: str, changes: Mapping[str, str]) -> str:
    """ValueError: a text to replace is not there exactly once."""
    for find, put in changes.items():
        if whole.count(find) != 1:
            raise ValueError(f"« {find} » occurs {whole.count(find)} times, wanted 1")
        whole = whole.replace(find, put)
    return whole


def seed(file: str, changes: Mapping[str, str]) -> None:
    """Put a bug in this process alone: the functions of `file`, as if each text in `changes` were its value."""
    source = replaced((PROJECT / file).read_text("utf-8"), changes)
    module = sys.modules[file.removesuffix(".py").replace("/", ".")]
    names: dict[str, Any] = {"__name__": module.__name__}
    exec(compile(source, file, "exec"), names)
    swap(vars(module), names)


def swap(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> None:
    """Our functions and methods, wherever they were imported, get the code of theirs."""
    for name, old in ours.items():
        new = theirs.get(name)
        old, new = getattr(old, "__wrapped__", old), getattr(new, "__wrapped__", new)
        if isinstance(old, FunctionType) and isinstance(new, FunctionType) and old.__module__ == new.__module__:
            old.__code__ = new.__code__
        elif isinstance(old, type) and isinstance(new, type) and old.__module__ == new.__module__:
            swap(vars(old), vars(new))


def run(args: list[str], env: dict[str, str], out: str, bug: list[tuple[str, dict[str, str]]]) -> NoReturn:
    """In the fork: the command as `jalon` runs it, its output to the file `out`; with a seeded `bug`, if one is."""
    code = 1
    try:
        os.environ.update(env)
        written = os.open(out, os.O_CREAT | os.O_TRUNC | os.O_WRONLY)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.dup2(written, 1)
        os.dup2(written, 2)
        for file, changes in bug:
            seed(file, changes)
        from desk.cli import app

        try:
            app(args, prog_name="jalon")
            code = 0
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def obeyed(order: dict[str, Any]) -> Any:
    if "wait" in order:
        _, status = os.waitpid(order["wait"], 0)
        return [os.WEXITSTATUS(status), 0] if os.WIFEXITED(status) else [0, os.WTERMSIG(status)]
    child = os.fork()
    if child == 0:
        run(**order)
    return child


def main() -> None:
    load()
    for line in sys.stdin:
        print(json.dumps(obeyed(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
