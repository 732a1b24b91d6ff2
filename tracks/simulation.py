"""The weeks to come of a caseload: the real rules and the real planner, night after night; what people do is drawn.

Pure and in memory: nothing is written, nobody is told anything. The draws of an appointment depend on the seed, the
case and its rank alone, so that two policies meet the same people. What it takes for granted is in `ASSUMED`.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, time
from random import Random

from tracks import keys
from tracks.actions import (
    Action,
    AppointmentDue,
    Ask,
    CloseCase,
    CloseCheck,
    CloseQuestion,
    NotDone,
    OpenCheck,
    ServiceLate,
    Write,
)
from tracks.actions import OpenReview as Opened
from tracks.agenda import DAY, Agenda, Span, opening, taken_by_day
from tracks.calendar import Calendar
from tracks.case import Appointment, Case, Invitation, Notice, OpenReview
from tracks.decide import decided
from tracks.habits import Habits
from tracks.next_due import next_due
from tracks.outlook import Outlook, Week
from tracks.place import Placement, place
from tracks.policy import Do
from tracks.tonight import Policies, Tonight
from tracks.vocabulary import AppointmentStatus, NoticeProof, QuestionKind, ReviewKind, Template

ANSWERS_AFTER = 2  # working days that a referent takes for a question
ARRIVES_AFTER = 3  # working days between a letter and its receipt
ASSUMED = (
    "Personne n’entre dans un parcours, et n’en change ; les agendas gardent leurs horaires, leurs congés connus.",
    "Ce que les gens font d’un rendez-vous est tiré au sort d’après le passé de ce département, selon le moyen et le "
    "délai de la convocation.",
    f"Un référent répond à une question en {ANSWERS_AFTER} jours ouvrés ; une lettre arrive en {ARRIVES_AFTER} ; un "
    "contrat qui finit est renouvelé pour la même durée quand le référent en a reçu la question.",
    "Chaque message arrive. Une revue ouverte le reste : ce que des personnes décideraient n’est pas simulé.",
)
Happening = Callable[[date], None]


@dataclass(frozen=True, kw_only=True)
class County:
    """What a simulation starts from. `agendas` by referent; `policies` by track."""

    cases: tuple[Case, ...]
    agendas: Mapping[int, Agenda]
    policies: Mapping[str, Policies]
    habits: Habits
    calendar: Calendar


def simulate(
    county: County, *, start: date, weeks: int, seed: int, told: Callable[[int], None] = lambda week: None
) -> Outlook:
    """The `weeks` weeks from the local day `start`; `told` hears of each week played."""
    return played(World(county, start=start, seed=seed), weeks=weeks, told=told)


def played(world: "World", *, weeks: int, told: Callable[[int], None] = lambda week: None) -> Outlook:
    """A night each day on which people may be written to; what falls between two waits for the next."""
    start, people = world.start, len(world.cases)
    for offset in range(weeks * 7):
        day = start + offset * DAY
        if world.calendar.may_be_written_to(day):
            world.night(day)
        else:
            world.later[day + DAY] += world.later.pop(day, [])
        if offset % 7 == 6:
            told(offset // 7 + 1)
    held = {key: week for key, week in sorted(world.weeks.items()) if key[0] < weeks}
    return Outlook(start, weeks, held, open_minutes(world.county, start, weeks), (people, len(world.cases)))


def open_minutes(county: County, start: date, weeks: int) -> dict[int, tuple[int, ...]]:
    """referent → minutes in which they can receive somebody, week by week, nothing fixed yet."""
    found = {}
    for referent, agenda in county.agendas.items():
        taken = taken_by_day((*agenda.sessions, *agenda.elsewhere), county.calendar)
        days = [start + n * DAY for n in range(weeks * 7)]
        minutes = [(opening(agenda, day, county.calendar) & ~taken.get(day, 0)).bit_count() for day in days]
        found[referent] = tuple(sum(minutes[first : first + 7]) for first in range(0, weeks * 7, 7))
    return found


class World:
    """A caseload as it goes from one night to the next."""

    def __init__(self, county: County, *, start: date, seed: int) -> None:
        self.county, self.policies, self.habits, self.calendar = county, county.policies, county.habits, county.calendar
        self.start, self.seed = start, seed
        self.cases = {
            case.id: replace(case, sent=dict(case.sent), asked=dict(case.asked))
            for case in sorted(county.cases, key=lambda case: case.id)
            if case.track in county.policies
        }
        self.agendas = dict(county.agendas)
        self.booked: dict[int, list[Span]] = {id_: list(agenda.busy) for id_, agenda in self.agendas.items()}
        self.weeks: defaultdict[tuple[int, int], Week] = defaultdict(Week)
        self.later: defaultdict[date, list[Happening]] = defaultdict(list)
        self.lengths: dict[int, int] = {}
        self.awake: set[int] = set(self.cases)
        self.due_on: dict[int, date] = {}  # the first night on which an untouched case may have something new
        self.last_id = max((a.id for case in self.cases.values() for a in case.appointments), default=0)
        for case in self.cases.values():
            self.expect(case)

    def expect(self, case: Case) -> None:
        """What was planned or asked before the first night goes on."""
        for appointment in case.planned():
            if appointment.day >= self.start:
                self.await_(case, appointment)
        for key in case.asked.keys() - case.answered:
            self.later[self.start].append(self.answers(case.id, key))

    def week(self, day: date, referent: int | None) -> Week:
        return self.weeks[(day - self.start).days // 7, referent or 0]

    def night(self, on: date) -> None:
        for happening in self.later.pop(on, ()):
            happening(on)
        chosen = [case for case in self.cases.values() if self.is_read(case, on)]
        self.awake.clear()
        for track, policies in self.policies.items():
            dues: list[AppointmentDue] = []
            for case in chosen:
                if case.track == track:
                    dues += self.decides(case, policies, on)
            self.fix(dues, on)

    def is_read(self, case: Case, on: date) -> bool:
        """Whether something can be due: news since its last night, or a day of its own, as the real nights know it."""
        return case.id in self.awake or self.due_on.get(case.id, on) <= on

    def decides(self, case: Case, policies: Policies, on: date) -> list[AppointmentDue]:
        """What is due to the case tonight is done; what has to be placed is handed back."""
        dues, tonight = [], Tonight(case, policies, on)
        actions = decided(tonight)
        self.due_on[case.id] = next_due(tonight, actions)
        for action in actions:
            if isinstance(action, AppointmentDue):
                dues.append(action)
            elif not isinstance(action, NotDone | ServiceLate):
                self.apply(action, on)
        return dues

    def fix(self, dues: list[AppointmentDue], on: date) -> None:
        """Place what is due, over agendas that hold what the nights before have placed."""
        midnight = self.calendar.local(on, time.min)
        for referent in {due.referent for due in dues if due.referent in self.agendas}:
            assert referent is not None
            self.booked[referent] = [span for span in self.booked[referent] if span[1] > midnight]
            self.agendas[referent] = replace(self.agendas[referent], busy=tuple(self.booked[referent]))
        for placement in place(dues, self.agendas, calendar=self.calendar):
            self.settle(placement, on)

    def settle(self, placement: Placement, on: date) -> None:
        due, case = placement.due, self.cases[placement.due.case]
        week = self.week(on, due.referent)
        if placement.starts_at is None or placement.ends_at is None or placement.referent is None:
            week.waiting.add(case.id)
            return
        self.last_id += 1
        day = self.calendar.day_of(placement.starts_at)
        appointment = Appointment(
            id=self.last_id,
            kind=due.kind,
            starts_at=placement.starts_at,
            day=day,
            status=AppointmentStatus.PLANNED,
            notice=Notice(sent_on=on, channel=due.channel, proof=NoticeProof.DELIVERED),
            known_on=on,
            by_phone=due.by_phone,
            circuit=case.circuit,
        )
        before = [a.day for a in case.appointments if a.day <= on and a.status is not AppointmentStatus.REVOKED]
        self.cases[case.id] = replace(case, appointments=in_order((*case.appointments, appointment)))
        case.sent[keys.convocation(appointment.id, placement.starts_at)] = on  # type: ignore[index]
        self.booked[placement.referent].append((placement.starts_at, placement.ends_at))
        self.lengths[appointment.id] = due.minutes
        week.fixed += 1
        week.messages += 1
        week.waits.append((day - max(before, default=case.entered_on)).days)
        week.late += day > due.urgent_since
        self.await_(case, appointment)

    def await_(self, case: Case, appointment: Appointment) -> None:
        """Its outcome is known the day after."""
        self.later[appointment.day + DAY].append(self.happens(case.id, appointment.id))

    def apply(self, action: Action, on: date) -> None:
        case = self.cases[action.case]
        week = self.week(on, case.referent)
        match action:
            case Write():
                self.write(case, action, on, week)
            case Ask():
                if action.key not in case.asked:
                    case.asked[action.key] = on  # type: ignore[index]
                    week.questions += 1
                    self.later[self.worked(on, ANSWERS_AFTER)].append(self.answers(case.id, action.key, action))
            case CloseQuestion():
                self.cases[case.id] = replace(case, answered=case.answered | {action.key})
            case OpenCheck():
                self.cases[case.id] = replace(case, checks=case.checks | {action.precondition})
            case CloseCheck():
                self.cases[case.id] = replace(case, checks=case.checks - {action.precondition})
            case Opened():
                week.reviews += action.kind is not ReviewKind.SERVICE
                found = OpenReview(id=-case.id, kind=action.kind, opened_on=on)
                self.cases[case.id] = replace(case, reviews=(*case.reviews, found))
            case CloseCase():
                del self.cases[case.id]

    def write(self, case: Case, action: Write, on: date, week: Week) -> None:
        if action.key in case.sent:
            return
        case.sent[action.key] = on  # type: ignore[index]
        if action.too_late:
            return
        week.messages += 1
        week.reminders += action.template is Template.REMINDER
        if action.template is Template.CONVOCATION:
            notice = Notice(sent_on=on, channel=action.channel, proof=NoticeProof.DELIVERED)
            self.change(case.id, action.appointment_id, notice=notice)
        if action.template is Template.INVITATION_TO_REGULARISE:
            self.later[self.worked(on, ARRIVES_AFTER)].append(self.arrives(case.id, on))

    def worked(self, on: date, days: int) -> date:
        return self.calendar.add_working_days(on, days)

    def change(self, case: int, appointment: int | None, **changes: object) -> None:
        found = self.cases[case]
        kept = tuple(replace(a, **changes) if a.id == appointment else a for a in found.appointments)  # type: ignore[arg-type]
        self.cases[case] = replace(found, appointments=kept)

    # What people do, each at its day.

    def happens(self, case: int, id_: int) -> Happening:
        """The appointment is over: they came, had said that they could not, or were not there."""

        def happening(_on: date) -> None:
            if case not in self.cases:
                return
            rank, appointment = next((rank, a) for rank, a in enumerate(self.cases[case].appointments) if a.id == id_)
            if appointment.status is not AppointmentStatus.PLANNED:
                return
            dice = Random(f"{self.seed}:{case}:{rank}")  # noqa: S311 (a simulation)  # nosec B311
            notice = appointment.notice
            told = notice.sent_on if notice else appointment.known_on
            status = self.habits.outcome(notice.channel if notice else None, (appointment.day - told).days, dice)
            self.change(case, id_, status=status)
            self.awake.add(case)
            week = self.week(appointment.day, self.cases[case].referent)
            week.held += status is AppointmentStatus.SEEN
            week.missed += status is AppointmentStatus.NOSHOW
            week.excused += status is AppointmentStatus.EXCUSED
            week.reserved += self.lengths.get(id_, USUAL_MINUTES)

        return happening

    def answers(self, case: int, key: str, asked: Ask | None = None) -> Happening:
        """A referent answers: of an absence, as this county has qualified others; of a contract, by renewing it."""

        def happening(_on: date) -> None:
            if case not in self.cases:
                return
            if asked and asked.kind is QuestionKind.QUALIFY:
                dice = Random(f"{self.seed}:{case}:{key}")  # noqa: S311 (a simulation)  # nosec B311
                self.change(case, asked.subject_id, qualification=self.habits.qualification(dice))
            found = self.cases[case]
            if asked and asked.kind is QuestionKind.RENEW_CONTRACT:
                found = renewed(found)
            self.cases[case] = replace(found, answered=found.answered | {key})
            self.awake.add(case)

        return happening

    def arrives(self, case: int, sent_on: date) -> Happening:
        def happening(on: date) -> None:
            if case not in self.cases:
                return
            found = self.cases[case]
            rung = self.policies[found.track].at(sent_on).rung(Do.INVITE_TO_REGULARISE)
            letter = Invitation(
                id=len(found.invitations) + 1,
                sent_on=sent_on,
                received_on=on,
                delay_days=(rung.wait_days if rung else None) or 0,
            )
            self.cases[case] = replace(found, invitations=(*found.invitations, letter))
            self.awake.add(case)

        return happening


USUAL_MINUTES = 45  # of an appointment planned before the first night, whose length no rule reads


def in_order(appointments: tuple[Appointment, ...]) -> tuple[Appointment, ...]:
    return tuple(sorted(appointments, key=lambda a: (a.starts_at, a.id)))


def renewed(case: Case) -> Case:
    """Its last contract once more, from the day after, for as long."""
    last = max(case.contracts, key=lambda contract: contract.starts_on, default=None)
    if last is None or last.ends_on is None:
        return case
    begins = last.ends_on + DAY
    number = max(contract.id for contract in case.contracts) + 1
    again = replace(
        last, id=number, signed_on=begins, starts_on=begins, ends_on=begins + (last.ends_on - last.starts_on)
    )
    return replace(case, contracts=(*case.contracts, again))
