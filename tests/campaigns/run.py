"""`make prove`: runs every campaign of this folder and writes `JALON_HOME/prove.json`.

A campaign is a module with `prove(folder: Path, *, seed: int, small: bool) -> Promise`, told apart by that function.
Exit 1 where a promise was not held, where a campaign could not tell a broken program from ours, or where nothing ran.
`python -m tests.campaigns.run a14 --seed 7` runs one; `--small` runs a few cases of each, which proves only that the
campaigns themselves work, and writes nothing. `--table` also writes their lines of `docs/proof.md`.
"""

import argparse
import importlib
import json
import platform
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from config.settings import Settings
from tests.campaigns import proof
from tests.campaigns.promise import Promise
from tests.campaigns.receivers import EXIM, NEEDS_EXIM

Prove = Callable[..., Promise]
LIBRARIES = ("sqlalchemy", "prefect", "apprise", "alembic", "fastapi")


def campaigns(names: list[str]) -> Iterator[tuple[str, Prove]]:
    for path in sorted(Path(__file__).parent.glob("*.py")):
        prove = getattr(importlib.import_module(f"tests.campaigns.{path.stem}"), "prove", None)
        if prove and (not names or path.stem in names):
            yield path.stem, prove


def versions() -> dict[str, str]:
    ours = {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version, "system": platform.platform()}
    return ours | {name: version(name) for name in LIBRARIES}


def report(promises: list[Promise], seconds: list[float], path: Path | None, console: Console) -> int:
    """Write the answers, show them; 0 only where something ran and all of it held."""
    if path:
        path.parent.mkdir(parents=True, exist_ok=True)
        told = {"versions": versions(), "promises": [asdict(promise) for promise in promises]}
        path.write_text(json.dumps(told, ensure_ascii=False, indent=2) + "\n", "utf-8")
    table = Table("", "promise", "figure", "held", "seeded bug caught", "seconds")
    for promise, took in zip(promises, seconds, strict=True):
        marks = [Text("yes") if said else Text("NO", "bold red") for said in (promise.held, promise.seeded_bug_caught)]
        table.add_row(promise.id, promise.promise, promise.figure, *marks, f"{took:.1f}")
    console.print(table)
    console.print(f"{len(promises)} campaigns" + (f", written to {path}" if path else ""), soft_wrap=True)
    return 0 if promises and all(promise.held and promise.seeded_bug_caught for promise in promises) else 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--seed", type=int, default=20261123)
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--table", action="store_true")
    asked = parser.parse_args()
    if asked.small and asked.table:
        parser.error("--small proves nothing that the table could show")
    console = Console(width=None if sys.stdout.isatty() else 160)
    if EXIM is None:
        console.print(f"{NEEDS_EXIM} En attendant, aiosmtpd le remplace : ce n'est pas le serveur d'un fournisseur.")
    promises, seconds = [], []
    for name, prove in campaigns(asked.names):
        with tempfile.TemporaryDirectory(prefix=f"jalon-{name}-") as folder, console.status(name):
            started = time.perf_counter()
            promises.append(prove(Path(folder), seed=asked.seed, small=asked.small))
            seconds.append(time.perf_counter() - started)
    if asked.table:
        proof.write(zip(promises, seconds, strict=True), on=datetime.now(UTC).date())
    return report(promises, seconds, None if asked.small else Settings().home / "prove.json", console)


if __name__ == "__main__":
    sys.exit(main())
