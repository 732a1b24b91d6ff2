"""OpenID Connect, by the code flow with PKCE: the county's own directory vouches for an account that it was given.

Nothing is kept between leaving and coming back but one cookie: state, nonce and verifier are worked out from it, and a
page that did not set it out cannot bring anybody in.
"""

import hmac
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import quote, unquote, urlencode

import httpx
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import KeySet

from config.oidc import Oidc
from store.tokens import new_secret
from tracks.errors import JalonError

LASTS, CACHED, LEEWAY = timedelta(minutes=10), timedelta(hours=1), 60  # seconds of drift between two clocks
ALGORITHMS = ["RS256", "PS256", "ES256"]
PATIENCE = 5.0  # seconds


class ProviderError(JalonError):
    """The provider does not answer as it should; why is for the log of nobody."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at signing in, as the browser keeps it: when it began, a secret, where to go afterwards."""

    cookie: str

    @classmethod
    def begun(cls, at: datetime, *, after: str) -> "Attempt":
        return cls(f"{int(at.timestamp())}.{new_secret()}.{quote(after, safe='')}")

    def derived(self, what: str) -> str:
        """43 characters that nobody can tell without the cookie."""
        digest = hmac.new(self.cookie.encode(), what.encode(), sha256).digest()
        return urlsafe_b64encode(digest).decode().rstrip("=")

    @property
    def after(self) -> str:
        return unquote(self.cookie.rpartition(".")[2])

    def is_of(self, state: str, *, at: datetime) -> bool:
        begun = self.cookie.partition(".")[0]
        if not (begun.isascii() and begun.isdigit() and len(begun) < 12):
            return False
        age = at.timestamp() - int(begun)
        return secrets.compare_digest(self.derived("state").encode(), state.encode()) and 0 <= age <= LASTS.seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Whom the provider vouches for. `email`: only where it says that it verified it."""

    issuer: str
    subject: str
    email: str | None


@dataclass
class Provider:
    """One provider: its addresses and its keys, read again each hour, and its keys when it signs with a new one."""

    settings: Oidc
    known: dict[str, Any] = field(default_factory=dict)
    keys: KeySet | None = None
    read_at: datetime | None = None

    def where_to_sign_in(self, attempt: Attempt, *, back: str, at: datetime) -> str:
        """The provider's page for this attempt. ProviderError."""
        words = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": back,
            "scope": "openid email",
            "state": attempt.derived("state"),
            "nonce": attempt.derived("nonce"),
            "code_challenge": create_s256_code_challenge(attempt.derived("verifier")),
            "code_challenge_method": "S256",
        }
        page = str(self._discovered(at)["authorization_endpoint"])
        return f"{page}{'&' if '?' in page else '?'}{urlencode(words)}"

    def identity(self, attempt: Attempt, *, code: str, back: str, at: datetime) -> Identity:
        """Who came back with this code. ProviderError: nobody that can be believed."""
        words = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "code_verifier": attempt.derived("verifier"),
        }
        credentials = httpx.BasicAuth(quote(self.settings.client_id), quote(self.settings.client_secret))
        found = self._asked("POST", str(self._discovered(at)["token_endpoint"]), data=words, auth=credentials)
        claims = self._believed(str(found.get("id_token", "")), nonce=attempt.derived("nonce"), at=at)
        verified = claims.get("email_verified") in (True, "true")
        return Identity(
            issuer=claims["iss"],
            subject=str(claims["sub"]),
            email=str(claims.get("email")) if verified and claims.get("email") else None,
        )

    def _believed(self, token: str, *, nonce: str, at: datetime) -> dict[str, Any]:
        """The claims of a token that this provider signed, for us, for this attempt, now."""
        for again in (False, True):
            try:
                decoded = jwt.decode(token, self._signed_with(at, again=again), algorithms=ALGORITHMS)
                break
            except Exception as error:
                if again:
                    raise ProviderError(type(error).__name__) from None
        options = {
            "iss": {"essential": True, "value": self.settings.issuer},
            "aud": {"essential": True, "value": self.settings.client_id},
        }
        given = {"nonce": nonce, "client_id": self.settings.client_id}
        claims = CodeIDToken(decoded.claims, decoded.header, options=options, params=given)
        try:
            claims.validate(now=int(at.timestamp()), leeway=LEEWAY)
        except Exception as error:
            raise ProviderError(type(error).__name__) from None
        return dict(claims)

    def _signed_with(self, at: datetime, *, again: bool) -> KeySet:
        known = self._discovered(at)
        if self.keys is None or again:
            self.keys = KeySet.import_key_set(self._asked("GET", str(known["jwks_uri"])))  # type: ignore[arg-type]
        return self.keys

    def _discovered(self, at: datetime) -> dict[str, Any]:
        if self.read_at is None or not timedelta(0) <= at - self.read_at < CACHED:
            issuer = self.settings.issuer
            found = self._asked("GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration")
            if found.get("issuer") != issuer or not {"authorization_endpoint", "token_endpoint", "jwks_uri"} <= set(
                found
            ):
                raise ProviderError("discovery")
            self.known, self.keys, self.read_at = found, None, at
        return self.known

    def _asked(self, method: str, url: str, **words: Any) -> dict[str, Any]:
        """A JSON object. ProviderError."""
        try:
            answer = httpx.request(method, url, timeout=PATIENCE, follow_redirects=False, **words)
            answer.raise_for_status()
            found = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise ProviderError(type(error).__name__) from None
        if not isinstance(found, dict):
            raise ProviderError("json")
        return found
