"""The calendars that referents keep elsewhere: read from a real server, understood as RFC 5545 means, never trusted."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

import httpx
import pytest
import radicale
import radicale.config
from sqlalchemy import Engine, select

from config.territory import Territory
from store import calendars
from store.agendas import read_agendas
from store.engine import reading, transaction
from store.schema import busy_times
from store.schema import calendars as kept
from tasks.calendar_fetch import CalendarError, Source, allowed, fetch
from tasks.calendar_reading import Days, read_busy
from tasks.calendars import sync
from tasks.invitation import uid
from tests.county import County
from tests.messages.rows import doubs
from tests.messages.servers import answering
from tests.store.acts import ACT, NOW, TODAY, an_appointment
from tracks.agenda import Span
from tracks.calendar import Calendar
from tracks.vocabulary import CalendarKind, CalendarTrouble

DOUBS = Calendar("25", "Europe/Paris")
DAYS = Days(start=DOUBS.local(TODAY, time.min), end=DOUBS.local(date(2027, 3, 23), time.min), civil=DOUBS)
HEAD = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//FR\r\n"
TAIL = "END:VCALENDAR\r\n"


def event(name: str, *lines: str) -> str:
    return "\r\n".join(["BEGIN:VEVENT", f"UID:{name}", "DTSTAMP:20261101T080000Z", *lines, "END:VEVENT", ""])


def busy(*events: str, days: Days = DAYS) -> list[tuple[str, str]]:
    """Local starts and ends, as « 11-24 09:00 »."""
    found = read_busy([(HEAD + "".join(events) + TAIL).encode()], days).spans
    return [(f"{DOUBS.wall_clock(a):%m-%d %H:%M}", f"{DOUBS.wall_clock(b):%m-%d %H:%M}") for a, b in found]


def span(day: int, hour: int, minutes: int = 60) -> Span:
    start = DOUBS.local(date(2026, 11, day), time(hour))
    return start, start + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("DTSTART:20261124T080000Z", "DTEND:20261124T090000Z"), [("11-24 09:00", "11-24 10:00")]),
        (("DTSTART:20261124T090000", "DURATION:PT45M"), [("11-24 09:00", "11-24 09:45")]),
        (("DTSTART;TZID=America/Martinique:20261124T040000", "DURATION:PT1H"), [("11-24 09:00", "11-24 10:00")]),
        (("DTSTART;TZID=Romance Standard Time:20261124T090000", "DURATION:PT1H"), [("11-24 09:00", "11-24 10:00")]),
        (("DTSTART;VALUE=DATE:20261124",), [("11-24 00:00", "11-25 00:00")]),
        (("DTSTART;VALUE=DATE:20261124", "DTEND;VALUE=DATE:20261126"), [("11-24 00:00", "11-26 00:00")]),
        (("DTSTART:20261124T090000", "DURATION:PT1H", "TRANSP:TRANSPARENT"), []),
        (("DTSTART:20261124T090000", "DURATION:PT1H", "STATUS:CANCELLED"), []),
        (("DTSTART:20261124T090000", "DURATION:PT1H", "X-MICROSOFT-CDO-BUSYSTATUS:FREE"), []),
        (("DTSTART:20261124T090000", "DURATION:PT1H", "ATTENDEE;PARTSTAT=DECLINED:mailto:Oyku@example.org"), []),
        (("DTSTART:20261124T090000",), []),
        (("DTSTART:20261024T090000", "DURATION:PT1H"), []),
        (
            ("DTSTART:20261005T090000", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;BYDAY=MO;UNTIL=20261208T000000"),
            [("11-23 09:00", "11-23 10:00"), ("11-30 09:00", "11-30 10:00"), ("12-07 09:00", "12-07 10:00")],
        ),
        (
            (
                "DTSTART;TZID=Europe/Paris:20261005T090000",
                "DURATION:PT1H",
                "RRULE:FREQ=WEEKLY;COUNT=10",
                "EXDATE;TZID=Europe/Paris:20261130T090000",
            ),
            [("11-23 09:00", "11-23 10:00"), ("12-07 09:00", "12-07 10:00")],
        ),
    ],
)
def test_what_an_event_takes(lines: tuple[str, ...], expected: list[tuple[str, str]]) -> None:
    days = Days(start=DAYS.start, end=DAYS.end, civil=DOUBS, email="oyku@example.org")
    assert busy(event("e1", *lines), days=days) == expected


def test_an_hour_that_recurs_stays_the_same_over_the_change_of_clocks() -> None:
    weekly = ("DTSTART;TZID=Europe/Paris:20261001T090000", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;BYDAY=TH")
    days = Days(start=DOUBS.local(date(2026, 10, 22), time.min), end=DAYS.start, civil=DOUBS)
    assert [start for start, _ in busy(event("e1", *weekly), days=days)][:2] == ["10-22 09:00", "10-29 09:00"]


def test_one_moved_and_one_cancelled_occurrence() -> None:
    weekly = event("e1", "DTSTART:20261123T090000", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;COUNT=3")
    moved = event("e1", "RECURRENCE-ID:20261130T090000", "DTSTART:20261201T140000", "DURATION:PT30M")
    off = event("e1", "RECURRENCE-ID:20261207T090000", "DTSTART:20261207T090000", "DURATION:PT1H", "STATUS:CANCELLED")
    assert busy(weekly, moved, off) == [("11-23 09:00", "11-23 10:00"), ("12-01 14:00", "12-01 14:30")]


def test_spans_are_merged_and_say_nothing_else() -> None:
    two = [event(f"e{n}", f"SUMMARY:Secret {n}", f"DTSTART:20261124T{9 + n:02}0000", "DURATION:PT1H") for n in (0, 1)]
    assert busy(*two) == [("11-24 09:00", "11-24 11:00")]


def test_a_calendar_that_publishes_only_when_it_is_busy() -> None:
    told = "BEGIN:VFREEBUSY\r\nUID:f\r\nDTSTAMP:20261101T080000Z\r\nFREEBUSY:20261124T080000Z/20261124T090000Z\r\n"
    told += (
        "FREEBUSY;FBTYPE=FREE:20261125T080000Z/PT1H\r\nFREEBUSY;FBTYPE=BUSY:20261126T080000Z/PT1H\r\nEND:VFREEBUSY\r\n"
    )
    assert busy(told) == [("11-24 09:00", "11-24 10:00"), ("11-26 09:00", "11-26 10:00")]


def test_what_jalon_has_planned_is_not_held_against_itself() -> None:
    days = Days(start=DAYS.start, end=DAYS.end, civil=DOUBS, ours=frozenset({"ours"}))
    assert busy(event("ours", "DTSTART:20261124T090000", "DURATION:PT1H"), days=days) == []


@pytest.mark.parametrize(
    "rule", ["FREQ=SECONDLY", "FREQ=MINUTELY", f"FREQ=DAILY;BYMINUTE={','.join(map(str, range(60)))}"]
)
def test_a_rule_made_to_exhaust_is_left_aside_and_the_others_count(rule: str) -> None:
    bomb = event("bomb", "DTSTART:20261124T090000", "DURATION:PT1S", f"RRULE:{rule}")
    broken = event("broken", "DTSTART:20261399T990000", "DURATION:PT1H")
    sound = event("sound", "DTSTART:20261124T090000", "DURATION:PT1H")
    read = read_busy([(HEAD + bomb + broken + sound + TAIL).encode()], DAYS)
    assert (read.spans, read.skipped) == ((span(24, 9),), 2)


@pytest.mark.parametrize(
    "content", [b"", b"<html>", b"BEGIN:VEVENT\r\nEND:VEVENT\r\n", b"\xff\xfe\x00", b"BEGIN:VCALENDAR"]
)
def test_what_is_no_calendar_says_so(content: bytes) -> None:
    with pytest.raises(CalendarError, match="unreadable"):
        read_busy([content], DAYS)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://agenda.example.org/a.ics", True),
        ("http://agenda.example.org/a.ics", False),
        ("https://name:password@agenda.example.org/a.ics", False),
        ("file:///etc/passwd", False),
        ("ftp://agenda.example.org/a.ics", False),
        ("https://", False),
        ("https://agenda.example.org:99999/", False),
        ("http://127.0.0.1:5232/a.ics", True),
        ("http://127.0.0.1:5233/a.ics", False),
        ("http://10.0.0.1/a.ics", False),
    ],
)
def test_which_addresses_may_be_asked(address: str, expected: bool) -> None:
    assert allowed(address, ("127.0.0.1:5232", "10.0.0.1")) is expected


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "10.0.0.8", "169.254.169.254", "192.168.1.4", "[::1]", "[::ffff:10.0.0.8]", "localhost", "0.0.0.0"],
)
def test_nothing_of_our_own_network_is_asked(host: str) -> None:
    source = Source(address=f"https://{host}/a.ics", kind=CalendarKind.ICS)
    with pytest.raises(CalendarError, match="not_allowed"):
        fetch(source, start=DAYS.start, end=DAYS.end)


ENTITIES = (
    '<!DOCTYPE d [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><d:multistatus xmlns:d="DAV:" '
    'xmlns:c="urn:ietf:params:xml:ns:caldav"><c:calendar-data>&b;</c:calendar-data></d:multistatus>'
)


class Wild(BaseHTTPRequestHandler):
    """A server that answers as bad ones do."""

    def do_GET(self) -> None:
        match self.path:
            case "/elsewhere":
                self.answer(302, b"", location="http://169.254.169.254/latest/meta-data")
            case "/password":
                self.answer(302, b"", location=f"http://a:b@127.0.0.1:{self.server.server_address[1]}/broken")
            case "/round":
                self.answer(302, b"", location="/round")
            case "/large":
                self.answer(200, b" " * (9 * 1024 * 1024))
            case "/zipped":
                self.answer(200, b"x", **{"content-encoding": "gzip"})
            case "/closed":
                self.answer(403, b"")
            case "/broken":
                self.answer(200, b"<html>")
            case _:
                self.answer(404, b"")

    def do_REPORT(self) -> None:
        self.answer(207, ENTITIES.encode(self.path.removeprefix("/")))

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:  # whoever asked has hung up
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def wild() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Wild)
    with answering(server):
        yield f"127.0.0.1:{server.server_address[1]}"


@pytest.mark.parametrize(
    ("path", "trouble"),
    [
        ("elsewhere", "not_allowed"),
        ("password", "not_allowed"),
        ("round", "unreachable"),
        ("large", "too_large"),
        ("zipped", "unreadable"),
        ("closed", "refused"),
        ("none", "not_found"),
    ],
)
def test_a_server_that_answers_badly_says_which_trouble(wild: str, path: str, trouble: str) -> None:
    source = Source(address=f"http://{wild}/{path}", kind=CalendarKind.ICS, inside=(wild,))
    with pytest.raises(CalendarError, match=trouble):
        fetch(source, start=DAYS.start, end=DAYS.end)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_calendar_server_that_declares_entities_is_not_read(wild: str, encoding: str) -> None:
    source = Source(address=f"http://{wild}/{encoding}", kind=CalendarKind.CALDAV, inside=(wild,))
    with pytest.raises(CalendarError, match="unreadable"):
        fetch(source, start=DAYS.start, end=DAYS.end)


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def radicale_server(tmp_path: Path) -> Iterator[str]:
    """A real CalDAV server on loopback, with one user."""
    users = tmp_path / "users"
    users.write_text("oyku:secret\n")
    configuration = radicale.config.load()
    configuration.update(
        {
            "storage": {"filesystem_folder": str(tmp_path / "radicale")},
            "auth": {"type": "htpasswd", "htpasswd_filename": str(users), "htpasswd_encryption": "plain", "delay": "0"},
            "logging": {"level": "critical"},
        },
        "test",
    )
    server = make_server("127.0.0.1", 0, radicale.Application(configuration), handler_class=Quiet)
    with answering(server):
        yield f"127.0.0.1:{server.server_port}"


def put(server: str, *events: str) -> None:
    """A calendar of Öykü's on that server with these events, written as her own software would."""
    with httpx.Client(base_url=f"http://{server}", auth=("oyku", "secret"), trust_env=False) as client:
        client.request("MKCALENDAR", "/oyku/travail/")
        for number, one in enumerate(events):
            answer = client.put(
                f"/oyku/travail/{number}.ics", content=HEAD + one + TAIL, headers={"content-type": "text/calendar"}
            )
            assert answer.status_code == 201, answer.text


