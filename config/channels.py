"""The channels of `JALON_CHANNELS`: through which Apprise URL each kind of message leaves, how fast, at what hours.

None configured: every channel is the local outbox, and nothing leaves the machine.
"""

import os
from datetime import time
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import parse_qsl, urlsplit

from pydantic import Field, SecretStr, model_validator

from config.gateways import GatewaySettings
from config.reading import Mistakes, name_of, read_toml
from config.receipts import Receipts
from tracks.errors import JalonError
from tracks.legal import Strict
from tracks.vocabulary import Channel, NoticeProof, Repeat

LOCAL = "outbox://local"
RECIPIENT = "{destinataire}"
MAIL = frozenset({"outbox", "mailto", "mailtos"})
# fmt: off
# Apprise's SMS services, and a gateway of the county's own behind `json` or `form`.
TEXT = frozenset({
    "outbox", "gateway", "json", "jsons", "form", "forms", "clicksend", "httpsms", "msgbird", "plivo", "seven", "sfr",
    "sinch", "smseagle", "smseagles", "sns", "twilio", "vonage",
})
# A second recipient, a file of this machine, a repeated sending, a changed text: never by a URL.
NEVER = frozenset({
    "attach", "attachment", "bcc", "cc", "emojis", "format", "image", "inline", "optional", "overflow", "pgp",
    "pgpkey", "pgpprv", "pgppub", "redirect", "retry", "store", "tag", "tags", "to", "tz", "wait", "wkd",
})
# fmt: on
SCHEMES: dict[Channel, frozenset[str]] = {
    Channel.SMS: TEXT,
    Channel.EMAIL: MAIL,
    Channel.LETTER: frozenset({"outbox", "print"}),
    Channel.STAFF: MAIL,
}
GATEWAY = "gateway://"
KEYED = frozenset({"outbox", "mailto", "mailtos"})  # our key goes with each message, as its Message-ID
SAID_ELSEWHERE = frozenset({"from", "name", "reply"})  # the sender is that of territory.toml


class ChannelSettings(Strict):
    """`url` or where to read it; local hours; `delivered_when`: what counts as the arrival of a summons (R6.3).

    `class`: what becomes of a message when the channel has said nothing of it.
    """

    url: SecretStr | None = None
    url_env: str | None = None
    url_file: Path | None = None
    said_class: Annotated[Repeat | None, Field(strict=False, validation_alias="class")] = None
    per_second: Annotated[float, Field(gt=0, le=1000)] | None = None
    daily_ceiling: Annotated[int, Field(ge=1)] | None = None  # above, all of the day waits for two people
    euros: Annotated[Decimal, Field(ge=0, max_digits=8, decimal_places=4)] | None = None  # a segment, a message
    not_before: time = time(9)
    not_after: time = time(19)
    delivered_when: Literal["accepted", "receipt", "accepted_and_no_bounce_after"] = "accepted"
    smtputf8: bool = False  # the mail server takes an address with an accent before the @
    no_bounce_after_days: Annotated[int, Field(ge=1, le=30)] | None = None
    no_receipt_after_days: Annotated[int, Field(ge=1, le=30)] = 3  # with « receipt »: then it counts as not arrived
    receipts: Receipts | None = None

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if sum(given is not None for given in (self.url, self.url_env, self.url_file)) > 1:
            raise ValueError("une seule de ces clés est admise : url, url_env, url_file")
        if self.not_before >= self.not_after:
            raise ValueError("not_before : doit précéder not_after")
        if (self.delivered_when == "accepted_and_no_bounce_after") != (self.no_bounce_after_days is not None):
            raise ValueError("no_bounce_after_days : va avec delivered_when = « accepted_and_no_bounce_after »")
        return self

    @property
    def address(self) -> str:
        """The Apprise URL; that of an SMS service holds `{destinataire}` in the place of the one number."""
        return self.url.get_secret_value() if self.url else LOCAL

    @property
    def repeat(self) -> Repeat:
        """The local outbox takes a message once; of another channel we know it only when the county says so."""
        return self.said_class or (Repeat.IDEMPOTENT if self.is_local else Repeat.PARK)

    @property
    def is_local(self) -> bool:
        return self.address == LOCAL

    def proof(self, channel: Channel) -> NoticeProof:
        """What the channel's « accepted » proves of a notice."""
        if channel is Channel.LETTER:
            return NoticeProof.NONE  # printed; posted is what a person says (jalon letters posted)
        return NoticeProof.DELIVERED if self.delivered_when == "accepted" else NoticeProof.NONE


class StaffSettings(ChannelSettings):
    """The morning messages leave earlier, on working days only."""

    not_before: time = time(7)


class Production(Strict):
    """`database`: « machine/base » of PostgreSQL, or the path of the SQLite file, from which people are written to."""

    database: str


class Only(Strict):
    """`allow`: whole addresses, numbers, domains."""

    allow: tuple[str, ...]


