"""Fetches a referent's own calendar: https, from where the county allows, within a size and a time; else says why not.

Nothing that is read here is logged: an address can be a secret, and a calendar says where somebody is.
"""

import ipaddress
import os
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx
from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from config.hosts import is_loopback
from tracks.errors import JalonError
from tracks.vocabulary import CalendarKind, CalendarTrouble

LARGEST = 8 * 1024 * 1024  # bytes; ten years of a busy calendar are two
SECONDS = 20.0
WAIT = httpx.Timeout(8.0, connect=5.0)
REDIRECTS = 3
CALDAV = "{urn:ietf:params:xml:ns:caldav}"
HEADERS = {"accept-encoding": "identity", "user-agent": "Jalon"}


class CalendarError(JalonError):
    """A calendar that cannot be read."""

    def __init__(self, trouble: CalendarTrouble) -> None:
        self.trouble = trouble
        super().__init__(trouble.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a calendar is, as the base says it; `inside`: the county's own servers."""

    address: str
    kind: CalendarKind
    secret: str | None = None
    inside: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)


def fetch(source: Source, *, start: datetime, end: datetime) -> list[bytes]:
    """The calendars of this source; of a CalDAV server, only what touches [start, end). CalendarError: none."""
    address = _address(source)
    if source.kind is CalendarKind.FILE:
        return [_file(Path(address))]
    give_up = time.monotonic() + SECONDS
    with _troubles(), httpx.Client(trust_env=False, timeout=WAIT, follow_redirects=False) as client:
        if source.kind is CalendarKind.ICS:
            return [_ask(client, "GET", address, source, give_up=give_up)]
        query = _query(start, end)
        return _calendars(_ask(client, "REPORT", address, source, give_up=give_up, content=query))


