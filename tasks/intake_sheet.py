"""Reads a county's file into lines of cells, in any usual encoding, separator or newline; in doubt, refuses it."""

import codecs
import csv
import hashlib
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook

from tracks.errors import JalonError

BYTES_AT_MOST = 500_000_000
FIELD_AT_MOST = 10_000
SEPARATORS = ";,\t"
XLSX = b"PK\x03\x04"
# UTF-8 read as a one-byte encoding, then saved: « Ã© » for « é », « â€™ » for « ’ ».
MOJIBAKE = re.compile("[ÃÂ][\u0080-\u00bfŒœŠšŽžŸƒˆ˜–—‘’‚“”„†‡•…‰‹›€™]|â€|\ufffd")


class UnreadableFileError(JalonError):
    """The file is refused whole and nothing was changed; the message says where and what to do."""


@dataclass(frozen=True, slots=True)
class Line:
    """`number`: of the file, from 1, as a text editor or a spreadsheet shows it."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """`digest`: SHA-256 of the bytes of the file."""

    header: tuple[str, ...]
    lines: tuple[Line, ...]
    digest: str


def read_sheet(path: Path) -> Sheet:
    """The header and the lines that are not blank. UnreadableFileError when the file as a whole cannot be trusted."""
    if path.stat().st_size > BYTES_AT_MOST:
        raise UnreadableFileError("fichier trop gros (500 Mo au plus). Coupez-le en plusieurs exports.")
    raw = path.read_bytes()
    lines = workbook_lines(raw) if raw.startswith(XLSX) else text_lines(decoded(raw))
    full = [line for line in lines if any(cell.strip() for cell in line.cells)]
    if not full:
        raise UnreadableFileError("fichier vide. Refaites l'export.")
    header, *rest = full
    width = len(header.cells)
    trimmed = tuple(Line(line.number, _trimmed(line.cells, width)) for line in rest)
    if trimmed and len(trimmed[-1].cells) < width:
        raise UnreadableFileError(
            f"ligne {trimmed[-1].number} : la dernière ligne n'a que {len(trimmed[-1].cells)} colonnes sur "
            f"{width}, le fichier est coupé. Refaites l'export."
        )
    return Sheet(tuple(cell.strip() for cell in header.cells), trimmed, hashlib.sha256(raw).hexdigest())


def decoded(raw: bytes) -> str:
    """The text. A BOM decides; else UTF-8 if it is, else cp1252 where nothing shows that it is not."""
    try:
        text = raw.decode(_encoding(raw))
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise UnreadableFileError(
            f"ligne {line} : texte illisible, le fichier est abîmé ou coupé. Refaites l'export en UTF-8."
        ) from None
    if "\0" in text:
        raise UnreadableFileError("ce n'est pas un fichier de texte. Envoyez un CSV ou un XLSX.")
    if found := MOJIBAKE.search(text):
        raise UnreadableFileError(
            f"ligne {_line_of(text, found.start())} : accents abîmés (« {found.group()} » au lieu d'une lettre "
            "accentuée). Le fichier a été ouvert dans un mauvais encodage : refaites l'export."
        )
    return text


def _encoding(raw: bytes) -> str:
    if raw.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if raw[1:2] == b"\0":
        return "utf-16-le"
    if raw[:1] == b"\0":
        return "utf-16-be"
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def text_lines(text: str) -> Iterator[Line]:
    """The records of a CSV, each with the line where it begins. An unclosed quote is refused where it opened."""
    separator = separator_of(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    width, opened = 0, 1
    try:
        for cells in reader:
            width = width or len(cells)
            if reader.line_num > opened:
                refuse_swallowed(cells, width=width, separator=separator, line=opened)
            refuse_long(cells, opened)
            yield Line(opened, tuple(cells))
            opened = reader.line_num + 1
    except csv.Error as error:
        if "field larger" in str(error):
            raise UnreadableFileError(_too_long(opened)) from None
        raise UnreadableFileError(_unclosed(opened)) from None


def separator_of(text: str) -> str:
    """The separator that cuts the first line into most cells."""
    first = next((line for line in io.StringIO(text, newline=None) if line.strip()), "")
    return max(SEPARATORS, key=lambda separator: len(next(csv.reader([first], delimiter=separator), [])))


def refuse_swallowed(cells: Sequence[str], *, width: int, separator: str, line: int) -> None:
    """A record of several lines must fit its columns and hold no other record: else a quote swallowed people."""
    swallowed = any(("\n" in cell or "\r" in cell) and cell.count(separator) >= max(width - 1, 1) for cell in cells)
    if swallowed or len(cells) != width:
        raise UnreadableFileError(_unclosed(line))


def refuse_long(cells: Sequence[str], line: int) -> None:
    if any(len(cell) > FIELD_AT_MOST for cell in cells):
        raise UnreadableFileError(_too_long(line))


def workbook_lines(raw: bytes) -> Iterator[Line]:
    """The lines of the first sheet that has any, as a spreadsheet numbers them."""
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(raw))
        sheets = (workbook.get_sheet_by_name(name) for name in workbook.sheet_names)
        rows: Iterable[Sequence[object]] = next(
            (found for sheet in sheets if (found := sheet.to_python(skip_empty_area=False))), []
        )
    except CalamineError:
        raise UnreadableFileError("ce classeur XLSX ne s'ouvre pas. Enregistrez-le à nouveau.") from None
    for number, row in enumerate(rows, start=1):
        cells = tuple(cell_text(value) for value in row)
        refuse_long(cells, number)
        yield Line(number, cells)


def cell_text(value: object) -> str:
    """A spreadsheet's cell as a CSV would write it: whole numbers without « .0 », ISO days, 24-hour times."""
    match value:
        case bool():
            return "Oui" if value else "Non"
        case float() if value.is_integer():
            return str(int(value))
        case datetime() if value.time() == time.min:
            return value.date().isoformat()
        case datetime():
            return value.isoformat(sep=" ", timespec="minutes")
        case date():
            return value.isoformat()
        case time():
            return value.isoformat(timespec="minutes")
        case _:
            return str(value)


def _trimmed(cells: tuple[str, ...], width: int) -> tuple[str, ...]:
    """Without the blank cells that a spreadsheet adds to the right of the table."""
    return cells if any(cell.strip() for cell in cells[width:]) else cells[:width]


def _line_of(text: str, place: int) -> int:
    head = text[:place]
    return head.count("\n") + head.count("\r") - head.count("\r\n") + 1


def _too_long(line: int) -> str:
    return f"ligne {line} : une case dépasse {FIELD_AT_MOST} caractères. Corrigez la ligne ou refaites l'export."


def _unclosed(line: int) -> str:
    return f"ligne {line} : un guillemet ouvert n'est pas refermé. Corrigez la ligne ou refaites l'export."
