"""`jalon agenda` as somebody runs it, and the feed as the calendars of referents read it: two independent parsers."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import icalendar
import pytest
import vobject
from sqlalchemy import Engine, select

from store.engine import reading
from store.schema import calendars, feeds, journal
from tests.county import County
from tests.desk.conftest import Jalon
from tests.store.acts import NOW, an_appointment, row_of
from tests.web.conftest import Clock, served

BY = ("--by", "Hélène Marchal")
OYKU = "oyku@example.org"
EVENT = "BEGIN:VEVENT\r\nUID:e\r\nDTSTAMP:20261101T080000Z\r\nSUMMARY:Médecin\r\nDTSTART:20261124T080000Z\r\n"
FILE = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//FR\r\n{EVENT}DURATION:PT1H\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"


def test_a_calendar_is_added_read_listed_and_forgotten(jalon: Jalon, at_the_county: County, tmp_path: Path) -> None:
    file = tmp_path / "oyku.ics"
    file.write_text(FILE)
    added = jalon("agenda", "add", OYKU, file, *BY)
    assert (added.exit_code, "1 plage prise, relu le 23 novembre à 10" in added.stdout) == (0, True), added.output
    assert jalon("agenda", "add", OYKU, file, *BY).exit_code == 1
    listed = jalon("agenda", "list", "--json")
    assert '"spans": 1' in listed.stdout
    assert "Médecin" not in listed.output + added.output
    assert str(file) not in listed.output
    file.unlink()
    broken = jalon("agenda", "sync")
    assert broken.exit_code == 1
    assert "il n'y a plus d'agenda à cet endroit. Reste 1 plage prise" in broken.stdout
    assert jalon("agenda", "remove", "g1", *BY).exit_code == 0
    assert "0 agenda" in jalon("agenda", "list").stdout


@pytest.mark.parametrize(
    "source", ["http://agenda.example.org/a.ics", "https://moi:secret@example.org/a", "absent.ics"]
)
def test_what_may_not_be_asked_is_refused_at_once(
    jalon: Jalon, engine: Engine, at_the_county: County, source: str
) -> None:
    refused = jalon("agenda", "add", OYKU, source, *BY)
    assert refused.exit_code == 1
    assert "secret@" not in refused.output
    assert jalon("agenda", "add", OYKU, "https://example.org/a", "--secret", "moi:secret", *BY).exit_code == 2
    with reading(engine) as connection:
        assert connection.execute(select(calendars)).all() == []


def test_a_referent_follows_their_appointments_from_their_own_calendar(
    jalon: Jalon, engine: Engine, at_the_county: County, tmp_path: Path
) -> None:
    kept = an_appointment(engine, at_the_county, days=3, subject="Bilan RSA")
    an_appointment(engine, at_the_county, days=4, status="revoked")
    an_appointment(engine, at_the_county, days=7, by_phone=True)
    path = re.search(r"/a/(\w{22})\.ics", jalon("agenda", "feed", OYKU, *BY).stdout)
    assert path
    with served(engine, tmp_path, clock=Clock(NOW)) as address, httpx.Client(trust_env=False) as client:
        url = address + path[0]
        answer = client.get(url)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
        read = icalendar.Calendar.from_ical(answer.content)
        starts = [event.decoded("dtstart") for event in read.walk("VEVENT")]
        assert starts == [NOW + timedelta(days=3), NOW + timedelta(days=7)]
        other = vobject.readOne(answer.text)
        assert [(e.summary.value, e.location.value) for e in other.vevent_list] == [
            ("Inès E.", "CMS de Planoise"),
            ("Inès E.", "Par téléphone"),
        ]
        assert [e.dtstart.value for e in other.vevent_list] == starts
        assert not re.search("RSA|Bilan|Exemple|emploi|06399|0250001", answer.text)
        again = client.get(url, headers={"If-None-Match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert client.head(url).status_code == 200
        tuesday = "2026-12-08T10:00+01:00"
        assert jalon("appointment", "move", f"a{kept}", "--to", tuesday, *BY).exit_code == 0
        changed = client.get(url, headers={"If-None-Match": answer.headers["etag"]})
        assert changed.status_code == 200
        uid = str(read.walk("VEVENT")[0]["uid"])
        (moved,) = [e for e in icalendar.Calendar.from_ical(changed.content).walk("VEVENT") if str(e["uid"]) == uid]
        assert (moved.decoded("dtstart"), moved["sequence"]) == (datetime(2026, 12, 8, 9, 0, tzinfo=UTC), 1)
        for wrong in (f"{address}/a/{'2' * 22}.ics", f"{address}/a/{path[1]}", f"{address}/r/{path[1]}"):
            assert client.get(wrong).status_code == 404
        assert client.post(url).status_code == 405
        assert jalon("agenda", "feed", OYKU, *BY).exit_code == 0  # another link: the first one ends
        assert client.get(url).status_code == 404
        assert "ne sert plus" in jalon("agenda", "feed", OYKU, "--revoke", *BY).stdout
    assert row_of(engine, feeds, 1).token_hash != path[1]
    with reading(engine) as connection:
        assert None not in connection.scalars(select(feeds.c.revoked_at)).all()
        assert not any(path[1] in str(tuple(line)) for line in connection.execute(select(journal)))
