"""The closed words of the code, as a coordinator says them."""

from tracks.vocabulary import (
    AppointmentStatus,
    CalendarTrouble,
    Channel,
    Clause,
    ContractKind,
    DeskRole,
    Failure,
    HoursBasis,
    MessageStatus,
    NotDoneReason,
    Outcome,
    Party,
    Precondition,
    Qualification,
    QuestionKind,
    Refusal,
    ReviewKind,
    ReviewStatus,
    ServiceCause,
    SignalKind,
    SignalSource,
    Template,
    TextStatus,
)

APPOINTMENT: dict[str, str] = {
    AppointmentStatus.PLANNED: "à venir",
    AppointmentStatus.UNKNOWN: "sans suite connue",
    AppointmentStatus.SEEN: "la personne est venue",
    AppointmentStatus.EXCUSED: "excusé",
    AppointmentStatus.REVOKED: "annulé par le service",
    AppointmentStatus.NOSHOW: "absence",
}
QUALIFIED: dict[str, str] = {
    Qualification.ADMISSIBLE: "recevable",
    Qualification.INADMISSIBLE: "non recevable",
    Qualification.UNEXPLAINED: "inexpliquée",
}
CONTRACT: dict[str, str] = {
    ContractKind.ENGAGEMENT: "contrat d'engagement",
    ContractKind.CER: "contrat d'engagements réciproques (CER)",
    ContractKind.PPAE: "projet personnalisé d'accès à l'emploi (PPAE)",
}
DUTY: dict[str, str] = {
    Clause.INDIVIDUAL: "rendez-vous individuel",
    Clause.COLLECTIVE: "rendez-vous collectif",
    Clause.ACTIONS: "action prescrite non faite",
    Clause.CONTACT_DETAILS: "changement de coordonnées non dit",
    Refusal.REFUSED: "contrat proposé et refusé",
    Refusal.NOT_RENEWED: "renouvellement proposé et refusé",
}
TEXT: dict[str, str] = {
    TextStatus.DRAFT: "projet",
    TextStatus.PROPOSED: "proposé à la personne, à signer",
    TextStatus.SIGNED: "signé",
    TextStatus.WITHDRAWN: "retiré",
}
PARTY: dict[str, str] = {Party.PERSON: "la personne", Party.SERVICE: "le service"}
HOURS: dict[str, str] = {
    HoursBasis.FULL: "durée de droit commun",
    HoursBasis.ADJUSTED: "durée adaptée à la situation de la personne",
    HoursBasis.EXEMPT: "sans durée, à la demande de la personne",
}
CHANNEL: dict[str, str] = {
    Channel.SMS: "SMS",
    Channel.EMAIL: "courriel",
    Channel.LETTER: "lettre",
    Channel.STAFF: "message interne",
}
REVIEW: dict[str, str] = {
    ReviewKind.COMPLIANCE: "revue",
    ReviewKind.FOLLOW_UP_RISK: "suivi fragile",
    ReviewKind.SERVICE: "constat du service",
}
REVIEW_STATUS: dict[str, str] = {
    ReviewStatus.DRAFT: "projet, chez le référent",
    ReviewStatus.SUBMITTED_BY_REFERENT: "soumise par le référent",
    ReviewStatus.UNDER_REVIEW: "à l'examen",
    ReviewStatus.OBSERVATIONS_OPEN: "observations de la personne ouvertes",
    ReviewStatus.EP_PENDING: "avis de l'équipe pluridisciplinaire attendu",
    ReviewStatus.DECIDED: "décidée",
    ReviewStatus.NOTIFIED: "notifiée",
    ReviewStatus.APPEAL_OPEN: "recours en cours",
    ReviewStatus.CLOSED: "close",
    ReviewStatus.OPEN: "ouverte",
    ReviewStatus.ASSIGNED: "confiée",
}
OUTCOME: dict[str, str] = {
    Outcome.NO_ACTION: "sans suite",
    Outcome.EXTRA_TIME: "délai supplémentaire",
    Outcome.CONTRACT_REVISION: "révision du contrat",
    Outcome.REORIENTATION: "réorientation",
    Outcome.WARNING: "avertissement",
    Outcome.SANCTION_PROPOSED_OUTSIDE_SYSTEM: "sanction proposée, hors de Jalon",
    Outcome.REASSURED: "rien d'inquiétant",
    Outcome.SUPPORT_ADDED: "soutien ajouté",
    Outcome.BACK_TO_TRACK: "retour en parcours",
    Outcome.MENDED: "réparé",
    Outcome.ACCEPTED: "accepté en l'état",
}
QUESTION: dict[str, str] = {
    QuestionKind.OUTCOME: "que s'est-il passé ?",
    QuestionKind.QUALIFY: "à qualifier ou à lire",
    QuestionKind.CALL: "appeler la personne",
    QuestionKind.VISIT: "aller la voir",
    QuestionKind.FOLLOW_UP: "prendre des nouvelles",
    QuestionKind.ACTION: "action faite ? justificatif vu ?",
    QuestionKind.RENEW_CONTRACT: "contrat à renouveler",
    QuestionKind.CONTACT: "coordonnées à vérifier",
    QuestionKind.TRACK_CHANGE: "changement de parcours à étudier",
}
SOURCE: dict[str, str] = {
    SignalSource.PERSON: "la personne",
    SignalSource.REFERENT: "le référent",
    SignalSource.EMPLOYER: "l'employeur",
    SignalSource.TRAINING_BODY: "l'organisme de formation",
}
SIGNAL: dict[str, str] = {
    SignalKind.REPLY: "réponse",
    SignalKind.COMPLIANCE: "signe de remobilisation",
    SignalKind.ALERT: "alerte",
    SignalKind.IMPROVED: "situation améliorée",
}
TEMPLATE: dict[str, str] = {
    Template.CONVOCATION: "convocation",
    Template.REMINDER: "rappel",
    Template.REASON_REQUEST: "demande du motif d'une absence",
    Template.CHECK_IN: "message de suivi",
    Template.FAREWELL: "au revoir",
    Template.INVITATION_TO_REGULARISE: "invitation à régulariser",
    Template.APPOINTMENT_MOVED: "rendez-vous déplacé",
    Template.APPOINTMENT_CANCELLED: "rendez-vous qui n'aura pas lieu",
    Template.REFERENT_CHANGED: "changement d'interlocuteur",
    Template.REFERENT_CHANGED_MEETING: "changement d'interlocuteur, rendez-vous à la même heure",
    Template.REFERENT_DIGEST: "point du matin du référent",
    Template.COORDINATOR_DIGEST: "point du matin des coordinateurs",
}
MESSAGE: dict[str, str] = {
    MessageStatus.PENDING: "à envoyer",
    MessageStatus.SENDING: "en cours d'envoi",
    MessageStatus.SENT: "envoyé",
    MessageStatus.DELIVERED: "reçu",
    MessageStatus.FAILED: "échec",
    MessageStatus.UNKNOWN: "envoi incertain",
    MessageStatus.VOID: "sans objet",
    MessageStatus.TOO_LATE: "non envoyé, trop tard",
    MessageStatus.HELD: "retenu",
}
NOT_DONE: dict[str, str] = {
    NotDoneReason.PAUSED: "suivi automatique en pause",
    NotDoneReason.ALREADY_PLANNED: "rendez-vous déjà prévu",
    NotDoneReason.NO_SLOT: "pas de créneau libre",
    NotDoneReason.NOT_UNDER_DUTIES: "hors droits et devoirs",
    NotDoneReason.NO_CONTACT: "personne injoignable",
    NotDoneReason.CHANNEL_REFUSED: "moyen de contact refusé",
    NotDoneReason.WEEKLY_CAP: "assez de messages ces jours-ci",
    NotDoneReason.TOO_LATE: "trop tard",
    NotDoneReason.OPEN_REVIEW: "revue déjà ouverte",
    NotDoneReason.ESCALATION_DISABLED: "procédures suspendues",
    NotDoneReason.CANNOT_STAND: "rendez-vous à confirmer",
    f"check:{Precondition.OTHER_CIRCUIT}": "référent de France Travail",
    f"check:{Precondition.NO_CONTRACT}": "sans contrat en vigueur",
    f"check:{Precondition.NOT_IN_CLAUSE}": "devoir absent du contrat",
    f"check:{Precondition.NOTICE_UNDELIVERED}": "arrivée de la convocation non prouvée",
    f"check:{Precondition.NOTICE_SHORT}": "convocation partie trop tard",
    f"check:{Precondition.NOT_QUALIFIED}": "absence pas encore qualifiée",
    f"check:{Precondition.OUTCOME_MISSING}": "rendez-vous sans suite connue",
    f"check:{Precondition.SERVICE_LATE}": "service en retard sur sa part",
    f"check:{Precondition.NOT_INVITED}": "invitation à régulariser non aboutie",
}
NOT_SENT: dict[str, str] = {
    "ceiling": "plafond du jour dépassé",
    "not_production": "base d'essai : cette adresse n'est pas dans la liste [only]",
    "stopped": "envois arrêtés",
    "by_hand": "annulé par une personne",
    "appointment_changed": "rendez-vous annulé ou déplacé",
    "already_answered": "réponse déjà connue",
    "facts_changed": "les faits ont changé",
    "case_closed": "dossier clos",
    "nothing_to_say": "plus rien à dire",
    "unwritable": "texte impossible à écrire",
}
FAILURE: dict[str, str] = {
    Failure.PERMANENT: "refus définitif",
    Failure.TEMPORARY: "échec passager",
    Failure.NO_RECEIPT: "sans réponse du canal",
}
CAUSE: dict[str, str] = {
    ServiceCause.LEGAL_DATE_NEAR: "Dates de la loi qui approchent",
    ServiceCause.CONTRACT_UNSIGNED: "Contrats à signer, délai passé",
    ServiceCause.CONTRACT_EXPIRED: "Contrats expirés, non renouvelés",
    ServiceCause.OLD_CONTRACT: "Anciens contrats à remplacer",
    ServiceCause.FIRST_APPOINTMENT_LATE: "Premiers rendez-vous en retard",
    ServiceCause.RHYTHM_LATE: "Rythme de rencontre dépassé",
    ServiceCause.NO_SLOT: "Pas de créneau dans le délai",
    ServiceCause.OVERLOAD: "Référents en surcharge",
    ServiceCause.CANNOT_STAND: "Rendez-vous à confirmer ou à déplacer",
    ServiceCause.UNREACHABLE: "Personnes à joindre autrement",
}


