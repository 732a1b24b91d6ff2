"""What is told of an import: counts, a report for a person, and the refused lines, ready to be corrected."""

import csv
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from config.columns import Columns
from store.export import safe
from tasks.intake_rows import Remark
from tasks.intake_sheet import Line, Sheet
from tasks.intake_values import without_nir

REPORT_COLUMNS = ("ligne", "colonne", "gravité", "raison", "valeur masquée")
ADDED_COLUMNS = ("ligne", "colonne", "raison", "valeur masquée")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReport:
    """`report`: every refusal and warning, values masked. `to_correct`: the refused lines as the county wrote them, to
    correct and import again. `message`: in French, why a file was refused whole or left aside (`kind` "ignored")."""

    file: str
    kind: str
    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0
    warnings: int = 0
    report: Path | None = None
    to_correct: Path | None = None
    readable: bool = True
    message: str = ""


def write_reports(
    folder: Path, name: str, columns: Columns, sheet: Sheet, remarks: Sequence[Remark]
) -> tuple[Path | None, Path | None]:
    """The report and the lines to correct, where there is anything to say; those of an earlier import are removed."""
    report, to_correct = folder / f"{name}-rapport.csv", folder / f"{name}-refus.csv"
    refused = {remark.line: remark for remark in remarks if remark.refused}
    said = [
        [remark.line or "", remark.column, "refus" if remark.refused else "avertissement", remark.reason, remark.masked]
        for remark in remarks
    ]
    return (
        _written(report, REPORT_COLUMNS, said),
        _written(to_correct, *_corrigible(columns, sheet, refused)),
    )


def _corrigible(columns: Columns, sheet: Sheet, refused: dict[int, Remark]) -> tuple[list[str], list[list[object]]]:
    """The county's own columns but the NIR, then why. The columns that an earlier report added are replaced."""
    own = [
        place
        for place, title in enumerate(sheet.header)
        if title not in ADDED_COLUMNS and not columns.is_never_read(title)
    ]
    rows: list[list[object]] = []
    for line in sheet.lines:
        if remark := refused.get(line.number):
            why = [line.number, remark.column, remark.reason, remark.masked]
            rows.append([*_cells(line, own, len(sheet.header)), *why])
    return [*(sheet.header[place] for place in own), *ADDED_COLUMNS], rows


def _cells(line: Line, own: Sequence[int], width: int) -> list[str]:
    """A line that does not fit the header is put whole into the first cell: read, never loaded askew."""
    if len(line.cells) == width:
        return [without_nir(line.cells[place]) for place in own]
    return [without_nir(" | ".join(line.cells)), *("" for _ in own[1:])]


def _written(path: Path, header: Iterable[str], rows: Sequence[Sequence[object]]) -> Path | None:
    """CSV for a person's spreadsheet, readable by its owner alone; None, and no file, when there is no row."""
    if not rows:
        path.unlink(missing_ok=True)
        return None
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with open(
        os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8-sig", newline=""
    ) as out:
        writer = csv.writer(out)
        writer.writerow(header)
        writer.writerows([safe(cell) for cell in row] for row in rows)
    os.replace(part, path)
    return path
