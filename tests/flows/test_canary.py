"""`jalon serve`, whole, as a process: a schedule really fires, strangers are refused, `run` uses it, it ends in peace.

An orchestrator that answers proves nothing: with the wrong SQLAlchemy it is healthy and never schedules (0002-pins).
"""

import asyncio
import base64
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.error import HTTPError
from urllib.request import Request, urlopen
from uuid import UUID

import httpx
import pytest
from prefect import get_client
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import FlowFilter, FlowFilterName, FlowRunFilter, FlowRunFilterStartTime
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.schedules import IntervalSchedule
from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_URL, temporary_settings
from sqlalchemy import select

from config.settings import Settings
from desk.web.staff.doors import COOKIE
from flows.schedules import silent_schedules
from store import accounts, journal, schema, sign_ins
from store.acts import Act
from store.engine import open_engine, reading, transaction
from tasks.orchestrator import answering
from tasks.prefect_variables import Api, folder, our_variables
from tracks.vocabulary import DeskRole

if TYPE_CHECKING:
    from sqlalchemy import Select

pytestmark = [
    pytest.mark.prefect,
    pytest.mark.filterwarnings("ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"),
]
T = TypeVar("T")
CANARY_SECONDS = 60
OFTEN = {"PREFECT_SERVER_SERVICES_SCHEDULER_LOOP_SECONDS": "5"}  # 60: a schedule added late waits for the next
STARTED = FlowRunFilter(start_time=FlowRunFilterStartTime(is_null_=False))


@dataclass
class Serve:
    """A running `jalon serve` and what it prints."""

    settings: Settings
    api: Api
    process: "subprocess.Popen[bytes]"
    printed: Path


def jalon(*words: str) -> list[str]:
    return [sys.executable, "-c", "from desk.cli import main; main()", *words]


def until(seconds: float, found: Callable[[], object]) -> bool:
    """Has `found` given something before time is over?"""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found():
            return True
        time.sleep(0.5)
    return False


