"""The closed lists of words that the law, the field and our tables share.

Slugs of tracks and of referents' roles are not here: they are validated text of the territory's files.
"""

from enum import StrEnum


class AppointmentKind(StrEnum):
    INDIVIDUAL = "individual"
    COLLECTIVE = "collective"


class AppointmentStatus(StrEnum):
    """rdv-insertion's words, plus `planned`; a past `planned` reads `unknown`, which is never an absence (R5)."""

    PLANNED = "planned"
    UNKNOWN = "unknown"
    SEEN = "seen"
    EXCUSED = "excused"
    REVOKED = "revoked"
    NOSHOW = "noshow"


class Qualification(StrEnum):
    """What a named person says of an absence; no machine ever sets it (R5)."""

    ADMISSIBLE = "admissible"
    INADMISSIBLE = "inadmissible"
    UNEXPLAINED = "unexplained"


class Channel(StrEnum):
    SMS = "sms"
    EMAIL = "email"
    LETTER = "letter"
    STAFF = "staff"


class NoticeProof(StrEnum):
    """What is known of a notice that was sent to the person."""

    DELIVERED = "delivered"  # the channel gave a receipt
    POSTED = "posted"  # a letter, handed to the post
    FAILED = "failed"  # bounced or refused
    NONE = "none"  # nothing is known


class Clause(StrEnum):
    """The duties that a contract may name (source: Doubs, « Un contrat d'engagement réciproque »)."""

    INDIVIDUAL = "individual"  # honorer les rendez-vous individuels
    COLLECTIVE = "collective"  # honorer les rendez-vous collectifs
    ACTIONS = "actions"  # mettre en œuvre les actions prescrites
    CONTACT_DETAILS = "contact_details"  # communiquer ses changements de coordonnées


class Refusal(StrEnum):
    """A contract not made by the person's own doing (CASF L.262-37, 1°). No machine counts it: people look at it."""

    REFUSED = "contract_refused"
    NOT_RENEWED = "contract_not_renewed"


class ContractKind(StrEnum):
    ENGAGEMENT = "engagement"
    CER = "cer"
    PPAE = "ppae"


class Party(StrEnum):
    """Who takes a commitment on: a contract binds both."""

    PERSON = "person"
    SERVICE = "service"


class TextStatus(StrEnum):
    """A text of a contract, until both have signed it; then it is a version of the contract."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    SIGNED = "signed"
    WITHDRAWN = "withdrawn"


class HoursBasis(StrEnum):
    """Why these weekly hours. The ground of an exemption is the person's own, and is not kept (R22)."""

    FULL = "full"
    ADJUSTED = "adjusted"  # fewer, for what the person's situation allows
    EXEMPT = "exempt"  # none, at the person's own request


class Circuit(StrEnum):
    """Who owns the procedure (F62): A, France Travail; B, the Département and those it delegates to."""

    FRANCE_TRAVAIL = "A"
    DEPARTEMENT = "B"


class Precondition(StrEnum):
    """What must be proved before a review may open (R6); the name of what is missing."""

    OTHER_CIRCUIT = "other_circuit"
    NO_CONTRACT = "no_contract"
    NOT_IN_CLAUSE = "not_in_clause"
    NOTICE_UNDELIVERED = "notice_undelivered"
    NOTICE_SHORT = "notice_short"
    NOT_QUALIFIED = "not_qualified"
    OUTCOME_MISSING = "outcome_missing"
    SERVICE_LATE = "service_late"
    NOT_INVITED = "not_invited"


class NotDoneReason(StrEnum):
    """Why an action that could be expected was not taken."""

    PAUSED = "paused"
    ALREADY_PLANNED = "already_planned"
    NO_SLOT = "no_slot"
    NOT_UNDER_DUTIES = "not_under_duties"
    NO_CONTACT = "no_contact"
    CHANNEL_REFUSED = "channel_refused"
    WEEKLY_CAP = "weekly_cap"
    TOO_LATE = "too_late"
    OPEN_REVIEW = "open_review"
    ESCALATION_DISABLED = "escalation_disabled"
    CANNOT_STAND = "cannot_stand"


