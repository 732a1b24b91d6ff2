"""The letters of a pass as one PDF and a list for the mail room, both written whole or not at all."""

import csv
import io
import os
import re
import tempfile
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from pathlib import Path

from sqlalchemy import Engine

from config.territory import Territory
from store import letters as store
from store.engine import reading, transaction
from store.letters import Batch, Letter
from tasks.printing import printed_with
from tracks.calendar import Calendar

SHEET_GRAMS, ENVELOPE_GRAMS = 5, 5  # A4 of 80 g/m²; a DL envelope
LABELLED = re.compile(r"(\w[\w' ]{1,30}?)\s?: (.+)")
HEADING = re.compile(r"[^\W\d_][^.,;:?!\n]{3,60}")
CODE_AND_CITY = re.compile(r"(\d{5})\s+(.+)")
COLUMNS = ("message", "pages", "poids_g", "code_postal", "ville", "envoi")


def print_letters(engine: Engine, territory: Territory, *, folder: Path) -> int:
    """Write the files of every print that lacks them, from its rows alone; how many. Again, it writes nothing more.

    `folder`: of the local outbox. A print whose files are there already is not written anew.
    """
    with reading(engine) as connection:
        batches = store.to_print(connection, territory=territory.slug)
    for batch in batches:
        with reading(engine) as connection:
            inside = store.letters_of(connection, territory=territory.slug, batch=batch.id)
        write(batch, inside, territory, folder=folder / "letters")
        with transaction(engine) as connection:
            store.printed(connection, territory=territory.slug, batch=batch.id, at=batch.made_at)
    return len(batches)


def gather_letters(engine: Engine, territory: Territory, *, at: datetime) -> None:
    """Every letter that has left belongs to a print."""
    gathered = store.AT_ONCE
    while gathered == store.AT_ONCE:
        with transaction(engine) as connection:
            gathered = store.gather(connection, territory=territory.slug, at=at)


def write(batch: Batch, inside: Sequence[Letter], territory: Territory, *, folder: Path) -> None:
    """The list first, the PDF last: a PDF that is there is one whose list is there."""
    paper, sheet = paths(batch, territory.calendar, folder)
    if paper.exists():
        return
    data = {
        "title": f"Lettres l{batch.id}",
        "sender": territory.sender,
        "letters": [as_data(letter) for letter in inside],
    }
    pdf, pages = printed_with("letters", data, at=batch.made_at, ask="sheets")
    counts = {str(one["reference"]): int(one["pages"]) for one in pages}
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    whole(sheet, manifest(inside, counts, registered=territory.file.registered_letters))
    whole(paper, pdf)


def paths(batch: Batch, calendar: Calendar, folder: Path) -> tuple[Path, Path]:
    stem = f"{calendar.day_of(batch.made_at).isoformat()}-l{batch.id}"
    return folder / f"{stem}.pdf", folder / f"{stem}.csv"


def manifest(inside: Sequence[Letter], pages: dict[str, int], *, registered: Sequence[str]) -> bytes:
    """For the mail room: numbers, towns and weights, no name; with a mark that Excel wants before UTF-8."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for letter in inside:
        count = pages[f"m{letter.message}"]
        found = CODE_AND_CITY.fullmatch(address_of(letter.body).splitlines()[-1])
        code, city = found.groups() if found else ("", address_of(letter.body).splitlines()[-1])
        how = "recommandée avec avis de réception" if letter.template in registered else "lettre"
        writer.writerow((f"m{letter.message}", count, ENVELOPE_GRAMS + SHEET_GRAMS * count, code, city, how))
    return text.getvalue().encode("utf-8-sig")


def whole(path: Path, content: bytes) -> None:
    """Written beside, then put in its place: nobody ever opens half of it."""
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(beside).replace(path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise


def blocks_of(body: str) -> list[str]:
    return re.split(r"\n{2,}", body.strip())


def address_of(body: str) -> str:
    return blocks_of(body)[1]


def as_data(letter: Letter) -> dict[str, object]:
    """A letter as `letters.typ` takes it, from the text that the outbox keeps: four blocks, then its parts."""
    sender, address, day, subject, *blocks = blocks_of(letter.body)
    title = subject.partition(":")[2].strip()
    return {
        "reference": f"m{letter.message}",
        "sender": sender,
        "address": address,
        "date": day,
        "subject": title[:1].upper() + title[1:],
        "large": letter.large,
        "parts": [piece for block in blocks[:-1] for piece in parts(block)]
        + [{"kind": "signature", "text": block} for block in blocks[-1:]],
    }


def parts(block: str) -> list[dict[str, object]]:
    """A block as what it looks like: a heading, lines « Où : … », a list, or plain lines."""
    lines = block.split("\n")
    labelled = [LABELLED.fullmatch(line) for line in lines]
    if len(lines) > 1 and all(labelled):
        return [{"kind": "facts", "rows": [found.groups() for found in labelled if found]}]
    if len(lines) == 1 and HEADING.fullmatch(block):
        return [{"kind": "heading", "text": block}]
    found: list[dict[str, object]] = []
    for is_item, some in groupby(lines, lambda line: line.startswith("– ")):
        if is_item:
            found.append({"kind": "items", "items": [line.removeprefix("– ") for line in some]})
        else:
            found.append({"kind": "text", "text": "\n".join(some)})
    return found
