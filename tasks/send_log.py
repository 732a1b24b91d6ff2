"""What left, noted outside the database as well: one restored from a backup does not know what left since.

`JALON_HOME/sends.jsonl`, a file that only grows: a line before a batch is handed over, a line once it is recorded, each
with the head of the journal's chain at that moment. Keys and ids, never a name. The local outbox is not noted.
"""

import json
import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from store import journal
from store.due import Due
from store.journal import Head
from store.outbox import CHAIN, Pass, Result
from store.reconciling import Left
from tracks.errors import JalonError
from tracks.vocabulary import Channel, MessageStatus, RecipientKind

TAIL = 1 << 20  # bytes: the last line of a territory is nearly always in them
OLDER = (
    "La base est plus ancienne que le dernier envoi noté dans sends.jsonl : elle a sans doute été restaurée. "
    "Rien n'est parti. Lancez jalon messages reconcile --by NOM, puis relancez l'envoi."
)


def begins(file: Path, connection: Connection, this: Pass, batch: Sequence[Due]) -> None:
    """Before anything of the batch is handed over. The line is on the disk when this returns."""
    named = [[due.key, due.recipient_kind, due.recipient_id, due.channel] for due in batch]
    _add(file, connection, this.territory, this.at, {"begins": named}, sync=True)


def ends(file: Path, connection: Connection, this: Pass, results: Sequence[Result]) -> None:
    """Once the database has it: what became of each."""
    by_status: defaultdict[str, list[str]] = defaultdict(list)
    for result in results:
        by_status[result.status].append(result.due.key)
    _add(file, connection, this.territory, this.at, {"ends": by_status})


def reconciled(file: Path, connection: Connection, *, territory: str, at: datetime) -> None:
    """From here on the file and this database say the same."""
    _add(file, connection, territory, at, {"reconciled": True}, sync=True)


def refuse_older(file: Path, connection: Connection, *, territory: str) -> None:
    """JalonError: more has left than this database knows."""
    last = next(_lines_from_the_end(file, territory), None)
    if last and last["head"][0] not in _known(connection, territory, [last]):
        raise JalonError(OLDER)


def left_since(file: Path, connection: Connection, *, territory: str) -> list[Left]:
    """What left, or may have, after all that this database knows."""
    lines = list(_whole(file.read_bytes(), territory)) if file.exists() else []
    known = _known(connection, territory, lines)
    since = max(known, default=0)
    found: dict[str, Left] = {}
    for line in lines:
        if line["head"][0] < since:
            continue
        for key, kind, recipient, channel in line.get("begins", ()):
            found[key] = Left(
                key=key,
                recipient_kind=RecipientKind(kind),
                recipient_id=recipient,
                channel=Channel(channel),
                at=datetime.fromisoformat(line["at"]),
                surely=False,
            )
        for status, keys in line.get("ends", {}).items():
            for key in keys:
                _ended(found, key, MessageStatus(status))
    return list(found.values())


def _ended(found: dict[str, Left], key: str, status: MessageStatus) -> None:
    match status:
        case MessageStatus.SENT if key in found:
            found[key] = found[key].as_sent()
        case MessageStatus.UNKNOWN:
            pass
        case _:
            found.pop(key, None)  # it did not leave


def _known(connection: Connection, territory: str, lines: Sequence[dict[str, Any]]) -> set[int]:
    """The places in the chain of those lines' heads that this database has too."""
    heads = {(seq, hash_) for seq, hash_ in (line["head"] for line in lines)}
    same = journal.hashes(connection, territory=territory, chain=CHAIN, seqs=[seq for seq, _ in heads])
    return {seq for seq, hash_ in heads if seq == 0 or same.get(seq) == hash_}


def _add(
    file: Path, connection: Connection, territory: str, at: datetime, what: dict[str, Any], *, sync: bool = False
) -> None:
    head = journal.head(connection, territory=territory, chain=CHAIN) or Head(chain=CHAIN, seq=0, hash=journal.START)
    line = {"territory": territory, "at": at.isoformat(), "head": [head.seq, head.hash]} | what
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    out = os.open(file, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
    try:
        os.write(out, json.dumps(line, ensure_ascii=False).encode() + b"\n")  # one write: lines never mix
        if sync:
            os.fsync(out)
    finally:
        os.close(out)


def _lines_from_the_end(file: Path, territory: str) -> Iterator[dict[str, Any]]:
    if not file.exists():
        return
    with file.open("rb") as read:
        size = read.seek(0, os.SEEK_END)
        read.seek(max(0, size - TAIL))
        tail = read.read()
    found = list(_whole(tail, territory))
    yield from reversed(found or list(_whole(file.read_bytes(), territory)))


def _whole(content: bytes, territory: str) -> Iterator[dict[str, Any]]:
    """The lines of the territory; one that a kill has cut is skipped."""
    for text in content.splitlines():
        try:
            line = json.loads(text)
        except ValueError:
            continue
        if isinstance(line, dict) and line["territory"] == territory:
            yield line
