"""An HTTP service that Apprise does not know: what is sent to it, and how its answers are read. No expression language.

The file names it (`[gateway.nom]`), a channel uses it (`url = "gateway://nom"`).
"""

import ipaddress
import os
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, model_validator

from config.hosts import is_loopback
from tracks.errors import JalonError
from tracks.legal import Strict

PLACEHOLDERS = frozenset({"destinataire", "texte", "expediteur", "cle"})
OURS = frozenset({"content-length", "host", "transfer-encoding", "connection"})  # written by the client alone
# fmt: off
ACCEPTED = frozenset(range(200, 300))
PERMANENT = frozenset({400, 406, 410, 413, 422})
TEMPORARY = frozenset({401, 402, 403, 404, 405, 407, 408, 425, 429, 503}) | frozenset(range(300, 400))
# fmt: on
Status = Annotated[int, Field(ge=100, le=599)]


class Secret(Strict):
    """A value of the file, of an environment variable, or of a file that Jalon alone can read."""

    value: SecretStr | None = None
    env: str | None = None
    file: Path | None = None
    scheme: str = ""  # « Bearer », « Basic »: written before the value

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(given is not None for given in (self.value, self.env, self.file)) != 1:
            raise ValueError("une seule de ces clés est attendue : value, env, file")
        return self

    def read(self) -> str:
        """JalonError: it is not there, or no header could hold it; never the value itself."""
        if self.env:
            found = os.environ.get(self.env, "").strip()
            if not found:
                raise JalonError(f"la variable d'environnement {self.env} est vide ou absente. Définissez-la.")
        elif self.file:
            try:
                found = self.file.read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError):
                raise JalonError("le fichier du secret ne se lit pas. Vérifiez son chemin et ses droits.") from None
        else:
            found = self.value.get_secret_value() if self.value else ""
        if not found.isascii() or not found.isprintable():
            raise JalonError("la valeur tient sur une ligne, en ASCII.")
        return f"{self.scheme} {found}" if self.scheme else found


class GatewaySettings(Strict):
    """`body`: its values hold `{destinataire}`, `{texte}`, `{expediteur}`, `{cle}`. `reference` and `code`: where they
    are in a JSON answer, keys and ranks joined by dots. `accepted`, `permanent`, `temporary`: HTTP statuses."""

    url: Secret
    method: Literal["POST", "PUT"] = "POST"
    format: Literal["json", "form"] = "json"
    headers: dict[str, Secret] = Field(default_factory=dict)
    body: dict[str, Any]
    idempotency_header: str | None = None
    seconds: Annotated[float, Field(gt=0, le=60)] = 20
    reference: str | None = None
    accepted: tuple[Status, ...] = ()
    permanent: tuple[Status, ...] = ()
    temporary: tuple[Status, ...] = ()
    code: str | None = None
    accepted_codes: tuple[str, ...] = ()
    permanent_codes: tuple[str, ...] = ()
    temporary_codes: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if faults := list(self._faults()):
            raise ValueError(" ; ".join(faults))
        return self

    @property
    def is_keyed(self) -> bool:
        """Our key goes with each message, so that the service can tell a repetition."""
        return self.idempotency_header is not None or "cle" in set(named(self.body))

    def _faults(self) -> Iterator[str]:
        try:
            found = list(named(self.body))
        except ValueError:
            yield "body : une accolade n'est pas fermée"
            return
        if unknown := sorted(set(found) - PLACEHOLDERS):
            yield f"body : {', '.join(unknown)} inconnu ; attendu : {', '.join(sorted(PLACEHOLDERS))}"
        if missing := [name for name in ("destinataire", "texte") if found.count(name) != 1]:
            yield f"body : {', '.join(missing)} doit y figurer une fois et une seule"
        if self.format == "form" and not all(isinstance(value, str) for value in self.body.values()):
            yield "body : un formulaire n'a que des textes"
        for name in (*self.headers, *filter(None, [self.idempotency_header])):
            if not name.replace("-", "").isalnum() or not name.isascii() or name.lower() in OURS:
                yield f"headers : « {name[:40]} » n'est pas admis"
        lists = (self.accepted, self.permanent, self.temporary)
        if len({status for each in lists for status in each}) < sum(map(len, lists)):
            yield "accepted, permanent, temporary : un même code ne figure que dans une liste"
        if bool(self.code) != any((self.accepted_codes, self.permanent_codes, self.temporary_codes)):
            yield "code : va avec accepted_codes, permanent_codes ou temporary_codes"


def named(value: Any) -> Iterator[str]:
    """The placeholders of a body, as often as they stand there. ValueError: a brace that is not closed."""
    match value:
        case str():
            for _, name, spec, conversion in Formatter().parse(value):
                if name is not None:
                    yield name + (f":{spec}" if spec else "") + (f"!{conversion}" if conversion else "")
        case dict():
            for inside in value.values():
                yield from named(inside)
        case list() | tuple():
            for inside in value:
                yield from named(inside)


def filled(value: Any, values: dict[str, str]) -> Any:
    """The body with its placeholders replaced; what replaces them is never read again."""
    match value:
        case str():
            return "".join(text + (values[name] if name else "") for text, name, _, _ in Formatter().parse(value))
        case dict():
            return {key: filled(inside, values) for key, inside in value.items()}
        case list() | tuple():
            return [filled(inside, values) for inside in value]
        case _:
            return value


def address_faults(url: str) -> list[str]:
    """What makes the address of a gateway dangerous: in clear, with a password in it, to a link-local service."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if not host or parts.scheme not in ("https", "http"):
        return ["l'adresse commence par https:// et nomme une machine."]
    faults = []
    if parts.scheme == "http" and not is_loopback(host):
        faults.append("https:// est exigé : http:// n'est admis que vers cette machine.")
    if parts.username or parts.password or parts.fragment:
        faults.append("ni identifiant ni # dans l'adresse : un secret va dans headers.")
    if any(c.isspace() or not c.isprintable() for c in url):
        faults.append("une seule adresse, sans espace.")
    if is_forbidden(host):
        faults.append("cette machine-là n'est pas admise (adresse locale au lien ou service de métadonnées).")
    return faults


def is_forbidden(host: str) -> bool:
    """Link-local, multicast or nobody's: where a cloud's metadata answer, and no SMS gateway. `host`: a name passes."""
    if host.rstrip(".").lower() in ("metadata", "metadata.google.internal"):
        return True
    try:
        found = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    if mapped is not None:
        found = mapped
    ec2_in_v6 = ipaddress.ip_address("fd00:ec2::254")
    return found.is_link_local or found.is_multicast or found.is_unspecified or found == ec2_in_v6
