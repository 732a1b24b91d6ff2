"""`jalon explain`: in French, why each thing was or was not done for a person, with its figures and its source."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from desk import words
from desk.options import AsJson, CaseArgument, On
from desk.terminal import emit, say
from tracks import french
from tracks.vocabulary import AppointmentStatus

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from config.territory import Territory
    from desk.opening import Desk
    from store.history import History
    from tracks.actions import Action, Because
    from tracks.case import Case
    from tracks.rules.preconditions import Condition
    from tracks.tonight import Policies

DONE = "Fait ou proposé"
NOT_DONE = "Pas fait, et pourquoi"
MISSING = "Ce qui manque avant une revue"
GROUPS = (DONE, NOT_DONE, MISSING)
ELEVEN = "Les onze conditions d'une revue"
MARKS = {"rempli": "✓", "manquant": "✗", "inconnu": "?", "sans objet": "–"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One line of an explanation: under which head, what, and why. `sign`: the same in the code's words."""

    group: str
    what: str
    because: "Because"
    sign: str


def explain(case: CaseArgument, on: On = None, as_json: AsJson = False) -> None:
    """Dit pourquoi une chose est faite ou non pour une personne."""
    from desk.finding import case_id
    from desk.opening import open_desk
    from store.history import read_history
    from tracks.rules.preconditions import conditions
    from tracks.tonight import Tonight

    with open_desk() as desk:
        day = on or desk.today
        with desk.reading() as connection:
            number = case_id(connection, desk, case)
            history = read_history(connection, territory=desk.slug, case=number)
            found = case_seen(connection, desk.territory, history, day)
        policies = desk.territory.policies(history.head["track"])
        reasons = None if found is None else reasons_of(found, policies, day)
        eleven = () if found is None else conditions(Tonight(found, policies, day))
        if as_json:
            for reason in reasons or ():
                emit({"case_id": f"c{number}", "on": day} | as_dict(reason))
            for condition in eleven:
                emit({"case_id": f"c{number}", "on": day, "group": ELEVEN, "rule": "conditions"} | asdict(condition))
            return
        told = [*heading(desk, history, day), *explained(reasons), *checked(eleven), *recorded(desk, history, day)]
        for line in told:
            say(line)


def case_seen(connection: "Connection", territory: "Territory", history: "History", on: date) -> "Case | None":
    """The case as the night of `on` sees it, or saw it; None when it is not open on that day."""
    from store.agendas import read_cannot_stand
    from store.case_rows import Reading
    from store.cases import read_case
    from store.history import before_night
    from tracks.tonight import NIGHT_HOUR

    calendar, track = territory.calendar, history.head["track"]
    met = {row["referent_id"] for row in history.appointments if row["referent_id"] is not None}
    doubtful = read_cannot_stand(connection, territory=territory.slug, on=on, calendar=calendar, only=met)
    # A case that this very night closed is read as it was the day before.
    seen_on = on - timedelta(days=1) if history.head["left_on"] == on else on
    about = Reading(territory.slug, track, seen_on, calendar.local(on, NIGHT_HOUR), calendar, doubtful)
    found = read_case(connection, about, history.head["id"])
    return None if found is None else before_night(found, history, on)


def reasons_of(case: "Case", policies: "Policies", on: date) -> list[Reason]:
    """What the night of `on` decides, or decided, for this case."""
    from tracks.decide import decide
    from tracks.rules.forgotten import forgotten
    from tracks.tonight import Tonight

    erased = forgotten(Tonight(case, policies, on))
    more = [Reason(group=NOT_DONE, what="Absences effacées", because=erased, sign="forgotten")] if erased else []
    return [*sorted_out(decide(case, policies, on)), *more]


