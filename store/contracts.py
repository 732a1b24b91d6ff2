"""A contract while it is written: drafted, filled by both parties, offered, put away. Nothing here binds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.engine import RowMapping

from store.acts import Act, found, record
from store.in_force import commitments_of, contract_on, next_number, open_text, text_of
from store.schema import cases, commitments, contract_texts, contracts, reciprocity_offers
from tracks.errors import JalonError
from tracks.french import full_date
from tracks.vocabulary import Clause, ContractKind, HoursBasis, Party, TextStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What one party takes on; `clause` is the duty that it writes, for the person alone."""

    party: Party
    what: str
    clause: Clause | None = None
    due_on: date | None = None

    def __post_init__(self) -> None:
        if not self.what.strip() or len(self.what) > 240:
            raise JalonError("Un engagement se dit en une phrase, de 240 caractères au plus.")
        if self.clause and self.party is Party.SERVICE:
            raise JalonError("Un devoir du contrat est celui de la personne : --clause ne va pas avec le service.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """`statement`: what the person says of their constraints, in their own words."""

    kind: ContractKind
    starts_on: date
    ends_on: date
    weekly_hours: int | None = None
    basis: HoursBasis = HoursBasis.FULL
    statement: str | None = None

    def __post_init__(self) -> None:
        if self.ends_on < self.starts_on:
            raise JalonError("Le contrat finit avant de commencer : --to doit suivre --from.")
        if self.basis is HoursBasis.EXEMPT and self.weekly_hours is not None:
            raise JalonError("Une personne dispensée n'a pas d'heures : --exempt va sans --hours.")


def draft(connection: Connection, act: Act, *, case: int, text: Draft, usual: Sequence[Promise] = ()) -> int:
    """A new text, with the usual commitments, to be discussed. Its id.

    JalonError: closed case, a text already open, or a version of this kind that begins the same day.
    """
    row = found(connection, act, table=cases, id=case, what=f"Dossier c{case}")
    if row["left_on"] is not None:
        raise JalonError(f"Dossier c{case} : clos le {full_date(row['left_on'])}. Aucun contrat ne s'y écrit plus.")
    _refuse_second_text(connection, act, case)
    refuse_same_day(connection, act, person=row["person_id"], kind=text.kind, starts_on=text.starts_on)
    id_ = _insert(connection, act, case, text, amends=None)
    _fill(connection, act, id_, usual)
    record(connection, act, kind="contract_draft", subject=f"c{case} t{id_} {text.kind} {text.starts_on.isoformat()}")
    return id_


def amend(connection: Connection, act: Act, *, case: int, starts_on: date) -> int:
    """An amendment to the version in force: the same text, open to change; what was in force before stays as it was.

    JalonError: no version in force, or one that begins on or after that day.
    """
    row = found(connection, act, table=cases, id=case, what=f"Dossier c{case}")
    _refuse_second_text(connection, act, case)
    version = contract_on(connection, territory=act.territory, case=case, day=starts_on)
    if version is None:
        raise JalonError(
            f"Aucun contrat en vigueur le {full_date(starts_on)} : un avenant n'a rien à modifier. "
            "Écrivez un contrat : jalon contract draft."
        )
    refuse_same_day(connection, act, person=row["person_id"], kind=version["kind"], starts_on=starts_on)
    signed = text_of(connection, territory=act.territory, contract=version["id"])
    text = Draft(
        kind=ContractKind(version["kind"]),
        starts_on=starts_on,
        ends_on=version["ends_on"] or starts_on,
        weekly_hours=version["weekly_hours"],
        basis=HoursBasis(signed["hours_basis"]) if signed else HoursBasis.FULL,
        statement=signed["statement"] if signed else None,
    )
    id_ = _insert(connection, act, case, text, amends=version["id"])
    if signed:
        _copy(connection, act, source=signed["id"], to=id_)
    else:  # what an export brought: its duties, in the usual words
        kept = [Clause(word) for word in version["clauses"].split()]
        _fill(connection, act, id_, [Promise(party=Party.PERSON, what=DUTIES[c], clause=c) for c in kept])
    record(connection, act, kind="contract_amend", subject=f"c{case} t{id_} k{version['id']} {starts_on.isoformat()}")
    return id_


DUTIES: dict[Clause, str] = {
    Clause.INDIVIDUAL: "Honorer les rendez-vous individuels",
    Clause.COLLECTIVE: "Honorer les rendez-vous collectifs",
    Clause.ACTIONS: "Mettre en œuvre les actions prescrites durant l'accompagnement",
    Clause.CONTACT_DETAILS: "Communiquer au référent les changements de coordonnées",
}


def rewrite(connection: Connection, act: Act, *, case: int, **news: object) -> int:
    """Change what a draft says of itself: `statement`, `ends_on`, `weekly_hours`, `hours_basis`. The text's id."""
    text = draft_of(connection, act, case)
    ends_on = news.get("ends_on", text["ends_on"])
    if isinstance(ends_on, date) and ends_on < text["starts_on"]:
        raise JalonError("Le contrat finit avant de commencer : --to doit suivre son premier jour.")
    connection.execute(update(contract_texts).where(contract_texts.c.id == text["id"]).values(news))
    record(connection, act, kind="contract_text", subject=f"t{text['id']} {' '.join(sorted(news))}")
    return int(text["id"])


def take_on(connection: Connection, act: Act, *, case: int, promise: Promise) -> int:
    """Write a commitment into the draft; its id. JalonError: no draft, or a text that both are signing."""
    text = draft_of(connection, act, case)
    (id_,) = _fill(connection, act, text["id"], [promise])
    duty = f" {promise.clause}" if promise.clause else ""
    record(connection, act, kind="contract_commitment", subject=f"t{text['id']} e{id_} {promise.party}{duty}")
    return id_


def drop(connection: Connection, act: Act, *, commitment: int) -> None:
    """Take a commitment out of a draft. JalonError: it is in a text that is proposed or signed."""
    row = found(connection, act, table=commitments, id=commitment, what=f"Engagement e{commitment}")
    text = found(connection, act, table=contract_texts, id=row["text_id"], what="Texte")
    if text["status"] != TextStatus.DRAFT:
        raise JalonError(
            f"L'engagement e{commitment} est dans un texte déjà proposé : il ne se retire que d'un projet."
        )
    connection.execute(delete(commitments).where(commitments.c.id == commitment))
    record(connection, act, kind="contract_commitment", subject=f"t{text['id']} e{commitment} dropped")


def offer(connection: Connection, act: Act, *, case: int, accepted: bool | None) -> None:
    """The reciprocity activity was offered with this text; the answer may come later, a refusal has no reason (R13)."""
    text = text_to_write(connection, act, case)
    o = reciprocity_offers.c
    known = connection.execute(
        update(reciprocity_offers)
        .where(o.territory == act.territory, o.text_id == text["id"])
        .values(accepted=accepted)
    )
    if not known.rowcount:
        connection.execute(
            insert(reciprocity_offers).values(
                territory=act.territory,
                text_id=text["id"],
                offered_on=act.on,
                offered_by=act.by,
                accepted=accepted,
            )
        )
    record(connection, act, kind="reciprocity_offered", subject=f"c{case} t{text['id']}")


def offer_of(connection: Connection, *, territory: str, text: int) -> RowMapping | None:
    o = reciprocity_offers.c
    return (
        connection.execute(select(reciprocity_offers).where(o.territory == territory, o.text_id == text))
        .mappings()
        .first()
    )


def text_to_write(connection: Connection, act: Act, case: int) -> RowMapping:
    """The open text of the case. JalonError when there is none."""
    found(connection, act, table=cases, id=case, what=f"Dossier c{case}")
    text = open_text(connection, territory=act.territory, case=case)
    if text is None:
        raise JalonError(f"Dossier c{case} : aucun texte en cours. Écrivez-le : jalon contract draft, ou amend.")
    return text


def draft_of(connection: Connection, act: Act, case: int) -> RowMapping:
    """The open text, while it may still change. JalonError when it is already proposed to the person."""
    text = text_to_write(connection, act, case)
    if text["status"] != TextStatus.DRAFT:
        raise JalonError(
            "Le texte est déjà proposé à la personne : il ne change plus. Pour le reprendre, retirez-le "
            "(jalon contract withdraw) et écrivez-en un autre."
        )
    return text


def refuse_same_day(connection: Connection, act: Act, *, person: int, kind: str, starts_on: date) -> None:
    """One version of a kind a day: what was in force on a day has one answer."""
    c = contracts.c
    same = select(c.id).where(
        c.territory == act.territory, c.person_id == person, c.kind == kind, c.starts_on == starts_on
    )
    if connection.scalar(same) is not None:
        raise JalonError(
            f"Une version de ce contrat commence déjà le {full_date(starts_on)}. Choisissez un jour qui la suit."
        )


def _refuse_second_text(connection: Connection, act: Act, case: int) -> None:
    text = open_text(connection, territory=act.territory, case=case)
    if text is not None:
        raise JalonError(
            f"Dossier c{case} : un texte est déjà en cours (t{text['id']}). Signez-le, ou retirez-le : "
            "jalon contract withdraw."
        )


def _insert(connection: Connection, act: Act, case: int, text: Draft, *, amends: int | None) -> int:
    return int(
        connection.execute(
            insert(contract_texts)
            .values(
                territory=act.territory,
                case_id=case,
                number=next_number(connection, territory=act.territory, case=case),
                kind=text.kind,
                status=TextStatus.DRAFT,
                amends_id=amends,
                starts_on=text.starts_on,
                ends_on=text.ends_on,
                statement=text.statement,
                weekly_hours=text.weekly_hours,
                hours_basis=text.basis,
                drafted_on=act.on,
                drafted_by=act.by,
            )
            .returning(contract_texts.c.id)
        ).scalar_one()
    )


def _fill(connection: Connection, act: Act, text: int, promises: Sequence[Promise]) -> list[int]:
    if not promises:
        return []
    known = commitments_of(connection, territory=act.territory, text=text)
    first = max((row["rank"] for row in known), default=0) + 1
    rows = [
        {
            "territory": act.territory,
            "text_id": text,
            "rank": first + n,
            "party": promise.party,
            "clause": promise.clause,
            "what": promise.what.strip(),
            "due_on": promise.due_on,
        }
        for n, promise in enumerate(promises)
    ]
    written = insert(commitments).returning(commitments.c.id, sort_by_parameter_order=True)
    return list(connection.scalars(written, rows))


def _copy(connection: Connection, act: Act, *, source: int, to: int) -> None:
    """The commitments of the version, with what was already done of them."""
    kept = ("territory", "rank", "party", "clause", "what", "due_on", "done_on", "seen_by", "proof_seen")
    rows = [
        {name: row[name] for name in kept} | {"text_id": to}
        for row in commitments_of(connection, territory=act.territory, text=source)
    ]
    if rows:
        connection.execute(insert(commitments), rows)