def allowed(address: str, inside: tuple[str, ...]) -> bool:
    """Whether this address may be asked at all, as it is written: https, no password in it, or one of the county's."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return False
    if parts.username or parts.password or not parts.hostname or parts.fragment:
        return False
    ours = _is_inside(parts.hostname, port, inside)
    return parts.scheme == "https" or (parts.scheme == "http" and ours and is_loopback(parts.hostname))


def _is_inside(host: str, port: int | None, inside: tuple[str, ...]) -> bool:
    return host in inside or f"{host}:{port}" in inside


def _address(source: Source) -> str:
    found = _named(source.address, source) if source.address.startswith("env:") else source.address
    if source.kind is not CalendarKind.FILE and not allowed(found, source.inside):
        raise CalendarError(CalendarTrouble.NOT_ALLOWED)
    return found


def _named(text: str, source: Source) -> str:
    """What « env:NAME » or « file:PATH » holds."""
    where, _, name = text.partition(":")
    try:
        found = Path(name).read_text("utf-8") if where == "file" else source.environment.get(name, "")
    except (OSError, UnicodeDecodeError):
        found = ""
    if not found.strip():
        raise CalendarError(CalendarTrouble.NO_SECRET)
    return found.strip()


def _file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            found = file.read(LARGEST + 1)
    except OSError:
        raise CalendarError(CalendarTrouble.NOT_FOUND) from None
    if len(found) > LARGEST:
        raise CalendarError(CalendarTrouble.TOO_LARGE)
    return found


def _ask(
    client: httpx.Client, method: str, address: str, source: Source, *, give_up: float, content: bytes | None = None
) -> bytes:
    """The body of the answer. A redirection is held to the same guard, and never takes the password elsewhere."""
    first = urlsplit(address).netloc
    for _ in range(REDIRECTS + 1):
        parts = urlsplit(address)
        if not allowed(address, source.inside) or parts.hostname is None:
            raise CalendarError(CalendarTrouble.NOT_ALLOWED)
        auth = _auth(source) if parts.netloc == first else None
        peer = _resolved(parts.hostname, parts.port, source.inside)
        url = httpx.URL(address).copy_with(host=peer)
        headers = HEADERS | {"host": parts.netloc}
        if content is not None:
            headers |= {"depth": "1", "content-type": "application/xml; charset=utf-8"}
        asked = client.build_request(
            method, url, headers=headers, content=content, extensions=client_extensions(parts.hostname)
        )
        answer = client.send(asked, auth=auth, stream=True)
        try:
            if answer.has_redirect_location:
                address = urljoin(address, answer.headers["location"])
                continue
            return _body(answer, give_up)
        finally:
            answer.close()
    raise CalendarError(CalendarTrouble.UNREACHABLE)


def client_extensions(host: str) -> dict[str, object]:
    """The certificate is that of the name, though the connection goes to the very address that was checked."""
    return {"timeout": WAIT.as_dict(), "sni_hostname": host}


def _auth(source: Source) -> httpx.Auth | None:
    if source.secret is None:
        return None
    name, _, password = _named(source.secret, source).partition(":")
    return httpx.BasicAuth(name, password)


def _resolved(host: str, port: int | None, inside: tuple[str, ...]) -> str:
    """An address of this name that may be asked: a public one, unless the county says that the server is its own.

    It is looked up once and used as it is, so that a name cannot point elsewhere a moment later.
    """
    try:
        found = {str(one[4][0]) for one in socket.getaddrinfo(host, port or 443, type=socket.SOCK_STREAM)}
    except OSError:
        raise CalendarError(CalendarTrouble.UNREACHABLE) from None
    ours = _is_inside(host, port, inside)
    if not ours and not all(_is_public(address) for address in found):
        raise CalendarError(CalendarTrouble.NOT_ALLOWED)
    return min(found, key=lambda address: (":" in address, address))


def _is_public(address: str) -> bool:
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address) and (inner := found.ipv4_mapped or found.sixtofour):
        return inner.is_global and not inner.is_multicast
    return found.is_global and not found.is_multicast


def _body(answer: httpx.Response, give_up: float) -> bytes:
    match answer.status_code:
        case 200 | 207:
            pass
        case 401 | 403 | 407:
            raise CalendarError(CalendarTrouble.REFUSED)
        case 404 | 410:
            raise CalendarError(CalendarTrouble.NOT_FOUND)
        case _:
            raise CalendarError(CalendarTrouble.UNREACHABLE)
    if answer.headers.get("content-encoding", "identity").lower() != "identity":
        raise CalendarError(CalendarTrouble.UNREADABLE)  # it was asked for as it is: what it unfolds to is not known
    read = bytearray()
    for chunk in answer.iter_raw():
        read += chunk
        if len(read) > LARGEST:
            raise CalendarError(CalendarTrouble.TOO_LARGE)
        if time.monotonic() > give_up:
            raise CalendarError(CalendarTrouble.TOO_SLOW)
    return bytes(read)


@contextmanager
def _troubles() -> Iterator[None]:
    """What a library says of a failure may hold the address: only which kind it was goes on."""
    try:
        yield
    except httpx.TimeoutException:
        raise CalendarError(CalendarTrouble.TOO_SLOW) from None
    except (httpx.HTTPError, httpx.InvalidURL, OSError):
        raise CalendarError(CalendarTrouble.UNREACHABLE) from None


def _query(start: datetime, end: datetime) -> bytes:
    """RFC 4791, 7.8: the events that touch a span of time, those that recur included."""
    span = f'start="{start:%Y%m%dT%H%M%SZ}" end="{end:%Y%m%dT%H%M%SZ}"'
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<c:calendar-query xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:prop><c:calendar-data/></d:prop>'
        '<c:filter><c:comp-filter name="VCALENDAR"><c:comp-filter name="VEVENT">'
        f"<c:time-range {span}/></c:comp-filter></c:comp-filter></c:filter></c:calendar-query>"
    ).encode()


def _calendars(answer: bytes) -> list[bytes]:
    """The calendar objects of a multistatus answer. CalendarError: it is none."""
    try:
        root = ElementTree.fromstring(answer)  # refuses entities, that a server has no reason to declare
    except (ElementTree.ParseError, DefusedXmlException):
        raise CalendarError(CalendarTrouble.UNREADABLE) from None
    if root.tag != "{DAV:}multistatus":
        raise CalendarError(CalendarTrouble.UNREADABLE)
    return [found.text.encode() for found in root.iter(f"{CALDAV}calendar-data") if found.text]
