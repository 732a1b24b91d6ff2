"""`jalon breach`: a duty of the contract not kept, what the person says of it, what the referent calls it."""

from typing import TYPE_CHECKING, Annotated

import typer

from desk import ids, words
from desk.options import By, CaseArgument, OnDay
from desk.terminal import say
from desk.usage import Commands
from tracks import french
from tracks.errors import JalonError
from tracks.vocabulary import Clause, Qualification, Refusal

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.engine import RowMapping

    from desk.opening import Desk

breach = Commands(help="Les devoirs du contrat non tenus : les noter, entendre la personne, qualifier, retirer.")

BreachArgument = Annotated[str, typer.Argument(metavar="MANQUEMENT", help="Numéro du manquement (b12).")]
Qualify = Annotated[Qualification | None, typer.Option("--qualify", help="Ce qu'en dit le référent, et lui seul.")]
DUTIES: dict[str, Clause | Refusal] = {word: word for word in (*Clause, *Refusal)}


def a_duty(text: str) -> Clause | Refusal:
    if text not in DUTIES:
        raise typer.BadParameter(f"« {text} » n'est pas admis. Attendu : {', '.join(DUTIES)}.")
    return DUTIES[text]


@breach.command("add")
def add(
    case: CaseArgument,
    duty: Annotated[
        Clause,
        typer.Argument(metavar="DEVOIR", parser=a_duty, help="actions, contact_details, contract_refused…"),
    ],
    on: OnDay,
    by: By,
    qualify: Qualify = None,
) -> None:
    """Note un devoir non tenu, autre qu'une absence ; il est rattaché au contrat en vigueur ce jour-là."""
    from desk.finding import case_id
    from desk.opening import open_desk
    from store import breaches

    with open_desk() as desk:
        with desk.writing() as connection:
            number = case_id(connection, desk, case)
            id_ = breaches.allege(connection, desk.act(by), case=number, duty=duty, day=on)
            if qualify:
                _refuse_other_than_referent(connection, desk, case=number, by=by)
                breaches.qualify(connection, desk.act(by), breach=id_, said=qualify)
        qualified = words.QUALIFIED[qualify] if qualify else "à qualifier par le référent"
        say(f"Noté : b{id_}, {words.DUTY[duty]}, le {french.full_date(on)}, {qualified} (par {by}).")


@breach.command("qualify")
def qualify(
    number: BreachArgument,
    said: Annotated[Qualification, typer.Argument(metavar="QUALIFICATION", help="Recevable, ou non.")],
    by: By,
) -> None:
    """Le référent, et lui seul, dit si le motif est recevable."""
    from desk.opening import open_desk
    from store import breaches

    with open_desk() as desk:
        id_ = ids.read("b", number)
        with desk.writing() as connection:
            row = breaches.standing(connection, desk.act(by), id_)
            _refuse_other_than_referent(connection, desk, case=row["case_id"], by=by)
            breaches.qualify(connection, desk.act(by), breach=id_, said=said)
        say(f"Noté : b{id_}, {words.QUALIFIED[said]} (par {by}).")


@breach.command("excuse")
def excuse(
    number: BreachArgument,
    reason: Annotated[str, typer.Option("--reason", metavar="MOTIF", help="Un motif de la liste, jamais un détail.")],
    on: OnDay,
    by: By,
    qualify: Qualify = None,
) -> None:
    """La personne s'est expliquée ce jour-là, avant ou après l'invitation : le référent requalifie."""
    from desk.opening import open_desk
    from store import breaches

    with open_desk() as desk:
        id_ = ids.read("b", number)
        with desk.writing() as connection:
            act = desk.act(by)
            row = breaches.excuse(connection, act, breach=id_, said=breaches.Excuse(reason=reason, on=on))
            if qualify:
                _refuse_other_than_referent(connection, desk, case=row["case_id"], by=by)
                breaches.qualify(connection, act, breach=id_, said=qualify)
        then = words.QUALIFIED[qualify] if qualify else "à qualifier de nouveau par le référent"
        say(f"Noté : b{id_}, la personne s'est expliquée le {french.full_date(on)}, {then} (par {by}).")


@breach.command("withdraw")
def withdraw(number: BreachArgument, by: By) -> None:
    """Retire ce qui a été noté à tort : la ligne reste, et ne compte plus."""
    from desk.opening import open_desk
    from store import breaches

    with open_desk() as desk:
        id_ = ids.read("b", number)
        with desk.writing() as connection:
            breaches.withdraw(connection, desk.act(by), breach=id_)
        say(f"Noté : b{id_} retiré (par {by}).")


@breach.command("list")
def listed(case: CaseArgument) -> None:
    """Tout ce qui a été noté pour ce dossier, retiré compris."""
    from desk.finding import case_id
    from desk.opening import open_desk
    from store import breaches

    with open_desk() as desk:
        with desk.reading() as connection:
            number = case_id(connection, desk, case)
            rows = breaches.listed(connection, territory=desk.slug, case=number)
        for row in rows:
            say(_line(row))
        say(f"{french.plural(len(rows), 'manquement noté', 'manquements notés')}.")


def _line(row: "RowMapping") -> str:
    parts = [
        f"{words.said(words.DUTY, row['clause'])}, le {french.full_date(row['happened_on'])}",
        f"contrat k{row['contract_id']}" if row["contract_id"] else "",
        f"texte proposé t{row['text_id']}" if row["text_id"] else "",
        f"la personne s'est expliquée le {french.full_date(row['excused_on'])}" if row["excused_on"] else "",
        words.QUALIFIED[row["qualification"]] + f" (par {row['qualified_by'] or row['said_by']})"
        if row["qualification"]
        else "à qualifier",
        f"retiré le {french.full_date(row['withdrawn_on'])}" if row["withdrawn_on"] else "",
    ]
    return f"b{row['id']}  {' ; '.join(part for part in parts if part)}"


def _refuse_other_than_referent(connection: "Connection", desk: "Desk", *, case: int, by: str) -> None:
    from config.procedure import same_name
    from store.breaches import referent_of

    referent = referent_of(connection, territory=desk.slug, case=case)
    if referent is None:
        raise JalonError(f"Dossier c{case} : sans référent, personne ne qualifie. Désignez-en un d'abord.")
    if same_name(referent) != same_name(by):
        raise JalonError(
            f"Seul son référent qualifie un fait : {referent}. Vous pouvez le noter, ou entendre la personne."
        )
