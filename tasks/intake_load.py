"""Loads the lines of one file: each becomes a row, rows are compared with the stored ones and written in batches."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

from sqlalchemy import Connection

from config.columns import Columns, plain
from store import intake as store
from store.dated import note_circuits, note_duties
from store.declarations import replaced
from store.intake import Record
from store.schema import persons
from tasks.intake_kinds import KINDS, Kind
from tasks.intake_rows import Known, RefusedLineError, Remark, Row
from tasks.intake_sheet import Line, Sheet
from tasks.intake_values import clean, masked
from tracks.calendar import Calendar

BATCH = 5_000  # rows read back by one statement: under every database's limit of parameters


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file whose kind is known. `on`: the day of the import."""

    territory: str
    columns: Columns
    calendar: Calendar
    on: date
    kind: str
    sheet: Sheet


@dataclass(slots=True)
class Loaded:
    """`tally`: created, updated, unchanged, refused; their sum is the number of lines read."""

    tally: Counter[str] = field(default_factory=Counter)
    remarks: list[Remark] = field(default_factory=list)
    known_before: int = 0


@dataclass(slots=True)
class Entry:
    row: Row
    record: Record


class Report:
    """What is said of each line, with the heading that the county's own file gives to the field."""

    def __init__(self, source: Source, loaded: Loaded) -> None:
        self.loaded = loaded
        found = source.columns.found_in(source.sheet.header, source.kind)
        self.places = {field: places[0] for field, places in found.items()}
        self.titles = {field: titles[0] for field, titles in source.columns.kinds[source.kind].items() if titles}
        self.titles |= {field: source.sheet.header[place] for field, place in self.places.items()}

    def count(self, what: str) -> None:
        self.loaded.tally[what] += 1

    def refuse(self, line: int, field: str, reason: str, text: str) -> None:
        self.count("refused")
        self.loaded.remarks.append(Remark(line, self.titles.get(field, ""), reason, masked(text) if text else "", True))

    def doubt_file(self, reason: str) -> None:
        self.loaded.remarks.append(Remark(0, "", reason, "", False))

    def doubts_of(self, row: Row) -> None:
        for name, reason in row.doubts:
            text = row.cells.get(name, "")
            remark = Remark(row.line, self.titles.get(name, ""), reason, masked(text) if text else "", False)
            self.loaded.remarks.append(remark)


def load(connection: Connection, source: Source) -> Loaded:
    """Everything of the file that can be, in a few statements a batch; the rest is in `remarks`."""
    loaded = Loaded()
    kind = KINDS[source.kind]
    known = read_known(connection, source.territory, namesakes=source.kind == "usagers")
    loaded.known_before = len(known.people)
    report = Report(source, loaded)
    entries = fold(source, kind, known, report)
    if not known.referents and any("referent" in entry.row.cells for entry in entries):
        report.doubt_file("référents non vérifiés : aucun n'est encore importé")
    for start in range(0, len(entries), BATCH):
        settle(connection, source.territory, kind, entries[start : start + BATCH], report)
    if source.kind in ("rendez_vous", "sessions"):
        store.link_sessions(connection, source.territory)
    if source.kind == "parcours":
        note_duties(connection, territory=source.territory, on=source.on)
    if source.kind == "referents":
        note_circuits(connection, territory=source.territory, on=source.on)
    if source.kind in ("rendez_vous", "parcours"):
        midnight = source.calendar.local(source.on, time.min)
        store.follow_cases(connection, source.territory, on=source.on, since=midnight)
    loaded.remarks.sort(key=lambda remark: remark.line)
    return loaded


def read_known(connection: Connection, territory: str, *, namesakes: bool) -> Known:
    known = Known(
        store.people(connection, territory),
        store.referents_by_email(connection, territory),
        store.stays(connection, territory),
    )
    for last, first, born, number, role in store.names(connection, territory) if namesakes else ():
        known.namesakes[plain(last), plain(first), born] = number, role
    return known


