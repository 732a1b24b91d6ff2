"""The contract and what it asks: signed in time by the service, renewed, its actions followed up."""

from collections.abc import Iterator
from datetime import date, timedelta

from tracks import french, keys
from tracks.actions import Action, Ask, ServiceLate
from tracks.calendar import add_months
from tracks.case import Contract
from tracks.legal import Key
from tracks.policy import ContractPolicy
from tracks.tonight import Policies, Tonight
from tracks.vocabulary import ContractKind, QuestionKind, ReviewKind, ServiceCause, SignalKind, SignalSource

FROM_INSIDE = (SignalSource.PERSON, SignalSource.REFERENT)  # an employer knows nothing of a track
OLD_KINDS = (ContractKind.CER, ContractKind.PPAE)


def contract_in_time(tonight: Tonight) -> Iterator[Action]:
    """Un contrat non signé ou expiré est un retard du service : il ouvre un constat, jamais rien contre la personne."""
    policy = tonight.version.contract
    if policy is None or not tonight.case.under_duties:
        return
    contract = tonight.contract_on(tonight.on)
    if contract is not None:
        yield from renewal(tonight, contract, policy)
        return
    oriented_on = tonight.case.notified_on or tonight.case.entered_on
    signed = [c for c in tonight.case.contracts if oriented_on <= c.signed_on <= tonight.on]
    if any(c.starts_on > tonight.on for c in signed):
        return  # signed in time, and about to begin
    ended = [c.last_day for c in signed if c.last_day and c.last_day < tonight.on]
    if ended:
        yield late(
            tonight,
            ServiceCause.CONTRACT_EXPIRED,
            clock="contract_end",
            sentence="Le contrat a pris fin le {day} et n'a pas été renouvelé par le service.",
            day=max(ended),
        )
        return
    limit = tonight.calendar.next_working(add_months(oriented_on, policy.sign_within_months))
    if tonight.on > limit:
        yield late(
            tonight,
            ServiceCause.CONTRACT_UNSIGNED,
            clock="contract_months",
            sentence="Le contrat devait être signé au plus tard le {limit} : orientation notifiée le {notified}.",
            reference=policy.source,
            limit=limit,
            notified=oriented_on,
        )


def renewal(tonight: Tonight, contract: Contract, policy: ContractPolicy) -> Iterator[Action]:
    """Un contrat qui va finir, ou un ancien contrat que la loi remplace, est signalé à l'avance au référent."""
    ends_on = contract.ends_on
    if contract.kind in OLD_KINDS:
        limit, source = replaced_from(tonight.policies, tonight.on)
        if tonight.on >= add_months(limit, -1):
            yield late(
                tonight,
                ServiceCause.OLD_CONTRACT,
                clock="old_contract_replacement_months",
                sentence="Cet ancien contrat doit être remplacé par un contrat d'engagement avant le {before}.",
                reference=source,
                before=french.full_date(limit),
                limit=limit,
            )
    if ends_on is None or any(goes_on(tonight, other, ends_on) for other in tonight.case.contracts):
        return
    if tonight.on >= ends_on - timedelta(days=policy.renew_before_days):
        yield Ask(
            case=tonight.case.id,
            because=tonight.because(
                "renewal", "Le contrat prend fin le {ends_on} : à renouveler.", ends_on=ends_on, contract=contract.id
            ),
            kind=QuestionKind.RENEW_CONTRACT,
            key=keys.question(QuestionKind.RENEW_CONTRACT, tonight.case.id, contract.id),
            subject_id=contract.id,
            coordinator_from=tonight.calendar.next_working(ends_on),
        )


def replaced_from(policies: Policies, on: date) -> tuple[date, str]:
    """The day from which an old contract (CER, PPAE) is one no longer, by the law as it is on `on`; its source."""
    legal = policies.legal.at(Key.OLD_CONTRACT, on)
    return add_months(legal.valid_from, legal.value), legal.source


def goes_on(tonight: Tonight, contract: Contract, ends_on: date) -> bool:
    """The next contract is signed already: nothing is left to renew."""
    return contract.signed_on <= tonight.on and (contract.ends_on is None or contract.ends_on > ends_on)


def late(
    tonight: Tonight, cause: ServiceCause, *, clock: str, sentence: str, reference: str = "", **inputs: object
) -> ServiceLate:
    return ServiceLate(
        case=tonight.case.id,
        because=tonight.because("contract_in_time", sentence, reference=reference, **inputs),  # type: ignore[arg-type]
        cause=cause,
        referent=tonight.case.referent,
        clock=clock,
    )


