"""Prefect never holds anything personal: raw bytes of its files, after every flow and an error forced in every step.

Two hundred people of the sample county get unmistakable names, addresses, numbers. The same search must find them in
our own database and outbox, or it proves nothing.
"""

import asyncio
import csv
import re
import time
from collections.abc import Callable, Coroutine, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

import pytest
from sqlalchemy.exc import IntegrityError

from config.settings import PROJECT, Settings
from flows.by_hand import connected, run_tracks
from flows.dispatch import dispatch
from flows.intake import intake
from flows.nights import NIGHTS
from flows.report import report
from tasks.prefect_variables import folder
from tests.flows.conftest import MONDAY, Served
from tracks.errors import JalonError

PEOPLE = 210  # a few are on lines that are refused, on purpose
ON_MONDAY = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
# Any of them, any e-mail of the sample, any number of its range (with what hexadecimal never has around it).
PERSONAL = re.compile(rb"(?i)[kc]anarivzq|zephyrxw|kzq\d{5}|@example\.(?:org|com)|(?:\+33|(?<![0-9a-f])0) ?6 ?39 ?98")
CP1252 = {"contrats.csv"}
STEPS = {  # the plain function behind each step
    "open_night": "night.open_night",
    "plan": "night.decide_and_write",
    "check": "night.check",
    "send": "dispatch",
    "import_folder": "import_path",
    "count_the_day": "status.late_reviews",
}


def masked(row: list[str], header: list[str], numbers: dict[str, int]) -> list[str]:
    """The row, in which one of the two hundred has become a canary."""
    n = numbers.get(row[header.index("N° CAF")], PEOPLE)
    if n >= PEOPLE:
        return row
    canary = {
        "N° CAF": f"KZQ{n:05}",
        "Prénom bénéficiaire": "Zephyrxw",
        "Nom bénéficiaire": f"Kanarivzq{n:03}",
        "Adresses Mails": f"canarivzq{n:03}@example.org",
        "N° Téléphones": f"06 39 98 {n // 100:02} {n % 100:02}",
        "Adresse": f"{n} rue Kanarivzq",
    }
    return [canary.get(name, cell) if cell else cell for name, cell in zip(header, row, strict=False)]


def with_canaries(target: Path) -> None:
    """A copy of the sample exports, in which the first two hundred people are canaries."""
    target.mkdir(parents=True)
    numbers: dict[str, int] = {}
    sources = sorted((PROJECT / "examples" / "doubs").glob("*.csv"), key=lambda path: path.name != "usagers.csv")
    for source in sources:
        encoding = "cp1252" if source.name in CP1252 else "utf-8-sig"
        header, *rows = csv.reader(source.read_text(encoding).splitlines(), delimiter=";")
        if source.name == "usagers.csv":
            at = header.index("N° CAF")
            numbers = {number: n for n, number in enumerate(dict.fromkeys(row[at] for row in rows if row[at]))}
        if "N° CAF" in header:
            rows = [masked(row, header, numbers) for row in rows]
        with (target / source.name).open("w", encoding=encoding, newline="") as out:
            csv.writer(out, delimiter=";").writerows([header, *rows])


@pytest.fixture
def county(settings: Settings, sqlite_template: Path) -> Settings:
    """An empty county, with exports to import."""
    (settings.home / "jalon.db").write_bytes(sqlite_template.read_bytes())
    with_canaries(settings.imports / "doubs")
    return settings


def found_in(files: Iterator[Path]) -> list[tuple[str, bytes]]:
    read = ((file.name, file.read_bytes()) for file in files if file.is_file())
    return [
        (name, content[max(0, hit.start() - 60) : hit.end() + 20])
        for name, content in read
        for hit in PERSONAL.finditer(content)
    ]


def told(flow: Callable[[], Coroutine[Any, Any, object]]) -> str:
    """Run it; what its error says."""
    with pytest.raises(JalonError) as caught:
        asyncio.run(flow())  # type: ignore[arg-type]
    return str(caught.value)


def fails(*_: object, **__: object) -> NoReturn:
    """As a database does: the values of the row in the statement's parameters, in its cause, in its text."""
    try:
        raise ValueError("Zephyrxw Kanarivzq007, 06 39 98 00 07, canarivzq007@example.org")
    except ValueError as error:
        values = {"file_number": "KZQ00007", "last_name": "Kanarivzq007"}
        raise IntegrityError("insert into persons values (:file_number, :last_name)", values, error) from error


def test_two_hundred_canaries_are_never_found_in_prefect(
    county: Settings,
    prefect_server: Served,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("flows.dispatch.now", lambda: ON_MONDAY)
    monkeypatch.setattr("flows.report.now", lambda: ON_MONDAY)
    monkeypatch.setattr("flows.edge.now", lambda: ON_MONDAY)
    words = []
    with connected(county):
        asyncio.run(intake(dossier="doubs", appliquer=True))
        done = run_tracks(county, list(NIGHTS), on=MONDAY, apply=True)
        sent = asyncio.run(dispatch(appliquer=True))
        asyncio.run(report())
        for step, function in STEPS.items():
            with monkeypatch.context() as broken:
                broken.setattr(f"tasks.steps.{function}", fails)
                words.append(told(forced(step, county)))

    assert sum(result.cases for result in done) > 2 * PEOPLE
    assert sent["sent"] > PEOPLE
    for step, said in zip(STEPS, words, strict=True):
        assert f"« {step} » interrompue : IntegrityError" in said
        assert recorded(prefect_server, step), f"l'erreur forcée dans « {step} » n'est pas dans la base de Prefect"
    files = [*prefect_server.home.rglob("*"), *folder(county).rglob("*")]
    assert not found_in(iter(files))
    out, err = capfd.readouterr()
    for text in (out, err, caplog.text, *words):
        assert not PERSONAL.search(text.encode())

    ours = found_in(county.home.glob("jalon.db*"))
    assert len({hit for _, context in ours for hit in re.findall(rb"KZQ\d{5}", context)}) >= 200
    assert len(found_in(county.outbox.rglob("*"))) > PEOPLE


def forced(step: str, county: Settings) -> Callable[[], Coroutine[Any, Any, object]]:
    """The flow that goes through `step`."""
    night = next(iter(NIGHTS.values()))
    match step:
        case "send":
            return lambda: dispatch(appliquer=True)
        case "import_folder":
            return lambda: intake(dossier="doubs", appliquer=True)
        case "count_the_day":
            return report
        case _:
            return lambda: night(jour=MONDAY, appliquer=True)


def recorded(prefect_server: Served, step: str) -> bool:
    """The forced error has reached Prefect's files: what is searched there is what was raised."""
    error = re.compile(rb"tape .{1,8}%b.{1,8}interrompue : IntegrityError" % step.encode())
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if any(error.search(file.read_bytes()) for file in prefect_server.home.glob("prefect.db*")):
            return True
        time.sleep(0.5)
    return False
