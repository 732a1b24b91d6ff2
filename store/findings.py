"""The service's own findings: one open review per cause, referent and clock, with the cases concerned as evidence.

Never a row a person, never anything against a person (R4): the queue of people's reviews stays short enough to read.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Connection, Select, bindparam, delete, func, or_, select, update

from store import schema as s
from store.sets import insert_new
from tracks import keys
from tracks.actions import ServiceLate
from tracks.french import plural
from tracks.vocabulary import ReviewKind, ReviewStatus, ServiceCause

AT_ONCE, MOST_NAMED = 1000, 20_000
SAYS: dict[ServiceCause, tuple[str, str]] = {
    ServiceCause.LEGAL_DATE_NEAR: (
        "{n} approche d'une date que la loi fixe au service : l'étape est dite pour chaque dossier.",
        "{n} approchent d'une date que la loi fixe au service : l'étape est dite pour chaque dossier.",
    ),
    ServiceCause.CONTRACT_UNSIGNED: (
        "{n} n'a pas de contrat signé dans le délai par le fait du service.",
        "{n} n'ont pas de contrat signé dans le délai par le fait du service.",
    ),
    ServiceCause.CONTRACT_EXPIRED: (
        "{n} a un contrat expiré, à renouveler.",
        "{n} ont un contrat expiré, à renouveler.",
    ),
    ServiceCause.OLD_CONTRACT: (
        "{n} a encore un ancien contrat (CER, PPAE), à remplacer.",
        "{n} ont encore un ancien contrat (CER, PPAE), à remplacer.",
    ),
    ServiceCause.FIRST_APPOINTMENT_LATE: (
        "{n} attend un premier rendez-vous au-delà du délai du parcours.",
        "{n} attendent un premier rendez-vous au-delà du délai du parcours.",
    ),
    ServiceCause.RHYTHM_LATE: (
        "{n} n'a plus de rendez-vous prévu et a dépassé le rythme du parcours.",
        "{n} n'ont plus de rendez-vous prévu et ont dépassé le rythme du parcours.",
    ),
    ServiceCause.NO_SLOT: (
        "{n} ne peut pas être reçue dans son délai par ce référent : aucun créneau libre.",
        "{n} ne peuvent pas être reçues dans leur délai par ce référent : aucun créneau libre.",
    ),
    ServiceCause.CANNOT_STAND: (
        "{n} a un rendez-vous que ce référent ne peut pas tenir : à confirmer ou à déplacer.",
        "{n} ont un rendez-vous que ce référent ne peut pas tenir : à confirmer ou à déplacer.",
    ),
    ServiceCause.UNREACHABLE: (
        "{n} ne peut être jointe par aucun moyen : coordonnées à compléter.",
        "{n} ne peuvent être jointes par aucun moyen : coordonnées à compléter.",
    ),
    ServiceCause.OVERLOAD: (
        "{n} suivie pour {capacity} places prévues.",
        "{n} suivies pour {capacity} places prévues.",
    ),
}

NO_REFERENT = (
    "{n} n'a pas de référent désigné : aucun rendez-vous ne peut être fixé.",
    "{n} n'ont pas de référent désigné : aucun rendez-vous ne peut être fixé.",
)
OVERLOAD_REFERENCES = {
    "capacity": "Capacité déclarée du référent (choix local)",
    "rhythm": "Rythme des parcours et heures d'accueil du référent",
}
NOBODY_LEFT = "Plus personne n'est dans ce cas : constat à clore."  # by whoever reads it: no machine decides


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A finding of tonight: what, about whose caseload, by which clock, and the cases it shows."""

    cause: ServiceCause
    referent: int | None
    clock: str
    reference: str
    version: str
    cases: dict[int, str] = field(default_factory=dict)

    @property
    def subject(self) -> str:
        return keys.finding(self.cause, self.referent, self.clock)


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """The night that speaks: its territory, track, day, and the days left to answer."""

    territory: str
    track: str
    on: date
    answer_within_days: int


