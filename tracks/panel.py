"""The équipe pluridisciplinaire: when a session can give an opinion. Pure; days are local civil dates."""

from dataclasses import dataclass
from datetime import date, timedelta

from tracks.french import full_date, listed, plural
from tracks.procedure import Panel


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """`present`: the functions filled by somebody who came, a substitute included."""

    id: int
    day: date
    present: frozenset[str] = frozenset()


def no_quorum(session: Session, panel: Panel) -> str | None:
    """Why the session cannot give an opinion; None when it can."""
    seats = panel.seats()
    absent = [seat.title for seat in panel.seat if seat.needed and seat.slug not in session.present]
    if absent:
        return f"sans quorum, il manque : {listed(absent)}"
    filled = len(session.present & set(seats))
    if filled < panel.quorum:
        return f"sans quorum : {plural(filled, 'fonction présente', 'fonctions présentes')} sur {panel.quorum}"
    return None


def told_too_late(session: Session, told_on: date | None, panel: Panel) -> str | None:
    """The person is told of the session ahead, and may speak there too (CASF L.262-37)."""
    latest = session.day - timedelta(days=panel.told_days)
    if told_on is None:
        return f"la personne n'a pas été prévenue de la séance du {full_date(session.day)} (jalon review told)"
    if told_on > latest:
        return (
            f"la personne a été prévenue le {full_date(told_on)}, trop tard pour la séance du "
            f"{full_date(session.day)} : inscrivez la revue à une autre (jalon review panel)"
        )
    return None


def silent_since(asked_on: date | None, *, on: date, after_days: int) -> int | None:
    """How many days the panel has been silent, once that is too many; None before. Silence is no opinion (E19)."""
    if asked_on is None or (on - asked_on).days <= after_days:
        return None
    return (on - asked_on).days
