"""Who vouches for the accounts of the desk: an OpenID Connect provider, from the environment."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from config.hosts import is_loopback
from config.settings import Settings
from tracks.errors import JalonError


@dataclass(frozen=True, kw_only=True)
class Oidc:
    """`name`: what the button says. JalonError: half a configuration, or an address that others could listen to."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    name: str

    def __post_init__(self) -> None:
        found = urlsplit(self.issuer)
        if not (found.scheme == "https" or (found.scheme == "http" and is_loopback(found.hostname or ""))):
            raise JalonError("JALON_OIDC_ISSUER : une adresse https est attendue.")
        if not self.client_id:
            raise JalonError("JALON_OIDC_CLIENT_ID manque : c'est le nom de Jalon chez votre fournisseur d'identité.")


def load_oidc(settings: Settings) -> Oidc | None:
    """None where no provider is named."""
    if not settings.oidc_issuer:
        return None
    return Oidc(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret.get_secret_value(),
        name=settings.oidc_name,
    )
