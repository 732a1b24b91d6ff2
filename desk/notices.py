"""`jalon review notice`: the three letters of a procedure, as accessible PDF, from the county's own texts."""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from desk import dossier_why, words
from desk.dossier_pieces import CLAUSE, CONTRACT, MEASURE
from desk.review_steps import rules_of
from tasks.wording import phone
from tracks import french
from tracks.errors import JalonError
from tracks.review import ADVERSE, Step
from tracks.vocabulary import Measure, NoticeKind, ReviewKind

if TYPE_CHECKING:
    from sqlalchemy.engine import RowMapping

    from desk.opening import Desk
    from store.dossier import File, Household
    from tracks.standing import Standing

SENDING: Mapping[NoticeKind, str] = {
    NoticeKind.REGULARISE: "Envoi : lettre recommandée avec accusé de réception",
    NoticeKind.PROCEDURE: "Envoi : par tout moyen donnant date certaine à la réception",
    NoticeKind.DECISION: "Envoi : lettre recommandée avec accusé de réception",
}
TO_SIGN = "PROJET, sans valeur tant qu'il n'est pas signé par la personne nommée au bas de cette lettre."


def composed(
    desk: "Desk", review_id: int, kind: NoticeKind, *, measure: Measure | None = None, radiation: bool = False
) -> bytes:
    """The letter as PDF. JalonError: not a compliance review, no measure to announce, no decision to notify."""
    from store import dossier as rows
    from store.procedure import read_standing, representative_on
    from tasks.printing import printed

    with desk.reading() as connection:
        file = rows.read_file(connection, territory=desk.slug, review=review_id)
        household = rows.read_household(connection, file)
        at = read_standing(connection, desk.act("-"), review=file.review, rules=rules_of(desk.territory, file.review))
        served = representative_on(connection, person=file.head["person_id"], on=desk.today)
    if file.review["kind"] != ReviewKind.COMPLIANCE:
        raise JalonError(f"La revue r{review_id} n'est pas une procédure de manquement : elle n'a pas de lettre.")
    letter = Letter(desk=desk, file=file, at=at, household=household, served=served, kind=kind)
    return printed("notice", letter.data(measure=measure, radiation=radiation), at=desk.now)


