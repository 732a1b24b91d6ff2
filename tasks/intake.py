"""`jalon import`: a county's file, or a folder of them in the right order, into the database."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path

from sqlalchemy import Connection, Engine

from config.columns import Columns
from store import journal
from store.engine import transaction
from tasks.intake_kinds import KINDS
from tasks.intake_load import Loaded, Source, load
from tasks.intake_report import ADDED_COLUMNS, FileReport, write_reports
from tasks.intake_rows import Remark
from tasks.intake_sheet import Sheet, UnreadableFileError, read_sheet
from tracks.calendar import Calendar
from tracks.errors import JalonError

SUFFIXES = (".csv", ".txt", ".xlsx")
IGNORED = "ignored"  # a file of the folder that is no export of ours
ACTOR = CHAIN = "import"
ALL_IN, SOME_REFUSED, NOTHING_READ = 0, 1, 2
TO_CORRECT = "Corrigez les lignes refusées dans reports/{name}, puis réimportez ce fichier."
HOUR = time(5)  # local: the instant of all that is done « on » a day

# An export that looks cut, or that rewrites most people at once, is loaded, and doubted aloud.
DOUBTED_FROM = 50  # people already known
DOUBTED_SHARE = 0.5


class UnknownFileError(UnreadableFileError):
    """Its columns are not those of an export."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """What the files of one import share. `on`: its local day."""

    territory: str
    columns: Columns
    calendar: Calendar
    on: date
    reports: Path
    folder: bool
    actor: str = ACTOR


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A file read and recognised, or why not. `name`: of its reports."""

    path: Path
    kind: str
    name: str = ""
    sheet: Sheet | None = None
    error: UnreadableFileError | None = None


def import_path(
    engine: Engine,
    *,
    territory: str,
    columns: Columns,
    calendar: Calendar,
    path: Path,
    kind: str | None,
    on: date,
    dry_run: bool,
    reports: Path,
    actor: str = ACTOR,
) -> list[FileReport]:
    """Import a file, or the files of a folder in the order in which they need one another.

    A file is one transaction; a dry run is one for all files, rolled back, so that its counts are true.
    `on`: the local day of the import; `actor` signs it in the journal. JalonError: an unknown `kind`, or one given
    for a folder.
    """
    if kind is not None and kind not in KINDS:
        raise JalonError(f"Type d'export inconnu : « {kind} ». Attendu : {', '.join(KINDS)}.")
    if kind is not None and path.is_dir():
        raise JalonError("--kind ne vaut que pour un fichier ; dans un dossier, les en-têtes disent le type de chacun.")
    shared = Intake(
        territory=territory,
        columns=columns,
        calendar=calendar,
        on=on,
        reports=reports,
        folder=path.is_dir(),
        actor=actor,
    )
    files = in_order([opened(file, columns, kind) for file in files_of(path)], columns)
    if dry_run:
        with transaction(engine, apply=False) as connection:
            return [import_file(connection, shared, file) for file in files]
    return [import_alone(engine, shared, file) for file in files]


def exit_code(reports: Sequence[FileReport]) -> int:
    """0 all rows in; 1 some refused; 2 nothing could be read. The worst file decides."""
    if not reports or not all(report.readable for report in reports):
        return NOTHING_READ
    return SOME_REFUSED if any(report.refused for report in reports) else ALL_IN


def files_of(path: Path) -> list[Path]:
    """The file itself, or those of the folder that may be exports."""
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.iterdir() if file.suffix.lower() in SUFFIXES and file.name[0] not in ".~")


def opened(path: Path, columns: Columns, kind: str | None) -> Opened:
    try:
        sheet = read_sheet(path)
        found = kind_of(sheet.header, columns, kind)
        if not sheet.lines and not KINDS[found].may_be_empty:
            raise UnreadableFileError("aucune ligne sous les en-têtes. Refaites l'export.")
    except UnreadableFileError as error:
        return Opened(path=path, kind=kind or "", error=error)
    except FileNotFoundError:
        return Opened(path=path, kind=kind or "", error=UnreadableFileError("fichier absent. Vérifiez son chemin."))
    except OSError as error:
        return Opened(path=path, kind=kind or "", error=UnreadableFileError(f"lecture impossible ({error.strerror})."))
    return Opened(path=path, kind=found, sheet=sheet)