class ReviewKind(StrEnum):
    COMPLIANCE = "compliance"
    FOLLOW_UP_RISK = "follow_up_risk"
    SERVICE = "service"


class ReviewStatus(StrEnum):
    """R8 for a compliance review; `open → assigned → decided → closed` for the two others."""

    DRAFT = "draft"
    SUBMITTED_BY_REFERENT = "submitted_by_referent"
    UNDER_REVIEW = "under_review"
    OBSERVATIONS_OPEN = "observations_open"
    EP_PENDING = "ep_pending"
    DECIDED = "decided"
    NOTIFIED = "notified"
    APPEAL_OPEN = "appeal_open"
    CLOSED = "closed"
    OPEN = "open"
    ASSIGNED = "assigned"


class Outcome(StrEnum):
    """What people may decide. None of them is a sanction: the last one leaves the system (R1)."""

    NO_ACTION = "no_action"
    EXTRA_TIME = "extra_time"
    CONTRACT_REVISION = "contract_revision"
    REORIENTATION = "reorientation"
    WARNING = "warning"
    SANCTION_PROPOSED_OUTSIDE_SYSTEM = "sanction_proposed_outside_system"
    REASSURED = "reassured"
    SUPPORT_ADDED = "support_added"
    BACK_TO_TRACK = "back_to_track"
    MENDED = "mended"
    ACCEPTED = "accepted"


OUTCOMES: dict[ReviewKind, tuple[Outcome, ...]] = {
    ReviewKind.COMPLIANCE: (
        Outcome.NO_ACTION,
        Outcome.EXTRA_TIME,
        Outcome.CONTRACT_REVISION,
        Outcome.REORIENTATION,
        Outcome.WARNING,
        Outcome.SANCTION_PROPOSED_OUTSIDE_SYSTEM,
    ),
    ReviewKind.FOLLOW_UP_RISK: (Outcome.REASSURED, Outcome.SUPPORT_ADDED, Outcome.BACK_TO_TRACK),
    ReviewKind.SERVICE: (Outcome.MENDED, Outcome.ACCEPTED),
}


class MessageStatus(StrEnum):
    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    UNKNOWN = "unknown"
    VOID = "void"
    TOO_LATE = "too_late"
    HELD = "held"


class Repeat(StrEnum):
    """What a machine may do with a message that may have left, and of which the channel has said nothing."""

    IDEMPOTENT = "idempotent"  # send it again: the channel knows our key, and takes it once
    RESEND = "resend"  # send it again, once
    PARK = "park"  # never: people are told


class Failure(StrEnum):
    PERMANENT = "permanent"
    TEMPORARY = "temporary"
    NO_RECEIPT = "no_receipt"


class ReceiptKind(StrEnum):
    """What a channel says of a message afterwards."""

    TEMPORARY = "temporary"  # given up, for a cause that may pass: mailbox full, telephone off
    PERMANENT = "permanent"  # the number or the address takes nothing
    DELIVERED = "delivered"
    BOUNCE = "bounce"  # the e-mail came back, whatever was said before


class RecipientKind(StrEnum):
    BENEFICIARY = "beneficiary"
    REFERENT = "referent"
    COORDINATOR = "coordinator"


class Template(StrEnum):
    """Every text Jalon can write; each has a file per channel in the territory's `messages/`."""

    CONVOCATION = "convocation"
    REMINDER = "reminder"
    REASON_REQUEST = "reason_request"
    CHECK_IN = "check_in"
    FAREWELL = "farewell"
    INVITATION_TO_REGULARISE = "invitation_to_regularise"
    APPOINTMENT_MOVED = "appointment_moved"
    APPOINTMENT_CANCELLED = "appointment_cancelled"
    REFERENT_CHANGED = "referent_changed"
    REFERENT_CHANGED_MEETING = "referent_changed_meeting"
    REFERENT_DIGEST = "referent_digest"
    COORDINATOR_DIGEST = "coordinator_digest"


