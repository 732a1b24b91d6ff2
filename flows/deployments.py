"""What is scheduled and when: served by `jalon serve`, or written to prefect.yaml for a work pool.

`python -m flows.deployments` writes prefect.yaml.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]
from prefect import Flow
from prefect.deployments.runner import RunnerDeployment
from prefect.schedules import Cron
from prefect.types.entrypoint import EntrypointType

from config.settings import PROJECT
from flows.dispatch import dispatch
from flows.edge import TERRITORY
from flows.intake import intake
from flows.nights import NIGHTS
from flows.report import report
from tracks import french

FILE = PROJECT / "prefect.yaml"
WORK_POOL = "jalon"


@dataclass(frozen=True, slots=True)
class Planned:
    """A flow and its crons, in the zone of the territory. `parameters`: of a scheduled run; a form keeps its own."""

    flow: Flow[..., Any]
    title: str
    says: str  # when, for people
    crons: tuple[str, ...] = ()
    parameters: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.flow.name


def planned() -> tuple[Planned, ...]:
    """Every flow of the territory. No cron between 01:00 and 03:59, where clocks change."""
    tracks = TERRITORY.tracks
    return (
        *(
            Planned(
                night,
                tracks[slug].title,
                f"chaque nuit à {french.clock(tracks[slug].runs_at)}",
                (f"{tracks[slug].runs_at.minute} {tracks[slug].runs_at.hour} * * *",),
                {"appliquer": True},
            )
            for slug, night in NIGHTS.items()
        ),
        Planned(
            dispatch,
            "Les envois",
            "toutes les 5 minutes de 7 h à 19 h 30, du lundi au samedi",
            ("*/5 7-18 * * 1-6", "0-30/5 19 * * 1-6"),
            {"appliquer": True},
        ),
        Planned(intake, "L'import d'un dossier", "à la main"),
        Planned(report, "Le point du jour", "chaque jour à 19 h 45", ("45 19 * * *",)),
    )


async def deployments() -> list[RunnerDeployment]:
    """For `serve`. Each schedule has a name of its own, so that serving again replaces it instead of doubling it."""
    return [
        await plan.flow.ato_deployment(
            plan.name,
            schedules=[
                Cron(cron, timezone=TERRITORY.zone, parameters=plan.parameters, slug=f"{plan.name}-{n}")
                for n, cron in enumerate(plan.crons, start=1)
            ],
            entrypoint_type=EntrypointType.MODULE_PATH,
        )
        for plan in planned()
    ]


def prefect_yaml() -> str:
    """The same for a work pool: `prefect deploy --all`, on a machine where Jalon is installed."""
    head = "# Écrit par `python -m flows.deployments` à partir des parcours du territoire. Ne pas modifier à la main.\n"
    content = {"name": "jalon", "pull": [], "deployments": [as_yaml(plan) for plan in planned()]}
    body: str = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=120)
    return head + body


def as_yaml(plan: Planned) -> dict[str, Any]:
    schedules = [
        {"cron": cron, "timezone": TERRITORY.zone, "slug": f"{plan.name}-{n}", "parameters": dict(plan.parameters)}
        for n, cron in enumerate(plan.crons, start=1)
    ]
    return {
        "name": plan.name,
        "description": plan.flow.description,
        "entrypoint": f"{plan.flow.fn.__module__}.{plan.flow.fn.__qualname__}",
        "work_pool": {"name": WORK_POOL},
        "schedules": schedules,
    }


def write(file: Path = FILE) -> None:
    file.write_text(prefect_yaml(), encoding="utf-8")


if __name__ == "__main__":
    write()
