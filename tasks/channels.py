"""Hands one message to one recipient through Apprise, and says what really became of it.

A fresh plugin of Apprise's a message (it sleeps between two sends of one); ours is kept during a pass. The reason of a
failure, which Apprise does not give, comes from plugins of ours or from what it logs at DEBUG, read and never kept.
"""

import logging
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from functools import cache
from typing import Any
from urllib.parse import quote, urlsplit

from apprise import Apprise, NotificationManager, NotifyFormat

from config.channels import RECIPIENT, Channels
from config.gateways import GatewaySettings
from tasks.answers import Answer, Said
from tasks.composing import Envelope
from tasks.gateway import Gateway, Line, usual
from tasks.plugins import Mail, Outbox, Wire
from tracks.errors import JalonError
from tracks.french import listed
from tracks.vocabulary import Channel

# Apprise logs recipients at INFO: nothing of it goes further than this module.
logging.getLogger("apprise").propagate = False
logging.getLogger("apprise").addHandler(logging.NullHandler())


class Overheard(logging.Handler):
    """What Apprise logs in each thread, while somebody there listens; it is read and never kept."""

    def __init__(self) -> None:
        super().__init__(level=logging.DEBUG)
        self._heard = threading.local()

    def emit(self, record: logging.LogRecord) -> None:
        lines: list[str] | None = getattr(self._heard, "lines", None)
        if lines is not None:
            lines.append(record.getMessage())

    @contextmanager
    def listening(self) -> Iterator[list[str]]:
        lines: list[str] = []
        self._heard.lines = lines
        try:
            yield lines
        finally:
            self._heard.lines = None


overheard = Overheard()
logging.getLogger("apprise").addHandler(overheard)
logging.getLogger("apprise").setLevel(logging.DEBUG)


OURS = (Outbox, Mail, Gateway)


@cache
def register() -> None:
    """Teach Apprise our schemes, once a process."""
    for plugin in OURS:
        NotificationManager().add(plugin)  # type: ignore[no-untyped-call]


class Carrier:
    """What one sender of messages keeps during a pass: plugins of ours, a mail connection, the lines to gateways.

    Close it.
    """

    def __init__(self, gateways: Mapping[str, GatewaySettings] | None = None) -> None:
        self.wire = Wire()
        self._gateways = gateways or {}
        self._lines: dict[str, Line] = {}
        self._kept: dict[str, tuple[Apprise, Any]] = {}

    def courier(self, url: str, envelope: Envelope) -> tuple[Apprise, Any] | None:
        """Apprise with its plugin, ready for this envelope; None when Apprise cannot make one."""
        if url in self._kept:
            courier, plugin = self._kept[url]
        else:
            plugin = opened(url, envelope.recipient, envelope.sender_email)
            if plugin is None:
                return None
            courier = Apprise()
            courier.add(plugin)
            if isinstance(plugin, Mail):
                plugin.wire = self.wire
            if isinstance(plugin, Gateway):
                plugin.line = self.line(urlsplit(url).netloc)
            if isinstance(plugin, OURS) and RECIPIENT not in url:
                self._kept[url] = courier, plugin
        if isinstance(plugin, OURS):
            plugin.envelope, plugin.said = envelope, type(plugin).said
        return courier, plugin

    def line(self, name: str) -> Line:
        if name not in self._lines:
            self._lines[name] = Line(self._gateways[name])
        return self._lines[name]

    def close(self) -> None:
        self.wire.close()
        for line in self._lines.values():
            line.close()
        self._lines.clear()


def post(envelope: Envelope, url: str, carrier: Carrier | None = None) -> Said:
    """Hand the message over to `url`; never raises for what the network or the recipient does.

    Without a `carrier`, nothing is kept for the next message.
    """
    if carrier is None:
        with closing(Carrier()) as carrier:
            return post(envelope, url, carrier)
    found = carrier.courier(url, envelope)
    if found is None:
        return Said(answer=Answer.REFUSED)
    courier, plugin = found
    with overheard.listening() as lines:
        accepted = courier.notify(body=envelope.body, title=envelope.subject, body_format=NotifyFormat.TEXT)
    if isinstance(plugin, OURS):
        said: Said = plugin.said
        return said
    return Said(answer=Answer.ACCEPTED if accepted else cause("\n".join(lines)))


def opened(url: str, recipient: str, sender_email: str) -> Any:
    """A fresh Apprise plugin for one recipient, or None when Apprise cannot make one."""
    register()
    address = url.replace(RECIPIENT, quote(recipient, safe=""))
    joint = "&" if "?" in address else "?"
    if address.startswith("mailto"):
        address = f"jalonmail{address.removeprefix('mailto')}{joint}from={quote(sender_email, safe='')}"
    elif not address.startswith(("gateway:", "outbox:")) and "rto=" not in address:
        address += f"{joint}rto={ANSWER_SECONDS}"
    return Apprise.instantiate(address, suppress_exceptions=True)


def check_channels(channels: Channels, *, sender_email: str) -> None:
    """JalonError when a channel's URL is none that Apprise can use: better before the first message than after it."""
    for name, settings in channels.gateway.items():
        try:
            Line(settings).close()
        except JalonError as error:
            raise JalonError(f"JALON_CHANNELS, `gateway.{name}` : {error} Rien n'est parti.") from None
    remote = [channel for channel in Channel if not channels.of(channel).is_local]
    unusable = [c.value for c in remote if opened(channels.of(c).address, "+33639980000", sender_email) is None]
    if unusable:
        raise JalonError(
            f"JALON_CHANNELS : Apprise ne peut rien faire de l'adresse du canal {listed(unusable)}. Rien n'est parti. "
            "Vérifiez l'hôte, l'identifiant et le mot de passe."
        )


ANSWER_SECONDS = 20  # Apprise waits for 4: too many answers would come after it and be *unknown*
HTTP_CODE = re.compile(r"error=(\d{3})")
NOT_REACHED = re.compile(
    "Failed to establish a new connection|ConnectTimeout|NameResolutionError|CERTIFICATE_VERIFY_FAILED"
)


def cause(said: str) -> Answer:
    """Why an HTTP service of Apprise's did not take a message, from what it logged; in doubt, *unknown*."""
    if codes := HTTP_CODE.findall(said):
        return usual(int(codes[-1]))
    return Answer.LATER if NOT_REACHED.search(said) else Answer.UNKNOWN