@pytest.fixture(scope="module")
def serve(doubs: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    home = tmp_path_factory.mktemp("serve")
    settings = Settings(home=home)
    shutil.copy(doubs, home / "jalon.db")
    printed = home / "printed.txt"
    with printed.open("wb") as out:
        variables = {**os.environ, **our_variables(settings), **OFTEN}
        process = subprocess.Popen(jalon("serve"), env=variables, cwd=home, stdout=out, stderr=out)
    try:
        assert until(120, lambda: "Ctrl-C" in printed.read_text("utf-8") or process.poll() is not None)
        api = answering(settings)
        assert api, printed.read_text("utf-8")
        yield Serve(settings, api, process, printed)
    finally:
        process.kill()
        process.wait()


def asked(serve: Serve, question: Callable[[PrefectClient], Awaitable[T]]) -> T:
    """The answer of `question` put to that server."""

    async def ask() -> T:
        async with get_client() as client:
            return await question(client)

    with temporary_settings({PREFECT_API_URL: serve.api.url, PREFECT_API_AUTH_STRING: serve.api.auth}):
        return asyncio.run(ask())


def test_a_schedule_that_would_never_fire_is_seen(serve: Serve) -> None:
    in_an_hour = datetime.now(UTC) + timedelta(hours=1)
    assert until(30, lambda: not silent_schedules(serve.settings, serve.api, now=in_an_hour))

    async def forget_its_runs(client: PrefectClient) -> None:
        for run in await client.read_flow_runs(flow_filter=FlowFilter(name=FlowFilterName(any_=["suivi_emploi"]))):
            await client.delete_flow_run(run.id)

    asked(serve, forget_its_runs)
    assert silent_schedules(serve.settings, serve.api, now=in_an_hour) == ("suivi_emploi",)


def test_a_schedule_of_ten_seconds_really_fires(serve: Serve) -> None:
    async def every_ten_seconds(client: PrefectClient) -> tuple[UUID, UUID]:
        deployment = await client.read_deployment_by_name("report/report")
        (made,) = await client.create_deployment_schedules(
            deployment.id, [(IntervalSchedule(interval=timedelta(seconds=10)), True)]
        )
        return deployment.id, made.id

    async def scheduled(client: PrefectClient) -> list[FlowRun]:
        return [run for run in await client.read_flow_runs(flow_run_filter=STARTED) if run.auto_scheduled]

    async def completed(client: PrefectClient) -> bool:
        return any(run.state_name == "Completed" for run in await scheduled(client))

    deployment, schedule = asked(serve, every_ten_seconds)
    fired = until(CANARY_SECONDS, lambda: asked(serve, scheduled))
    asked(serve, lambda client: client.delete_deployment_schedule(deployment, schedule))
    assert fired, f"rien n'est parti en {CANARY_SECONDS} s : {serve.printed.read_text('utf-8')}"
    assert until(CANARY_SECONDS, lambda: asked(serve, completed))


def status_of(request: Request) -> int:
    try:
        with urlopen(request, timeout=10) as answer:
            return int(answer.status)
    except HTTPError as error:
        error.close()
        return error.code


def test_a_stranger_is_refused(serve: Serve) -> None:
    url = f"{serve.api.url}/flow_runs/count"
    assert status_of(Request(url, b"{}", {"Content-Type": "application/json"})) in (401, 403)
    assert status_of(Request(f"{serve.api.url}/version")) == 401
    assert serve.api.url.startswith("http://127.0.0.1:")


def test_a_foreign_page_is_refused_even_with_the_password(serve: Serve) -> None:
    headers = {
        "Authorization": "Basic " + base64.b64encode(serve.api.auth.encode()).decode(),
        "Origin": "http://evil.example",
        "Content-Type": "application/json",
    }
    request = Request(f"{serve.api.url}/variables/", json.dumps({"name": "a", "value": 1}).encode(), headers)
    assert status_of(request) == 403


def test_the_password_is_readable_by_its_owner_only(serve: Serve) -> None:
    assert (folder(serve.settings) / "auth").stat().st_mode & 0o777 == 0o600
    assert serve.api.auth.partition(":")[2] not in serve.printed.read_text("utf-8")


def test_run_uses_the_server_that_is_there_and_is_quiet(serve: Serve) -> None:
    done = subprocess.run(
        jalon("run", "objectif_emploi", "--on", "2026-11-23", "--json"),
        env={**os.environ, **our_variables(serve.settings)},
        cwd=serve.settings.home,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["written"]["appointment"] > 0
    assert not (folder(serve.settings) / "run").exists()
    for noise in ("Traceback", "INFO", "telemetry", "cancelled", "http"):
        assert noise not in done.stderr

    async def names(client: PrefectClient) -> list[str]:
        return [run.name for run in await client.read_flow_runs(flow_run_filter=STARTED)]

    assert "Objectif emploi, nuit du 2026-11-23" in asked(serve, names)


def seated(serve: Serve, name: str) -> httpx.Client:
    """A browser signed in as a coordinator of that name."""
    found = re.search(r"Bureau : (\S+)/", serve.printed.read_text("utf-8"))
    assert found, "no desk"
    engine, now = open_engine(serve.settings.database), datetime.now(UTC)
    act = Act(territory="doubs", by="Test", at=now, on=now.date())
    new = accounts.NewAccount(email=f"{name}@example.org", name=name, role=DeskRole.COORDINATOR)
    with transaction(engine) as connection:
        account = accounts.add(connection, act, new)
        token = sign_ins.open_for(connection, territory="doubs", account=account, at=now)
    engine.dispose()
    return httpx.Client(base_url=found[1], trust_env=False, cookies={COOKIE: token}, timeout=20)


def pressed(client: httpx.Client, page: str, action: str, **values: str) -> str:
    """Where the form of that page leads: two at once, as two clicks do, lead to the same place."""
    shown = client.get(page).text
    proof = re.search(rf'action="{re.escape(action)}"[^>]*>\s*<input[^>]*value="([^"]+)"', shown)
    assert proof, shown
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(client.post, action, data=values | {"preuve": proof[1]}) for _ in range(2)]
        (led,) = {done.result().headers["location"] for done in both}
    return led


def rows_of(serve: Serve, statement: "Select[Any]") -> list[Any]:
    engine = open_engine(serve.settings.database)
    with reading(engine) as connection:
        found = list(connection.execute(statement).mappings())
    engine.dispose()
    return found


def test_a_night_is_tried_then_run_from_the_desk_and_once(serve: Serve) -> None:
    """By two people and two clicks each; its figures are those of `jalon run --json`."""
    with seated(serve, "Ana") as ana, seated(serve, "Zoe") as zoe:
        path = "/parcours/objectif_competences"
        assert "à 4\u202fh\u202f" in ana.get(path).text.partition("Prochaine nuit</h2>")[2][:200]
        dry = pressed(ana, path, f"{path}/essai")
        assert "Actualiser" in zoe.get(f"{dry}?suivre=non").text or "Essai terminé" in zoe.get(dry).text
        assert until(CANARY_SECONDS, lambda: "Essai terminé" in ana.get(dry).text), ana.get(dry).text
        (tried,) = rows_of(serve, select(schema.launches))
        day = tried["on_day"].isoformat()
        said = subprocess.run(
            jalon("run", "objectif_competences", "--on", day, "--json"),
            env={**os.environ, **our_variables(serve.settings)},
            capture_output=True,
            text=True,
            check=True,
        )
        counted = json.loads(said.stdout)
        for figures in ("cases", "proposed", "written", "not_done"):
            assert tried["counts"][figures] == counted[figures]
        assert tried["cases_read"] == tried["cases"] == counted["cases"] > 0
        nights = select(schema.runs).where(schema.runs.c.track == "objectif_competences")
        assert rows_of(serve, nights) == []

        essay = str(tried["id"])
        proofs = zoe.get(dry).text
        led = pressed(ana, dry, f"{path}/appliquer", essai=essay)
        proof = re.search(r'appliquer">\s*<input[^>]*value="([^"]+)"', proofs)
        assert proof
        late = zoe.post(f"{path}/appliquer", data={"essai": essay, "preuve": proof[1]})
        assert late.headers["location"] == led
        assert until(CANARY_SECONDS, lambda: "C’est fait" in zoe.get(led).text), zoe.get(led).text
        (night,) = rows_of(serve, nights)
        assert night["status"] == "done" and night["counts"]["written"] == counted["written"]
        assert [row["apply"] for row in rows_of(serve, select(schema.launches))] == [False, True]
        again = zoe.post(f"{path}/appliquer", data={"essai": essay, "preuve": proof[1]})
        assert again.headers["location"] == led
        actors = select(schema.journal.c.actor).where(schema.journal.c.kind == "launch")
        assert [row["actor"] for row in rows_of(serve, actors)] == [journal.person("Ana")] * 2
        assert "Voir" not in ana.get(path).text and f"{counted['written']['appointment']}</td>" in ana.get(path).text


def test_serving_twice_is_refused(serve: Serve) -> None:
    second = subprocess.run(
        jalon("serve"),
        env={**os.environ, **our_variables(serve.settings)},
        cwd=serve.settings.home,
        capture_output=True,
        text=True,
        check=False,
    )
    assert second.returncode == 1
    assert "tourne déjà" in second.stderr


def test_told_to_stop_it_stops_without_a_word_too_many(serve: Serve) -> None:
    """The last test of this server."""
    serve.process.send_signal(signal.SIGTERM)
    assert serve.process.wait(20) == 0
    printed = serve.printed.read_text("utf-8")
    assert printed.rstrip().endswith("Arrêté.")
    for noise in ("Traceback", "never awaited", "cancelled"):
        assert noise not in printed
    assert "never awaited" not in (folder(serve.settings) / "serve" / "server.log").read_text("utf-8")
    assert answering(serve.settings) is None
    assert not (folder(serve.settings) / "address").exists()
