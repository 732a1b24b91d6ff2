"""What every page of the desk needs, opened once: the county, and where staff come from."""

from dataclasses import dataclass

from config.oidc import Oidc
from desk.web.reception import Reception


@dataclass(frozen=True, kw_only=True)
class Office(Reception):
    """`url`: the public address, without a slash at its end. `oidc`: who vouches for accounts, None for nobody."""

    url: str
    oidc: Oidc | None = None

    @property
    def over_tls(self) -> bool:
        return self.url.startswith("https://")

    def cookie(self, name: str) -> str:
        """`__Host-` binds a cookie to this host and to TLS; a browser refuses it without TLS."""
        return f"__Host-{name}" if self.over_tls else name