def prescribed_actions(tonight: Tonight) -> Iterator[Action]:
    """Une action dont l'échéance est passée fait d'abord demander si elle est faite, et si un justificatif a été vu."""
    wait = tonight.version.outcomes.ask_coordinator_after_working_days
    for action in tonight.case.actions:
        if action.done_on is not None or action.due_on < tonight.case.entered_on:
            continue
        if tonight.on <= tonight.calendar.next_working(action.due_on):
            continue
        key = keys.question(QuestionKind.ACTION, tonight.case.id, action.id)
        yield Ask(
            case=tonight.case.id,
            because=tonight.because(
                "prescribed_actions",
                "Action à échéance du {due_on} : à dire si elle est faite, et si un justificatif a été vu.",
                due_on=action.due_on,
                action=action.id,
            ),
            kind=QuestionKind.ACTION,
            key=key,
            subject_id=action.id,
            coordinator_from=tonight.calendar.add_working_days(tonight.asked_on(key), wait),
        )


def breaches_explained(tonight: Tonight) -> Iterator[Action]:
    """La personne s'est expliquée d'un engagement non tenu : le référent requalifie avant toute suite."""
    wait = tonight.version.outcomes.ask_coordinator_after_working_days
    for breach in tonight.case.breaches:
        if breach.excused_on is None or breach.qualification is not None or breach.excused_on > tonight.on:
            continue
        yield Ask(
            case=tonight.case.id,
            because=tonight.because(
                "breaches_explained",
                "La personne s'est expliquée le {day} de l'engagement non tenu du {on} : recevable ?",
                day=breach.excused_on,
                on=breach.on,
                breach=breach.id,
            ),
            kind=QuestionKind.QUALIFY,
            key=keys.question(QuestionKind.QUALIFY, tonight.case.id, f"breach:{breach.id}"),
            subject_id=None,
            coordinator_from=tonight.calendar.add_working_days(breach.excused_on, wait),
        )


def explained_during_review(tonight: Tonight) -> Iterator[Action]:
    """Un fait d'une revue ouverte qui ne tient plus est dit aussitôt au référent et au coordinateur."""
    for review in tonight.case.reviews:
        policy = tonight.policies.at(review.opened_on).review
        if review.kind is not ReviewKind.COMPLIANCE or not review.explained or policy is None:
            continue
        day = max((day for day in review.explained if day), default=None)
        left, count = len(review.held), len(review.held) + len(review.explained)
        below = len(set(review.held)) < policy.absences
        yield Ask(
            case=tonight.case.id,
            because=tonight.because(
                "explained_during_review",
                ("La personne s'est expliquée le {day} : " if day else "Un fait de la revue ne tient plus : ")
                + "{standing} sur {count}"
                + (", en dessous du seuil de {threshold}. " if below else ". ")
                + "La revue est à reprendre sans attendre.",
                reference="CASF L.262-37",
                day=day,
                standing=french.plural(left, "fait tient encore", "faits tiennent encore"),
                count=count,
                threshold=policy.absences,
                review=review.id,
            ),
            kind=QuestionKind.QUALIFY,
            key=keys.question(QuestionKind.QUALIFY, tonight.case.id, f"explained:{review.id}:{left}"),
            subject_id=None,
            coordinator_from=tonight.on,
        )


def track_change(tonight: Tonight) -> Iterator[Action]:
    """Un changement de parcours est proposé quand les faits le disent ; seule une personne le fait."""
    for way_out in tonight.version.exit:
        started = tonight.case.activity_started_on
        if way_out.on == "employment_or_training_started" and started and started <= tonight.on:
            yield propose(tonight, way_out.to, "Reprise le {day} : passage au suivi à proposer.", day=started)
        if way_out.on == "relapse" and (told := told_by_them(tonight, SignalKind.ALERT)):
            yield propose(tonight, way_out.to, "Difficulté signalée le {day} : retour en parcours à étudier.", day=told)
        if way_out.on == "situation_improved" and (told := told_by_them(tonight, SignalKind.IMPROVED)):
            yield propose(
                tonight, way_out.to, "Situation améliorée, dite le {day} : réorientation à proposer.", day=told
            )


def told_by_them(tonight: Tonight, kind: SignalKind) -> date | None:
    """The last day on which the person, or who accompanies them, told so in this track."""
    first = tonight.case.entered_on
    told = [s.on for s in tonight.case.signals if s.kind is kind and s.source in FROM_INSIDE and s.on <= tonight.on]
    return max((day for day in told if kind is not SignalKind.IMPROVED or day >= first), default=None)


def propose(tonight: Tonight, to: str, sentence: str, *, day: date) -> Ask:
    """Asked once for each day on which something happened: a second difficulty is asked about anew."""
    key = keys.question(QuestionKind.TRACK_CHANGE, tonight.case.id, f"{to}:{day.isoformat()}")
    wait = tonight.version.outcomes.ask_coordinator_after_working_days
    return Ask(
        case=tonight.case.id,
        because=tonight.because("track_change", sentence, to=to, day=day),
        kind=QuestionKind.TRACK_CHANGE,
        key=key,
        subject_id=None,
        coordinator_from=tonight.calendar.add_working_days(tonight.asked_on(key), wait),
    )
