"""`jalon review dossier` and `notice`: the papers of a review; what writes them is imported when it is asked for."""

from pathlib import Path
from typing import Annotated

import typer

from desk import ids
from desk.review_steps import review
from desk.reviews import ReviewArgument
from desk.terminal import say
from tracks.errors import JalonError
from tracks.vocabulary import Measure, NoticeKind

__all__ = ["review"]  # with its steps, its file and its letters

Out = Annotated[Path, typer.Option("--out", metavar="CHEMIN", help="Le fichier à écrire.")]


@review.command("dossier")
def dossier(
    number: ReviewArgument,
    out: Out,
    pdf: Annotated[bool, typer.Option("--pdf", help="Un PDF accessible (par défaut).")] = False,
    archive: Annotated[bool, typer.Option("--zip", help="Le PDF, les pièces et le journal, vérifiables.")] = False,
    redacted: Annotated[
        bool, typer.Option("--redacted", help="Pour l'équipe pluridisciplinaire : sans nom, adresse ni numéro.")
    ] = False,
) -> None:
    """Écrit le dossier d'une revue : pièces, preuves et explication."""
    from desk.dossier import archived, composed, write
    from desk.opening import open_desk

    if pdf and archive:
        raise JalonError("Choisissez --pdf ou --zip : l'archive contient déjà le PDF.")
    with open_desk() as desk:
        files = composed(desk, ids.read("r", number), redacted=redacted)
        whole = archived(files) if archive else files["dossier.pdf"]
        write(out, whole)
        kind = "dossier sans nom" if redacted else "dossier"
        say(f"Écrit : {kind} de la revue r{ids.read('r', number)}, {out} ({len(whole) // 1024 + 1} Kio).")


@review.command("notice")
def notice(
    number: ReviewArgument,
    kind: Annotated[NoticeKind, typer.Option("--kind", help="Invitation à régulariser, avis de procédure, décision.")],
    out: Out,
    measure: Annotated[
        Measure | None, typer.Option("--measure", help="Pour l'avis : la mesure envisagée, si l'avis n'est pas parti.")
    ] = None,
    radiation: Annotated[bool, typer.Option("--radiation", help="Une radiation serait aussi proposée.")] = False,
) -> None:
    """Écrit une lettre de la procédure, en PDF. Rien ne part : une personne la relit, la signe et l'envoie."""
    from desk.dossier import write
    from desk.notices import composed
    from desk.opening import open_desk

    review_id = ids.read("r", number)
    with open_desk() as desk:
        write(out, composed(desk, review_id, kind, measure=measure, radiation=radiation))
        say(f"Écrit : {desk.territory.notices[kind].title}, revue r{review_id}, {out}. À relire et à signer.")
