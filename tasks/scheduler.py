"""What the desk asks of Prefect: start a night now, how it stands, when the next one is. Few calls, over HTTP.

Prefect itself is not imported: a page must not wait for it, nor end with it. Ids, slugs and days only go there.
"""

import base64
import os
from datetime import date, datetime
from typing import Any
from uuid import uuid4

import httpx

from config.settings import Settings
from tasks.orchestrator import answering
from tasks.prefect_variables import Api

SECONDS = 5
OVER = frozenset({"COMPLETED", "FAILED", "CRASHED", "CANCELLED"})


class NoSchedulerError(Exception):
    """Nobody answers, or not as Prefect does."""


def found(settings: Settings) -> Api | None:
    """The scheduler of this installation: that of `jalon serve`, else the one that PREFECT_API_URL names."""
    served = answering(settings)
    if served or "PREFECT_API_URL" not in os.environ:
        return served
    named = Api(os.environ["PREFECT_API_URL"].rstrip("/"), os.environ.get("PREFECT_API_AUTH_STRING", ""))
    try:
        call(named, "GET", "/version")
    except NoSchedulerError:
        return None
    return named


def start(api: Api, track: str, *, on: date, apply: bool, launch: int) -> str:
    """Prefect's id of the run. Asked twice for one launch, it starts once. NoSchedulerError."""
    deployment = call(api, "GET", f"/deployments/name/{track}/{track}")["id"]
    wanted = {
        "parameters": {"jour": on.isoformat(), "appliquer": apply, "demande": launch},
        "idempotency_key": f"jalon-launch-{launch}",
        "state": {"type": "SCHEDULED"},
    }
    return str(call(api, "POST", f"/deployments/{deployment}/create_flow_run", wanted)["id"])


def is_over(api: Api, flow_run: str) -> bool:
    """Whether Prefect holds the run to be over, however it ended; also when it knows nothing of it."""
    try:
        return call(api, "GET", f"/flow_runs/{flow_run}").get("state_type") in OVER
    except MissingError:
        return True


def next_run(api: Api, track: str) -> datetime | None:
    """When the schedule next starts that track (aware); None: it is not scheduled. NoSchedulerError."""
    wanted = {
        "flows": {"name": {"any_": [track]}},
        "flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}},
        "sort": "EXPECTED_START_TIME_ASC",
        "limit": 20,
    }
    runs = [run for run in call(api, "POST", "/flow_runs/filter", wanted) if run.get("auto_scheduled")]
    return datetime.fromisoformat(runs[0]["expected_start_time"]) if runs else None


class MissingError(NoSchedulerError):
    """It answers that there is no such thing."""


def call(api: Api, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """The JSON of one authenticated call, never through a proxy. NoSchedulerError."""
    headers = {"Authorization": "Basic " + base64.b64encode(api.auth.encode()).decode()} if api.auth else {}
    try:
        with httpx.Client(base_url=api.url, headers=headers, timeout=SECONDS, trust_env=False) as client:
            if body is not None:
                client.headers.update(csrf(client))
            answer = client.request(method, api.url + path, json=body)
        if answer.status_code == 404:
            raise MissingError(path)
        answer.raise_for_status()
        return answer.json()
    except (httpx.HTTPError, ValueError) as error:
        raise NoSchedulerError(type(error).__name__) from None


def csrf(client: httpx.Client) -> dict[str, str]:
    """What goes with a call that changes something, where the server wants it."""
    name = str(uuid4())
    answer = client.get(f"{client.base_url}csrf-token", params={"client": name})
    if answer.status_code != 200:
        return {}
    return {"Prefect-Csrf-Client": name, "Prefect-Csrf-Token": answer.json()["token"]}
