"""`jalon import`: a county's exports, in; and what is told of each file."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from desk.options import AsJson, On
from desk.terminal import emit, say
from tracks import french

if TYPE_CHECKING:
    from desk.opening import Desk
    from tasks.intake_report import FileReport


def import_(
    path: Annotated[Path, typer.Argument(metavar="CHEMIN", help="Un export, ou un dossier d'exports.")],
    kind: Annotated[
        str | None, typer.Option("--kind", metavar="TYPE", help="Type de l'export ; sinon, deviné.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Essai à blanc : compte tout, n'écrit rien.")] = False,
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """Importe les exports du Département. Dit ligne par ligne ce qui est refusé."""
    from desk.opening import open_desk
    from tasks.intake import exit_code
    from tasks.intake_kinds import KINDS

    if kind is not None and kind not in KINDS:
        raise typer.BadParameter(f"« {kind} » n'est pas admis. Attendu : {', '.join(KINDS)}.", param_hint="--kind")
    with open_desk() as desk:
        reports = take_in(desk, path, kind=kind, on=on or desk.today, dry_run=dry_run)
        for report in reports:
            if as_json:
                emit(imported(report))
            say(told_of(report), as_json=as_json)
        if not reports:
            say(f"{path} : aucun export dans ce dossier. Attendu : des fichiers CSV ou XLSX.", as_json=as_json)
        if dry_run:
            say("Essai à blanc : rien n'a été écrit.", as_json=as_json)
        raise typer.Exit(exit_code(reports))


def take_in(desk: "Desk", path: Path, *, kind: str | None, on: date, dry_run: bool) -> "list[FileReport]":
    """Import a file or a folder as of the local day `on`."""
    from tasks.intake import import_path

    reports = import_path(
        desk.engine,
        territory=desk.slug,
        columns=desk.territory.columns,
        calendar=desk.territory.calendar,
        path=path,
        kind=kind,
        on=on,
        dry_run=dry_run,
        reports=desk.settings.reports,
    )
    if not dry_run:
        desk.note_heads()
    return reports


def imported(report: "FileReport") -> dict[str, object]:
    counts = {
        name: getattr(report, name) for name in ("read", "created", "updated", "unchanged", "refused", "warnings")
    }
    return {"kind": report.kind, **counts, "report": str(report.report) if report.report else None, "file": report.file}


def told_of(report: "FileReport") -> str:
    """One line a file, and what to do next when something was refused."""
    if report.kind == "ignored":
        return f"{report.file} : laissé de côté ; {report.message}"
    if not report.readable:
        return f"{report.file} : {report.message}"
    line = (
        f"{report.file} : {french.plural(report.read, 'ligne lue', 'lignes lues')}, "
        f"{french.plural(report.created, 'nouvelle')}, {french.plural(report.updated, 'modifiée')}, "
        f"{french.plural(report.refused, 'refusée')}, {french.plural(report.warnings, 'avertissement')}."
    )
    return f"{line}\n  {report.message}" if report.message else line
