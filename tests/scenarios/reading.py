"""The language of the scenarios: what a coordinator writes in French, checked key by key and word by word."""

from collections.abc import Mapping
from datetime import date, time
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, model_validator

from config.columns import Proof
from config.reading import read_toml
from tests.scenarios import wording as w
from tracks.legal import Strict
from tracks.vocabulary import (
    AppointmentKind,
    AppointmentStatus,
    Channel,
    Circuit,
    Clause,
    ContractKind,
    Precondition,
    Qualification,
    ReviewKind,
    SignalKind,
    SignalSource,
    Template,
)

AChannel = Annotated[Channel, w.one_of(lambda: w.exported().channel)]
AQualification = Annotated[Qualification, w.one_of(lambda: w.exported().qualification)]
AClause = Annotated[Clause, w.one_of(lambda: w.exported().clause)]
AQuestion = Annotated[str, w.one_of(lambda: {word: word for word in w.QUESTIONS})]
AMessage = Annotated[Template, w.one_of(lambda: w.MESSAGES)]


ADate = Annotated[date | None, BeforeValidator(lambda word: None if word == "inconnue" else word)]


class Dossier(Strict):
    entree: date = date(2026, 1, 27)
    notification: ADate = date(2026, 1, 22)
    droits_et_devoirs: bool = True
    referent_de: Annotated[Circuit, w.one_of(w.circuits)] = Circuit.DEPARTEMENT
    joignable_par: tuple[AChannel, ...] = (Channel.SMS, Channel.EMAIL, Channel.LETTER)
    refuse: tuple[AChannel, ...] = ()
    reprise: ADate = None
    revue_decidee: date | None = None


class RendezVous(Strict):
    """`connu`: the day Jalon learned of it, by default that very night, as after an import."""

    le: date
    statut: Annotated[AppointmentStatus, w.one_of(w.statuses)]
    heure: time = time(10)
    nature: Annotated[AppointmentKind, w.one_of(lambda: w.exported().nature)] = AppointmentKind.INDIVIDUAL
    qualification: AQualification | None = None
    convocation: date | None = None
    preuve: Annotated[Proof, w.one_of(lambda: w.exported().notice)] | None = None
    connu: date | None = None
    tient: bool = True


class Contrat(Strict):
    signe: date
    debut: date | None = None
    fin: date | None = None
    type: Annotated[ContractKind, w.one_of(lambda: w.exported().contract)] = ContractKind.ENGAGEMENT
    engagements: tuple[AClause, ...] = tuple(Clause)


class Action(Strict):
    prescrite: date
    echeance: date
    realisee: date | None = None


class Manquement(Strict):
    le: date
    engagement: AClause
    qualification: AQualification | None = None
    explique: date | None = None


class Courrier(Strict):
    """An invitation to regularise."""

    envoye: date
    recu: date | None = None
    delai: int = 15


class Periode(Strict):
    du: date
    au: date | None = None


class Signalement(Strict):
    le: date
    de: Annotated[SignalSource, w.one_of(lambda: w.SOURCES)]
    genre: Annotated[SignalKind, w.one_of(lambda: w.SIGNALS)]


class Revue(Strict):
    genre: Annotated[ReviewKind, w.one_of(lambda: w.REVIEWS)]
    depuis: date
    explique: date | None = None  # un fait du dossier ne tient plus, depuis ce jour
    tiennent: tuple[date, ...] = ()  # les jours de ceux qui tiennent encore


class Envoye(Strict):
    """`rendez_vous`: the day of the appointment; `etape`: as in the track's file; `seuil`: the day it was reached."""

    message: AMessage
    le: date
    rendez_vous: date | None = None
    jours: int | None = None
    etape: str | None = None
    seuil: date | None = None


class Demande(Strict):
    """`au_sujet`: the day that the question is about: of the appointment, the threshold, the due day, the answer…"""

    question: AQuestion
    le: date
    au_sujet: date
    repondu: bool = False


class Donnees(Strict):
    """What is known on that night. `moratoire`: the county's own switch is off. `territoire`: whose tracks."""

    territoire: str = "doubs"
    parcours: str = "objectif_emploi"
    dossier: Dossier = Dossier()
    rendez_vous: tuple[RendezVous, ...] = ()
    contrat: tuple[Contrat, ...] = ()
    action: tuple[Action, ...] = ()
    manquement: tuple[Manquement, ...] = ()
    courrier: tuple[Courrier, ...] = ()
    pause: tuple[Periode, ...] = ()
    signalement: tuple[Signalement, ...] = ()
    revue_ouverte: tuple[Revue, ...] = ()
    deja_envoye: tuple[Envoye, ...] = ()
    deja_demande: tuple[Demande, ...] = ()
    verification_ouverte: tuple[Annotated[Precondition, w.one_of(lambda: w.PRECONDITIONS)], ...] = ()
    moratoire: bool = False


