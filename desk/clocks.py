"""`jalon clocks`: how the service keeps the delays that the law gives it; what cannot be known is said so."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING

from desk.options import AsJson, On
from desk.terminal import emit, say
from tracks import french

if TYPE_CHECKING:
    from desk.opening import Desk
    from store.clocks import Kept
    from tracks.rules.clocks import Clock

UNKNOWN = (  # the clock, its first day or its end that no export gives
    ("orientation_weeks", "Orientation", "la date de réception de l'information par les services"),
    ("joint_diagnostic_months", "Diagnostic conjoint", "la date du diagnostic et l'existence d'un motif de douze mois"),
)


def clocks(on: On = None, as_json: AsJson = False) -> None:
    """Dit comment le service tient les délais que la loi lui donne."""
    from desk.opening import open_desk
    from store.clocks import contracts_in_time

    with open_desk() as desk:
        day = on or desk.today

        def clock_of(track: str, notified_on: date) -> "Clock | None":
            return clock_in(desk, track, notified_on)

        with desk.reading() as connection:
            kept = contracts_in_time(connection, territory=desk.slug, on=day, clock_of=clock_of)
        if as_json:
            emit({"clock": "contract_months", "on": day, "known": True} | asdict(kept))
            for key, _, _ in UNKNOWN:
                emit({"clock": key, "on": day, "known": False})
        for line in told(desk, kept, day):
            say(line, as_json=as_json)


def clock_in(desk: "Desk", track: str, notified_on: date) -> "Clock | None":
    """The clock of the contract, by the version of the day of notification; of the first one, where it is older."""
    from tracks.rules.clocks import contract_clock

    policies = desk.territory.policies(track)
    version = policies.at(max(notified_on, policies.track.version[0].valid_from))
    return contract_clock(policies, notified_on, version.contract.sign_within_months) if version.contract else None


def told(desk: "Desk", kept: "Kept", on: date) -> Iterator[str]:
    legal = desk.territory.legal
    yield f"Délais que la loi donne au service, au {french.full_date(on)}"
    contract = legal.at("contract_months", max(on, legal.first_day("contract_months")))
    yield f"  Contrat ({contract.source}) : {contract.says}"
    median = "" if kept.median_late is None else f", de {kept.median_late:g} jours en médiane"
    yield f"    signés à temps : {kept.in_time} ; signés en retard : {kept.late}{median}"
    yield f"    à signer, dans le délai : {kept.running} ; délai passé : {kept.overdue}"
    if kept.unknown:
        yield f"    date de notification inconnue : {kept.unknown}, non comptés"
    for key, name, missing in UNKNOWN:
        value = legal.at(key, max(on, legal.first_day(key)))
        yield f"  {name} ({value.source}) : inconnu. {missing.capitalize()} : dans aucun export ; rien n'est inventé."