def kind_of(header: Sequence[str], columns: Columns, asked: str | None) -> str:
    """The kind whose mandatory columns are all there. A file of contacts passes for one of `usagers`."""
    asked_for = {None: tuple(KINDS), "usagers": ("usagers", "contacts")}.get(asked, (asked or "",))
    matched = {kind: columns.found_in(header, kind) for kind in asked_for}
    nearest = max(asked_for, key=lambda kind: (not columns.missing_from(header, kind), len(matched[kind])))
    missing = columns.missing_from(header, nearest)
    if asked is None and 2 * len(missing) > len(columns.mandatory(nearest)):
        raise UnknownFileError(
            "ces en-têtes ne sont d'aucun export connu. Donnez --kind, ou complétez columns.toml du territoire."
        )
    if missing:
        raise UnreadableFileError(
            f"colonne absente : « {' », « '.join(missing)} ». Ajoutez-la à l'export, ou son en-tête à columns.toml."
        )
    if twice := [header[places[0]] for places in matched[nearest].values() if len(places) > 1]:
        raise UnreadableFileError(f"deux colonnes pour « {twice[0]} ». Gardez-en une seule.")
    return nearest


def in_order(files: Sequence[Opened], columns: Columns) -> list[Opened]:
    """What the others need comes first; the second file of a kind gets reports of its own."""
    ranks = {kind: rank for rank, kind in enumerate(columns.kinds)}
    seen: Counter[str] = Counter()
    found = []
    for file in sorted(files, key=lambda file: ranks.get(file.kind, len(ranks))):
        seen[file.kind] += 1
        name = file.kind if seen[file.kind] == 1 else f"{file.kind}-{seen[file.kind]}"
        found.append(Opened(path=file.path, kind=file.kind, name=name, sheet=file.sheet, error=file.error))
    return found


def import_alone(engine: Engine, shared: Intake, file: Opened) -> FileReport:
    with transaction(engine) as connection:
        return import_file(connection, shared, file)


def import_file(connection: Connection, shared: Intake, file: Opened) -> FileReport:
    """Load one file, write its reports, leave one line in the journal if anything changed."""
    if file.sheet is None:
        aside = shared.folder and isinstance(file.error, UnknownFileError)
        kind = IGNORED if aside else file.kind
        return FileReport(file=file.path.name, kind=kind, readable=aside, message=str(file.error))
    source = Source(
        territory=shared.territory,
        columns=shared.columns,
        calendar=shared.calendar,
        on=shared.on,
        kind=file.kind,
        sheet=file.sheet,
    )
    loaded = load(connection, source)
    loaded.remarks[:0] = doubts_of_file(source, loaded)
    note_in_journal(connection, source, loaded, shared.actor)
    report, to_correct = write_reports(shared.reports, file.name, shared.columns, file.sheet, loaded.remarks)
    return FileReport(
        file=file.path.name,
        kind=file.kind,
        read=len(file.sheet.lines),
        created=loaded.tally["created"],
        updated=loaded.tally["updated"],
        unchanged=loaded.tally["unchanged"],
        refused=loaded.tally["refused"],
        warnings=sum(not remark.refused for remark in loaded.remarks),
        report=report,
        to_correct=to_correct,
        message=TO_CORRECT.format(name=to_correct.name) if to_correct else "",
    )


def doubts_of_file(source: Source, loaded: Loaded) -> list[Remark]:
    """People absent from a file are never closed; but a file that lacks or changes most of them is pointed at."""
    known, lines = loaded.known_before, source.sheet.lines
    if source.kind != "usagers" or known < DOUBTED_FROM or set(ADDED_COLUMNS) <= set(source.sheet.header):
        return []
    doubts = []
    if len(lines) < DOUBTED_SHARE * known:
        doubts.append(
            f"{len(lines)} lignes, {known} personnes connues : l'export est-il entier ? Les absents restent ouverts."
        )
    if loaded.tally["updated"] > DOUBTED_SHARE * known:
        doubts.append(f"{loaded.tally['updated']} personnes sur {known} changent : est-ce le bon fichier ?")
    return [Remark(0, "", reason, "", False) for reason in doubts]


def note_in_journal(connection: Connection, source: Source, loaded: Loaded, actor: str) -> None:
    created, updated = loaded.tally["created"], loaded.tally["updated"]
    if created or updated:
        event = journal.JournalEvent(
            at=source.calendar.local(source.on, HOUR),
            actor=actor,
            kind="import",
            subject=f"{source.kind}:{source.sheet.digest}:created={created},updated={updated}",
        )
        journal.append(connection, territory=source.territory, chain=CHAIN, events=[event])
