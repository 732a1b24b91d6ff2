"""Why old absences do not count any more: the person came since. Explained to people, never acted on."""

from tracks.actions import Because
from tracks.calendar import add_months
from tracks.tonight import Tonight
from tracks.vocabulary import AppointmentStatus, Qualification


def forgotten(tonight: Tonight) -> Because | None:
    """Une venue, ou une démarche de la personne, efface les absences qui la précèdent : elles ne comptent plus."""
    review, sign = tonight.version.review, tonight.last_sign
    if review is None or not review.reset_on_seen or sign is None:
        return None
    since = add_months(tonight.on, -review.within_months)
    days = tuple(
        a.day
        for a in tonight.past
        if a.status is AppointmentStatus.NOSHOW
        and a.qualification is not Qualification.ADMISSIBLE
        and since <= a.day <= sign
    )
    if len(days) < review.absences:
        return None
    return tonight.because(
        "forgotten",
        "Pas de revue : la personne est venue, ou s'est mise en règle, le {sign} ; les absences d'avant ({days}) ne "
        "comptent plus.",
        reference=review.source,
        sign=sign,
        days=days,
    )