def sorted_out(actions: "tuple[Action, ...]") -> list[Reason]:
    """Each reason once: what blocks or replaces something is told there, not again as a count."""
    from tracks.actions import NotDone, OpenCheck, ServiceLate

    told = {id(action.because) for action in actions if isinstance(action, NotDone | OpenCheck)}
    return [
        Reason(group=group_of(action), what=what(action), because=action.because, sign=sign_of(action))
        for action in actions
        if not (isinstance(action, ServiceLate) and id(action.because) in told)
        and not (isinstance(action, NotDone) and str(action.reason).startswith("check:"))
    ]


def group_of(action: "Action") -> str:
    from tracks.actions import NotDone, OpenCheck, Write

    match action:
        case OpenCheck():
            return MISSING
        case NotDone() | Write(too_late=True):
            return NOT_DONE
        case _:
            return DONE


def sign_of(action: "Action") -> str:
    """« appointment », « check:no_contract », « paused »: what a machine would look for."""
    from tracks import actions as a

    match action:
        case a.AppointmentDue():
            return "appointment"
        case a.OpenCheck(precondition=precondition):
            return a.check_reason(precondition)
        case a.OpenReview(kind=kind):
            return f"review:{kind}"
        case a.NotDone(reason=reason):
            return str(reason)
        case _:
            return action.because.rule


def what(action: "Action") -> str:
    """The action in a few words."""
    from tracks import actions as a

    match action:
        case a.AppointmentDue():
            return "Prochain rendez-vous"
        case a.Write(too_late=late):
            name = french.sentence(words.said(words.TEMPLATE, action.template))
            return f"{name}, trop tard" if late else f"{name} par {words.CHANNEL[action.channel]}"
        case a.Ask():
            return f"Question au référent ({words.said(words.QUESTION, action.kind)})"
        case a.CloseQuestion():
            return "Question close"
        case a.CloseCheck(precondition=precondition):
            return f"Vérification close ({words.said(words.NOT_DONE, f'check:{precondition}')})"
        case a.OpenCheck(precondition=precondition):
            return french.sentence(words.said(words.NOT_DONE, f"check:{precondition}"))
        case a.OpenReview(kind=kind):
            return f"{words.REVIEW[kind].capitalize()}, à regarder par des personnes"
        case a.ServiceLate(cause=cause):
            return f"Constat pour le service ({words.CAUSE[cause].lower()})"
        case a.CloseCase():
            return "Suivi clos"
        case a.NotDone(reason=reason):
            return french.sentence(words.said(words.NOT_DONE, str(reason)))


def source_of(because: "Because") -> str:
    """« [objectif_emploi, version du 1ᵉʳ janvier 2024 ; CASF L.262-37] »."""
    slug, _, day = because.version.partition("@")
    return f"[{slug}, version du {french.full_date(date.fromisoformat(day))} ; {because.reference}]"


def as_dict(reason: Reason) -> dict[str, Any]:
    because = reason.because
    return {
        "group": reason.group,
        "what": reason.what,
        "why": because.why,
        "rule": because.rule,
        "policy_version": because.version,
        "reference": because.reference,
        "inputs": because.plain_inputs(),
    }


def heading(desk: "Desk", history: "History", on: date) -> Iterator[str]:
    """Who, in which track, with whom: for staff, on their own machine."""
    head = history.head
    partner = ", partenaire" if head["role"] == "CJT" else ""
    referent = f"{head['referent_first_name']} {head['referent_last_name']}" if head["referent_id"] else "personne"
    title = desk.territory.policies(head["track"]).track.title
    yield f"{head['first_name']} {head['last_name']}{partner} : dossier c{head['id']}, {title}"
    yield f"Entrée le {french.full_date(head['entered_on'])} ; référent : {referent} ; au {french.full_date(on)}"
    wants = (("français facile", head["easy_french"]), ("gros caractères", head["large_print"]))
    if asked := [word for word, wanted in wants if wanted]:
        yield f"Souhaite qu'on lui écrive en {french.listed(asked)}."
    if head["left_on"] is not None:
        why = closed_because(desk.territory, head["exit_reason"])
        yield f"Dossier clos le {french.full_date(head['left_on'])} : {why}."


