"""What stands in front of every page: headers, the size and pace of requests, errors that tell no cause."""

import ipaddress
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from desk.web.pages import refusal
from tasks.redaction import place

LARGEST_BODY = 16 * 1024  # bytes; the longest form of ours takes a tenth of it
MOST_ADDRESSES = 20_000  # remembered at a time; the one unseen for longest is forgotten
LOGGER = logging.getLogger("jalon.web")

HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "x-robots-tag": "noindex, nofollow",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "strict-transport-security": "max-age=31536000",  # a browser heeds it over TLS only
    "cache-control": "no-store",
}
MISSED = (401, 403, 404)  # who asks for what they were not given


@dataclass(frozen=True, slots=True)
class Pace:
    """`burst` requests at once, then `per_minute`."""

    per_minute: float
    burst: float


# Many phones of one operator share an address: what is wide for them is still nothing for somebody who guesses.
REQUESTS = Pace(per_minute=600, burst=300)
MISSES = Pace(per_minute=10, burst=20)


@dataclass(slots=True)
class Bucket:
    left: float
    at: float


@dataclass
class Turnstile:
    """How much each address has left. `clock`: seconds that only go forward."""

    pace: Pace
    clock: Callable[[], float] = time.monotonic
    buckets: OrderedDict[str, Bucket] = field(default_factory=OrderedDict)

    def take(self, address: str, count: float = 1) -> bool:
        """Whether that address had `count` left; nothing is taken from one that had not."""
        now, most = self.clock(), self.pace.burst
        bucket = self.buckets.pop(address, None) or Bucket(most, now)
        bucket.left = min(most, bucket.left + (now - bucket.at) * self.pace.per_minute / 60)
        bucket.at = now
        self.buckets[address] = bucket
        if len(self.buckets) > MOST_ADDRESSES:
            self.buckets.popitem(last=False)
        enough = bucket.left >= count
        bucket.left -= count if enough else 0
        return enough

    def is_open(self, address: str) -> bool:
        return self.take(address, 0) and self.buckets[address].left >= 1


def address_of(scope: Scope) -> str:
    """Who asks, as the proxy says it to uvicorn: a whole /64 in IPv6, where one person has billions of addresses."""
    client = scope.get("client")
    try:
        found = ipaddress.ip_address(client[0] if client else "")
    except ValueError:
        return "?"
    if isinstance(found, ipaddress.IPv6Address):
        return str(found.ipv4_mapped or ipaddress.ip_network((found, 64), strict=False).network_address)
    return str(found)


class Guard:
    """The outermost layer of the application. `trusted`: paths whose callers show a secret, and may come often.

    `headers` go with every answer; `says` makes the page of a refusal. `roomy`: beginnings of paths → the largest body
    there, in bytes.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        requests: Pace = REQUESTS,
        misses: Pace = MISSES,
        trusted: str = "",
        headers: Mapping[str, str] = HEADERS,
        says: Callable[[Request, int], Response] = refusal,
        roomy: Mapping[str, int] = {},
    ) -> None:
        self.app = app
        self.trusted = trusted
        self.headers = headers
        self.says = says
        self.roomy = roomy
        self.requests = Turnstile(requests)
        self.misses = Turnstile(misses)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        answered: list[int] = []

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                answered.append(message["status"])
                message["headers"] = with_headers(message.get("headers", []), self.headers)
            await send(message)

        status = self.refused(scope)
        if status:
            await self.says(Request(scope), status)(scope, receive, dressed)
            return
        try:
            await self.app(scope, limited(receive, self.largest(scope)), dressed)
        except TooLargeError:
            await self.says(Request(scope), 413)(scope, receive, dressed)
        except Exception as error:
            LOGGER.error("Page interrompue : %s, %s.", type(error).__name__, place(error))
            if answered:
                raise BrokenPageError(type(error).__name__) from None
            await self.says(Request(scope), 500)(scope, receive, dressed)
        if answered and answered[0] in MISSED:
            self.misses.take(address_of(scope))

    def largest(self, scope: Scope) -> int:
        return next((most for start, most in self.roomy.items() if scope["path"].startswith(start)), LARGEST_BODY)

    def refused(self, scope: Scope) -> int | None:
        """The status of a request that is not even looked at."""
        sizes = [value for name, value in scope["headers"] if name == b"content-length"]
        if any(not size.isdigit() or int(size) > self.largest(scope) for size in sizes):
            return 413
        address = address_of(scope)
        if not self.misses.is_open(address):
            return 429
        if self.trusted and scope["path"].startswith(self.trusted):
            return None
        return None if self.requests.take(address) else 429


class TooLargeError(Exception):
    """A body that goes on beyond what it announced, or that announced nothing."""


class BrokenPageError(Exception):
    """A page that failed after it began: its cause is not repeated."""


def limited(receive: Receive, most: int = LARGEST_BODY) -> Receive:
    """`receive` that stops at `most` bytes, whatever the request announced."""
    read = 0

    async def counted() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > most:
            raise TooLargeError
        return message

    return counted


def with_headers(given: list[tuple[bytes, bytes]], wanted: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """The headers of an answer; those it already has win."""
    own = {name.lower() for name, _ in given}
    added = [(name.encode(), value.encode()) for name, value in wanted.items() if name.encode() not in own]
    return [*given, *added]
