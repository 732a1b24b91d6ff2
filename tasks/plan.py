"""Reads the cases that are due, decides, then places all that is to be placed at once. Reads only, writes nothing."""

from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, MutableSequence, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time

from config.territory import Territory
from store.agendas import read_agendas, read_asked, read_cannot_stand
from store.case_rows import Reading
from store.cases import read_chosen, read_pages
from store.due_cases import read_absent, referents_to_meet
from store.engine import Database, reading
from store.page import Page
from tracks.actions import (
    Action,
    AppointmentDue,
    Ask,
    Because,
    CloseCase,
    CloseCheck,
    CloseQuestion,
    NotDone,
    OpenCheck,
    OpenReview,
    ServiceLate,
    Write,
    check_reason,
)
from tracks.case import Case
from tracks.decide import decided as decide_of
from tracks.next_due import next_due
from tracks.next_step import next_step, step_after
from tracks.overload import Pressure, Shortage, pressure, shortages
from tracks.place import Placement, place
from tracks.tonight import Policies, Tonight
from tracks.vocabulary import NotDoneReason, Precondition, QuestionKind, ReviewKind, ServiceCause

Progress = Callable[[int], None]
Days = defaultdict[tuple[date, date], MutableSequence[int]]  # (the day read, the day found) → cases


@dataclass(slots=True)
class Decided:
    """The caseload of the night, decided and placed: pages to write, counts, the service's own lateness."""

    pages: list[Page] = field(default_factory=list)
    cases: int = 0
    proposed: Counter[str] = field(default_factory=Counter)
    not_done: Counter[str] = field(default_factory=Counter)
    late: list[ServiceLate] = field(default_factory=list)
    shortages: dict[int, Shortage] = field(default_factory=dict)
    pressures: list[Pressure] = field(default_factory=list)
    read: frozenset[int] | None = None  # the cases looked at; None: all of them
    left: Sequence[int] | None = None  # of those, the ones that have left; None: whoever has
    days: Days = field(default_factory=lambda: defaultdict(lambda: array("q")))


def plan(
    engine: Database,
    territory: Territory,
    policies: Policies,
    *,
    on: date,
    now: datetime,
    due: Sequence[int] | None = None,
    progress: Progress | None = None,
    page_size: int = 2000,
) -> Decided:
    """Read the cases `due` (None: every open one), decide, then place all that is due at once. Reads only."""
    decided = Decided()
    slug, calendar = territory.slug, territory.calendar
    with reading(engine) as connection:
        agendas = read_agendas(connection, territory=slug, from_day=on, calendar=calendar)
        met = None if due is None else referents_to_meet(connection, due, after=calendar.local(on, time.min))
        doubtful = read_cannot_stand(connection, territory=slug, on=on, calendar=calendar, only=met)
        about = Reading(slug, policies.track.slug, on, now, calendar, doubtful)
        pages = (
            read_pages(connection, about, size=page_size)
            if due is None
            else read_chosen(connection, about, due, size=page_size)
        )
        for cases in pages:
            decided.pages.append(decide_page(cases, policies, on, decided))
            decided.cases += len(cases)
            if progress:
                progress(decided.cases)
        if due is not None:
            decided.read = frozenset(due)
            absent, decided.left = read_absent(connection, due, on=on)
            for when, ids in absent.items():
                decided.days[when].extend(ids)
        asked = read_asked(connection, territory=slug, on=on, rhythms=rhythms_of(territory, on))
    dues = [action for page in decided.pages for action in page.actions if isinstance(action, AppointmentDue)]
    placements = place(dues, agendas, calendar=calendar)
    decided.shortages = shortages(placements, agendas, calendar=calendar)
    decided.pressures = pressure(asked, agendas, on=on, calendar=calendar)
    protect(decided, placements, policies, on)
    hand_out(decided, placements, policies, on)
    return decided


def rhythms_of(territory: Territory, on: date) -> dict[str, tuple[int, int]]:
    """track → the minutes of its usual appointment, and the days between two; of those that have a rhythm."""
    found = {}
    for slug, track in territory.tracks.items():
        version = track.in_force(on)
        if version and version.rhythm:
            found[slug] = version.individual(first=False).minutes, version.rhythm.every_days.target
    return found


