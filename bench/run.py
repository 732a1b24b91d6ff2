"""`python -m bench`: what a night and a dispatch cost, each against its floor; to `JALON_HOME/bench.json`."""

import argparse
import json
import os
import platform
import sqlite3
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.desk import AIM, PageTime, measure_desk, rows_of_desk
from bench.marking import Marking, measure_marking
from bench.night import BIG, SIZES, Measured, measure
from bench.sending import CLASSES, MESSAGES, Sending, measure_sending, rows_of_sending
from config.settings import Settings
from tests.campaigns.receivers import EXIM, NEEDS_EXIM

PARTS = ("night", "marking", "dispatch", "desk")


def rows_of(found: list[Measured]) -> list[dict[str, Any]]:
    rows = []
    for one in found:
        measured = (
            ("night", one.night, one.night_cpu, one.night_mb),
            ("night: deciding and writing, without reading", one.night - one.reading, None, None),
            ("floor: the same rows read and written by the raw driver", one.floor, one.floor_cpu, one.floor_mb),
        )
        for what, seconds, cpu, peak in measured:
            rows.append(
                {
                    "what": what,
                    "cases": one.cases,
                    "seconds": round(seconds, 4),
                    "cpu_seconds": round(cpu, 4) if cpu is not None else None,
                    "ratio_to_floor": round(seconds / one.floor, 2),
                    "peak_mb": round(peak, 1) if peak is not None else None,
                    "repetitions": one.repetitions,
                }
            )
    return rows


def targets_of(found: list[Measured], marking: Marking | None, sendings: list[Sending]) -> list[dict[str, Any]]:
    """The targets that this bench can judge (stack of the project, 1–3 and 7, and the sending's, 9).

    What was not measured is not met. The sending is judged by the first of `sendings`: the real server, if there is.
    """
    sending = sendings[0] if sendings else None
    by = f" to {sending.server}" if sending else ""
    at = {one.cases: one for one in found}
    big = at.get(BIG)
    million = at.get(1_000_000)
    largest = million or big
    growth = million.night_mb / big.night_mb if million and big else None
    return [
        target(1, f"deciding and writing at {BIG:,}, × floor", big.deciding_ratio if big else None, 3),
        target(2, f"the whole night engine-free at {BIG:,}, × floor", big.ratio if big else None, 4),
        target(2, "the whole night engine-free at 1,000,000, × floor", million.ratio if million else None, 4),
        target(3, "strict marking, a commit a message, × the raw strict loop", marking.ratio if marking else None, 2),
        target(3, "a message at 15,000, × a message at 150", marking.growth if marking else None, 1.1),
        target(7, f"peak memory at 1,000,000, × that at {BIG:,}", growth, 1.1),
        target(7, "peak memory engine-free at the largest of both, MB", largest.night_mb if largest else None, 150),
        *(
            target(
                9,
                f"messages/s of a dispatch ({repeat}){by}, × bare smtplib on one connection, at least",
                sending.ratio(repeat) if sending else None,
                0.5,
                at_least=True,
            )
            for repeat in CLASSES
        ),
    ]


def target(number: int, what: str, measured: float | None, limit: float, *, at_least: bool = False) -> dict[str, Any]:
    return {
        "number": number,
        "what": what,
        "measured": round(measured, 2) if measured is not None else None,
        "limit": limit,
        "met": measured is not None and (measured >= limit if at_least else measured <= limit),
    }


def versions() -> dict[str, str]:
    return {
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "sqlalchemy": version("sqlalchemy"),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "load": " ".join(f"{load:.1f}" for load in os.getloadavg()),
    }


def show(console: Console, found: list[Measured], sendings: list[Sending], told: dict[str, Any]) -> None:
    console.print(" · ".join(f"{name} {value}" for name, value in told["versions"].items()))
    if found:
        show_nights(console, found)
    for sending in sendings:
        show_sending(console, sending)
    table = Table("target", "what", "measured", "limit", "met")
    for line in told["targets"]:
        measured = "not measured" if line["measured"] is None else f"{line['measured']:g}"
        table.add_row(str(line["number"]), line["what"], measured, f"{line['limit']:g}", "yes" if line["met"] else "no")
    console.print(table)