def gather(actions: Iterable[ServiceLate]) -> list[Found]:
    """One finding per cause, referent and clock."""
    found: dict[str, Found] = {}
    for action in actions:
        fresh = Found(
            cause=action.cause,
            referent=action.referent,
            clock=action.clock,
            reference=action.because.reference,
            version=action.because.version,
        )
        found.setdefault(fresh.subject, fresh).cases[action.case] = action.because.why
    return sorted(found.values(), key=lambda finding: finding.subject)


def record_findings(
    connection: Connection,
    about: About,
    found: Sequence[Found],
    *,
    figures: Mapping[str, str] | None = None,
    read: Collection[int] | None = None,
) -> list[int]:
    """Open what is new, refresh the evidence of what is open; the ids of the findings opened tonight.

    `figures`: subject → what tonight's finding says beyond the number of people: by how much, what would mend it.
    `read`: the cases that tonight looked at, those that have left among them; None: all. Of the others, what was said
    still holds.
    """
    rows = [finding_row(about, finding) for finding in found]
    opened = [row.id for row in insert_new(connection, s.reviews, rows)]
    restate(connection, refresh_evidence(connection, about, found, read), figures or {})
    return opened


def finding_row(about: About, finding: Found) -> dict[str, object]:
    return {
        "territory": about.territory,
        "referent_id": finding.referent,
        "track": about.track,
        "kind": ReviewKind.SERVICE.value,
        "subject": finding.subject,
        "opened_on": about.on,
        "status": ReviewStatus.OPEN.value,
        "reason": says(finding.cause, len(finding.cases), referent=finding.referent),
        "rule": finding.cause.value,
        "inputs": {"cause": finding.cause.value, "clock": finding.clock},
        "policy_version": finding.version,
        "legal_reference": finding.reference,
        "deadline_on": about.on + timedelta(days=about.answer_within_days),
    }


def says(cause: ServiceCause, count: int, *, referent: int | None, capacity: int = 0) -> str:
    one, many = NO_REFERENT if cause is ServiceCause.NO_SLOT and referent is None else SAYS[cause]
    return (one if count < 2 else many).format(n=plural(count, "personne"), capacity=capacity)


def open_findings(about: About) -> ColumnElement[bool]:
    r = s.reviews.c
    return (r.territory == about.territory) & (r.kind == ReviewKind.SERVICE.value) & r.outcome.is_(None)


def refresh_evidence(
    connection: Connection, about: About, found: Sequence[Found], read: Collection[int] | None
) -> set[int]:
    """Add the cases that joined a finding, take away those of this track that it no longer concerns.

    The ids of the findings that tonight spoke of, or took a case from.
    """
    if read is not None and not read:
        return set()
    r, e = s.reviews.c, s.review_evidence.c
    ids = {row.subject: row.id for row in connection.execute(select(r.subject, r.id).where(open_findings(about)))}
    wanted = {
        (ids[finding.subject], case): why
        for finding in found
        if finding.subject in ids  # else somebody has just decided it
        for case, why in finding.cases.items()
    }
    of_track = select(s.cases.c.id).where(s.cases.c.territory == about.territory, s.cases.c.track == about.track)
    evidence = select(e.id, e.review_id, e.subject_id, e.note).where(
        e.territory == about.territory,
        e.review_id.in_(select(r.id).where(open_findings(about))),
        e.kind == "case",
        e.subject_id.in_(of_track),
    )
    known = {
        (row.review_id, row.subject_id): row
        for some in _named(read)
        for row in connection.execute(evidence.where(e.subject_id.in_(some)) if some else evidence)
        if read is None or row.subject_id in read
    }
    gone = [{"row": row.id} for key, row in known.items() if key not in wanted]
    news = [{"row": row.id, "why": wanted[key]} for key, row in known.items() if wanted.get(key, row.note) != row.note]
    this = s.review_evidence.c.id == bindparam("row")
    if gone:  # row by row: a county that mends 100,000 contracts at once would pass any limit of parameters
        connection.execute(delete(s.review_evidence).where(this), gone)
    if news:
        connection.execute(update(s.review_evidence).where(this).values(note=bindparam("why")), news)
    insert_new(
        connection,
        s.review_evidence,
        [
            {"territory": about.territory, "review_id": review, "kind": "case", "subject_id": case, "note": why}
            for (review, case), why in wanted.items()
            if (review, case) not in known
        ],
    )
    return {review for review, _ in known.keys() | wanted.keys()}