def closed_because(territory: "Territory", reason: str | None) -> str:
    """Ours in words; the county's own as it wrote it."""
    if reason == "six_months_done":
        return "six mois de suivi accomplis"
    changed, _, slug = (reason or "").partition(":")
    if changed == "change" and slug in territory.tracks:
        return f"la suite est « {territory.tracks[slug].title} »"
    return reason or "motif non précisé"


def explained(reasons: list[Reason] | None) -> Iterator[str]:
    if reasons is None:
        yield "\nCe jour-là, le dossier n'est pas ouvert : rien n'est fait ni proposé."
        return
    for group in GROUPS:
        here = [reason for reason in reasons if reason.group == group]
        if here:
            yield f"\n{group}"
        for reason in here:
            yield f"  • {reason.what} : {reason.because.why}"
            yield f"    {source_of(reason.because)}"
    if not reasons:
        yield "\nRien n'est dû ce jour-là."


def checked(eleven: "tuple[Condition, ...]") -> Iterator[str]:
    """The eleven conditions of a review, each with its state, its evidence, and the value it was held to."""
    if not eleven:
        yield "\nCe parcours ne mène jamais à une revue de manquement."
        return
    met = sum(condition.state == "rempli" for condition in eleven)
    yield f"\n{ELEVEN} : {met} remplies (toutes le sont, ou rien ne s'ouvre)"
    for condition in eleven:
        pieces = f" ({', '.join(condition.evidence)})" if condition.evidence else ""
        head = f"{MARKS[condition.state]} {condition.number:>2}. {condition.title}, {condition.state}"
        yield f"  {head} : {condition.said}{pieces}"
        yield f"        [{condition.article}]"
        for held in condition.held_to:
            since = french.full_date(held.valid_from)
            sure = words.CONFIDENCE[held.confidence]
            yield f"        [{held.what} ; {held.source}, depuis le {since}, {sure}]"


def recorded(desk: "Desk", history: "History", on: date) -> Iterator[str]:
    """What the database holds: the last appointments, then every message, question, check and review."""
    local = desk.territory.calendar.wall_clock
    yield "\nCe qui est enregistré"
    for row in history.appointments[-6:]:
        wall, late = local(row["starts_at"]), row["starts_at"] <= desk.at(on)
        unknown = late and row["status"] == AppointmentStatus.PLANNED
        status = words.APPOINTMENT[AppointmentStatus.UNKNOWN if unknown else row["status"]]
        qualified = f", {words.QUALIFIED[row['qualification']]}" if row["qualification"] else ""
        when = f"{french.short_date(wall.date())} {wall.year} à {french.clock(wall.time())}"
        yield f"  a{row['id']}  rendez-vous du {when} : {status}{qualified}"
    for row in history.messages:
        sent = french.short_date(local(row["sent_at"] or row["due_at"]).date())
        channel = words.said(words.CHANNEL, row["channel"])
        status = words.said(words.MESSAGE, row["status"])
        yield f"  m{row['id']}  {words.said(words.TEMPLATE, row['template'])} par {channel}, {sent} : {status}"
    for row in history.questions:
        end = f"close le {french.short_date(row['closed_on'])}" if row["closed_on"] else "ouverte"
        yield f"  q{row['id']}  {words.said(words.QUESTION, row['kind'])} ({end}) : {row['why']}"
    for row in history.checks:
        end = f", close le {french.short_date(row['closed_on'])}" if row["closed_on"] else ""
        precondition = words.said(words.NOT_DONE, f"check:{row['precondition']}")
        yield f"  vérification depuis le {french.short_date(row['since'])}{end} : {precondition}"
    for row in history.reviews:
        status = words.said(words.OUTCOME, row["outcome"]) or words.said(words.REVIEW_STATUS, row["status"])
        yield f"  r{row['id']}  {words.REVIEW[row['kind']]}, {status} : {row['reason']}"
