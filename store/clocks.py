"""How the service keeps the delays that the law gives it: counted over all the cases of a territory."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from statistics import median

from sqlalchemy import Connection, and_, func, select

from store import schema as s
from tracks.rules.clocks import Clock

ClockOf = Callable[[str, date], Clock | None]  # a track and the day of notification → its clock, where it has one


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """`median_late`: days beyond the limit, of those signed late; None where there is none. `unknown`: no first day."""

    in_time: int
    late: int
    median_late: float | None
    running: int
    overdue: int
    unknown: int


def contracts_in_time(connection: Connection, *, territory: str, on: date, clock_of: ClockOf) -> Kept:
    """The month given to sign the contract, over every case under duties entered by `on`, closed ones included."""
    c, k = s.cases.c, s.contracts.c
    first_signed = (
        select(c.track, c.notified_on, c.left_on, func.min(k.signed_on).label("signed_on"))
        .outerjoin(
            s.contracts,
            and_(k.territory == territory, k.person_id == c.person_id, k.signed_on >= c.notified_on, k.signed_on <= on),
        )
        .where(c.territory == territory, c.entered_on <= on, c.under_duties)
        .group_by(c.id, c.track, c.notified_on, c.left_on)
    )
    days_late: list[int] = []
    running = overdue = unknown = 0
    for track, notified_on, left_on, signed_on in connection.execute(first_signed):
        clock = clock_of(track, notified_on) if notified_on else None
        if notified_on is None:
            unknown += 1
        elif clock is None or (signed_on is None and left_on is not None and left_on <= on):
            continue  # no such delay in this track, or gone before it mattered
        elif signed_on is not None:
            days_late.append(clock.days_late(signed_on))
        elif on > clock.limit:
            overdue += 1
        else:
            running += 1
    late = [days for days in days_late if days]
    return Kept(
        in_time=len(days_late) - len(late),
        late=len(late),
        median_late=median(late) if late else None,
        running=running,
        overdue=overdue,
        unknown=unknown,
    )