class Letter:
    """One letter to one person, its values worked out from the file."""

    def __init__(
        self,
        *,
        desk: "Desk",
        file: "File",
        at: "Standing",
        household: "Household",
        served: "RowMapping | None",
        kind: NoticeKind,
    ) -> None:
        self.desk, self.file, self.at, self.household, self.served = desk, file, at, household, served
        self.kind = kind
        self.head = file.head
        self.office = desk.territory.procedure.letterhead

    def data(self, *, measure: Measure | None, radiation: bool) -> dict[str, object]:
        desk, text = self.desk, self.desk.territory.notices[self.kind]
        return {
            "letterhead": {"sender": desk.territory.sender, "lines": list(self.office.lines)},
            "title": text.title,
            "draft": TO_SIGN if self.kind is NoticeKind.DECISION else "",
            "recipient": self.recipient(),
            "place_and_date": f"{self.office.town}, le {french.full_date(desk.today)}",
            "reference": f"r{self.file.review['id']}",
            "sending": SENDING[self.kind],
            "greeting": f"{self.head['civility'] or 'Madame, Monsieur'},",
            "sections": text.filled(self.values(measure=measure, radiation=radiation)),
            "signature": self.signature(),
        }

    def recipient(self) -> list[str]:
        """The legal representative of a protected person, who is named (C. trav. R.5412-7)."""
        head = self.head
        name = " ".join(word for word in (head["civility"], head["first_name"], head["last_name"]) if word)
        if self.served:
            return [self.served["name"], f"représentant légal ({self.served['kind']}) de", name, self.served["address"]]
        return [line for line in (name, head["address"], head["postcode_city"]) if line]

    def values(self, *, measure: Measure | None, radiation: bool) -> dict[str, str]:
        common = {
            "contrat": self.contract()[0],
            "engagements": self.contract()[1],
            "faits": "\n".join(f"– {piece['note']}" for piece in self.facts()),
            "interlocuteur": self.officer(),
            "telephone": phone(self.head["referent_phone"]) if self.head["referent_phone"] else self.office.phone,
            "adresse": self.office.reply,
            "courriel": str(self.office.email),
            "reference": f"r{self.file.review['id']}",
        }
        match self.kind:
            case NoticeKind.REGULARISE:
                return common | {"delai": str(self.invited_for())}
            case NoticeKind.PROCEDURE:
                return common | self.announced(measure, radiation=radiation)
            case NoticeKind.DECISION:
                return common | self.decided()

    def contract(self) -> tuple[str, str]:
        """The contract among the pieces, and its clauses, in words."""
        wanted = {piece["subject_id"] for piece in self.file.evidence if piece["kind"] == "contract"}
        row = next((row for row in reversed(self.file.of("contract")) if row["id"] in wanted), None)
        if row is None:
            raise JalonError(f"La revue r{self.file.review['id']} n'a pas de contrat parmi ses pièces.")
        name = words.said(dict(CONTRACT), row["kind"])
        clauses = french.listed(words.said(dict(CLAUSE), word) for word in row["clauses"].split())
        return f"{name[:1].lower()}{name[1:]} signé le {french.full_date(row['signed_on'])}", clauses

    def facts(self) -> "list[RowMapping]":
        return [piece for piece in self.file.evidence if piece["kind"] in ("appointment", "breach")]

    def officer(self) -> str:
        if not self.head["referent_first_name"]:
            return self.office.lines[0]
        return f"{self.head['referent_first_name']} {self.head['referent_last_name']}"

    def invited_for(self) -> int:
        from tracks.policy import Do

        version = self.desk.territory.tracks[self.file.review["track"]].at(self.desk.today)
        rung = version.rung(Do.INVITE_TO_REGULARISE)
        return max((rung.wait_days or 0) if rung else 0, self.at.floor_days)

    def announced(self, measure: Measure | None, *, radiation: bool) -> dict[str, str]:
        told = self.at.measure or measure
        if told is None:
            raise JalonError(
                "Quelle mesure l'avis annonce-t-il ? Ajoutez --measure warning, suspension ou suppression."
            )
        if measure is not None and measure is not told:
            raise JalonError(f"L'avis déjà noté annonce : {MEASURE[told]}. Un autre avis se note d'abord (notify).")
        radiates = bool(self.at.notice.details.get("radiation")) if self.at.notice else radiation
        bounds = [line for line in dossier_why.bounds(self.at, self.household) if line.startswith(_head_of(told))]
        cap = [line for line in dossier_why.bounds(self.at, self.household) if line.startswith("Foyer")]
        panel = (
            " L'équipe pluridisciplinaire donne son avis d'abord ; vous pouvez aussi lui présenter vos observations."
        )
        mandatory = told in self.at.procedure.panel.mandatory_for
        return {
            "mesure": {
                Measure.WARNING: "un avertissement",
                Measure.SUSPENSION: "une suspension de tout ou partie de votre allocation",
                Measure.SUPPRESSION: "une suppression de tout ou partie de votre allocation",
            }[told],
            "radiation": " Une radiation de la liste des demandeurs d'emploi serait aussi proposée."
            if radiates
            else "",
            "delai": str(self.at.observation_days),
            "bornes": "\n".join([*bounds, *(cap if bounds else [])]) or "Un avertissement ne retire rien.",
            "equipe": panel if mandatory else "",
        }

    def decided(self) -> dict[str, str]:
        row, at = self.file.review, self.at
        if row["outcome"] is None:
            raise JalonError(f"La revue r{row['id']} n'est pas décidée : il n'y a rien à notifier.")
        heard = [done for done in at.steps if done.step in (Step.WROTE, Step.HEARD)]
        said = french.listed(f"{HEARD[done.step]} le {french.full_date(done.on)}" for done in heard)
        none = (
            "Aucune observation ne nous est parvenue dans le délai qui vous était laissé ; "
            "cela n'a pas été retenu contre vous."
        )
        return {
            "issue": words.said(words.OUTCOME, row["outcome"]).removesuffix(", hors de Jalon"),
            "motifs": row["reasons"],
            "textes": row["legal_reference"],
            "observations": f"Nous avons tenu compte de vos observations ({said})." if heard else none,
            "recours_mois": in_letters(at.procedure.appeal_months),
            "reponse_mois": in_letters(at.procedure.appeal_answer_months),
        }

    def signature(self) -> list[str]:
        """First name, surname and capacity of who decides (CRPA L.212-1); the officer's otherwise."""
        row = self.file.review
        if self.kind is not NoticeKind.DECISION:
            return ["Pour le président du conseil départemental,", self.officer()]
        decider = self.desk.territory.procedure.decider_named(row["decided_by"], on=self.decided_on())
        if decider is None and row["outcome"] in ADVERSE:
            raise JalonError("Le décideur de cette revue n'a pas de délégation dans revue.toml ce jour-là.")
        if decider is None:
            return ["Pour le président du conseil départemental,", row["decided_by"]]
        return ["Pour le président du conseil départemental,", decider.name, decider.capacity, decider.delegation]

    def decided_on(self) -> date:
        return self.desk.territory.calendar.day_of(self.file.review["decided_at"])


HEARD: Mapping[Step, str] = {Step.WROTE: "écrites reçues", Step.HEARD: "entendues"}


def _head_of(measure: Measure) -> str:
    heads: Mapping[Measure, str] = {Measure.SUSPENSION: "Suspension", Measure.SUPPRESSION: "Suppression"}
    return heads.get(measure, "—")


def in_letters(count: int) -> str:
    return french.in_words(count).lower().replace("une", "un")
