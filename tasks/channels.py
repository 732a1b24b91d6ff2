"""Hands one message to one recipient through Apprise, and says what really became of it.

A fresh Apprise object a message (it sleeps between two sends of one object); the reason of a failure, which Apprise
does not give, comes from plugins of ours or from what it logs at DEBUG, which is read and never kept.
"""

import logging
import re
from functools import cache
from typing import Any
from urllib.parse import quote

from apprise import Apprise, NotificationManager, NotifyFormat
from apprise.logger import LogCapture

from config.channels import RECIPIENT, Channels
from tasks.composing import Envelope
from tasks.plugins import Answer, Mail, Outbox, Said
from tracks.errors import JalonError
from tracks.french import listed
from tracks.vocabulary import Channel

# Apprise logs recipients at INFO: nothing of it goes further than this module.
logging.getLogger("apprise").propagate = False
logging.getLogger("apprise").addHandler(logging.NullHandler())


@cache
def register() -> None:
    """Teach Apprise our two schemes, once a process."""
    for plugin in (Outbox, Mail):
        NotificationManager().add(plugin)  # type: ignore[no-untyped-call]


def post(envelope: Envelope, url: str) -> Said:
    """Hand the message over to `url`; never raises for what the network or the recipient does."""
    plugin = opened(url, envelope.recipient, envelope.sender_email)
    if plugin is None:
        return Said(answer=Answer.REFUSED)
    plugin.envelope = envelope
    courier = Apprise()
    courier.add(plugin)
    with LogCapture(level=logging.DEBUG) as log:  # type: ignore[no-untyped-call]
        accepted = courier.notify(body=envelope.body, title=envelope.subject, body_format=NotifyFormat.TEXT)
        said = log.getvalue()
    if isinstance(plugin, Mail):
        return Said(answer=plugin.answer, reference=envelope.message_id)
    if isinstance(plugin, Outbox):
        return Said(answer=plugin.answer)
    return Said(answer=Answer.ACCEPTED if accepted else cause(said))


def opened(url: str, recipient: str, sender_email: str) -> Any:
    """A fresh Apprise plugin for one recipient, or None when Apprise cannot make one."""
    register()
    address = url.replace(RECIPIENT, quote(recipient, safe=""))
    joint = "&" if "?" in address else "?"
    if address.startswith("mailto"):
        address = f"jalonmail{address.removeprefix('mailto')}{joint}from={quote(sender_email, safe='')}"
    elif "rto=" not in address:
        address += f"{joint}rto={ANSWER_SECONDS}"
    return Apprise.instantiate(address, suppress_exceptions=True)


def check_channels(channels: Channels, *, sender_email: str) -> None:
    """JalonError when a channel's URL is none that Apprise can use: better before the first message than after it."""
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
TRY_LATER = frozenset({401, 402, 403, 404, 405, 407, 408, 425, 429, 503})  # our account, our URL, our pace
NEVER_TAKEN = frozenset({400, 406, 410, 413, 422})


def cause(said: str) -> Answer:
    """Why an HTTP service of Apprise's did not take a message, from what it logged; in doubt, *unknown*."""
    if codes := HTTP_CODE.findall(said):
        code = int(codes[-1])
        return Answer.REFUSED if code in NEVER_TAKEN else Answer.LATER if code in TRY_LATER else Answer.UNKNOWN
    return Answer.LATER if NOT_REACHED.search(said) else Answer.UNKNOWN
