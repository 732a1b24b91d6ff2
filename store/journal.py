"""The audit journal: lines that are only ever added, each sealed by the hash of the one before it.

It holds ids and digests, never a name, so that erasing a person breaks no chain. One chain a writer: writers of
different chains never wait for one another.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, Select, func, insert, select

from store.schema import journal, runs

START = "0" * 64
AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEvent:
    """`at` is aware. `actor`: `run:<id>`, `import:<digest>`, `dispatch` or `person:<digest>`, see `person`."""

    at: datetime
    actor: str
    kind: str
    subject: str
    policy_version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The last line of a chain, as it was when somebody noted it."""

    chain: str
    seq: int
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BadLine:
    """`why` in French: what does not hold."""

    chain: str
    seq: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """`first_bad` None: every line is there, in its place, as it was written."""

    lines: int
    first_bad: BadLine | None = None
    heads: Mapping[str, Head] = field(default_factory=dict)


def person(name: str) -> str:
    """How the journal names somebody of the staff: a digest, the same for the same name."""
    return f"person:{digest(' '.join(name.split()).casefold())}"


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def canonical_digest(values: Mapping[str, Any]) -> str:
    """A short digest of values: the same values make the same, whatever the order of their names."""
    return digest(json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str))


def append(connection: Connection, *, territory: str, chain: str, events: Iterable[JournalEvent]) -> int:
    """Seal the events after the last line of the chain; how many lines were added."""
    if connection.dialect.name == "postgresql":  # SQLite's write transactions already come one at a time
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"{territory}/{chain}", 0))))
    last = head(connection, territory=territory, chain=chain)
    seq, previous = (last.seq, last.hash) if last else (0, START)
    rows = []
    for event in events:
        seq += 1
        line = {
            "territory": territory,
            "chain": chain,
            "seq": seq,
            "at": event.at,
            "actor": event.actor,
            "kind": event.kind,
            "subject": event.subject,
            "policy_version": event.policy_version,
            "previous_hash": previous,
        }
        previous = _seal(previous, line)
        rows.append(line | {"hash": previous})
    if rows:
        connection.execute(insert(journal), rows)
    return len(rows)


def head(connection: Connection, *, territory: str, chain: str) -> Head | None:
    """The last line of one chain, if it has any."""
    last = connection.execute(
        select(journal.c.seq, journal.c.hash)
        .where(journal.c.territory == territory, journal.c.chain == chain)
        .order_by(journal.c.seq.desc())
        .limit(1)
    ).first()
    return Head(chain=chain, seq=last.seq, hash=last.hash) if last else None


def hashes(connection: Connection, *, territory: str, chain: str, seqs: Sequence[int]) -> dict[int, str]:
    """Those of the lines of a chain that are there."""
    found: dict[int, str] = {}
    for start in range(0, len(seqs), AT_ONCE):
        some = (journal.c.chain == chain) & journal.c.seq.in_(seqs[start : start + AT_ONCE])
        rows = connection.execute(select(journal.c.seq, journal.c.hash).where(journal.c.territory == territory, some))
        found |= dict(rows.tuples().all())
    return found


def heads(connection: Connection, *, territory: str) -> dict[str, Head]:
    """The last line of each chain: what a run notes, so that a cut tail shows."""
    last = (
        select(journal.c.chain, func.max(journal.c.seq).label("seq"))
        .where(journal.c.territory == territory)
        .group_by(journal.c.chain)
        .subquery()
    )
    found = connection.execute(
        select(journal.c.chain, journal.c.seq, journal.c.hash)
        .join(last, (last.c.chain == journal.c.chain) & (last.c.seq == journal.c.seq))
        .where(journal.c.territory == territory)
        .order_by(journal.c.chain)
    )
    return {row.chain: Head(chain=row.chain, seq=row.seq, hash=row.hash) for row in found}


def noted(found: Mapping[str, Head]) -> dict[str, list[int | str]]:
    """The heads as `runs.journal_heads` keeps them: chain → [seq, hash]."""
    return {chain: [head.seq, head.hash] for chain, head in found.items()}


def note_heads(connection: Connection, *, territory: str, file: Path) -> None:
    """Add the heads to a file outside the database: who cuts the journal must find this file too."""
    _note(file, {"territory": territory, "heads": noted(heads(connection, territory=territory))})


