"""Where the person of a message is received: the place of its appointment when it is a site, else the referent's."""

from collections.abc import Collection, Mapping

from sqlalchemy import ColumnElement, and_, func, or_, select

from store.schema import appointments, cases, messages, referents
from tracks.vocabulary import Channel, RecipientKind

m, a, c, r = messages.c, appointments.c, cases.c, referents.c


def leaving_by(
    elsewhere: Collection[Channel], at: Mapping[str, Collection[Channel]], *, sites: Collection[str]
) -> ColumnElement[bool]:
    """The messages whose channel is open where the person is received. `at`: by site, where it is not as `elsewhere`.

    `sites`: all of them; what an appointment's place says otherwise (a hall, a town) is no site.
    """
    if not at:
        return m.channel.in_(sorted(elsewhere))
    place = _place(sites)
    return or_(
        and_(or_(place.is_(None), place.not_in(sorted(at))), m.channel.in_(sorted(elsewhere))),
        *(and_(place == site, m.channel.in_(sorted(channels))) for site, channels in at.items()),
    )


def _place(sites: Collection[str]) -> ColumnElement[str]:
    named = select(a.place).where(a.id == m.appointment_id, a.place.in_(sorted(sites)))
    own = select(r.site).where(m.recipient_kind == RecipientKind.REFERENT, r.id == m.recipient_id)
    followed = select(r.site).join(cases, c.referent_id == r.id).where(c.id == m.case_id)
    return func.coalesce(named.scalar_subquery(), own.scalar_subquery(), followed.scalar_subquery())