def protect(decided: Decided, placements: tuple[Placement, ...], policies: Policies, on: date) -> None:
    """Nobody is escalated whom the service cannot meet: the review waits, and its missing precondition is noted."""
    left = {p.due.case: p.due for p in placements if p.starts_at is None}
    for page in decided.pages:
        for action in [a for a in page.actions if isinstance(a, OpenReview) and a.case in left]:
            if action.kind is not ReviewKind.COMPLIANCE:
                continue
            page.actions = [a for a in page.actions if a is not action and not is_closing(a, action.case)]
            decided.proposed[kind_of(action)] -= 1
            decided.not_done[check_reason(Precondition.SERVICE_LATE)] += 1
            if Precondition.SERVICE_LATE not in page.cases[action.case].checks:
                because = no_slot(left[action.case], policies, on).because
                check = OpenCheck(case=action.case, because=because, precondition=Precondition.SERVICE_LATE)
                page.actions.append(check)
                decided.proposed[kind_of(check)] += 1


def is_closing(action: Action, case: int) -> bool:
    """Whether the action says that the service is late no more with this case."""
    return isinstance(action, CloseCheck) and (action.case, action.precondition) == (case, Precondition.SERVICE_LATE)


def decide_page(cases: tuple[Case, ...], policies: Policies, on: date, decided: Decided) -> Page:
    """The actions of a page that write something; what was not done is only counted."""
    page = Page(cases={}, actions=[])
    for case in cases:
        tonight = Tonight(case, policies, on)
        actions = decide_of(tonight)
        decided.days[case.next_due_on, next_due(tonight, actions)].append(case.id)
        before = len(page.actions)
        for action in actions:
            match action:
                case NotDone(reason=reason):
                    decided.not_done[str(reason)] += 1
                case ServiceLate():
                    decided.late.append(action)
                case _:
                    decided.proposed[kind_of(action)] += 1
                    page.actions.append(action)
                    if isinstance(action, Write) and action.too_late:
                        decided.not_done[NotDoneReason.TOO_LATE.value] += 1
        if len(page.actions) > before or step_after(tonight, (), None) != case.next_step:
            page.cases[case.id] = case
    return page


def kind_of(action: Action) -> str:
    """The word under which an action is counted."""
    match action:
        case AppointmentDue():
            return "appointment"
        case Write():
            return action.template.value
        case Ask():
            return "outcome_request" if action.kind is QuestionKind.OUTCOME else f"ask_{action.kind}"
        case CloseQuestion():
            return "question_closed"
        case OpenCheck():
            return "check"
        case CloseCheck():
            return "check_closed"
        case OpenReview():
            return "review"
        case CloseCase():
            return "closure"
        case ServiceLate():
            return "service_alert"
        case NotDone():
            return "not_done"


def hand_out(decided: Decided, placements: tuple[Placement, ...], policies: Policies, on: date) -> None:
    """Give each page its placements; a due appointment without a slot is the service's own lateness."""
    home = {case: page for page in decided.pages for case in page.cases}
    slots: dict[int, list[Placement]] = {}
    for placement in placements:
        slots.setdefault(id(home[placement.due.case]), []).append(placement)
        if placement.starts_at is None:
            decided.not_done[NotDoneReason.NO_SLOT.value] += 1
            decided.late.append(no_slot(placement.due, policies, on))
    for page in decided.pages:
        page.placements = tuple(slots.get(id(page), ()))
        page.steps = steps_of(page, policies, on)


def steps_of(page: Page, policies: Policies, on: date) -> dict[int, str | None]:
    """What comes next for each case of the page."""
    day_of = policies.calendar.day_of
    placed = {p.due.case: day_of(p.starts_at) for p in page.placements if p.starts_at is not None}
    actions: dict[int, list[Action]] = {}
    for action in page.actions:
        actions.setdefault(action.case, []).append(action)
    return {
        id_: next_step(case, actions.get(id_, ()), placed.get(id_), policies, on) for id_, case in page.cases.items()
    }


def no_slot(due: AppointmentDue, policies: Policies, on: date) -> ServiceLate:
    because = Because(
        rule="place",
        sentence="Aucun référent n'est désigné : aucun rendez-vous ne peut être fixé."
        if due.referent is None
        else "Aucun créneau libre entre le {opens} et le {closes} : le service doit en ouvrir.",
        inputs={"opens": due.first_day, "closes": due.last_day},
        version=policies.track.ref(on),
        reference=due.because.reference,
    )
    return ServiceLate(
        case=due.case, because=because, cause=ServiceCause.NO_SLOT, referent=due.referent, clock=policies.track.slug
    )