class Channels(Strict):
    """One channel a kind of message."""

    sms: ChannelSettings = ChannelSettings()
    email: ChannelSettings = ChannelSettings()
    letter: ChannelSettings = ChannelSettings()
    staff: StaffSettings = StaffSettings()
    gateway: dict[str, GatewaySettings] = Field(default_factory=dict)
    production: Production | None = None
    only: Only | None = None

    def of(self, channel: Channel) -> ChannelSettings:
        match channel:
            case Channel.SMS:
                return self.sms
            case Channel.EMAIL:
                return self.email
            case Channel.LETTER:
                return self.letter
            case Channel.STAFF:
                return self.staff

    @property
    def are_local(self) -> bool:
        """Nothing leaves the machine; whoever dispatches says so."""
        return all(self.of(channel).is_local for channel in Channel)


def load_channels(path: Path | None) -> Channels:
    """The channels of the file, or the local outbox for all when there is none. Mistakes: all of them at once."""
    if path is None:
        return Channels()
    if not path.is_file():
        raise JalonError(
            f"JALON_CHANNELS : le fichier {path} n'existe pas, ou ce n'est pas un fichier. Rien n'est parti. "
            "Corrigez son chemin ; sans JALON_CHANNELS, tout s'écrit dans JALON_HOME/outbox."
        )
    read = read_toml(path, Channels)
    wrong: list[str] = []
    found = {channel.value: resolved(path, channel, read, wrong) for channel in Channel}
    if wrong:
        raise Mistakes(wrong)
    return read.model_copy(update=found)


def resolved(path: Path, channel: Channel, channels: Channels, wrong: list[str]) -> ChannelSettings:
    """The same settings, with the URL read from where they say and checked."""
    settings = channels.of(channel)
    head = f"{name_of(path)}, `{channel}`"
    if settings.receipts:
        try:
            settings = settings.model_copy(update={"receipts": settings.receipts.with_secret()})
        except JalonError as error:
            wrong.append(f"{head}.receipts : {error}")
    try:
        url = read_url(settings)
    except JalonError as error:
        wrong.append(f"{head} : {error}")
        return settings
    if url is None:
        return settings
    wrong.extend(f"{head}.url : {fault}" for fault in url_faults(channel, url))
    keyed = url.partition("://")[0].lower() in KEYED
    if url.startswith(GATEWAY):
        gateway = channels.gateway.get(url.removeprefix(GATEWAY))
        if gateway is None:
            wrong.append(f"{head}.url : aucune passerelle ne porte ce nom. Attendu : [gateway.nom].")
        keyed = gateway is not None and gateway.is_keyed
    if settings.said_class is Repeat.IDEMPOTENT and not keyed:
        wrong.append(
            f"{head}.class : « idempotent » n'est pas admis ici, faute de pouvoir donner au service une clé qui lui "
            "fasse reconnaître un second envoi. Attendu : resend, park."
        )
    return settings.model_copy(update={"url": SecretStr(url), "url_env": None, "url_file": None})


def read_url(settings: ChannelSettings) -> str | None:
    if settings.url_env:
        if not (found := os.environ.get(settings.url_env, "").strip()):
            raise JalonError(f"la variable d'environnement {settings.url_env} est vide ou absente. Définissez-la.")
        return found
    if settings.url_file:
        try:
            return settings.url_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise JalonError("le fichier de url_file ne se lit pas. Vérifiez son chemin et ses droits.") from None
    return settings.url.get_secret_value() if settings.url else None


def url_faults(channel: Channel, url: str) -> list[str]:
    """What makes a URL unusable or dangerous, in French; never the URL itself, which holds a password."""
    scheme = url.partition("://")[0].lower()
    if scheme not in SCHEMES[channel]:
        return [f"« {scheme[:20]}:// » n'est pas admis ici. Attendu : {', '.join(sorted(SCHEMES[channel]))}."]
    if scheme == "gateway":
        return []
    faults = []
    parts = urlsplit(url)
    if scheme in MAIL and (parts.path.strip("/") or RECIPIENT in url):
        faults.append(
            "pas de destinataire dans l'adresse : Jalon écrit à une personne à la fois, qu'il nomme lui-même."
        )
    if scheme not in MAIL | {"print"} and url.count(RECIPIENT) != 1:
        faults.append(f"{RECIPIENT} doit y figurer une fois et une seule : un envoi, une personne.")
    if url.count("://") > 1 or any(c.isspace() or c == "," for c in url):
        faults.append("une seule adresse est admise, sans espace ni virgule.")
    for key in sorted({key.lower() for key, _ in parse_qsl(parts.query, keep_blank_values=True)}):
        if key in NEVER or (scheme in MAIL and key.startswith((" ", "+"))):
            faults.append(f"le paramètre « {key.strip()} » n'est pas admis : retirez-le.")
        elif scheme in MAIL and key in SAID_ELSEWHERE:
            faults.append(f"le paramètre « {key} » n'est pas admis : l'expéditeur est celui de territory.toml.")
    return faults
