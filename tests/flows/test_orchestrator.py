"""Finding, starting and ending the Prefect server of a command."""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from config.settings import Settings
from tasks.orchestrator import (
    LOOPBACK,
    address_file,
    alone,
    announced,
    answering,
    auth_string,
    listen,
    wait_until_ready,
)
from tasks.prefect_variables import Api, client_variables, environment, folder, our_variables, server_variables
from tests.flows.conftest import Served
from tracks.errors import JalonError


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "var")


def free_port() -> int:
    with listen(0) as taken:
        return int(taken.getsockname()[1])


def test_a_password_is_made_once_for_its_owner_only(home: Settings) -> None:
    first = auth_string(home)
    assert len(first) > 30
    assert auth_string(home) == first
    assert (folder(home) / "auth").stat().st_mode & 0o777 == 0o600


def test_the_operator_may_choose_the_password(home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_SERVER_API_AUTH_STRING", "exploitant:secret")
    assert auth_string(home) == "exploitant:secret"


def test_a_taken_port_gives_way_to_another_on_loopback() -> None:
    with listen(0) as first, listen(first.getsockname()[1]) as second:
        assert second.getsockname()[0] == LOOPBACK
        assert second.getsockname()[1] != first.getsockname()[1]


def test_without_serve_there_is_no_server_to_use(home: Settings) -> None:
    assert answering(home) is None


def test_an_address_left_by_a_killed_serve_is_not_used(home: Settings) -> None:
    auth_string(home)
    with announced(home, Api(f"http://{LOOPBACK}:{free_port()}/api", "")):
        assert answering(home) is None
    assert not address_file(home).exists()


def test_a_server_of_somebody_else_is_not_used(home: Settings, prefect_server: Served) -> None:
    auth_string(home)
    with announced(home, prefect_server.api):
        assert answering(home) is None


def test_the_server_that_answers_is_used(settings: Settings, prefect_server: Served) -> None:
    assert answering(settings) == prefect_server.api


def test_a_server_that_does_not_start_is_said_in_french(home: Settings) -> None:
    with pytest.raises(JalonError, match=r"n'a pas démarré.*server\.log"):
        wait_until_ready(home, Api(f"http://{LOOPBACK}:{free_port()}/api", ""))


def test_two_temporary_servers_never_share_a_database(tmp_path: Path) -> None:
    with alone(tmp_path), (tmp_path / "lock").open("w") as second, pytest.raises(BlockingIOError):
        fcntl.flock(second, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_the_environment_is_given_back() -> None:
    before = dict(os.environ)
    with environment({"JALON_TERRITORY": "ailleurs", "PREFECT_API_URL": "http://127.0.0.1:1/api"}):
        assert os.environ["JALON_TERRITORY"] == "ailleurs"
    assert dict(os.environ) == before


def test_a_server_is_closed_to_others_and_tells_nobody(home: Settings) -> None:
    api = Api("http://127.0.0.1:4201/api", "jalon:x")
    variables = server_variables(home, api, home=folder(home), temporary=False)
    assert variables["PREFECT_SERVER_API_HOST"] == "127.0.0.1"
    assert variables["PREFECT_SERVER_API_PORT"] == "4201"
    assert variables["PREFECT_SERVER_CORS_ALLOWED_ORIGINS"] == "http://127.0.0.1:4201"
    assert variables["PREFECT_SERVER_CSRF_PROTECTION_ENABLED"] == "true"
    for silence in ("PREFECT_SERVER_ANALYTICS_ENABLED", "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT"):
        assert variables[silence] == client_variables(home, api)[silence] == "false"
    assert variables["DO_NOT_TRACK"] == "1"
    assert variables["PREFECT_HOME"].startswith(str(home.home))


def gone(pid: int, *, seconds: float) -> bool:
    """Has the process ended? A zombie has."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            os.kill(pid, 0)
            if Path(f"/proc/{pid}/stat").exists() and Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z":
                return True
        except ProcessLookupError:
            return True
        time.sleep(0.2)
    return False


WITH_A_SERVER = """
import time
from config.settings import Settings
from tasks import orchestrator
real = orchestrator.subprocess.Popen
def told(*args, **rest):
    child = real(*args, **rest)
    print(child.pid, flush=True)
    return child
orchestrator.subprocess.Popen = told
with orchestrator.orchestrator(Settings()):
    time.sleep(600)
"""


@pytest.mark.prefect
def test_a_server_never_outlives_the_command_that_started_it(home: Settings) -> None:
    """Not even a killed one."""
    command = subprocess.Popen(
        [sys.executable, "-c", WITH_A_SERVER], env={**os.environ, **our_variables(home)}, stdout=subprocess.PIPE
    )
    assert command.stdout
    with command.stdout:
        pid = int(command.stdout.readline())
    command.send_signal(signal.SIGKILL)
    command.wait()
    try:
        assert gone(pid, seconds=60)
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


@pytest.mark.prefect
def test_a_newcomer_sees_no_noise(home: Settings, doubs: Path) -> None:
    """The first `jalon run` of a new home, with nothing running: a server comes and goes unseen."""
    home.home.mkdir()
    shutil.copy(doubs, home.home / "jalon.db")
    command = [sys.executable, "-c", "from desk.cli import main; main()", "run", "suivi_emploi", "--on", "2026-11-23"]
    done = subprocess.run(
        [*command, "--apply", "--json"],
        env={**os.environ, **our_variables(home)},
        cwd=home.home,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["apply"] is True
    for noise in ("Traceback", "INFO", "WARN", "ERROR", "telemetry", "cancelled", "http", "Prefect"):
        assert noise not in done.stderr
    assert sorted(path.name for path in folder(home).iterdir() if path.is_file()) == ["auth"]
