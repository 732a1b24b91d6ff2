"""`jalon retention`: shown first, done by a named person, and then nothing of the person is left in JALON_HOME."""

import csv
import json
import os
import re
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import select, update

from config.settings import PROJECT
from store.engine import open_engine, reading, transaction
from store.schema import cases, persons, reviews
from tests.desk.conftest import Jalon

LAST = date(2026, 11, 30)
LATER = "2033-01-01"


def everybody_gone(home: Path) -> None:
    engine = open_engine(f"sqlite:///{home}/jalon.db")
    with transaction(engine) as connection:
        connection.execute(update(cases).values(left_on=LAST))
        seen = datetime(2026, 11, 30, 12, tzinfo=UTC)
        done = {"outcome": "no_action", "reasons": "Vu.", "decided_by": "Ann Blanc", "decided_at": seen}
        connection.execute(update(reviews).values(status="closed", **done))
    engine.dispose()


def test_without_apply_nothing_is_erased(jalon: Jalon, after_the_night: Path) -> None:
    everybody_gone(after_the_night)
    said = jalon("retention", "--on", LATER)
    assert said.exit_code == 0
    assert "Essai à blanc" in said.stdout
    shown = json.loads(jalon("retention", "--on", LATER, "--json").stdout)
    assert shown["erased"] == shown["archived"] > 0
    assert left(after_the_night)


def test_apply_wants_a_name(jalon: Jalon) -> None:
    said = jalon("retention", "--apply")
    assert said.exit_code == 2
    assert "--by QUI" in said.stderr


def test_after_it_no_file_of_jalon_home_holds_a_name_a_mail_or_a_phone(jalon: Jalon, after_the_night: Path) -> None:
    jalon("dispatch", "--at", "2026-11-23T10:00+01:00", "--apply")
    everybody_gone(after_the_night)
    (after_the_night / "reports").mkdir(exist_ok=True)
    report = after_the_night / "reports" / "usagers-refus.csv"
    report.write_text(told()[0], "utf-8")
    os.utime(report, (0, 0))
    assert left(after_the_night)
    said = jalon("retention", "--on", LATER, "--apply", "--by", "Ann Blanc")
    assert said.exit_code == 0, said.output
    assert left(after_the_night) == []
    assert not report.exists()
    assert jalon("audit", "verify").exit_code == 0


def told() -> list[str]:
    """The addresses, phones and full streets of the example's people, as their county wrote them."""
    with (PROJECT / "examples" / "doubs" / "usagers.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    found = {row[column] for row in rows for column in ("Adresses Mails", "Adresse", "N° CAF")}
    return sorted(word for word in found if len(word) > 5)


def left(home: Path) -> list[str]:
    """What some file of JALON_HOME still holds of them, byte for byte; a number met inside a hash is nobody's."""
    files = [re.sub(rb"[0-9a-f]{64}", b"", file.read_bytes()) for file in home.rglob("*") if file.is_file()]
    return [word for word in told() if any(word.encode() in found for found in files)]


def test_an_archived_file_is_out_of_everyday_sight(jalon: Jalon, after_the_night: Path) -> None:
    engine = open_engine(f"sqlite:///{after_the_night}/jalon.db")
    with transaction(engine) as connection:
        connection.execute(update(persons).values(archived_on=date(2028, 12, 1)))
    with reading(engine) as connection:
        number = connection.scalar(select(cases.c.id).limit(1))
        file_number = connection.scalar(select(persons.c.file_number).join(cases).limit(1))
    engine.dispose()
    for meant in (f"c{number}", str(file_number)):
        said = jalon("explain", meant)
        assert said.exit_code == 1
        assert "archive restreinte depuis le 1ᵉʳ décembre 2028" in said.stderr
