"""`jalon contract`: the text of a contract, from its draft to both signatures."""

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from desk import ids, words
from desk.options import AsJson, By, CaseArgument, FromDay, On, OnDay, a_day, some_words
from desk.terminal import emit, say
from desk.usage import Commands
from tracks import french
from tracks.vocabulary import Clause, ContractKind, HoursBasis, Party

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from desk.opening import Desk
    from store.signing import Interviews

contract = Commands(
    help="Le contrat : l'écrire à deux, le signer, le faire vivre. Une version signée ne change jamais."
)

ToDay = Annotated[date, typer.Option("--to", metavar="JOUR", parser=a_day, help="Dernier jour.")]
Statement = Annotated[
    str | None,
    typer.Option("--statement", metavar="TEXTE", parser=some_words, help="Ce que dit la personne, dans ses mots."),
]
Hours = Annotated[int | None, typer.Option("--hours", min=0, max=35, help="Heures d'activité par semaine.")]
Exempt = Annotated[
    bool, typer.Option("--exempt", help="Sans durée d'activité, à la demande de la personne ; le motif n'est pas noté.")
]
Signed = Annotated[Party, typer.Option("--party", help="Qui a signé.")]


@contract.command("show")
def show(case: CaseArgument, on: On = None, as_json: AsJson = False) -> None:
    """Ce qui est en vigueur un jour donné, le texte en cours, toutes les versions."""
    from desk.contract_page import as_dict, page
    from desk.finding import case_id
    from desk.opening import open_desk

    with open_desk() as desk:
        day = on or desk.today
        with desk.reading() as connection:
            number = case_id(connection, desk, case)
            if as_json:
                emit(as_dict(connection, desk, case=number, day=day))
                return
            for line in page(connection, desk, case=number, day=day):
                say(line)


@contract.command("draft")
def draft(
    case: CaseArgument,
    from_day: FromDay,
    to: ToDay,
    by: By,
    kind: Annotated[ContractKind, typer.Option("--kind", help="La sorte de contrat.")] = ContractKind.ENGAGEMENT,
    hours: Hours = None,
    exempt: Exempt = False,
    statement: Statement = None,
) -> None:
    """Écrit un projet, avec les engagements habituels des deux parties, à discuter avec la personne."""
    from desk.opening import open_desk
    from store import contracts

    with open_desk() as desk:
        with desk.writing() as connection:
            number = _case(connection, desk, case)
            _refuse_kind(connection, desk, case=number, kind=kind, day=from_day)
            agreed, basis = hours_agreed(desk, hours, exempt=exempt)
            text = contracts.Draft(
                kind=kind, starts_on=from_day, ends_on=to, weekly_hours=agreed, basis=basis, statement=statement
            )
            usual = [
                contracts.Promise(party=u.party, what=u.what, clause=u.clause) for u in desk.territory.programme.usual
            ]
            contracts.draft(connection, desk.act(by), case=number, text=text, usual=usual)
        say(
            f"Noté : projet de {words.CONTRACT[kind]}, du {french.full_date(from_day)} au {french.full_date(to)}, "
            f"{said_hours(agreed, basis)} (par {by}). À relire avec la personne : jalon contract show c{number}"
        )


@contract.command("change")
def change(
    case: CaseArgument,
    by: By,
    to: Annotated[date | None, typer.Option("--to", metavar="JOUR", parser=a_day, help="Dernier jour.")] = None,
    hours: Hours = None,
    exempt: Exempt = False,
    statement: Statement = None,
) -> None:
    """Change un projet : ce que dit la personne, ses heures, le dernier jour."""
    from desk.opening import open_desk
    from store import contracts
    from tracks.errors import JalonError

    with open_desk() as desk:
        news: dict[str, object] = {"statement": statement, "ends_on": to}
        news = {name: value for name, value in news.items() if value is not None}
        if hours is not None or exempt:
            agreed, basis = hours_agreed(desk, hours, exempt=exempt)
            news |= {"weekly_hours": agreed, "hours_basis": basis}
        if not news:
            raise JalonError("Rien à changer : donnez --statement, --hours, --exempt ou --to.")
        with desk.writing() as connection:
            number = _case(connection, desk, case)
            contracts.rewrite(connection, desk.act(by), case=number, **news)
        say(f"Noté : projet de contrat du dossier c{number} changé (par {by}).")


