"""`jalon overload`: who cannot be met in time, by how much the service is short of hours, and what would mend it."""

from typing import TYPE_CHECKING

import typer

from desk.options import AsJson, On
from desk.terminal import emit, say
from tracks import french

if TYPE_CHECKING:
    from collections.abc import Mapping

    from desk.opening import Desk
    from tasks.plan import Decided


def overload(on: On = None, as_json: AsJson = False) -> None:
    """Les référents en surcharge : de combien, pour qui, et ce qui y remédierait. Ne change rien."""
    from desk.opening import open_desk
    from store.agendas import read_referents
    from tasks.plan import plan

    with open_desk() as desk:
        day = on or desk.today
        with desk.reading() as connection:
            names = read_referents(connection, territory=desk.slug)
        nights = {
            track: plan(desk.engine, desk.territory, desk.territory.policies(track), on=day, now=desk.at(on))
            for track in desk.territory.tracks
        }
        told = tell_shortages(desk, nights, names, as_json=as_json)
        first = next(iter(nights.values()))  # a caseload is the same in each track's night
        tell_pressures(first, names, as_json=as_json)
        if not told and not first.pressures:
            say("Aucune surcharge : chaque personne peut être reçue dans son délai.", as_json=as_json)
    if told or first.pressures:
        say(
            "Personne n'est mis en cause pour cela : aucune revue ne s'ouvre quand le service est en retard.",
            as_json=True,
        )
        raise typer.Exit(1)


def tell_shortages(desk: "Desk", nights: "Mapping[str, Decided]", names: "Mapping[int, str]", *, as_json: bool) -> int:
    from tracks.overload import shortage_says

    told = 0
    for track, decided in nights.items():
        for referent, found in decided.shortages.items():
            told += 1
            cases = [f"c{case}" for case in found.cases]
            if as_json:
                emit(
                    {
                        "referent_id": referent,
                        "track": track,
                        "case_ids": cases,
                        "first_day": found.first_day,
                        "last_day": found.last_day,
                        "minutes_missing": found.minutes,
                        "lent": [{"case_id": f"c{case}", "referent_id": to} for case, to in found.lent],
                        "days_more": found.days_more,
                    }
                )
                continue
            count = french.plural(len(cases), "personne sans créneau", "personnes sans créneau")
            say(f"{names[referent]}, {desk.territory.tracks[track].title} : {count} ({french.listed(cases)}).")
            say(f"  {shortage_says(found)}")
            for case, to in found.lent:
                say(f"  c{case} pourrait être reçu par {names[to]}.")
    return told


def tell_pressures(decided: "Decided", names: "Mapping[int, str]", *, as_json: bool) -> None:
    from tracks.overload import pressure_says

    for found in decided.pressures:
        if as_json:
            emit(
                {
                    "referent_id": found.referent,
                    "people": found.people,
                    "minutes_asked_a_week": found.asked,
                    "minutes_open_a_week": found.open,
                }
            )
        else:
            say(f"{names[found.referent]} : {pressure_says(found)}")