def show_sending(console: Console, sending: Sending) -> None:
    """µs a message: where each class spends them."""
    title = f"{sending.messages:,} e-mails of {sending.size:,} bytes to {sending.server}, {sending.repetitions} rounds"
    table = Table("e-mails", "messages/s", "× bare", *next(iter(sending.split.values())), title=title)
    table.add_row("bare smtplib", f"{sending.messages / sending.bare:,.0f}", "1.00")
    for repeat in CLASSES:
        steps = [f"{seconds / sending.messages * 1e6:,.0f} µs" for seconds in sending.split[repeat].values()]
        speed = f"{sending.messages / sending.ours[repeat]:,.0f}"
        table.add_row(repeat, speed, f"{sending.ratio(repeat):.2f}", *steps)
    console.print(table)


def show_desk(console: Console, pages: list[PageTime]) -> None:
    table = Table("page of the desk", "role", "p95 ms", "median ms", title=f"{pages[0].cases:,} cases")
    for one in sorted(pages, key=lambda one: -one.p95):
        table.add_row(one.page, one.role, f"{one.p95 * 1000:.0f}", f"{one.median * 1000:.0f}")
    console.print(table)


def show_nights(console: Console, found: list[Measured]) -> None:
    table = Table(
        "cases",
        "night s",
        "cases/s",
        "peak MB",
        "floor s",
        "× floor",
        "night cpu s",
        "floor cpu s",
        "reading s",
        "rows",
        "runs",
    )
    for one in found:
        table.add_row(
            f"{one.cases:,}",
            f"{one.night:.2f}",
            f"{one.cases / one.night:,.0f}",
            f"{one.night_mb:.0f}",
            f"{one.floor:.3f}",
            f"{one.ratio:.1f}",
            f"{one.night_cpu:.2f}",
            f"{one.floor_cpu:.3f}",
            f"{one.reading:.2f}",
            f"{one.rows:,}",
            str(one.repetitions),
        )
    console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--cases", default=",".join(map(str, SIZES)), help="sizes, comma-separated")
    parser.add_argument("--repetitions", type=int, help="5 up to 10,000 cases and 3 above, unless given")
    parser.add_argument("--messages", type=int, default=MESSAGES, help="e-mails of the dispatch")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all of them unless given")
    chosen = parser.parse_args()
    if unknown := set(chosen.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    parts = chosen.parts or PARTS
    home = Settings().home
    home.mkdir(parents=True, exist_ok=True)
    began = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="bench-", dir=home) as folder:
        sizes = [int(size) for size in chosen.cases.split(",")] if "night" in parts else []
        found = [measure(n, chosen.repetitions or (5 if n <= 10_000 else 3), Path(folder)) for n in sizes]
        marking = measure_marking(Path(folder)) if "marking" in parts else None
        servers = [True, False] if EXIM else [False]
        sendings = [
            measure_sending(Path(folder), count=chosen.messages, real=real) for real in servers if "dispatch" in parts
        ]
        pages = measure_desk(Path(folder)) if "desk" in parts else []
    rows = rows_of(found) + rows_of_desk(pages) + [row for sending in sendings for row in rows_of_sending(sending)]
    told = {"versions": versions(), "rows": rows, "targets": targets_of(found, marking, sendings)}
    slowest = max((one.p95 for one in pages), default=None)
    told["targets"].append(target(10, "the slowest page of the desk at 100,000 cases, p95 in seconds", slowest, AIM))
    (home / "bench.json").write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    console = Console()
    console.width = max(console.width, 160)  # a table cut short says nothing in a log
    show(console, found, sendings, told)
    if pages:
        show_desk(console, pages)
    if "dispatch" in parts and not EXIM:
        console.print(f"{NEEDS_EXIM} Mesuré contre un serveur qui ne fait rien.")
    console.print(f"{time.perf_counter() - began:.0f} s in all · {home / 'bench.json'}")


if __name__ == "__main__":
    main()
