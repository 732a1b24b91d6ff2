"""`jalon simulate`: the weeks to come under the rules of today, and beside them under other rules. Writes no data."""

from collections.abc import Callable, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from desk.options import AsJson, On
from desk.terminal import console, emit, say
from tracks import french

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.table import Table

    from config.territory import Territory
    from desk.opening import Desk
    from tracks.outlook import Outlook
    from tracks.simulation import County

TODAY, OTHER = "Règles d’aujourd’hui", "Règles essayées"
Weeks = Annotated[int, typer.Option("--weeks", metavar="N", min=1, max=104, help="Combien de semaines.")]
Policy = Annotated[
    Path | None,
    typer.Option("--policy", metavar="FICHIER", exists=True, dir_okay=False, help="Un fichier de parcours à essayer."),
]
Seed = Annotated[int, typer.Option("--seed", metavar="N", help="Le tirage au sort : le même, les mêmes nombres.")]
People = Annotated[
    int | None, typer.Option("--people", metavar="N", min=1, help="Un portefeuille de cette taille, tiré du vôtre.")
]
Out = Annotated[Path | None, typer.Option("--out", metavar="FICHIER", help="La page HTML ; sinon, dans reports.")]


def simulate(
    weeks: Weeks = 26,
    policy: Policy = None,
    seed: Seed = 1,
    people: People = None,
    out: Out = None,
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """Simule les semaines à venir avec les vraies règles, pour voir avant de changer. N'écrit aucune donnée."""
    from config.territory import with_track
    from desk.opening import open_desk
    from desk.simulation_page import write_page

    with open_desk() as desk:
        tried = {TODAY: desk.territory}
        if policy:
            tried[OTHER] = with_track(desk.territory, policy)
        start = on or desk.today
        found = {
            name: outlook(desk, territory, name, start=start, weeks=weeks, seed=seed, people=people)
            for name, territory in tried.items()
        }
        with desk.reading() as connection:
            page = write_page(
                connection,
                desk.territory,
                found,
                seed=seed,
                to=out or desk.settings.reports / f"simulation-{desk.slug}-{start}.html",
            )
        for name, one in found.items():
            if as_json:
                emit({"policy": "today" if name == TODAY else "tried", "seed": seed} | figures_of(one))
        say(table(found), as_json=as_json)
        say(f"La page, avec ses graphiques : {page}", as_json=as_json, wrap=False)


def outlook(
    desk: "Desk", territory: "Territory", name: str, *, start: Any, weeks: int, seed: int, people: int | None
) -> "Outlook":
    from tasks.simulate import outlook as simulated
    from tasks.simulate import read_county, resized
    from tracks.errors import JalonError

    county: County = read_county(desk.engine, territory, on=start)
    if not county.cases:
        raise JalonError("Aucun dossier ouvert ce jour-là : il n'y a rien à simuler. Importez d'abord vos fichiers.")
    if people:
        county = resized(county, people=people, seed=seed)
    with following(name, weeks) as told:
        return simulated(county, start=start, weeks=weeks, seed=seed, told=told)


@contextmanager
def following(name: str, weeks: int) -> "Iterator[Callable[[int], None]]":
    """A bar that counts the weeks played, on a terminal alone."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    screen = console(as_json=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("semaines"))
    with Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal) as progress:
        bar = progress.add_task(name, total=weeks)
        yield lambda week: progress.update(bar, completed=week)


def figures_of(one: "Outlook") -> dict[str, Any]:
    """What a simulation comes to; shares from 0 to 1, times in days and hours."""
    from tracks.outlook import middle

    loads = {referent: middle(one.shares(referent)) for referent in one.open}
    return {
        "people_at_start": one.people[0],
        "people_at_end": one.people[1],
        "appointments": one.total(lambda week: week.fixed),
        "held": one.total(lambda week: week.held),
        "missed_share": round(one.missed_share, 4),
        "median_days_between": one.wait,
        "late_share": round(one.late_share, 4),
        "most_people_without_hour_in_a_week": max(one.waiting(), default=0),
        "median_load": round(middle(loads.values()), 4),
        "highest_load": round(max(loads.values(), default=0.0), 4),
        "reminders": one.total(lambda week: week.reminders),
        "messages": one.total(lambda week: week.messages),
        "questions": one.total(lambda week: week.questions),
        "reviews": one.total(lambda week: week.reviews),
    }


# What is said of each figure, and how it is written.
SAID: Mapping[str, tuple[str, Callable[[float], str]]] = {
    "people_at_start": ("Personnes suivies au départ", french.number),
    "people_at_end": ("Personnes suivies à la fin", french.number),
    "appointments": ("Rendez-vous fixés", french.number),
    "held": ("Rendez-vous tenus", french.number),
    "missed_share": ("Absences sans prévenir", french.percent),
    "median_days_between": ("Jours entre deux échanges (médiane)", french.number),
    "late_share": ("Rendez-vous fixés après le jour dû", french.percent),
    "most_people_without_hour_in_a_week": ("Personnes sans créneau, la pire semaine", french.number),
    "median_load": ("Temps d’accueil réservé, référent médian", french.percent),
    "highest_load": ("Temps d’accueil réservé, référent le plus chargé", french.percent),
    "reminders": ("Rappels", french.number),
    "messages": ("Messages aux personnes", french.number),
    "questions": ("Questions aux référents", french.number),
    "reviews": ("Revues ouvertes", french.number),
}


def table(found: "Mapping[str, Outlook]") -> "Table":
    """A row a figure, a column a set of rules."""
    from rich import box
    from rich.table import Table

    weeks = next(iter(found.values())).length
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=f"{french.plural(weeks, 'semaine')} simulées")
    shown.add_column("")
    for name in found:
        shown.add_column(name, justify="right")
    for row in rows(found):
        shown.add_row(*row)
    return shown


def rows(found: "Mapping[str, Outlook]") -> list[list[str]]:
    """What each figure comes to, under each set of rules, as it is read."""
    figures = [figures_of(one) for one in found.values()]
    return [[title, *(write(one[key]) for one in figures)] for key, (title, write) in SAID.items()]
