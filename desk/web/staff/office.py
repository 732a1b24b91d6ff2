"""What every page of the desk needs, opened once: the county, and where staff come from."""

from collections.abc import Callable
from dataclasses import dataclass

from config.oidc import Oidc
from desk.web.reception import Reception
from tasks.prefect_variables import Api


@dataclass(frozen=True, kw_only=True)
class Office(Reception):
    """`url`: the public address, without a slash at its end. `oidc`: who vouches for accounts, None for nobody.
    `find_scheduler`: where Prefect answers now, None while nobody does."""

    url: str
    oidc: Oidc | None = None
    find_scheduler: Callable[[], Api | None] = lambda: None

    @property
    def over_tls(self) -> bool:
        return self.url.startswith("https://")

    def cookie(self, name: str) -> str:
        """`__Host-` binds a cookie to this host and to TLS; a browser refuses it without TLS."""
        return f"__Host-{name}" if self.over_tls else name
