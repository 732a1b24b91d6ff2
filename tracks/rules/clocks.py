"""The clocks that the law runs against the service, said before they are over (R4); never against a person."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from tracks import french
from tracks.actions import Action, ServiceLate
from tracks.calendar import add_months
from tracks.legal import Key
from tracks.tonight import Policies, Tonight
from tracks.vocabulary import ServiceCause

PER_CENT = 100


@dataclass(frozen=True, slots=True)
class Clock:
    """A delay of the service's: from `started_on` to `limit`, the last day on which it is kept."""

    started_on: date
    limit: date

    def percent(self, on: date) -> int:
        """How much of it is over on `on`: whole percents, 100 on its last day, more beyond it."""
        whole = (self.limit - self.started_on).days or 1
        return (on - self.started_on).days * PER_CENT // whole

    def days_late(self, on: date) -> int:
        """Days beyond the limit; none before it."""
        return max(0, (on - self.limit).days)


def contract_clock(policies: Policies, notified_on: date, months: int) -> Clock:
    """Calendar months from the notification of the orientation; a limit on a closed day rolls over (F10, F37)."""
    return Clock(notified_on, policies.calendar.next_working(add_months(notified_on, months)))


def legal_clocks(tonight: Tonight) -> Iterator[Action]:
    """À la moitié, puis aux quatre cinquièmes du délai que la loi donne au service pour signer le contrat, le
    coordinateur le sait."""
    policy, case = tonight.version.contract, tonight.case
    if policy is None or not case.under_duties or case.notified_on is None:
        return  # a clock whose first day nobody knows is not invented
    if tonight.contract_on(tonight.on) or any(c.signed_on >= case.notified_on for c in case.contracts):
        return
    clock = contract_clock(tonight.policies, case.notified_on, policy.sign_within_months)
    stage = reached(tonight, clock)
    if stage is None or tonight.on > clock.limit:  # beyond it, `contract_in_time` says so
        return
    yield ServiceLate(
        case=case.id,
        because=tonight.because(
            "legal_clocks",
            "Contrat à signer au plus tard le {limit} : {stage} % du délai de la loi est passé (orientation notifiée "
            "le {notified}).",
            reference=policy.source,
            limit=french.full_date(clock.limit),
            stage=stage,
            notified=case.notified_on,
        ),
        cause=ServiceCause.LEGAL_DATE_NEAR,
        referent=case.referent,
        clock=Key.CONTRACT.value,
    )


def reached(tonight: Tonight, clock: Clock) -> int | None:
    """The last of the two stages that this clock has reached, in percent (legal.toml)."""
    legal = tonight.policies.legal
    stages = (legal.at(Key.ALERT_LATE, tonight.on).value, legal.at(Key.ALERT_EARLY, tonight.on).value)
    return next((stage for stage in stages if clock.percent(tonight.on) >= stage), None)