def said(words: dict[str, str], word: str | None) -> str:
    """The French of `word`; the word itself where we have none: never an error on a screen."""
    return words.get(word or "", word or "")


DESK_ROLE: dict[DeskRole, str] = {
    DeskRole.REFERENT: "référent",
    DeskRole.COORDINATOR: "coordination",
    DeskRole.REVIEWER: "instruction des revues",
    DeskRole.DECIDER: "décision",
    DeskRole.AUDITOR: "audit",
    DeskRole.ADMINISTRATOR: "administration des comptes",
}

# After « Noté » : whether the person hears from us that an appointment will not take place.
TOLD: dict[str, str] = {
    "nothing_to_say": "",
    "will_be": "La personne sera prévenue. ",
    "by_no_channel": "Aucun moyen de lui écrire à temps : prévenez la personne. ",
}

CONFIDENCE = {
    "read": "texte lu",
    "second_hand": "source secondaire, à relire",
    "memory": "de mémoire, à vérifier",
    "local_choice": "choix local",
    "assumption": "hypothèse à confirmer",
}

CALENDAR_TROUBLE: dict[str, str] = {
    CalendarTrouble.UNREACHABLE: "le serveur ne répond pas.",
    CalendarTrouble.NOT_ALLOWED: "cette adresse n'est pas admise (réseau interne, ou sans https).",
    CalendarTrouble.NO_SECRET: "le mot de passe ou l'adresse secrète est introuvable (env:NOM ou file:CHEMIN).",
    CalendarTrouble.REFUSED: "l'accès est refusé : vérifiez le mot de passe ou le partage.",
    CalendarTrouble.NOT_FOUND: "il n'y a plus d'agenda à cet endroit.",
    CalendarTrouble.TOO_LARGE: "il est trop gros pour être lu.",
    CalendarTrouble.TOO_SLOW: "il répond trop lentement.",
    CalendarTrouble.UNREADABLE: "ce qui est reçu n'est pas un agenda lisible.",
}