@contract.command("commit")
def commit(
    case: CaseArgument,
    what: Annotated[str, typer.Argument(metavar="ENGAGEMENT", parser=some_words, help="Une phrase.")],
    party: Annotated[Party, typer.Option("--party", help="Qui s'engage.")],
    by: By,
    clause: Annotated[Clause | None, typer.Option("--clause", help="Le devoir que cette phrase écrit.")] = None,
    due: Annotated[date | None, typer.Option("--due", metavar="JOUR", parser=a_day, help="Échéance.")] = None,
) -> None:
    """Ajoute au projet un engagement de la personne ou du service."""
    from desk.opening import open_desk
    from store import contracts

    with open_desk() as desk:
        with desk.writing() as connection:
            number = _case(connection, desk, case)
            promise = contracts.Promise(party=party, what=what, clause=clause, due_on=due)
            id_ = contracts.take_on(connection, desk.act(by), case=number, promise=promise)
        before = f", avant le {french.full_date(due)}" if due else ""
        say(f"Noté : engagement {ids.shown('e', id_)}, {words.PARTY[party]}{before} (par {by}).")


@contract.command("drop")
def drop(
    commitment: Annotated[str, typer.Argument(metavar="NUMÉRO", help="Numéro de l'engagement (e12).")], by: By
) -> None:
    """Retire un engagement d'un projet."""
    from desk.opening import open_desk
    from store import contracts

    with open_desk() as desk:
        number = ids.read("e", commitment)
        with desk.writing() as connection:
            contracts.drop(connection, desk.act(by), commitment=number)
        say(f"Noté : engagement e{number} retiré du projet (par {by}).")


@contract.command("diagnose")
def diagnose(case: CaseArgument, on: OnDay, by: By) -> None:
    """Le diagnostic a été fait avec la personne ce jour-là."""
    from desk.opening import open_desk
    from store import signing

    with open_desk() as desk:
        with desk.writing() as connection:
            number = _case(connection, desk, case)
            signing.diagnose(connection, desk.act(by), case=number, day=on)
        say(f"Noté : diagnostic du {french.full_date(on)} (par {by}).")


@contract.command("offer-reciprocity")
def offer_reciprocity(
    case: CaseArgument,
    by: By,
    accepted: Annotated[
        bool | None, typer.Option("--accepted/--declined", help="La réponse, si la personne l'a donnée.")
    ] = None,
) -> None:
    """L'activité de réciprocité a été proposée. Elle est facultative : un refus n'a ni motif ni conséquence."""
    from desk.opening import open_desk
    from store import contracts

    with open_desk() as desk:
        with desk.writing() as connection:
            number = _case(connection, desk, case)
            contracts.offer(connection, desk.act(by), case=number, accepted=accepted)
        answer = {True: "acceptée", False: "déclinée, sans conséquence", None: "réponse à venir"}[accepted]
        say(f"Noté : activité de réciprocité proposée, {answer} (par {by}).")


@contract.command("propose")
def propose(case: CaseArgument, by: By) -> None:
    """Remet le texte à la personne : il ne change plus, il se signe ou se retire."""
    from desk.opening import open_desk
    from store import signing

    with open_desk() as desk:
        with desk.writing() as connection:
            number = _case(connection, desk, case)
            held = interviews(connection, desk, number)
            signing.propose(connection, desk.act(by), case=number, interviews=held)
        say(f"Noté : contrat du dossier c{number} proposé à la personne (par {by}).")


@contract.command("sign")
def sign(case: CaseArgument, party: Signed, on: OnDay, by: By) -> None:
    """Une des deux parties a signé. Le contrat lie quand les deux l'ont fait."""
    from desk.opening import open_desk
    from store import signing

    with open_desk() as desk:
        with desk.writing() as connection:
            number = _case(connection, desk, case)
            version = signing.sign(connection, desk.act(by), case=number, party=party, day=on)
        then = "le contrat lie les deux parties" if version else "il manque la signature de l'autre partie"
        say(f"Noté : signé par {words.PARTY[party]} le {french.full_date(on)} ; {then} (par {by}).")


