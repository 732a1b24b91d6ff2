"""The published rules, one entry a rule: its function, the scenario that lives it, its article.

The sentence is the function's own; the scenario is one of `tests/scenarios/`, and a test plays it to see that the
function really acts there. `jalon rules` writes docs/regles.md from here and from the territory's files.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    function: str
    scenario: str
    article: str


RULES: tuple[Entry, ...] = (
    Entry(
        "next_appointment",
        "En objectif emploi, le rendez-vous suivant se fixe dix à quinze jours après le dernier échange",
        "C. trav. L.5411-6 ; rythme : choix du Département",
    ),
    Entry(
        "follow_up_contacts",
        "Un appel se prépare trois semaines avant l'étape des trois mois",
        "CASF R.262-40 ; Doubs, suivi de six mois",
    ),
    Entry(
        "convocations",
        "Un rendez-vous prévu que personne n'a annoncé est annoncé, une seule fois",
        "CRPA L.122-1 ; délai de prévenance : choix du Département",
    ),
    Entry("reminders", "Avant la pause, et après elle, les rappels partent", "Choix du Département"),
    Entry(
        "check_ins",
        "À un mois, un message court demande si tout va bien",
        "CASF R.262-40 ; Doubs, suivi de six mois",
    ),
    Entry(
        "outcome_missing",
        "Un contact dont on ignore la suite n'est pas un contact manqué",
        "CASF L.262-37 (motif légitime)",
    ),
    Entry(
        "absence_reason",
        "Après une absence, la personne reçoit un message neutre qui demande si elle a eu un empêchement",
        "CASF L.262-37 (motif légitime)",
    ),
    Entry(
        "absence_to_qualify",
        "Sept jours après le message resté sans réponse, le référent qualifie l'absence",
        "CASF L.262-37 (motif légitime) ; Défenseur des droits, RA-2023-032",
    ),
    Entry(
        "replies_to_read",
        "Une réponse, même ancienne d'un message, rompt le silence",
        "CRPA L.121-1, L.122-1",
    ),
    Entry(
        "signs_during_review",
        "La personne est venue depuis l'ouverture de la revue : le référent et le coordinateur le savent le jour même",
        "CASF L.262-37, R.262-68-1",
    ),
    Entry(
        "breaches_explained",
        "Un engagement non tenu que la personne a expliqué est à qualifier de nouveau, et ne compte pas",
        "CASF L.262-37 ; CRPA L.121-1",
    ),
    Entry(
        "explained_during_review",
        "Un fait expliqué après l'invitation : le référent et le coordinateur savent ce qui tient encore",
        "CASF L.262-37 ; CRPA L.121-1",
    ),
    Entry(
        "coach_told",
        "Un contact manqué se dit d'abord au coach, et la personne reçoit un message neutre",
        "Doubs, suivi de six mois",
    ),
    Entry(
        "prescribed_actions",
        "Une action dont l'échéance est passée fait d'abord demander si elle est faite",
        "C. trav. L.5411-6 ; CASF L.262-37",
    ),
    Entry(
        "legal_clocks",
        "À la moitié du mois donné pour signer le contrat, le coordinateur le sait",
        "C. trav. D.5411-14-1",
    ),
    Entry(
        "contract_in_time",
        "Le contrat se signe dans le mois de la notification de l'orientation ; passé ce mois, le service est en "
        "retard",
        "C. trav. D.5411-14-1",
    ),
    Entry(
        "track_change",
        "La personne a repris un emploi : le passage au suivi est proposé",
        "CASF L.262-30 ; Doubs, suivi de six mois",
    ),
    Entry(
        "follow_up_risk",
        "Trois messages sans aucun signe, et dix jours passés : des personnes regardent",
        "Doubs, suivi de six mois ; aucune mesure possible",
    ),
    Entry(
        "escalation",
        "Deux absences prouvées et une invitation expirée : un projet de revue est remis au référent, et rien n'est "
        "décidé",
        "CASF L.262-37 ; CRPA L.123-1",
    ),
)

CONDITIONS: tuple[Entry, ...] = (
    Entry(
        "contract_in_force",
        "Sans contrat en vigueur le jour d'une absence, pas de revue",
        "CE 4 décembre 2019, n° 418975",
    ),
    Entry("under_duties", "Hors droits et devoirs, aucune suite", "CASF L.262-28"),
    Entry(
        "summons_proved",
        "Une convocation en erreur n'est jamais un manquement : elle bloque",
        "CASF L.262-37 ; CRPA L.122-1",
    ),
    Entry(
        "qualified",
        "Une réponse à l'invitation arrête tout jusqu'à ce que le référent l'ait lue",
        "CASF L.262-37 (motif légitime)",
    ),
    Entry(
        "not_seen_since",
        "Tant qu'on ignore ce qui s'est passé à un rendez-vous depuis, la personne y est peut-être venue",
        "CASF R.262-68-1",
    ),
    Entry(
        "threshold_reached",
        "Une absence recevable ne compte pas : il n'en reste qu'une",
        "CASF R.262-68-5 ; choix local",
    ),
    Entry(
        "invited",
        "Sans invitation à régulariser, pas de revue : l'échelle commence",
        "CRPA L.123-1 ; CASF L.262-37",
    ),
    Entry("no_open_review", "Une revue ouverte n'est pas ouverte deux fois", "CRPA L.121-1"),
    Entry(
        "service_in_time",
        "Tout est prouvé, mais le service n'a rien proposé depuis quinze jours : pas de revue",
        "CASF L.262-37 ; C. trav. D.5411-14-1",
    ),
    Entry(
        "nothing_suspends",
        "En pause jusqu'à nouvel ordre : rien ne part, rien n'avance",
        "C. trav. L.5411-6 ; délibération du Département",
    ),
    Entry(
        "our_circuit",
        "Le référent est de France Travail : une carte d'information, jamais une revue",
        "CASF L.262-37 IV",
    ),
)

# What each number of a track decides, in words that a citizen reads. `section.key` → sentence.
SAYS: dict[str, str] = {
    "rhythm.every_days": "Un rendez-vous au plus tôt, à peu près, et au plus tard après le précédent",
    "rhythm.before_contract": "Le même rythme, plus serré, tant que le premier contrat n'est pas signé",
    "rhythm.first_within_days": "Le premier rendez-vous, au plus tard après l'entrée",
    "rhythm.window_days": "Quand le rythme est déjà dépassé, la largeur de la fenêtre où chercher un créneau",
    "rhythm.notice_days": "La convocation part au moins tant de jours avant, par SMS, courriel, lettre",
    "reminders.days_before": "Les rappels avant un rendez-vous, en jours",
    "reminders.booked_ahead_days": "Le premier rappel, seulement si le rendez-vous est connu depuis tant de jours",
    "reminders.not_before": "Aucun message avant cette heure",
    "reminders.not_after": "Aucun message après cette heure",
    "outcomes.ask_referent_after_working_days": "Jours ouvrés avant de demander au référent ce qui s'est passé",
    "outcomes.ask_coordinator_after_working_days": "Jours ouvrés avant que le coordinateur voie une question restée là",
    "outcomes.absences_within_months": "Mois au-delà desquels une absence n'est plus évoquée",
    "ladder.ask_reason": "Demander à la personne si elle a eu un empêchement, puis lui laisser tant de jours",
    "ladder.ask_referent_to_qualify": "Demander au référent de qualifier l'absence, puis lui laisser ces jours ouvrés",
    "ladder.call": "Appeler la personne avant toute lettre, et attendre tant de jours ouvrés",
    "ladder.visit": "Aller voir la personne, et attendre tant de jours ouvrés",
    "ladder.invite_to_regularise": "Inviter à régulariser par une lettre, et laisser tant de jours",
    "ladder.tell_coach": "Le coach est prévenu le premier, et a tant de jours ouvrés",
    "review.absences": "Absences ou manquements, à des jours différents, avant toute revue",
    "review.within_months": "Mois dans lesquels ils comptent",
    "review.reset_on_seen": "Une venue efface les absences qui la précèdent",
    "review.qualifications": "Ce qu'une personne nommée doit avoir dit d'une absence pour qu'elle compte",
    "review.referent_works_it_within_days": "Jours laissés au référent pour relire le projet de revue",
    "review.letter_posted_days": "Une lettre sans accusé ne compte que postée tant de jours avant",
    "contract.kinds": "Contrats qui peuvent fonder une revue",
    "contract.sign_within_months": "Mois laissés au service pour signer le contrat, dès l'orientation notifiée",
    "contract.renew_before_days": "Le renouvellement est demandé au référent tant de jours avant la fin",
    "contract.interviews_before_signing": "Entretiens tenus avant de signer un premier contrat",
    "follow_up.months": "Mois de suivi après la reprise",
    "follow_up.milestones": "Étapes du suivi, depuis la reprise",
    "follow_up.around_days": "L'appel est placé à tant de jours près de l'étape",
    "follow_up.plan_ahead_days": "L'appel se fixe au plus tôt tant de jours avant l'étape",
    "follow_up.call_notice_days": "L'appel est annoncé au moins tant de jours avant",
    "follow_up.check_in_useful_days": "Le message de suivi n'est plus utile après tant de jours",
    "follow_up.risk_after_missed": "Contacts manqués de suite avant que des personnes regardent",
    "follow_up.risk_after_silent_check_ins": "Messages restés sans signe avant que des personnes regardent",
    "follow_up.look_within_working_days": "Jours ouvrés laissés pour regarder",
}
