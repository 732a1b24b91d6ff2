"""The ladder once the threshold is reached: the softest rung first, each with its delay before the next (R7)."""

from collections.abc import Iterator
from datetime import date

from tracks import keys
from tracks.actions import Action, Ask, NotDone, ServiceLate, Write
from tracks.policy import Do, Rung
from tracks.rules.facts import Fact, because_facts, checks, named
from tracks.tonight import Tonight
from tracks.vocabulary import Channel, NotDoneReason, Precondition, QuestionKind, ServiceCause, Template

ASKS = {Do.CALL: QuestionKind.CALL, Do.VISIT: QuestionKind.VISIT}
INVITED = "CRPA L.123-1 ; CASF L.262-37"
RUNG_SAYS = {
    Do.CALL: "Appeler la personne avant toute lettre : {named} des {days}.",
    Do.VISIT: "Aller voir la personne avant toute lettre : {named} des {days}.",
}


def climb(tonight: Tonight, threshold_on: date, proved: list[Fact]) -> Iterator[Action]:
    """L'échelle, la marche la plus douce d'abord ; chacune laisse son délai avant la suivante."""
    because = because_facts(
        tonight,
        "Pas de revue : la personne n'a pas encore été invitée à régulariser ({named} des {days}).",
        proved,
        reference=INVITED,
        named=named(proved),
    )
    yield from checks(tonight, Precondition.NOT_INVITED, because)
    for rung in tonight.version.threshold_rungs():
        if rung.do is Do.INVITE_TO_REGULARISE:
            yield from invite(tonight, rung, threshold_on, proved)
            return
        key = keys.question(ASKS[rung.do], tonight.case.id, threshold_on.isoformat())
        until = tonight.calendar.add_working_days(tonight.asked_on(key), rung.wait_working_days or 0)
        yield ask_rung(tonight, rung, key, until, proved)
        if key not in tonight.case.asked or tonight.on < until:
            return


def ask_rung(tonight: Tonight, rung: Rung, key: str, until: date, proved: list[Fact]) -> Ask:
    return Ask(
        case=tonight.case.id,
        because=because_facts(tonight, RUNG_SAYS[rung.do], proved, named=named(proved)),
        kind=ASKS[rung.do],
        key=key,
        subject_id=proved[-1].id,
        coordinator_from=until,
    )


def invite(tonight: Tonight, rung: Rung, threshold_on: date, proved: list[Fact]) -> Iterator[Action]:
    """La lettre qui invite à régulariser : une seule pour les mêmes absences, jamais un SMS ni un courriel (R16)."""
    key = keys.invitation(tonight.case.id, threshold_on)
    if key in tonight.case.lost:
        yield from not_posted(tonight, proved, "la lettre n'a pas pu partir")
        return
    if key in tonight.case.sent:
        return
    if Channel.LETTER not in tonight.case.channels:
        yield from no_address(tonight, proved)
        return
    because = because_facts(
        tonight,
        "Lettre d'invitation à régulariser : {named} des {days}, {delay} jours pour répondre ou venir.",
        proved,
        reference=rung.because,
        named=named(proved),
        delay=rung.wait_days,
    )
    useful = rung.last_useful_day(tonight.on)
    yield Write(
        case=tonight.case.id,
        because=because,
        template=Template.INVITATION_TO_REGULARISE,
        key=key,
        channel=Channel.LETTER,
        due_on=tonight.on,
        useful_until=tonight.calendar.local(useful, tonight.version.reminders.not_after),
        details={"delay_days": rung.wait_days, "days": tuple(fact.day for fact in proved)},
    )


def no_address(tonight: Tonight, proved: list[Fact]) -> Iterator[Action]:
    """Sans adresse postale, l'invitation ne peut pas avoir de date certaine : le service doit d'abord la trouver."""
    refused = Channel.LETTER in tonight.case.refused
    why = "la personne a refusé le courrier" if refused else "aucune adresse postale n'est connue"
    yield from not_posted(tonight, proved, why)


def not_posted(tonight: Tonight, proved: list[Fact], why: str) -> Iterator[Action]:
    because = because_facts(
        tonight,
        f"Pas de lettre d'invitation à régulariser ({{named}} des {{days}}) : {why}.",
        proved,
        named=named(proved),
    )
    refused = Channel.LETTER in tonight.case.refused
    reason = NotDoneReason.CHANNEL_REFUSED if refused else NotDoneReason.NO_CONTACT
    yield NotDone(case=tonight.case.id, because=because, reason=reason)
    yield ServiceLate(
        case=tonight.case.id,
        because=because,
        cause=ServiceCause.UNREACHABLE,
        referent=tonight.case.referent,
        clock="contact",
    )