def note_restored(connection: Connection, *, territory: str, file: Path) -> None:
    """Somebody says that this database comes from a backup: heads noted after that backup are not awaited any more."""
    _note(file, {"territory": territory, "restored": noted(heads(connection, territory=territory))})


def _note(file: Path, line: Mapping[str, object]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", encoding="utf-8") as out:
        out.write(json.dumps(line) + "\n")


def heads_in(file: Path, *, territory: str) -> list[Head]:
    """The heads noted outside the database; a half-written last line (a kill) is skipped."""
    found: list[Head] = []
    for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else ():
        try:
            entry = json.loads(line)
        except json.JSONDecodeError:
            continue
        if entry["territory"] != territory:
            continue
        if "restored" in entry:
            ends = {head.chain: head.seq for head in _heads_of(entry["restored"])}
            found = [head for head in found if head.seq <= ends.get(head.chain, 0)]
        else:
            found.extend(_heads_of(entry["heads"]))
    return found


def verify(connection: Connection, *, territory: str, known: Iterable[Head] = ()) -> Verified:
    """Read every chain from its first line. `known`: heads noted outside; those of the runs are always compared."""
    expected = _by_chain(territory, connection, known)
    lines = 0
    found: dict[str, Head] = {}
    with connection.execute(_all_lines(territory), execution_options={"yield_per": 5_000}) as rows:
        for row in rows:
            last = found.get(row.chain, Head(chain=row.chain, seq=0, hash=START))
            if why := _fault(territory, row, last, expected.get(row.chain, {})):
                bad = BadLine(chain=row.chain, seq=last.seq + 1, why=why)
                return Verified(lines=lines, first_bad=bad, heads=found)
            lines += 1
            found[row.chain] = Head(chain=row.chain, seq=row.seq, hash=row.hash)
    for chain, seqs in sorted(expected.items()):
        end = found[chain].seq if chain in found else 0
        if max(seqs) > end:
            cut = BadLine(chain=chain, seq=end + 1, why="ligne absente : la fin de la chaîne a été coupée")
            return Verified(lines=lines, first_bad=cut, heads=found)
    return Verified(lines=lines, heads=found)


def _fault(territory: str, row: Row[Any], last: Head, expected: Mapping[int, set[str]]) -> str | None:
    if row.seq != last.seq + 1:
        return "ligne absente ou déplacée"
    if row.previous_hash != last.hash:
        return "ne suit pas la ligne précédente"
    if row.hash != _seal(last.hash, dict(row._mapping) | {"territory": territory}):
        return "ligne modifiée après son écriture"
    if expected.get(row.seq, set()) - {row.hash}:
        return "diffère de la tête de chaîne notée par une nuit ou hors de la base"
    return None


def _seal(previous: str, line: Mapping[str, object]) -> str:
    at = line["at"]
    assert isinstance(at, datetime)
    fields = [
        line["territory"],
        line["chain"],
        line["seq"],
        at.astimezone(UTC).isoformat(),
        line["actor"],
        line["kind"],
        line["subject"],
        line["policy_version"],
    ]
    text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()


def _all_lines(territory: str) -> Select[Any]:
    columns = ("chain", "seq", "at", "actor", "kind", "subject", "policy_version", "hash", "previous_hash")
    return (
        select(*(journal.c[name] for name in columns))
        .where(journal.c.territory == territory)
        .order_by(journal.c.chain, journal.c.seq)
    )


def _by_chain(territory: str, connection: Connection, known: Iterable[Head]) -> dict[str, dict[int, set[str]]]:
    """chain → seq → the hashes that were noted for it."""
    expected: dict[str, dict[int, set[str]]] = {}
    stored = connection.execute(
        select(runs.c.journal_heads).where(runs.c.territory == territory, runs.c.journal_heads.is_not(None))
    ).scalars()
    for head in [*known, *(head for entry in stored for head in _heads_of(entry or {}))]:
        expected.setdefault(head.chain, {}).setdefault(head.seq, set()).add(head.hash)
    return expected


def _heads_of(entry: Mapping[str, list[int | str]]) -> list[Head]:
    return [Head(chain=chain, seq=int(seq), hash=str(hash_)) for chain, (seq, hash_) in entry.items()]