class Measure(StrEnum):
    """What the authority may intend, from the mildest to the gravest. Jalon writes none of them: it names what a
    notice announces, so that nothing graver is decided than what was announced."""

    WARNING = "warning"
    SUSPENSION = "suspension"
    SUPPRESSION = "suppression"


class NoticeKind(StrEnum):
    """The letters of a review procedure."""

    REGULARISE = "regularise"
    PROCEDURE = "procedure"
    DECISION = "decision"


class QuestionKind(StrEnum):
    """What the night asks a referent; one row each until somebody answers."""

    OUTCOME = "outcome"  # que s'est-il passé à ce rendez-vous ?
    QUALIFY = "qualify"  # cette absence est-elle recevable ?
    CALL = "call"  # appeler la personne, avant toute lettre
    VISIT = "visit"  # aller la voir, là où le parcours le prévoit
    FOLLOW_UP = "follow_up"  # un contact manqué après la reprise : le coach est prévenu le premier
    ACTION = "action"  # cette action est-elle faite ? justificatif vu ?
    RENEW_CONTRACT = "renew_contract"
    TRACK_CHANGE = "track_change"
    CONTACT = "contact"  # un message n'est pas arrivé : les coordonnées sont-elles bonnes ?


class SignalSource(StrEnum):
    PERSON = "person"
    REFERENT = "referent"
    EMPLOYER = "employer"
    TRAINING_BODY = "training_body"


class SignalKind(StrEnum):
    REPLY = "reply"  # the person answered
    COMPLIANCE = "compliance"  # a sign that the person is putting things right (R10)
    ALERT = "alert"  # something is going wrong at work or in training
    IMPROVED = "improved"  # the situation is better: another kind of support may be proposed


class Purpose(StrEnum):
    """What one link of a message lets the person do, and nothing else."""

    APPOINTMENT = "appointment"  # come or not, another time; afterwards, say why
    NEWS = "news"  # how are you, since you started
    CONTACT = "contact"  # new contact details, no more messages by this channel


class AnswerKind(StrEnum):
    """What a person says through a link."""

    COMING = "coming"
    NOT_COMING = "not_coming"
    ANOTHER_TIME = "another_time"
    CHOSEN = "chosen"  # another time, among those offered: done, nobody has to find one
    EXPLANATION = "explanation"
    NEWS = "news"
    CONTACT = "contact"
    STOP = "stop"


class ServiceCause(StrEnum):
    """The service's own failings, one finding per cause, referent and clock (R4, R23)."""

    LEGAL_DATE_NEAR = "legal_date_near"
    CONTRACT_UNSIGNED = "contract_unsigned"
    CONTRACT_EXPIRED = "contract_expired"
    OLD_CONTRACT = "old_contract"
    FIRST_APPOINTMENT_LATE = "first_appointment_late"
    RHYTHM_LATE = "rhythm_late"
    NO_SLOT = "no_slot"
    OVERLOAD = "overload"
    CANNOT_STAND = "cannot_stand"
    UNREACHABLE = "unreachable"


class CalendarKind(StrEnum):
    """How a referent's own calendar is read: a file, an address, a CalDAV server."""

    FILE = "file"
    ICS = "ics"
    CALDAV = "caldav"


class CalendarTrouble(StrEnum):
    """Why a referent's own calendar could not be read; what was known of it stays."""

    UNREACHABLE = "unreachable"
    NOT_ALLOWED = "not_allowed"
    NO_SECRET = "no_secret"  # noqa: S105 (a word of ours)
    REFUSED = "refused"
    NOT_FOUND = "not_found"
    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"
    UNREADABLE = "unreadable"


class DeskRole(StrEnum):
    """What an account of the desk is for; the queries show each what it needs, and nothing else."""

    REFERENT = "referent"  # their own caseload
    COORDINATOR = "coordinator"  # the whole territory
    REVIEWER = "reviewer"  # the files that the panel studies, without names
    DECIDER = "decider"
    AUDITOR = "auditor"  # who read what; no file
    ADMINISTRATOR = "administrator"  # accounts; no file