def inside(*servers: str) -> Territory:
    county = doubs()
    return Territory(
        **{name: getattr(county, name) for name in Territory.__dataclass_fields__}
        | {
            "file": county.file.model_copy(
                update={"agendas": county.file.agendas.model_copy(update={"inside": servers})}
            )
        }
    )


def added(engine: Engine, county: County, source: str, kind: CalendarKind, secret: str | None = None) -> int:
    with transaction(engine) as connection:
        return calendars.add(connection, ACT, referent=county.referent, source=source, kind=kind, secret=secret)


def known(engine: Engine) -> list[Span]:
    with reading(engine) as connection:
        rows = connection.execute(select(busy_times.c.starts_at, busy_times.c.ends_at).order_by(busy_times.c.starts_at))
        return [(row.starts_at, row.ends_at) for row in rows]


def test_the_round_trip_through_a_caldav_server(
    engine: Engine, county: County, radicale_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENDA_OYKU", "oyku:secret")
    planned = an_appointment(engine, county, days=3)
    territory = inside(radicale_server)
    put(
        radicale_server,
        event("m1", "SUMMARY:Chez le médecin", "DTSTART:20261124T080000Z", "DTEND:20261124T090000Z"),
        event(
            "m2",
            "SUMMARY:Équipe",
            "DTSTART:20261005T080000Z",
            "DURATION:PT1H",
            "RRULE:FREQ=WEEKLY;UNTIL=20261201T000000Z",
        ),
        event(uid(planned, territory), "SUMMARY:Inès E.", "DTSTART:20261126T090000Z", "DURATION:PT45M"),
    )
    address = f"http://{radicale_server}/oyku/travail/"
    number = added(engine, county, address, CalendarKind.CALDAV, "env:AGENDA_OYKU")
    done = sync(engine, territory, on=TODAY, at=NOW)
    assert (done.read, done.failed) == (1, 0)
    assert known(engine) == [span(23, 9), span(24, 9), span(30, 9)]
    with reading(engine) as connection:
        agenda = read_agendas(connection, territory="doubs", from_day=TODAY, calendar=DOUBS)[county.referent]
        assert agenda.elsewhere == tuple(known(engine))
        free = agenda.free_on(date(2026, 11, 24), 60, DOUBS)
        assert span(24, 10)[0] in free
        assert not {span(24, 9)[0], span(24, 9)[0] + timedelta(minutes=45)} & set(free)
    with transaction(engine) as connection:
        calendars.remove(connection, ACT, calendar=number)
    assert known(engine) == []


def test_a_calendar_that_breaks_keeps_what_was_known_and_stops_nothing(
    engine: Engine, county: County, wild: str, tmp_path: Path
) -> None:
    file = tmp_path / "oyku.ics"
    file.write_text(HEAD + event("e1", "DTSTART:20261124T080000Z", "DURATION:PT1H") + TAIL)
    good = added(engine, county, str(file), CalendarKind.FILE)
    added(engine, county, f"http://{wild}/broken", CalendarKind.ICS)
    added(engine, county, f"http://{wild}/closed", CalendarKind.ICS, "env:NOBODY_SET_THIS")
    added(engine, county, "https://nowhere.invalid/a.ics", CalendarKind.ICS)
    first = sync(engine, inside(wild), on=TODAY, at=NOW)
    assert (first.read, first.failed) == (1, 3)
    with reading(engine) as connection:
        assert calendars.in_trouble(connection, territory="doubs") == 3
        assert calendars.in_trouble(connection, territory="jura") == 0
        troubles = connection.scalars(select(kept.c.trouble).order_by(kept.c.id)).all()
    assert troubles == [None, CalendarTrouble.UNREADABLE, CalendarTrouble.NO_SECRET, CalendarTrouble.UNREACHABLE]
    file.write_text("BEGIN:VCALENDAR")
    (tmp_path / "other.ics").write_text(HEAD + TAIL)
    added(engine, county, str(tmp_path / "other.ics"), CalendarKind.FILE)
    second = sync(engine, inside(wild), on=TODAY, at=NOW + timedelta(hours=1))
    assert (second.read, second.failed) == (1, 4)
    assert known(engine) == [span(24, 9)]
    with reading(engine) as connection:
        (row,) = [row for row in calendars.listed(connection, territory="doubs") if row["id"] == good]
    assert (row["trouble"], row["read_at"], row["tried_at"]) == ("unreadable", NOW, NOW + timedelta(hours=1))


def test_a_night_reads_each_calendar_once(engine: Engine, county: County, tmp_path: Path) -> None:
    file = tmp_path / "oyku.ics"
    file.write_text(HEAD + TAIL)
    added(engine, county, str(file), CalendarKind.FILE)
    at = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
    told = [
        sync(engine, doubs(), on=TODAY, at=at + timedelta(minutes=n), older_than=timedelta(hours=3)) for n in (0, 9)
    ]
    assert [one.read for one in told] == [1, 0]
