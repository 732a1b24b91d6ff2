"""An Apprise plugin of ours for HTTP services that it does not know: one request, and what its answer really means."""

import ipaddress
import json
import socket
from collections.abc import Mapping
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from apprise import NotifyBase, NotifyFormat

from config import gateways
from config.gateways import GatewaySettings, address_faults, filled, is_forbidden
from tasks.answers import Answer, Said
from tasks.composing import Envelope
from tracks.errors import JalonError

LARGEST_ANSWER = 64_000  # bytes
CONNECT_SECONDS = 5.0
LONGEST_PAUSE = timedelta(hours=6)


class Line:
    """A gateway during a pass: its address and headers, read once, and the connections that it keeps. Close it."""

    def __init__(self, settings: GatewaySettings) -> None:
        """JalonError: a secret that is not there, an address that is not admitted; never the value itself."""
        self.settings = settings
        self.url = settings.url.read()
        if faults := address_faults(self.url):
            raise JalonError(" ".join(faults))
        self.headers = {name: secret.read() for name, secret in settings.headers.items()}
        timeout = httpx.Timeout(settings.seconds, connect=min(CONNECT_SECONDS, settings.seconds))
        self.client = httpx.Client(timeout=timeout, follow_redirects=False, trust_env=False)

    def close(self) -> None:
        self.client.close()


class Gateway(NotifyBase):  # type: ignore[no-untyped-call]
    """Apprise's `gateway://name`."""

    service_name = "Jalon"  # type: ignore[assignment]
    protocol = "gateway"  # type: ignore[assignment]
    notify_format = NotifyFormat.TEXT
    title_maxlen = 0
    envelope: Envelope
    line: Line
    said = Said(answer=Answer.LATER)

    def send(self, body: Any, title: Any = "", notify_type: Any = None, attach: Any = None, **kwargs: Any) -> bool:
        self.said = Said(answer=Answer.UNKNOWN)  # whatever may be raised from here on
        self.said = asked(self.line, self.envelope)
        return self.said.answer is Answer.ACCEPTED

    def url(self, privacy: bool = False, *args: Any, **kwargs: Any) -> str:
        return "gateway://"


def asked(line: Line, envelope: Envelope) -> Said:
    """Hand the message over. Until the request is on its way, a failure is only a delay; then silence is *unknown*."""
    key = envelope.message_id.strip("<>").partition("@")[0]
    values = {
        "destinataire": envelope.recipient,
        "texte": envelope.body,
        "expediteur": envelope.sender,
        "cle": key,
    }
    content, kind = encoded(line.settings, values)
    headers = {**line.headers, "Content-Type": kind}
    if line.settings.idempotency_header:
        headers[line.settings.idempotency_header] = key
    if leads_astray(line.url):
        return Said(answer=Answer.LATER)
    try:
        with line.client.stream(line.settings.method, line.url, content=content, headers=headers) as response:
            return read(line.settings, response)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol):
        return Said(answer=Answer.LATER)
    except httpx.HTTPError:
        return Said(answer=Answer.UNKNOWN)


def encoded(settings: GatewaySettings, values: dict[str, str]) -> tuple[bytes, str]:
    body = filled(settings.body, values)
    if settings.format == "form":
        return urlencode(body).encode("ascii"), "application/x-www-form-urlencoded"
    return json.dumps(body).encode("ascii"), "application/json"


def leads_astray(url: str) -> bool:
    """The name leads, at this moment, where no gateway is: a link-local address, a cloud's metadata."""
    parts = urlsplit(url)
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
    except OSError:
        return True  # no such name: nothing can be handed over
    return any(is_forbidden(str(ipaddress.ip_address(str(each[4][0]).partition("%")[0]))) for each in found)


def read(settings: GatewaySettings, response: httpx.Response) -> Said:
    """What the answer means; the status is known already, whatever becomes of the rest."""
    content = b""
    try:
        for part in response.iter_bytes():
            content += part
            if len(content) > LARGEST_ANSWER:
                break
        told = json.loads(content)
    except (httpx.HTTPError, ValueError, RecursionError):
        told = None
    answer = meant(settings, response.status_code, told)
    reference = found(told, settings.reference) if settings.reference else None
    return Said(answer=answer, reference=reference, retry_after=pause(response.headers))


def meant(settings: GatewaySettings, status: int, told: Any) -> Answer:
    """By the lists of the file, else by what everybody means by that status; in doubt, *unknown*."""
    listed = {
        **dict.fromkeys(settings.accepted, Answer.ACCEPTED),
        **dict.fromkeys(settings.permanent, Answer.REFUSED),
        **dict.fromkeys(settings.temporary, Answer.LATER),
    }
    by_status = listed.get(status) or usual(status)
    if settings.code is None or by_status is not Answer.ACCEPTED:
        return by_status
    code = found(told, settings.code)
    if code in settings.accepted_codes:
        return Answer.ACCEPTED
    if code in settings.permanent_codes:
        return Answer.REFUSED
    if code in settings.temporary_codes:
        return Answer.LATER
    return Answer.UNKNOWN if settings.accepted_codes or code is None else Answer.ACCEPTED


def usual(status: int) -> Answer:
    if status in gateways.ACCEPTED:
        return Answer.ACCEPTED
    if status in gateways.PERMANENT:
        return Answer.REFUSED
    return Answer.LATER if status in gateways.TEMPORARY else Answer.UNKNOWN


def found(told: Any, path: str) -> str | None:
    """What stands at `path` of a JSON answer, as text; None when nothing, or something that is no value, does."""
    for step in path.split("."):
        match told:
            case dict():
                told = told.get(step)
            case list() if step.isdecimal() and int(step) < len(told):
                told = told[int(step)]
            case _:
                return None
    return str(told) if isinstance(told, str | int) and not isinstance(told, bool) else None


def pause(headers: Mapping[str, str]) -> timedelta | None:
    """How long the service asks to be left alone, six hours at most: seconds, or a date by its own clock."""
    said = headers.get("Retry-After", "").strip()
    if said.isdecimal() and len(said) < 10:
        return min(timedelta(seconds=int(said)), LONGEST_PAUSE)
    try:
        asked_for = parsedate_to_datetime(said) - parsedate_to_datetime(headers.get("Date", ""))
    except (TypeError, ValueError):
        return None
    return min(max(asked_for, timedelta()), LONGEST_PAUSE)
