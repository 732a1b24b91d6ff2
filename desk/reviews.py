"""`jalon review`: the queue of what people must look at, and their decisions."""

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from desk import ids, words
from desk.options import AsJson, By, On, a_name, some_words
from desk.terminal import emit, say
from desk.usage import Commands
from tracks import french
from tracks.review import Step
from tracks.vocabulary import OUTCOMES, Measure, Outcome, ReviewKind

if TYPE_CHECKING:
    from sqlalchemy.engine import RowMapping

    from config.territory import Territory
    from store.dossier import File

review = Commands(help="La file des revues : voir, confier, décider. Aucune machine n'y décide.")

ReviewArgument = Annotated[str, typer.Argument(metavar="REVUE", help="Numéro de la revue (r12).")]


@review.command("list")
def listed(
    kind: Annotated[ReviewKind | None, typer.Option("--kind", help="Une seule sorte de revue.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Aussi les revues décidées.")] = False,
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """Les revues ouvertes, la plus pressée d'abord."""
    from desk.opening import open_desk
    from store import reviews
    from store.schema import reviews as table

    with open_desk() as desk:
        which = [] if everything else [reviews.is_open()]
        which += [table.c.kind == kind] if kind else []
        with desk.reading() as connection:
            found = reviews.queue(connection, territory=desk.slug, which=which)
        if as_json:
            for row in found:
                emit(as_dict(row))
        else:
            for row in found:
                say(_line(row, on or desk.today))
                say(f"     {row['reason']}")
        say(f"{french.plural(len(found), 'revue')}.", as_json=as_json)


@review.command("show")
def show(number: ReviewArgument, as_json: AsJson = False) -> None:
    """Une revue entière : ses raisons, ses pièces, ses délais."""
    from desk.opening import open_desk
    from store import reviews
    from store.dossier import read_file
    from store.schema import reviews as table
    from tracks.errors import JalonError

    review_id = ids.read("r", number)
    with open_desk() as desk:
        with desk.reading() as connection:
            found = reviews.queue(connection, territory=desk.slug, which=[table.c.id == review_id])
            pieces = reviews.pieces(connection, review=review_id) if found else []
            file = (
                read_file(connection, territory=desk.slug, review=review_id)
                if found[:1] and found[0]["case_id"]
                else None
            )
        if not found:
            raise JalonError(f"Revue r{review_id} introuvable dans ce territoire. La liste : jalon review list.")
        if as_json:
            listed_pieces = [{"kind": p["kind"], "subject_id": p["subject_id"], "note": p["note"]} for p in pieces]
            emit(as_dict(found[0]) | {"inputs": found[0]["inputs"], "pieces": listed_pieces})
            return
        for line in _sheet(found[0], pieces, file, desk.territory):
            say(line)


@review.command("assign")
def assign(
    number: ReviewArgument,
    to: Annotated[str, typer.Option("--to", metavar="QUI", parser=a_name, help="À qui la revue est confiée.")],
    by: By,
    submit: Annotated[bool, typer.Option("--submit", help="Le référent a travaillé le projet et le soumet.")] = False,
) -> None:
    """Confie une revue à quelqu'un."""
    from desk import review_steps as steps
    from desk.opening import open_desk
    from store import reviews
    from store.procedure import Doing

    review_id = ids.read("r", number)
    with open_desk() as desk:
        with desk.writing() as connection:
            if submit:
                doing = Doing(step=Step.SUBMIT, role=steps.role_of(desk, by))
                steps.make(connection, desk, by, steps.row_of(connection, desk, review_id), doing)
            status = reviews.assign(connection, desk.act(by), review=review_id, to=to)
        say(f"Noté : revue r{review_id} confiée à {to}, {words.REVIEW_STATUS[status]} (par {by}).")


@review.command("decide")
def decide(
    number: ReviewArgument,
    chosen: Annotated[Outcome, typer.Option("--outcome", metavar="ISSUE", help="Voir jalon review show.")],
    reasons: Annotated[
        str,
        typer.Option(
            "--reasons", metavar="MOTIFS", parser=some_words, help="En droit et en fait ; lus par la personne."
        ),
    ],
    by: By,
    measure: Annotated[
        Measure | None, typer.Option("--measure", help="La mesure proposée à l'autorité ; sinon, celle de l'avis.")
    ] = None,
) -> None:
    """Enregistre la décision d'une personne nommée, avec ses motifs."""
    from desk import review_steps as steps
    from desk.opening import open_desk
    from store import procedure, reviews

    review_id = ids.read("r", number)
    with open_desk() as desk:
        with desk.writing() as connection:
            row = steps.row_of(connection, desk, review_id)
            decision = reviews.Decision(outcome=chosen, reasons=reasons)
            if row["kind"] == ReviewKind.COMPLIANCE:
                act, rules = desk.act(by), steps.rules_of(desk.territory, row)
                role = steps.role_of(desk, by)
                procedure.decide(
                    connection, act, review=review_id, decision=decision, role=role, rules=rules, measure=measure
                )
            else:
                reviews.decide(connection, desk.act(by), review=review_id, decision=decision)
        say(f"Noté : revue r{review_id}, {words.OUTCOME[chosen]} (par {by}). La personne peut lire ces motifs.")


def as_dict(row: "RowMapping") -> dict[str, Any]:
    """A review as JSON shows it: the columns of the export."""
    kept = ("track", "kind", "opened_on", "status", "reason", "policy_version", "legal_reference", "evidence")
    ended = ("deadline_on", "assigned_to", "outcome", "decided_by", "decided_at")
    case = None if row["case_id"] is None else f"c{row['case_id']}"
    return {"review_id": f"r{row['id']}", "case_id": case} | {name: row[name] for name in (*kept, *ended, "referent")}


def _line(row: "RowMapping", on: date) -> str:
    late = row["outcome"] is None and row["deadline_on"] is not None and row["deadline_on"] < on
    parts = [
        words.said(words.REVIEW, row["kind"]) + (f", dossier c{row['case_id']}" if row["case_id"] else ""),
        words.said(words.OUTCOME, row["outcome"]) or words.said(words.REVIEW_STATUS, row["status"]),
        f"avant le {french.full_date(row['deadline_on'])}" + (", délai dépassé" if late else "")
        if row["deadline_on"]
        else "",
        f"chez {row['assigned_to']}" if row["assigned_to"] else "",
        f"référent : {row['referent']}" if row["referent"] and not row["case_id"] else "",
    ]
    return f"r{row['id']}  {' ; '.join(part for part in parts if part)}"


def _sheet(row: "RowMapping", pieces: "list[RowMapping]", file: "File | None", territory: "Territory") -> list[str]:
    from desk.dossier_pieces import proofs, steps
    from desk.dossier_why import version_label

    rules = version_label(territory.tracks[row["track"]], row["policy_version"])
    proved = proofs(file, territory) if file else {}
    made = steps(file) if file else []
    about = f", dossier c{row['case_id']}" if row["case_id"] else ""
    lines = [
        f"Revue r{row['id']} : {words.said(words.REVIEW, row['kind'])}{about}, {row['track']}",
        f"Ouverte le {french.full_date(row['opened_on'])} ; {words.said(words.REVIEW_STATUS, row['status'])}"
        + (f" ; à traiter avant le {french.full_date(row['deadline_on'])}" if row["deadline_on"] else "")
        + (f" ; chez {row['assigned_to']}" if row["assigned_to"] else ""),
        "",
        row["reason"],
        f"[{rules} ; {row['legal_reference']}]",
        "",
        f"Pièces ({len(pieces)}) :",
        *(line for rank, piece in enumerate(pieces, 1) for line in _piece(rank, piece, proved)),
    ]
    if made:
        lines += ["", "Étapes :", *(f"  {french.full_date(one.day)}  {one.what} ({one.said})" for one in made)]
    if row["outcome"] is None:
        issues = ", ".join(f"{outcome} ({words.OUTCOME[outcome]})" for outcome in OUTCOMES[ReviewKind(row["kind"])])
        lines += ["", f"Issues possibles : {issues}."]
    else:
        lines += [
            "",
            f"Décision : {words.said(words.OUTCOME, row['outcome'])}, par {row['decided_by']}.",
            row["reasons"],
        ]
    return lines


def _piece(rank: int, piece: "RowMapping", proofs: dict[tuple[str, int], str]) -> list[str]:
    proof = proofs.get((piece["kind"], piece["subject_id"]))
    return [f"  {rank}. {piece['note']}", *([f"     {proof}"] if proof else [])]
