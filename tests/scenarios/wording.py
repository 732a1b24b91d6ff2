"""The French words of the scenarios: those of the county's exports, and ours where an export has none."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeVar

from pydantic import BeforeValidator

from config.columns import Words, load_columns, plain
from tests.tracks.building import MODEL
from tracks.vocabulary import (
    AppointmentStatus,
    Circuit,
    NotDoneReason,
    Precondition,
    QuestionKind,
    ReviewKind,
    ServiceCause,
    SignalKind,
    SignalSource,
    Template,
)

T = TypeVar("T")

PRECONDITIONS = {
    "autre circuit": Precondition.OTHER_CIRCUIT,
    "pas de contrat": Precondition.NO_CONTRACT,
    "obligation absente du contrat": Precondition.NOT_IN_CLAUSE,
    "convocation non remise": Precondition.NOTICE_UNDELIVERED,
    "convocation trop tardive": Precondition.NOTICE_SHORT,
    "à qualifier ou à lire": Precondition.NOT_QUALIFIED,
    "suite inconnue": Precondition.OUTCOME_MISSING,
    "service en retard": Precondition.SERVICE_LATE,
    "pas encore invitée": Precondition.NOT_INVITED,
}
QUESTIONS = {
    "que s'est-il passé ?": QuestionKind.OUTCOME,
    "qualifier l'absence": QuestionKind.QUALIFY,
    "lire la réponse": QuestionKind.QUALIFY,
    "signe pendant la revue": QuestionKind.QUALIFY,
    "fait expliqué": QuestionKind.QUALIFY,
    "manquement expliqué": QuestionKind.QUALIFY,
    "appeler": QuestionKind.CALL,
    "aller voir": QuestionKind.VISIT,
    "prendre des nouvelles": QuestionKind.FOLLOW_UP,
    "action faite ?": QuestionKind.ACTION,
    "renouveler le contrat": QuestionKind.RENEW_CONTRACT,
    "changer de parcours": QuestionKind.TRACK_CHANGE,
}
MESSAGES = {
    "convocation": Template.CONVOCATION,
    "rappel": Template.REMINDER,
    "demande du motif": Template.REASON_REQUEST,
    "point de suivi": Template.CHECK_IN,
    "au revoir": Template.FAREWELL,
    "invitation à régulariser": Template.INVITATION_TO_REGULARISE,
}
CAUSES = {
    "date de la loi proche": ServiceCause.LEGAL_DATE_NEAR,
    "contrat non signé": ServiceCause.CONTRACT_UNSIGNED,
    "contrat expiré": ServiceCause.CONTRACT_EXPIRED,
    "ancien contrat": ServiceCause.OLD_CONTRACT,
    "premier rendez-vous en retard": ServiceCause.FIRST_APPOINTMENT_LATE,
    "rythme dépassé": ServiceCause.RHYTHM_LATE,
    "rendez-vous intenable": ServiceCause.CANNOT_STAND,
    "personne injoignable": ServiceCause.UNREACHABLE,
}
REASONS = {
    "en pause": NotDoneReason.PAUSED,
    "déjà prévu": NotDoneReason.ALREADY_PLANNED,
    "hors droits et devoirs": NotDoneReason.NOT_UNDER_DUTIES,
    "aucun moyen de joindre": NotDoneReason.NO_CONTACT,
    "moyen refusé": NotDoneReason.CHANNEL_REFUSED,
    "revue déjà ouverte": NotDoneReason.OPEN_REVIEW,
    "procédure suspendue": NotDoneReason.ESCALATION_DISABLED,
    "rendez-vous intenable": NotDoneReason.CANNOT_STAND,
}
REVIEWS = {"manquement": ReviewKind.COMPLIANCE, "risque dans le suivi": ReviewKind.FOLLOW_UP_RISK}
SOURCES = {
    "personne": SignalSource.PERSON,
    "référent": SignalSource.REFERENT,
    "employeur": SignalSource.EMPLOYER,
    "organisme de formation": SignalSource.TRAINING_BODY,
}
SIGNALS = {
    "réponse": SignalKind.REPLY,
    "remobilisation": SignalKind.COMPLIANCE,
    "alerte": SignalKind.ALERT,
    "situation améliorée": SignalKind.IMPROVED,
}


@cache
def exported() -> Words:
    return load_columns(MODEL / "columns.toml").words


def statuses() -> dict[str, AppointmentStatus]:
    return {**exported().status, "non renseigné": AppointmentStatus.UNKNOWN}


def circuits() -> dict[str, Circuit]:
    return {**exported().circuit, "Département": Circuit.DEPARTEMENT}


def one_of(words: Callable[[], Mapping[str, Any]]) -> BeforeValidator:
    """A field whose French word is read as what it means; ValueError that lists the words otherwise."""

    def read(word: object) -> object:
        table = {plain(known): meaning for known, meaning in words().items()}
        if plain(str(word)) not in table:
            raise ValueError(f"« {word} » est inconnu ; attendu : {', '.join(words())}")
        return table[plain(str(word))]

    return BeforeValidator(read)


def said_of(table: Mapping[str, T], meaning: T) -> str:
    """The first French word of `meaning`."""
    return next(word for word, meant in table.items() if meant == meaning)
