"""What a version of a track does to a person, step by step: what is drawn, and what the list beside the drawing says.

Every delay and every article comes from the policy file; nothing here knows a number.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from desk import words
from tracks import french
from tracks.legal import Sourced
from tracks.policy import AppointmentPolicy, Do, EveryDays, FollowUp, ReviewPolicy, Rung, Version
from tracks.vocabulary import AppointmentKind

RUNGS: Mapping[Do, str] = {
    Do.ASK_REASON: "Demander le motif à la personne",
    Do.ASK_REFERENT_TO_QUALIFY: "Le référent qualifie l’absence",
    Do.CALL: "L’appeler",
    Do.VISIT: "Aller la voir",
    Do.INVITE_TO_REGULARISE: "L’inviter à régulariser, par écrit",
    Do.TELL_COACH: "Prévenir le coach",
}
EXITS: Mapping[str, str] = {
    "employment_or_training_started": "Emploi ou formation repris",
    "relapse": "Emploi ou formation interrompu",
    "situation_improved": "Situation améliorée",
}
PLACES: Mapping[str, str] = {"site": "sur place", "phone": "par téléphone"}
PEOPLE_ONLY = "Une personne valide."


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """`delay`: when, with its figures; `says`: what, in a line; `source`: the article, or whose choice it is."""

    title: str
    delay: str = ""
    says: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Lane:
    """Steps that follow each other. `when`: what brings somebody into it."""

    title: str
    when: str
    steps: tuple[Step, ...]


def lanes(version: Version, titles: Mapping[str, str]) -> tuple[Lane, ...]:
    """`titles`: of the tracks, by slug, for the ways out."""
    found = [
        Lane("Le parcours", "Dès l’entrée", (*along(version), *ways_out(version, titles))),
        Lane("Autour de chaque rendez-vous", "Messages et suites", tuple(messages(version))),
    ]
    climbed = version.threshold_rungs()
    if after := [rung for rung in version.ladder if rung not in climbed]:
        found.append(Lane("Après une absence", "Rendez-vous manqué", tuple(map(rung_step, after))))
    if version.review:
        threshold = (*map(rung_step, climbed), review_step(version, version.review))
        found.append(Lane("Si le seuil est atteint", threshold_of(version.review), threshold))
    if version.follow_up:
        found.append(
            Lane("Si le suivi devient fragile", "Contacts manqués ou silence", (risk_step(version.follow_up),))
        )
    return tuple(found)


def along(version: Version) -> Iterator[Step]:
    rhythm, contract = version.rhythm, version.contract
    first = next((a for a in version.stages if a.first), None)
    if rhythm and first:
        within = f"dans les {french.plural(rhythm.first_within_days, 'jour')}"
        yield Step(title=first.subject, delay=within, says=held(first), source=sourced(rhythm))
    if contract:
        kinds = french.sentence(" ou ".join(words.CONTRACT[kind] for kind in contract.kinds))
        interviews = french.plural(contract.interviews_before_signing, "entretien honoré", "entretiens honorés")
        yield Step(
            title=kinds,
            delay=f"{within_months(contract.sign_within_months)} de l’orientation",
            says=f"Après {interviews} ; à renouveler {contract.renew_before_days} jours avant son terme.",
            source=sourced(contract),
        )
    if rhythm:
        if rhythm.before_contract:
            closer = f"tous les {between(rhythm.before_contract)}"
            yield Step(title="Entretiens avant le contrat", delay=closer, source=sourced(rhythm))
        for stage in (a for a in version.stages if not a.first):
            after = f", à partir du mois {stage.from_months}" if stage.from_months else ""
            delay = f"tous les {between(rhythm.every_days)}{after}"
            yield Step(title=stage.subject, delay=delay, says=held(stage), source=sourced(rhythm))
    for group in (a for a in version.appointment if a.kind is AppointmentKind.COLLECTIVE):
        yield Step(title=group.subject, delay="à la place d’un entretien", says=held(group))
    if version.follow_up:
        yield from milestones(version.follow_up, version.stages[-1])


def within_months(months: int) -> str:
    return "dans le mois" if months == 1 else f"dans les {months} mois"


def between(every: EveryDays) -> str:
    return f"{every.min} à {every.max} jours" if every.min != every.max else french.plural(every.max, "jour")


def held(appointment: AppointmentPolicy) -> str:
    """« 45 min, sur place. »"""
    group = "en groupe, " if appointment.kind is AppointmentKind.COLLECTIVE else ""
    return f"{appointment.minutes} min, {group}{PLACES[appointment.place]}."


def milestones(follow_up: FollowUp, appointment: AppointmentPolicy) -> Iterator[Step]:
    for milestone in follow_up.milestones:
        yield Step(
            title=appointment.subject,
            delay=f"{milestone.wording} après la reprise, à {follow_up.around_days} jours près",
            says=held(appointment),
            source=sourced(follow_up),
        )
    last = f"{follow_up.months} mois après la reprise"
    yield Step(title="Fin du suivi", delay=last, says="Un dernier message dit au revoir.", source=follow_up.reference)


def messages(version: Version) -> Iterator[Step]:
    """What surrounds each appointment."""
    reminders, outcomes = version.reminders, version.outcomes
    if version.rhythm:
        notice = version.rhythm.notice_days
        before = f"{notice.sms} jours avant par SMS, {notice.email} par courriel, {notice.letter} par lettre"
        yield Step(title="Convocation", delay=f"au moins {before}", source=sourced(notice))
    hours = f"Entre {french.clock(reminders.not_before)} et {french.clock(reminders.not_after)}."
    days = french.listed(map(str, reminders.days_before))
    yield Step(title="Rappel", delay=f"{days} jours avant", says=hours, source=sourced(reminders))
    yield Step(
        title="Que s’est-il passé ?",
        delay=f"{working(outcomes.ask_referent_after_working_days)} après",
        says=f"Demandé au référent, puis au coordinateur après {working(outcomes.ask_coordinator_after_working_days)}.",
        source=sourced(outcomes),
    )


def ways_out(version: Version, titles: Mapping[str, str]) -> Iterator[Step]:
    for way in version.exit:
        to = titles.get(way.to, way.to)
        yield Step(title=EXITS[way.on], delay=f"vers « {to} »", says=f"Proposé. {PEOPLE_ONLY}")


def rung_step(rung: Rung) -> Step:
    waits = (
        french.plural(rung.wait_days, "jour") if rung.wait_days is not None else working(rung.wait_working_days or 0)
    )
    return Step(
        title=RUNGS[rung.do],
        delay=f"puis attendre {waits}",
        source=" ; ".join(filter(None, (rung.because, sourced(rung)))),
    )


def threshold_of(review: ReviewPolicy) -> str:
    kept = " ou ".join(words.QUALIFIED[qualification] for qualification in review.qualifications)
    reset = " ; une venue les efface" if review.reset_on_seen else ""
    return f"{review.absences} absences ({kept}) en {review.within_months} mois{reset}"


def review_step(version: Version, review: ReviewPolicy) -> Step:
    paused = "" if version.escalation_enabled else "Suspendue pour ce parcours. "
    return Step(
        title="Revue par des personnes",
        delay=f"travaillée en {french.plural(review.referent_works_it_within_days, 'jour')}",
        says=f"{paused}Jamais de sanction automatique : des personnes décident, avec leurs raisons.",
        source=" ; ".join(filter(None, (review.because, sourced(review)))),
    )


def risk_step(follow_up: FollowUp) -> Step:
    missed = french.plural(follow_up.risk_after_missed, "contact manqué", "contacts manqués")
    silent = french.plural(follow_up.risk_after_silent_check_ins, "message", "messages")
    return Step(
        title="Des personnes regardent le dossier",
        delay=f"sous {working(follow_up.look_within_working_days)}",
        says=f"Après {missed} de suite ou {silent} sans réponse. Jamais une mesure.",
        source=sourced(follow_up),
    )


def working(days: int) -> str:
    return french.plural(days, "jour ouvré", "jours ouvrés")


def sourced(part: Sourced) -> str:
    sure = words.CONFIDENCE[part.confidence]
    return part.source if sure.casefold() in part.source.casefold() else f"{part.source} ({sure})"
