"""What a dispatch costs: messages a second, against bare `smtplib` on one kept connection, by the same mail server.

Twice: by a real one (Debian's Exim on loopback, which writes each message to its disk), where it is installed, and by
a sink that does nothing, where all that shows is the sender.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.progress import track as progress
from sqlalchemy import update

from bench.marking import pending
from bench.night import child, fresh
from config.settings import PROJECT
from store.engine import open_engine, transaction
from store.schema import messages
from tests.campaigns.receivers import EXIM, mail_server
from tracks.vocabulary import Channel

MESSAGES = 2_000
REPETITIONS = 3
CLASSES = ("idempotent", "resend", "park")  # the first is claimed and written by the hundred; the others one by one
SINK = "a sink"


@dataclass(frozen=True, slots=True)
class Sending:
    """Medians in seconds for `messages` e-mails; `split`: where ours went, by step, for each class.

    `size`: bytes of an e-mail, the median; bare sends the same ones.
    """

    server: str
    size: int
    messages: int
    repetitions: int
    bare: float
    ours: dict[str, float]
    split: dict[str, dict[str, float]] = field(default_factory=dict)

    def ratio(self, repeat: str) -> float:
        """Of the messages a second of bare smtplib, how much is ours."""
        return self.bare / self.ours[repeat]


def measure_sending(
    folder: Path, *, count: int = MESSAGES, repetitions: int = REPETITIONS, real: bool = False
) -> Sending:
    """Bare, ours, bare, ours… on fresh copies of one county; bare sends again the very messages that ours made.

    `real`: to Exim. RuntimeError where it is not installed.
    """
    county, copy, kept = folder / "sending.db", folder / "sending-copy.db", folder / "kept"
    kept.mkdir(exist_ok=True)
    pending(county, count, cases=round(count * 1.3) + 20)
    as_mail(county)
    bare: list[float] = []
    runs: dict[str, list[dict[str, Any]]] = {repeat: [] for repeat in CLASSES}
    with sink(kept) as first, exim() if real else nullcontext((first, SINK)) as (port, name):
        fresh(county, copy)
        asked("send", copy, first, CLASSES[0], count)  # for its messages, and to warm up
        for _ in progress(range(repetitions), description=f"{count:,} e-mails to {name}", console=Console(stderr=True)):
            bare.append(asked("bare", kept, port, "", count)["seconds"])
            for repeat in CLASSES:
                fresh(county, copy)
                runs[repeat].append(asked("send", copy, port, repeat, count))
    size = round(median(path.stat().st_size for path in kept.iterdir()))
    for left in folder.glob("sending*"):
        left.unlink()
    return Sending(
        server=name,
        size=size,
        messages=count,
        repetitions=repetitions,
        bare=median(bare),
        ours={repeat: median(run["seconds"] for run in runs[repeat]) for repeat in CLASSES},
        split={
            repeat: {step: median(run["split"][step] for run in runs[repeat]) for step in runs[repeat][0]["split"]}
            for repeat in CLASSES
        },
    )


def asked(what: str, where: Path, port: int, repeat: str, count: int) -> dict[str, Any]:
    (where.parent / "sends.jsonl").unlink(missing_ok=True)  # each copy is a county that has sent nothing yet
    found = child(what, where, str(port), repeat, str(count))
    if found["sent"] != count:
        raise SystemExit(f"{what} sent {found['sent']} messages of {count}")
    return found


def as_mail(path: Path) -> None:
    engine = open_engine(f"sqlite:///{path}")
    with transaction(engine) as connection:
        connection.execute(update(messages).where(messages.c.status == "pending").values(channel=Channel.EMAIL))
    engine.dispose()


@contextmanager
def exim() -> Iterator[tuple[int, str]]:
    """The port of a real mail server, and its name and version."""
    with mail_server() as server:
        said = subprocess.run([str(EXIM), "-bV"], check=True, capture_output=True, text=True).stdout
        yield server.port, " ".join(said.split()[:3])


@contextmanager
def sink(folder: Path) -> Iterator[int]:
    """The port of a mail server in a process of its own."""
    command = [sys.executable, "-m", "bench.sink", str(folder)]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            yield int(process.stdout.readline())
        finally:
            process.terminate()


def rows_of_sending(found: Sending) -> list[dict[str, Any]]:
    to = f"dispatch to {found.server}"
    steps = [(f"{to}: bare smtplib, one connection kept", found.bare)]
    for repeat in CLASSES:
        steps.append((f"{to}: {repeat}", found.ours[repeat]))
        steps += [(f"{to}: {repeat}: {step}", seconds) for step, seconds in found.split[repeat].items()]
    return [
        {
            "what": what,
            "cases": found.messages,
            "seconds": round(seconds, 4),
            "cpu_seconds": None,
            "ratio_to_floor": round(seconds / found.bare, 2),
            "peak_mb": None,
            "repetitions": found.repetitions,
        }
        for what, seconds in steps
    ]