def _named(read: Collection[int] | None) -> Iterator[list[int]]:
    """The ids to name, by the thousand; an empty list where they are too many to be named."""
    if read is None or len(read) > MOST_NAMED:
        yield []
        return
    some = sorted(read)
    for first in range(0, len(some), AT_ONCE):
        yield some[first : first + AT_ONCE]


def restate(connection: Connection, findings: Iterable[int], figures: Mapping[str, str]) -> None:
    """Say these findings again, with the number of people that each still concerns."""
    r, e = s.reviews.c, s.review_evidence.c
    counted = connection.execute(
        select(r.id, r.rule, r.subject, r.referent_id, r.reason, func.count(e.id).label("cases"))
        .outerjoin(s.review_evidence, (e.territory == r.territory) & (e.review_id == r.id))
        .where(r.id.in_(sorted(findings)))
        .group_by(r.id, r.rule, r.subject, r.referent_id, r.reason)
    ).all()
    for row in counted:
        said = says(ServiceCause(row.rule), row.cases, referent=row.referent_id)
        whole = f"{said} {figures[row.subject]}" if row.subject in figures else said
        reason = whole if row.cases else NOBODY_LEFT
        if reason != row.reason:
            connection.execute(update(s.reviews).where(r.id == row.id).values(reason=reason))


def record_overload(
    connection: Connection, about: About, version: str, *, pressures: Mapping[int, str] | None = None
) -> list[int]:
    """Referents who follow more people than they can, over all their tracks (R23): beyond their declared capacity, or
    (`pressures`: what is said of each) beyond the time that they have open. One finding each."""
    overloaded = {
        keys.finding(ServiceCause.OVERLOAD, referent, "capacity"): (
            referent,
            says(ServiceCause.OVERLOAD, cases, referent=referent, capacity=capacity),
        )
        for referent, capacity, cases in connection.execute(caseloads(about))
    }
    overloaded |= {
        keys.finding(ServiceCause.OVERLOAD, referent, "rhythm"): (referent, said)
        for referent, said in (pressures or {}).items()
    }
    rows = []
    for subject, (referent, reason) in overloaded.items():
        clock = subject.rpartition("|")[2]
        finding = Found(
            cause=ServiceCause.OVERLOAD,
            referent=referent,
            clock=clock,
            reference=OVERLOAD_REFERENCES[clock],
            version=version,
        )
        rows.append({**finding_row(about, finding), "reason": reason})
    opened = [row.id for row in insert_new(connection, s.reviews, rows)]
    r = s.reviews.c
    stated = connection.execute(
        select(r.id, r.subject, r.reason).where(open_findings(about), r.rule == ServiceCause.OVERLOAD)
    ).all()
    news = [
        {"row": row.id, "news": reason}
        for row in stated
        if (reason := overloaded.get(row.subject, (0, NOBODY_LEFT))[1]) != row.reason
    ]
    if news:
        connection.execute(update(s.reviews).where(r.id == bindparam("row")).values(reason=bindparam("news")), news)
    return opened


def caseloads(about: About) -> Select[tuple[int, int, int]]:
    """The referents who follow more people today than their capacity: id, capacity, people."""
    c, f = s.cases.c, s.referents.c
    return (
        select(f.id, f.capacity, func.count(c.id))
        .join(s.cases, c.referent_id == f.id)
        .where(
            f.territory == about.territory,
            c.entered_on <= about.on,
            or_(c.left_on.is_(None), c.left_on > about.on),
        )
        .group_by(f.id, f.capacity)
        .having(func.count(c.id) > f.capacity)
    )