class Attendu(Strict):
    """One thing that the night must do (exactly one key of KINDS), with what is said of it."""

    rendez_vous: str | None = None
    rappel: int | None = None
    message: str | None = None
    question: str | None = None
    question_close: str | None = None
    verification: str | None = None
    verification_close: str | None = None
    revue: str | None = None
    constat: str | None = None
    cloture: str | None = None
    rien: str | None = None
    pourquoi: str | None = None
    reference: str | None = None
    pour: date | None = None
    du: date | None = None
    au: date | None = None
    vise: date | None = None
    minutes: int | None = None
    par_telephone: bool | None = None
    numero: int | None = None
    canal: str | None = None
    trop_tard: bool | None = None
    jusqu_au: date | None = None
    delai: int | None = None
    coordinateur_des: date | None = None
    echeance: date | None = None
    pieces: int | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        said = [kind for kind in KINDS if getattr(self, kind) is not None]
        if len(said) != 1:
            raise ValueError(f"il faut une chose et une seule parmi {', '.join(KINDS)}")
        check_word(said[0], getattr(self, said[0]))
        return self


WORDS: Mapping[str, Mapping[str, object]] = {
    "message": w.MESSAGES,
    "question": w.QUESTIONS,
    "question_close": w.QUESTIONS,
    "verification": w.PRECONDITIONS,
    "verification_close": w.PRECONDITIONS,
    "revue": w.REVIEWS,
    "constat": w.CAUSES,
    "rien": w.REASONS,
}
KINDS = ("rendez_vous", "rappel", "cloture", *WORDS)


def check_word(kind: str, word: object) -> None:
    """ValueError when no such thing could ever be said, so that « jamais » cannot hold by a slip of the pen."""
    if kind not in KINDS:
        raise ValueError(f"« {kind} » est inconnu ; attendu : {', '.join(KINDS)}")
    if kind in WORDS and word not in WORDS[kind]:
        raise ValueError(f"{kind} : « {word} » est inconnu ; attendu : {', '.join(WORDS[kind])}")


class Scenario(Donnees):
    """`jamais`: « revue », or « message : demande du motif ». `rien_d_autre`: nothing but what `alors` says."""

    titre: str
    article: str
    jour: date
    alors: tuple[Attendu, ...] = ()
    jamais: tuple[str, ...] = ()
    rien_d_autre: bool = False

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.alors or self.jamais or self.rien_d_autre):
            raise ValueError("rien n'est attendu : écrivez alors, jamais ou rien_d_autre")
        for said in self.jamais:
            kind, _, word = said.partition(" : ")
            check_word(kind, word or next(iter(WORDS.get(kind, [""]))))
        return self


class Valeur(Strict):
    """A number of the law, as the règlement says it, in a département (`ou`). `aucune_le`: a day before it held."""

    titre: str
    article: str
    cle: str
    au: date
    vaut: int
    unite: str
    aucune_le: date
    ou: str = "25"


class Reglage(Strict):
    """What a sentence of the source became in the files of the territory: `cle` of `fichier` is `vaut`."""

    titre: str
    article: str
    fichier: str
    cle: str
    vaut: Any


class Fichier(Strict):
    """`toujours`: what every scenario of the file starts from; a key that a scenario writes replaces that one."""

    theme: str
    toujours: Donnees = Donnees()
    scenario: tuple[Scenario, ...] = ()
    valeur: tuple[Valeur, ...] = ()
    reglage: tuple[Reglage, ...] = ()


def read_file(path: Path) -> Fichier:
    """The scenarios of a file, each completed by what the file always gives. Mistakes: file and key."""
    file = read_toml(path, Fichier)
    whole = tuple(completed(scenario, file.toujours) for scenario in file.scenario)
    return file.model_copy(update={"scenario": whole})


def completed(scenario: Scenario, always: Donnees) -> Scenario:
    given = {name: getattr(always, name) for name in always.model_fields_set - scenario.model_fields_set}
    if "dossier" in scenario.model_fields_set:
        said = {name: getattr(scenario.dossier, name) for name in scenario.dossier.model_fields_set}
        given["dossier"] = always.dossier.model_copy(update=said)
    return scenario.model_copy(update=given)
