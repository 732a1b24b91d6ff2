"""`GET /a/<token>.ics`: a referent's appointments, for the calendar that they use already. Nothing can be written."""

import hashlib
from datetime import timedelta

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from desk.web.reception import Reception
from store import feeds
from tasks.agenda_feed import feed

PATH = "/a/{token}.ics"
BEHIND = timedelta(days=31)  # what is older leaves the calendar


async def agenda(request: Request) -> Response:
    """200 with an ETag, 304 where nothing has changed since, 404 for a link that is revoked or never was."""
    reception: Reception = request.app.state.reception
    content = await run_in_threadpool(written, reception, request.path_params["token"])
    if content is None:
        raise HTTPException(404)
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    asked = {one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")}
    if tag in asked:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type="text/calendar; charset=utf-8", headers=headers)


def written(reception: Reception, token: str) -> bytes | None:
    territory = reception.territory
    with reception.reading() as connection:
        referent = feeds.referent_of(connection, territory=territory.slug, token=token)
        if referent is None:
            return None
        since = reception.clock() - BEHIND
        found = feeds.entries(connection, territory=territory.slug, referent=referent, since=since)
    return feed(found, territory)
