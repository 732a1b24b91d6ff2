"""A small OpenID provider on loopback: real RS256 keys, discovery, code flow with PKCE, nonce, codes for one use."""

import base64
import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from desk.web.server import in_background, listen
from tests.web.conftest import Clock

CLIENT, SECRET = "jalon", "un secret : de jalon"


@dataclass
class Directory:
    """`claims`: what it says of whoever signs in, over what an honest one says. `signs`: the key that it signs with."""

    clock: Clock
    issuer: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    algorithm: str = "RS256"
    keys: list[RSAKey] = field(default_factory=list)
    signs: Any = None
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: int = 0

    def __post_init__(self) -> None:
        self.turn_key()

    def turn_key(self) -> None:
        """From now on it signs with a new key, and publishes that one alone."""
        self.signs = RSAKey.generate_key(2048, {"kid": secrets.token_hex(4), "use": "sig"})
        self.keys = [self.signs]

    def routes(self) -> list[Route]:
        return [
            Route("/.well-known/openid-configuration", self.discovery),
            Route("/authorize", self.authorize),
            Route("/token", self.token, methods=["POST"]),
            Route("/keys", lambda request: JSONResponse(KeySet(self.keys).as_dict(private=False))),
        ]

    async def discovery(self, request: Request) -> Response:
        ends = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        return JSONResponse({"issuer": self.issuer} | {name: f"{self.issuer}/{end}" for name, end in ends.items()})

    async def authorize(self, request: Request) -> Response:
        """Somebody has just typed their password there."""
        asked = dict(request.query_params)
        right = asked["client_id"] == CLIENT and asked["response_type"] == "code"
        if not right or asked["code_challenge_method"] != "S256":
            return Response(status_code=400)
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}", 303)

    async def token(self, request: Request) -> Response:
        given = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        scheme, _, basic = request.headers["authorization"].partition(" ")
        asked = self.codes.pop(given.get("code", ""), None)
        if asked is None or scheme != "Basic" or not self.is_client(basic):
            return JSONResponse({"error": "invalid_grant"}, 400)
        digest = hashlib.sha256(given["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if challenge != asked["code_challenge"] or given["redirect_uri"] != asked["redirect_uri"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        self.tokens += 1
        at = int(self.clock.at.timestamp())
        honest = {"iss": self.issuer, "aud": CLIENT, "iat": at, "exp": at + 300, "sub": "u-1", "nonce": asked["nonce"]}
        told = honest | {"email": "coordinator@example.org", "email_verified": True} | self.claims
        kept = {name: value for name, value in told.items() if value is not None}
        header = {"alg": self.algorithm} | ({"kid": self.signs.kid} if self.algorithm == "RS256" else {})
        signed = jwt.encode(header, kept, self.signs, algorithms=[self.algorithm])
        return JSONResponse({"access_token": secrets.token_hex(8), "token_type": "Bearer", "id_token": signed})

    def is_client(self, basic: str) -> bool:
        from urllib.parse import unquote

        name, _, secret = base64.b64decode(basic).decode().partition(":")
        return (unquote(name), unquote(secret)) == (CLIENT, SECRET)


@contextmanager
def directory(clock: Clock) -> Iterator[Directory]:
    found = Directory(clock)
    with listen("127.0.0.1", 0) as listener, in_background(Starlette(routes=found.routes()), listener):
        found.issuer = f"http://127.0.0.1:{listener.getsockname()[1]}"
        yield found
