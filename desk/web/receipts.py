"""`POST /receipts/<channel>`: where a gateway says what became of a message, once it has shown that it is the gateway.

Whatever it names, the answer is the same: nobody learns here which messages exist.
"""

import base64
import hashlib
import hmac
import logging
from datetime import datetime, timedelta

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from config.receipts import Receipts
from desk.web.reception import Reception
from store.receipts import take_in
from tasks.receipts import BadReceiptError, Told, instant_of, told, words_of
from tracks.vocabulary import Channel

LOGGER = logging.getLogger("jalon.web")
PATH = "/receipts/{channel}"


async def receipts(request: Request) -> Response:
    """202 for what an authenticated gateway says, ours or not; 400 when it cannot be read, 401 for anybody else."""
    reception: Reception = request.app.state.reception
    settings = settings_of(reception, request.path_params["channel"])
    at, body = reception.clock(), await request.body()
    if not authentic(settings, request, body, at):
        raise HTTPException(401)
    channel = Channel(request.path_params["channel"])
    try:
        words = words_of(body, request.headers.get("content-type", ""))
    except BadReceiptError:
        raise HTTPException(400) from None
    found = told(words, settings, channel=channel, at=at, zone=reception.territory.zone)
    await run_in_threadpool(keep, reception, found, at)
    return Response(status_code=202)


def settings_of(reception: Reception, channel: str) -> Receipts:
    """404 where that channel has no webhook."""
    settings = reception.channels.of(Channel(channel)).receipts if channel in list(Channel) else None
    if settings is None or settings.secret is None:
        raise HTTPException(404)
    return settings


def authentic(settings: Receipts, request: Request, body: bytes, at: datetime) -> bool:
    """The secret itself, or a signature of the body and of an instant near ours; compared in constant time."""
    assert settings.secret is not None
    secret = settings.secret.get_secret_value().encode()
    shown = request.headers.get(settings.header, "").strip().encode()
    if settings.scheme == "secret":
        return hmac.compare_digest(hashlib.sha256(shown).digest(), hashlib.sha256(secret).digest())
    stamp = request.headers.get(settings.timestamp_header, "")
    signed_at = instant_of(stamp, zone="UTC")
    if signed_at is None or abs(at - signed_at) > timedelta(seconds=settings.window_seconds):
        return False
    seal = hmac.new(secret, stamp.encode() + settings.separator.encode() + body, hashlib.sha256).digest()
    shown = shown.removeprefix(b"sha256=")
    written = (seal.hex().encode(), base64.b64encode(seal))
    return any(hmac.compare_digest(shown, one) for one in written)


def keep(reception: Reception, found: Told, at: datetime) -> None:
    with reception.writing() as connection:
        taken = take_in(connection, found.receipts, territory=reception.territory.slug, at=at)
    LOGGER.info(
        "Accusés reçus : %d nouveaux, %d déjà connus, %d sans message de nous, %d illisibles.",
        taken.new,
        taken.known,
        taken.unmatched,
        len(found.refused),
    )
