"""An installation of Jalon, driven from outside as a county drives it: by its command line and its settings."""

import atexit
import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

from config.settings import PROJECT, TERRITORIES
from tasks.reach import name_of
from tests.campaigns.warm import replaced

NUMBERS = count(1)


@dataclass
class Forge:
    """The process that forks commands (see `warm`)."""

    process: "subprocess.Popen[str]"

    def order(self, **order: Any) -> Any:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        if not (answer := self.process.stdout.readline()):
            raise RuntimeError("the warm process is gone: its last words are above")
        return json.loads(answer)


@cache
def forge() -> Forge:
    """Loaded once for all campaigns; it ends with the process that asked for it."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("JALON_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.campaigns.warm"],
        cwd=PROJECT,
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    atexit.register(closed, process)
    return Forge(process)


def closed(process: "subprocess.Popen[str]") -> None:
    assert process.stdin and process.stdout
    process.stdin.close()
    process.wait()
    process.stdout.close()


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit code, the signal that killed it or 0, what it said."""

    code: int
    signal: int
    said: str

    @property
    def killed(self) -> bool:
        return self.signal == signal.SIGKILL

    @property
    def told(self) -> list[dict[str, Any]]:
        """The JSON of `--json`."""
        return [json.loads(line) for line in self.said.splitlines() if line.startswith("{")]


@dataclass
class Run:
    """A command at work."""

    pid: int
    out: Path

    def send(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def wait(self) -> Ended:
        code, killed_by = forge().order(wait=self.pid)
        return Ended(code, killed_by, self.out.read_text("utf-8"))

    def over(self) -> bool:
        """Whether it has ended by itself; it still is to be awaited."""
        state = Path(f"/proc/{self.pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0]
        return state == "Z"


@dataclass(frozen=True)
class Bug:
    """A mistake seeded in the processes that run: each text of `file` that is a key is its value there.

    The files stay as they are. `also`: another mistake, in another file.
    """

    file: str
    changes: dict[str, str]
    also: "Bug | None" = None

    def listed(self) -> list[tuple[str, dict[str, str]]]:
        return [(self.file, self.changes), *(self.also.listed() if self.also else [])]


@dataclass(frozen=True)
class Jalon:
    folder: Path
    settings: dict[str, str]
    bug: Bug | None = None

    def start(self, *args: str) -> Run:
        out = self.folder / f"said-{next(NUMBERS)}.txt"
        bug = self.bug.listed() if self.bug else []
        return Run(forge().order(args=list(args), env=self.settings, out=str(out), bug=bug), out)

    def run(self, *args: str, code: int | None = 0) -> Ended:
        """To its end. RuntimeError: another exit code than `code`; None admits any but a signal."""
        ended = self.start(*args).wait()
        if ended.signal or (code is not None and ended.code != code):
            raise RuntimeError(f"jalon {' '.join(args)}: {ended}")
        return ended

    def dispatch(self, at: datetime) -> dict[str, int]:
        """A whole pass at that instant: its counts."""
        (counts,) = self.run(*pass_at(at), code=None).told
        return counts

    def through(self, channels: str) -> "Jalon":
        """The same, sending to everybody through the channels of this TOML."""
        file, ours = self.folder / "channels.toml", name_of(make_url(self.database))
        said = "" if "[production]" in channels else f'\n[production]\ndatabase = "{ours}"\n'
        file.write_text(channels + said, "utf-8")
        file.chmod(0o600)
        return replace(self, settings=self.settings | {"JALON_CHANNELS": str(file)})

    @property
    def database(self) -> str:
        return self.settings["JALON_DATABASE_URL"]


def pass_at(at: datetime) -> tuple[str, ...]:
    return ("dispatch", "--apply", "--json", "--at", at.isoformat())


def installed(folder: Path, *, url: str | None = None, brake: bool = False, bug: Bug | None = None) -> Jalon:
    """A fresh one in `folder`, for the Doubs; without its brake, unless `brake`: thousands are due at once."""
    folder.mkdir(parents=True)
    territory = folder / "doubs"
    copied = (file for file in (TERRITORIES / "doubs").rglob("*") if file.is_file())
    for file in copied:
        target = territory / file.relative_to(TERRITORIES / "doubs")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.read_bytes())
    if not brake:
        named = territory / "territory.toml"
        open_handed = "ceilings = { convocation = 1000000, reminder = 1000000 }"
        named.write_text(replaced(named.read_text("utf-8"), {"ceilings = {}": open_handed}), "utf-8")
    settings = {
        "JALON_HOME": str(folder / "home"),
        "JALON_DATABASE_URL": url or f"sqlite:///{folder / 'jalon.db'}",
        "JALON_TERRITORY": str(territory),
    }
    jalon = Jalon(folder, settings, bug)
    jalon.run("init")
    return jalon
