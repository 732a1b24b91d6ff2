"""What each step of a review asks for: its fields, how they are read and what they become."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from desk.web.forms import Form
from tracks.procedure import ProcedureVersion
from tracks.review import Step
from tracks.vocabulary import Measure

WORDS = 2000  # characters of a note or of reasons
MEASURE: Mapping[str, str] = {
    Measure.WARNING: "avertissement",
    Measure.SUSPENSION: "suspension",
    Measure.SUPPRESSION: "suppression",
}
FORMS: Mapping[Step, str] = {
    Step.SUBMIT: "Soumettre le projet",
    Step.EXAMINE: "Prendre à l’examen",
    Step.NOTIFY: "Noter que l’avis de procédure est parti",
    Step.RECEIPT: "Noter la réception prouvée de l’avis",
    Step.WROTE: "Observations écrites reçues",
    Step.ANSWERED: "Observations lues et prises en compte",
    Step.ASKED_HEARING: "La personne demande à être entendue",
    Step.HEARD: "La personne a été entendue",
    Step.ASKED_FILE: "La personne demande son dossier",
    Step.FILE_GIVEN: "Dossier remis à la personne",
    Step.ASSISTED: "La personne est assistée",
    Step.COMPLIED: "La personne se met en règle",
    Step.READ_SIGNS: "Venues et démarches prises en compte",
    Step.CRITERIA: "Critères de la loi examinés",
    Step.PANEL: "Inscrire à une séance",
    Step.TOLD: "Personne prévenue de la séance",
    Step.OPINION: "Noter l’avis de l’équipe",
    Step.RECALL: "Retirer l’affaire à l’équipe",
    Step.NOTIFIED: "Noter la notification de la décision",
    Step.APPEAL: "Noter un recours",
    Step.APPEAL_ANSWERED: "Noter la réponse au recours",
    Step.CLOSE: "Clore la revue",
    Step.WITHDRAW: "Abandonner la procédure ou retirer la décision",
}
LABELS: Mapping[Step, str] = FORMS
FIELDS: Mapping[Step, tuple[str, ...]] = {
    Step.SUBMIT: ("note",),
    Step.NOTIFY: ("mesure", "jour", "jours", "radiation", "representant"),
    Step.RECEIPT: ("jour", "preuve_vue"),
    Step.WROTE: ("jour", "note"),
    Step.ANSWERED: ("jour", "note"),
    Step.ASKED_HEARING: ("jour", "note"),
    Step.HEARD: ("jour", "note"),
    Step.ASKED_FILE: ("jour", "note"),
    Step.FILE_GIVEN: ("jour", "note"),
    Step.ASSISTED: ("jour", "qui"),
    Step.COMPLIED: ("jour", "quoi"),
    Step.READ_SIGNS: ("note",),
    Step.CRITERIA: ("examines",),
    Step.PANEL: ("seance",),
    Step.TOLD: ("jour", "preuve_vue"),
    Step.OPINION: ("avis", "motifs", "jour"),
    Step.NOTIFIED: ("jour", "preuve_vue"),
    Step.APPEAL: ("recours", "jour", "note"),
    Step.APPEAL_ANSWERED: ("reponse", "jour", "note"),
    Step.WITHDRAW: ("motifs",),
}
OPINIONS = {"favorable": "favorable", "défavorable": "défavorable", "autre": "autre"}
APPEALS = {"rapo": "recours préalable", "gracieux": "recours gracieux", "contentieux": "recours contentieux"}
ANSWERED = {"maintenue": "décision maintenue", "modifiée": "décision modifiée", "retirée": "décision retirée"}
# The field of the page → its key in the step, for what is written as it is read.
TEXTS: Mapping[str, tuple[str, bool, str]] = {
    "note": ("note", False, ""),
    "motifs": ("note", True, "Des motifs sont attendus : la personne les lit."),
    "preuve_vue": ("proof", True, "Dites la preuve : accusé de réception, remise contre signature…"),
    "qui": ("who", True, "Dites qui l’assiste."),
    "quoi": ("note", True, "Dites ce que la personne a fait."),
}
CHOICES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "avis": ("opinion", OPINIONS),
    "recours": ("kind", APPEALS),
    "reponse": ("answer", ANSWERED),
}


def choices_of(version: ProcedureVersion) -> dict[str, Mapping[str, str]]:
    """What the lists of the forms hold; `examines` are the criteria of the law, by their rank."""
    criteria = {str(rank): text for rank, text in enumerate(version.criteria, 1)}
    return {name: among for name, (_, among) in CHOICES.items()} | {"mesure": MEASURE, "examines": criteria}


def details_of(form: Form, step: Step, version: ProcedureVersion) -> dict[str, Any]:
    """What the step holds, as the command line would write it; each mistake is said beside its field."""
    found: dict[str, Any] = {}
    for field in FIELDS.get(step, ()):
        if field in TEXTS:
            key, required, missing = TEXTS[field]
            said = form.text(field, WORDS)
            if said:
                found[key] = said
            elif required and field not in form.mistakes:
                form.mistakes[field] = missing
        elif field in CHOICES:
            key, among = CHOICES[field]
            found[key] = form.choice(field, among, missing="Choisissez dans la liste.")
    if step is Step.CRITERIA:
        ticked = form.several("examines", choices_of(version)["examines"])
        found["examined"] = [int(rank) for rank in ticked]
        if not ticked:
            form.mistakes["examines"] = "Cochez les critères examinés."
    if step is Step.NOTIFY:
        served = "representative" if form.several("representant", {"oui": 1}) else "person"
        radiation = bool(form.several("radiation", {"oui": 1}))
        found |= {"days": days_of(form), "radiation": radiation, "served_on": served}
    return found


def days_of(form: Form) -> int:
    given = form.text("jours", 3)
    if given and not (given.isdecimal() and int(given) <= 365):
        form.mistakes["jours"] = "Un nombre de jours est attendu, 365 au plus."
        return 0
    return int(given or 0)


def day_of(form: Form, step: Step) -> date | None:
    """The day of the fact; None for today."""
    given = form.text("jour", 10) if "jour" in FIELDS.get(step, ()) else ""
    try:
        return date.fromisoformat(given) if given else None
    except ValueError:
        form.mistakes["jour"] = "Un jour est attendu, par exemple 2026-12-08."
        return None