def rows_of(source: Source, report: Report) -> Iterator[Row]:
    """The lines cut into named cells. One with more or fewer cells than the header is refused: which is which?"""
    width = len(source.sheet.header)
    for line in closers_first(source.sheet.lines, report.places):
        if len(line.cells) != width:
            report.refuse(line.number, "", f"{len(line.cells)} colonnes au lieu de {width}", "")
            continue
        texts = {name: clean(line.cells[place]) for name, place in report.places.items()}
        cells = {name: text for name, text in texts.items() if text}
        yield Row(line.number, cells, source.columns, source.calendar, source.on)


def closers_first(lines: Sequence[Line], places: Mapping[str, int]) -> Sequence[Line]:
    """Lines that close a track come before the others, so that the next one of the same track may open."""
    place = places.get("left_on")
    if place is None:
        return lines
    return sorted(lines, key=lambda line: not (len(line.cells) > place and line.cells[place].strip()))


def fold(source: Source, kind: Kind, known: Known, report: Report) -> list[Entry]:
    """One entry a key. A line seen again adds nothing or fills blanks; one that contradicts is refused."""
    entries: dict[tuple[Any, ...], Entry] = {}
    for row in rows_of(source, report):
        try:
            record = kind.build(row, known)
        except RefusedLineError as refused:
            report.refuse(row.line, refused.field, refused.reason, row.cells.get(refused.field, ""))
            continue
        key = tuple(record[name] for name in kind.key)
        first = entries.setdefault(key, Entry(row, record))
        if first.row is not row:
            again(first, row, record, report)
    return list(entries.values())


def again(first: Entry, row: Row, record: Record, report: Report) -> None:
    said = {name: value for name, value in record.items() if value is not None}
    filled = first.record | said
    if wrong := [name for name, value in said.items() if first.record[name] not in (None, value)]:
        reason = f"contredit la ligne {first.row.line}, qui porte sur le même objet"
        report.refuse(row.line, wrong[0], reason, row.cells.get(wrong[0], ""))
        return
    report.count("unchanged" if filled == first.record else "updated")
    first.record = filled


def settle(connection: Connection, territory: str, kind: Kind, entries: Sequence[Entry], report: Report) -> None:
    """Compare a batch with what is stored, then write what is new and what changed."""
    stored = read_back(connection, territory, kind, entries)
    stale = replaced(connection, territory=territory) if kind.table is persons else {}
    created: list[Record] = []
    changed: list[Record] = []
    for entry in entries:
        old = stored.get(tuple(entry.record[name] for name in kind.key))
        row = entry.row
        if old is None:
            blanks = {name: value for name, value in kind.defaults.items() if entry.record[name] is None}
            created.append({"territory": territory} | entry.record | blanks)
            report.count("created")
        else:
            try:
                new = kind.merge(old, without_stale(old, entry.record, stale), row.doubt)
            except RefusedLineError as refused:
                report.refuse(row.line, refused.field, refused.reason, row.cells.get(refused.field, ""))
                continue
            if new != old:
                changed.append(new)
            report.count("unchanged" if new == old else "updated")
        report.doubts_of(row)
    write(connection, kind, created, changed)


def without_stale(old: Record, record: Record, stale: Mapping[tuple[int, str], set[str]]) -> Record:
    """The line without what the person has since declared to be out of date: the county's file lags behind them."""
    gone = {name for name, value in record.items() if value in stale.get((old["id"], name), ())}
    gone |= {"email_to_check"} if "email" in gone else set()
    return {name: None if name in gone else value for name, value in record.items()} if gone else record


def write(connection: Connection, kind: Kind, created: Sequence[Record], changed: Sequence[Record]) -> None:
    columns = kind.table.columns.keys()
    store.add(connection, kind.table, [{name: row[name] for name in row if name in columns} for row in created])
    settled = ("id", "territory", *kind.key)
    news = [name for name in columns if name not in settled]
    store.change(connection, kind.table, changed, columns=news)


def read_back(
    connection: Connection, territory: str, kind: Kind, entries: Sequence[Entry]
) -> dict[tuple[Any, ...], Record]:
    values = {entry.record[kind.by] for entry in entries}
    if kind.by in kind.table.columns:
        found = store.stored(connection, kind.table, territory=territory, by=kind.by, values=values)
    else:
        found = store.stored_appointments(connection, territory=territory, persons=values)
    return {tuple(record[name] for name in kind.key): record for record in found}