@contract.command("withdraw")
def withdraw(case: CaseArgument, by: By) -> None:
    """Retire le texte en cours ; ce qui est en vigueur ne change pas."""
    from desk.opening import open_desk
    from store import signing

    with open_desk() as desk:
        with desk.writing() as connection:
            number = _case(connection, desk, case)
            signing.withdraw(connection, desk.act(by), case=number)
        say(f"Noté : texte retiré (par {by}).")


@contract.command("amend")
def amend(case: CaseArgument, from_day: FromDay, by: By) -> None:
    """Ouvre un avenant : le texte en vigueur, à changer à deux. Ce qui était en vigueur avant le reste."""
    from desk.opening import open_desk
    from store import contracts

    with open_desk() as desk:
        with desk.writing() as connection:
            number = _case(connection, desk, case)
            contracts.amend(connection, desk.act(by), case=number, starts_on=from_day)
        say(f"Noté : projet d'avenant à compter du {french.full_date(from_day)} (par {by}).")


@contract.command("end")
def end(case: CaseArgument, on: OnDay, by: By) -> None:
    """Le contrat en vigueur prend fin ce jour-là, avant son terme."""
    from desk.opening import open_desk
    from store import signing

    with open_desk() as desk:
        with desk.writing() as connection:
            number = _case(connection, desk, case)
            signing.end(connection, desk.act(by), case=number, day=on)
        say(f"Noté : le contrat prend fin le {french.full_date(on)} (par {by}).")


def hours_agreed(desk: "Desk", hours: int | None, *, exempt: bool) -> tuple[int | None, HoursBasis]:
    """The weekly hours and why: those of the law unless others are given; fewer are adjusted to the person."""
    from tracks.legal import Key

    floor = desk.territory.legal.at(Key.WEEKLY_HOURS, desk.today).value
    if exempt:
        return hours, HoursBasis.EXEMPT
    agreed = floor if hours is None else hours
    return agreed, HoursBasis.ADJUSTED if agreed < floor else HoursBasis.FULL


def said_hours(hours: int | None, basis: str) -> str:
    """« 10 h par semaine (durée adaptée à la situation de la personne) »."""
    return words.HOURS[basis] if hours is None else f"{hours} h par semaine ({words.HOURS[basis]})"


def interviews(connection: "Connection", desk: "Desk", case: int) -> "Interviews":
    """Those held since the orientation, beside those that the track wants before a first contract."""
    from store.acts import found
    from store.in_force import interviews_since
    from store.schema import cases
    from store.signing import Interviews

    row = found(connection, desk.act("jalon"), table=cases, id=case, what=f"Dossier c{case}")
    policy = desk.territory.policies(row["track"]).at(desk.today).contract
    since = row["notified_on"] or row["entered_on"]
    held = interviews_since(connection, territory=desk.slug, case=case, day=since, calendar=desk.territory.calendar)
    return Interviews(held=held, wanted=policy.interviews_before_signing if policy else 0)


def _case(connection: "Connection", desk: "Desk", text: str) -> int:
    from desk.finding import case_id

    return case_id(connection, desk, text)


def _refuse_kind(connection: "Connection", desk: "Desk", *, case: int, kind: ContractKind, day: date) -> None:
    """A kind that the track does not take, or an old one where the law has replaced it (F11)."""
    from store.acts import found
    from store.schema import cases
    from tracks.errors import JalonError
    from tracks.rules.contract import OLD_KINDS, replaced_from

    row = found(connection, desk.act("jalon"), table=cases, id=case, what=f"Dossier c{case}")
    policies: Any = desk.territory.policies(row["track"])
    policy = policies.at(desk.today).contract
    if policy is None:
        raise JalonError("Ce parcours n'a pas de contrat : rien à écrire.")
    if kind in OLD_KINDS and day >= (limit := replaced_from(policies, desk.today)[0]):
        raise JalonError(
            f"Un {words.CONTRACT[kind]} ne se conclut plus à compter du {french.full_date(limit)} : "
            "écrivez un contrat d'engagement."
        )
    if kind not in policy.kinds:
        raise JalonError(f"Ce parcours ne prend pas de {words.CONTRACT[kind]} : {', '.join(policy.kinds)}.")
