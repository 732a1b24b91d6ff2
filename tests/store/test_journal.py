"""The journal shows whoever deletes, alters, moves or cuts any one of its lines."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, func, insert, select, update

from store import journal
from store.engine import reading, transaction
from store.journal import JournalEvent
from store.schema import journal as table
from store.schema import runs

AT = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
LINES = 40


def events(count: int, start: int = 0) -> list[JournalEvent]:
    return [
        JournalEvent(at=AT, actor="run:1", kind="appointment", subject=f"c{n}", policy_version="v@2026-01-01")
        for n in range(start, start + count)
    ]


@pytest.fixture
def written(engine: Engine, tmp_path: Path) -> Engine:
    """Two chains of one territory, their heads noted outside the database."""
    with transaction(engine) as connection:
        journal.append(connection, territory="doubs", chain="night", events=events(LINES))
        journal.append(connection, territory="doubs", chain="desk", events=events(3))
        journal.note_heads(connection, territory="doubs", file=tmp_path / "heads.jsonl")
    return engine


def verified(engine: Engine, file: Path) -> journal.Verified:
    known = journal.heads_in(file, territory="doubs")
    with reading(engine) as connection:
        return journal.verify(connection, territory="doubs", known=known)


def test_a_whole_journal_is_whole(written: Engine, tmp_path: Path) -> None:
    found = verified(written, tmp_path / "heads.jsonl")
    assert found.first_bad is None
    assert found.lines == LINES + 3
    assert found.heads["night"].seq == LINES


def test_a_second_append_follows_the_first(written: Engine, tmp_path: Path) -> None:
    with transaction(written) as connection:
        added = journal.append(connection, territory="doubs", chain="night", events=events(2, LINES))
    assert added == 2
    assert verified(written, tmp_path / "heads.jsonl").heads["night"].seq == LINES + 2


def test_territories_have_their_own_chains(written: Engine) -> None:
    with transaction(written) as connection:
        journal.append(connection, territory="jura", chain="night", events=events(1))
        assert journal.heads(connection, territory="jura")["night"].seq == 1
        assert journal.verify(connection, territory="jura").lines == 1


def test_every_single_deleted_line_is_found_the_last_included(written: Engine, tmp_path: Path) -> None:
    for seq in range(1, LINES + 1):
        with transaction(written, apply=False) as connection:
            connection.execute(delete(table).where(table.c.chain == "night", table.c.seq == seq))
            known = journal.heads_in(tmp_path / "heads.jsonl", territory="doubs")
            found = journal.verify(connection, territory="doubs", known=known)
        assert found.first_bad is not None
        assert (found.first_bad.chain, found.first_bad.seq) == ("night", seq)


@pytest.mark.parametrize("column", ["actor", "kind", "subject", "policy_version", "hash", "previous_hash"])
def test_every_single_altered_field_is_found(written: Engine, tmp_path: Path, column: str) -> None:
    known = journal.heads_in(tmp_path / "heads.jsonl", territory="doubs")
    for seq in range(1, LINES + 1):
        with transaction(written, apply=False) as connection:
            here = (table.c.chain == "night") & (table.c.seq == seq)
            connection.execute(update(table).where(here).values({column: "altered"}))
            found = journal.verify(connection, territory="doubs", known=known)
        assert found.first_bad is not None
        assert found.first_bad.seq == seq


def test_a_changed_instant_is_found(written: Engine) -> None:
    with transaction(written, apply=False) as connection:
        here = (table.c.chain == "night") & (table.c.seq == 7)
        connection.execute(update(table).where(here).values(at=AT.replace(minute=1)))
        found = journal.verify(connection, territory="doubs")
    assert found.first_bad is not None
    assert found.first_bad.seq == 7


def test_two_lines_that_changed_places_are_found(written: Engine) -> None:
    for seq in range(1, LINES):
        with transaction(written, apply=False) as connection:
            for old, new in ((seq, -1), (seq + 1, seq), (-1, seq + 1)):
                here = (table.c.chain == "night") & (table.c.seq == old)
                connection.execute(update(table).where(here).values(seq=new))
            found = journal.verify(connection, territory="doubs")
        assert found.first_bad is not None
        assert found.first_bad.seq == seq


def test_a_tail_resealed_after_a_cut_differs_from_the_noted_head(written: Engine, tmp_path: Path) -> None:
    """Cutting the end and writing as many new, well-chained lines: only the noted head tells."""
    with transaction(written, apply=False) as connection:
        connection.execute(delete(table).where(table.c.chain == "night", table.c.seq > LINES - 2))
        journal.append(connection, territory="doubs", chain="night", events=events(2, 900))
        assert journal.verify(connection, territory="doubs").first_bad is None
        known = journal.heads_in(tmp_path / "heads.jsonl", territory="doubs")
        found = journal.verify(connection, territory="doubs", known=known)
    assert found.first_bad is not None
    assert found.first_bad.seq == LINES


def test_the_heads_noted_by_a_run_show_a_cut_tail(written: Engine) -> None:
    with transaction(written) as connection:
        noted = journal.noted(journal.heads(connection, territory="doubs"))
        run = {"territory": "doubs", "track": "x", "on_day": AT.date(), "started_at": AT, "status": "done"}
        connection.execute(insert(runs).values(run | {"journal_heads": noted}))
        connection.execute(delete(table).where(table.c.chain == "desk"))
        found = journal.verify(connection, territory="doubs")
        left = connection.scalar(select(func.count()).select_from(table))
    assert left == LINES
    assert found.first_bad is not None
    assert (found.first_bad.chain, found.first_bad.seq) == ("desk", 1)


def test_a_half_written_line_of_the_heads_file_is_skipped(written: Engine, tmp_path: Path) -> None:
    file = tmp_path / "heads.jsonl"
    file.write_text(file.read_text(encoding="utf-8") + '{"territory": "dou', encoding="utf-8")
    assert verified(written, file).first_bad is None


def test_the_same_name_has_the_same_digest_and_is_not_readable() -> None:
    assert journal.person("Hélène  Marchal") == journal.person("hélène marchal ")
    assert "marchal" not in journal.person("Hélène Marchal").lower()
