"""`jalon referent`: a caseload that changes hands."""

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from desk.options import Apply, AsJson, a_day
from desk.terminal import emit, say
from desk.usage import Commands
from tracks import french

if TYPE_CHECKING:
    from sqlalchemy import Row

    from store.handover import Handover

referent = Commands(help="Les référents : passer un portefeuille à d'autres.")

Email = Annotated[str, typer.Argument(metavar="COURRIEL", help="Qui part, ou s'absente longtemps.")]


@referent.callback()
def _group() -> None:
    """Keeps the group a group, however few commands it has."""


@referent.command("handover")
def handover(
    leaving: Email,
    to: Annotated[str, typer.Argument(metavar="COURRIEL", help="Qui reprend.")],
    share: Annotated[str, typer.Option("--share", metavar="COURRIELS", help="Qui reprend aussi : a@…,b@…")] = "",
    from_day: Annotated[
        date | None, typer.Option("--from", metavar="JOUR", parser=a_day, help="Premier jour ; sinon, aujourd'hui.")
    ] = None,
    by: Annotated[str, typer.Option("--by", metavar="QUI", help="Qui décide ; requis avec --apply.")] = "",
    apply: Apply = False,
    as_json: AsJson = False,
) -> None:
    """Passe tout un portefeuille. Sans --apply, montre seulement qui reprendrait quoi."""
    from desk.opening import open_desk
    from store.handover import plan_handover, referent_named, write_handover

    if apply and not by:
        raise typer.BadParameter("--by est requis avec --apply : qui décide ?")
    with open_desk() as desk:
        emails = [to, *(email for email in share.split(",") if email.strip())]
        with desk.writing() if apply else desk.reading() as connection:
            gone = referent_named(connection, territory=desk.slug, email=leaving)
            takers = {row.id: row for row in (referent_named(connection, territory=desk.slug, email=e) for e in emails)}
            plan = plan_handover(
                connection,
                desk.act(by or "essai"),
                leaving=gone.id,
                takers=list(takers),
                from_day=from_day or desk.today,
                notice_days=desk.territory.file.handover_notice_days,
                calendar=desk.territory.calendar,
            )
            if apply:
                write_handover(connection, desk.act(by), plan)
        for id_, row in takers.items():
            if as_json:
                emit(as_dict(plan, id_))
            else:
                say(told(plan, row))
        rest(plan, as_json=as_json)
        said = f"Fait (par {by})." if apply else "Essai à blanc : rien n'est changé. Ajoutez --apply --by NOM."
        say(said, as_json=as_json)


def counts(plan: "Handover", taker: int) -> dict[str, int]:
    kept = [one for handed in plan.of(taker) for one in handed.appointments]
    return {
        "cases": len(plan.of(taker)),
        "cases_after": plan.takers[taker].cases + len(plan.of(taker)),
        "same_hour": sum(one.starts_at == one.was for one in kept),
        "moved": sum(one.starts_at not in (one.was, None) for one in kept),
        "called_off": sum(one.starts_at is None for one in kept),
    }


def as_dict(plan: "Handover", taker: int) -> dict[str, int | None]:
    return {"referent_id": taker, **counts(plan, taker), "capacity": plan.takers[taker].capacity}


def told(plan: "Handover", row: "Row[Any]") -> str:
    """« Öykü Demir reprend 12 dossiers (de 60 à 72 pour 70 au plus) : 8 rendez-vous gardent leur heure… »."""
    found, capacity = counts(plan, row.id), plan.takers[row.id].capacity
    room = f" pour {capacity} au plus" if capacity else ""
    over = " : au-delà de sa capacité" if capacity and found["cases_after"] > capacity else ""
    lines = [
        f"{row.first_name} {row.last_name} reprend {french.plural(found['cases'], 'dossier')} "
        f"(de {plan.takers[row.id].cases} à {found['cases_after']}{room}){over}."
    ]
    ends = (
        ("same_hour", "rendez-vous garde son heure", "rendez-vous gardent leur heure"),
        ("moved", "rendez-vous change d'heure", "rendez-vous changent d'heure"),
        (
            "called_off",
            "rendez-vous n'a plus de place : la nuit en proposera un autre",
            "rendez-vous n'ont plus de place : la nuit en proposera d'autres",
        ),
    )
    lines += [f"  {french.plural(found[key], one, many)}." for key, one, many in ends if found[key]]
    return "\n".join(lines)


def rest(plan: "Handover", *, as_json: bool) -> None:
    if plan.sessions:
        named = french.listed(f"s{id_}" for id_ in plan.sessions)
        say(f"Séances collectives à confier à quelqu'un : {named}.", as_json=as_json)
    if not plan.handed:
        say("Aucun dossier ouvert à reprendre.", as_json=as_json)
