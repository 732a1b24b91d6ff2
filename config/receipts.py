"""How a channel says afterwards what became of a message: `[sms.receipts]` in `JALON_CHANNELS`."""

import os
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, model_validator

from tracks.errors import JalonError
from tracks.legal import Strict
from tracks.vocabulary import ReceiptKind

Words = Annotated[tuple[str, ...], Field(min_length=1)]
SHORTEST_SECRET = 24  # characters
NEEDS_A_SECRET = f"le secret doit avoir au moins {SHORTEST_SECRET} caractères"


class Receipts(Strict):
    """`id`, `status`, `event`, `at`: the names, in the service's words or its CSV, of the message, of what became of
    it, of this very word, of its instant; the first one found is read. The rest sorts the service's words for a state.

    `scheme`: « hmac » signs the instant and the body; « secret » shows the secret itself in `header`.
    """

    secret: SecretStr | None = None
    secret_env: str | None = None
    secret_file: Path | None = None
    scheme: Literal["hmac", "secret"] = "hmac"
    header: str = "X-Signature"
    timestamp_header: str = "X-Timestamp"
    separator: str = "."  # what is signed: the instant, this, the body
    window_seconds: Annotated[int, Field(ge=10, le=3600)] = 300
    id: Words = ("message_id",)
    status: Words = ("status",)
    event: tuple[str, ...] = ("event_id",)
    at: tuple[str, ...] = ("at",)
    delivered: tuple[str, ...] = ("delivered",)
    permanent: tuple[str, ...] = ("permanent",)
    temporary: tuple[str, ...] = ("temporary",)
    ignored: tuple[str, ...] = ("accepted", "sent")  # on its way: nothing is known yet

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if sum(given is not None for given in (self.secret, self.secret_env, self.secret_file)) > 1:
            raise ValueError("une seule de ces clés est admise : secret, secret_env, secret_file")
        said = [word.casefold() for kind in (*self.kinds().values(), self.ignored) for word in kind]
        if twice := sorted({word for word in said if said.count(word) > 1}):
            raise ValueError(f"« {twice[0]} » est rangé à deux endroits")
        return self

    def kinds(self) -> dict[ReceiptKind, tuple[str, ...]]:
        return {
            ReceiptKind.DELIVERED: self.delivered,
            ReceiptKind.PERMANENT: self.permanent,
            ReceiptKind.TEMPORARY: self.temporary,
        }

    def kind_of(self, word: str) -> ReceiptKind | None:
        """What the service's word means; None for one that says nothing yet. KeyError: none of the words known."""
        said = word.strip().casefold()
        if said in {ignored.casefold() for ignored in self.ignored}:
            return None
        return {known.casefold(): kind for kind, words in self.kinds().items() for known in words}[said]

    def with_secret(self) -> "Receipts":
        """The same, its secret read from where it lies; none where only files are imported. JalonError: unreadable or
        too short to be one."""
        found = self._secret()
        if found is not None and len(found) < SHORTEST_SECRET:
            raise JalonError(f"{NEEDS_A_SECRET}. Tirez-en un au hasard : openssl rand -hex 32.")
        return self.model_copy(update={"secret": SecretStr(found) if found else None})

    def _secret(self) -> str | None:
        if self.secret_env:
            if not (found := os.environ.get(self.secret_env, "").strip()):
                raise JalonError(f"la variable d'environnement {self.secret_env} est vide ou absente. Définissez-la.")
            return found
        if self.secret_file:
            try:
                return self.secret_file.read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError):
                raise JalonError("le fichier du secret ne se lit pas. Vérifiez son chemin et ses droits.") from None
        return self.secret.get_secret_value() if self.secret else None
