"""What a campaign counts at: receivers in processes of their own, which write each thing they took to a file."""

import json
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, Protocol

from config.settings import PROJECT
from tests.campaigns.crowd import MARKER

EXIM = shutil.which("exim4", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
NEEDS_EXIM = (
    "Un vrai serveur de courrier manque. Debian : sudo apt-get install exim4-daemon-light. macOS : brew install exim."
)
PATIENCE = 20.0


@dataclass(frozen=True, slots=True)
class Received:
    """One effect on somebody's phone or mailbox. `key`: what the sender says is the same message; `at`: epoch."""

    to: tuple[str, ...]
    key: str
    markers: frozenset[str]
    at: float


class Receiver(Protocol):
    def seen(self) -> int:
        """How many requests it has had so far; quick, for the timing of kills."""

    def received(self) -> list[Received]:
        """What it took, in order."""


@dataclass
class Log:
    """A file that only grows; how many lines of it there are."""

    path: Path
    read: int = 0
    lines: int = 0
    word: bytes = b"\n"

    def count(self) -> int:
        if self.path.exists():
            with self.path.open("rb") as file:
                file.seek(self.read)
                new = file.read()
            whole = new[: new.rfind(b"\n") + 1]
            self.read += len(whole)
            self.lines += whole.count(self.word)
        return self.lines


@dataclass
class Gateway:
    """The hostile HTTP gateway (see `gateway`). `does`: how often each of its manners was met."""

    port: int
    log: Log

    def seen(self) -> int:
        return self.log.count()

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.path.read_text("utf-8").splitlines()]

    def repeats(self) -> int:
        return sum(bool(line["repeats"]) for line in self.lines())

    def does(self) -> Counter[str]:
        return Counter(str(line["does"]) for line in self.lines())

    def received(self) -> list[Received]:
        return [
            Received((str(line["to"]),), str(line["key"]), markers(str(line["text"])), float(str(line["at"])))
            for line in self.lines()
            if line["effect"]
        ]


@contextmanager
def gateway(folder: Path, *, seed: int, manners: Mapping[str, float] | None = None) -> Iterator[Gateway]:
    """`manners`: how often it does what, of 1; the rest is answered 200."""
    log = folder / f"gateway-{free_port()}.jsonl"
    log.touch()
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "tests.campaigns.gateway",
        str(port),
        str(log),
        str(seed),
        json.dumps(manners or {}),
    ]
    with process(command, port):
        yield Gateway(port, Log(log))


@dataclass
class Sink:
    """A mail server that takes all (see `sink`). `repeats`: what it took, but for the first of each Message-ID."""

    port: int
    log: Log

    def seen(self) -> int:
        return self.log.count()

    def received(self) -> list[Received]:
        lines = [line for line in self.lines() if line["effect"]]
        return [Received(tuple(line["to"]), line["key"], markers(line["text"]), line["at"]) for line in lines]

    def repeats(self) -> int:
        return sum(not line["effect"] for line in self.lines())

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.path.read_text("utf-8").splitlines()]


@contextmanager
def sink(folder: Path, *, once: bool = False) -> Iterator[Sink]:
    """`once`: it takes a Message-ID once."""
    log = folder / f"sink-{free_port()}.jsonl"
    log.touch()
    port = free_port()
    with process(
        [sys.executable, "-m", "tests.campaigns.sink", str(port), str(log), *(["once"] if once else [])], port
    ):
        yield Sink(port, Log(log))


@dataclass
class MailServer:
    """Debian's Exim: what it accepted stays in its spool, envelope and text."""

    port: int
    spool: Path
    log: Log

    def seen(self) -> int:
        return self.log.count()

    def received(self) -> list[Received]:
        found = [self._one(file) for file in self.spool.glob("input/**/*-H")]
        return sorted(found, key=lambda one: one.at)

    def _one(self, header: Path) -> Received:
        """A spool header file: the recipients after their number, then each header after its length and a letter."""
        envelope, _, rest = header.read_text("utf-8").partition("\n\n")
        lines = envelope.splitlines()
        most = next(
            n for n in range(len(lines) - 1, 0, -1) if lines[n].isdigit() and len(lines) - n - 1 == int(lines[n])
        )
        headers = re.sub(r"(?m)^\d{3,}. ", "", rest)
        body = header.with_name(header.name.removesuffix("-H") + "-D").read_bytes().partition(b"\n")[2]
        message = message_from_bytes(headers.encode() + b"\n" + body, policy=default)
        return received(tuple(lines[most + 1 :]), message, header.stat().st_mtime)


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """Exim on loopback with a folder of its own, which it may read as its own user when root starts it."""
    if EXIM is None:
        raise RuntimeError(NEEDS_EXIM)
    folder = Path(tempfile.mkdtemp(prefix="jalon-exim-"))
    spool, port = folder / "spool", free_port()
    spool.mkdir()
    config = folder / "exim.conf"
    config.write_text(EXIM_CONFIG.format(port=port, spool=spool), "utf-8")
    if os.geteuid() == 0:
        exim = next((name for name in ("Debian-exim", "exim") if known(name)), "mail")
        folder.chmod(0o755)
        shutil.chown(spool, exim)
    try:
        with process([EXIM, "-C", str(config), "-bdf"], port):
            yield MailServer(port, spool, Log(spool / "mainlog", word=b" <= "))
    finally:
        shutil.rmtree(folder)


EXIM_CONFIG = """\
primary_hostname = provider.example.org
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
spool_directory = {spool}
log_file_path = {spool}/%slog
pid_file_path = {spool}/pid
queue_only = true
host_lookup =
rfc1413_query_timeout = 0s
smtp_accept_max = 0
smtp_accept_queue_per_connection = 0
smtp_accept_max_per_connection = 0
keep_environment =
tls_advertise_hosts =
acl_smtp_rcpt = anybody
begin acl
anybody:
  accept
begin routers
begin transports
"""


def known(user: str) -> bool:
    try:
        pwd.getpwnam(user)
    except KeyError:
        return False
    return True


def received(to: tuple[str, ...], message: EmailMessage, at: float) -> Received:
    body = message.get_body(("plain",))
    text = body.get_content() if body else ""
    return Received(to, str(message["Message-ID"]), markers(text), at)


def markers(text: str) -> frozenset[str]:
    return frozenset(found.lower() for found in MARKER.findall(text))


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def process(command: list[str], port: int) -> Iterator[None]:
    """A server in a process of its own, once it listens. RuntimeError: it never did."""
    started = subprocess.Popen(command, cwd=PROJECT, start_new_session=True)
    try:
        until = time.monotonic() + PATIENCE
        while not listening(port):
            if started.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"{command[0]} does not listen on port {port}")
            time.sleep(0.05)
        yield
    finally:
        if started.poll() is None:
            os.killpg(started.pid, signal.SIGTERM)
        started.wait()


def listening(port: int) -> bool:
    with socket.socket() as found:
        return found.connect_ex(("127.0.0.1", port)) == 0
