"""The proof that a form was filled on a page of ours: bound to a secret of the browser, to the form, to an hour."""

import hmac
from datetime import datetime, timedelta
from hashlib import sha256

from starlette.exceptions import HTTPException

PAGE_LIVES = timedelta(hours=12)


def proof(secret: str, form: str, at: datetime) -> str:
    """Goes with a form; who does not hold the secret cannot write one. `at` is aware."""
    return _proof(secret, form, int(at.timestamp()))


def check(secret: str, form: str, given: str, *, at: datetime) -> None:
    """HTTPException 403: written elsewhere, for another form, or on a page that was left open too long."""
    issued = given.partition(".")[0]
    if not (issued.isascii() and issued.isdigit() and len(issued) < 12):
        raise HTTPException(403)
    age = at.timestamp() - int(issued)
    if not hmac.compare_digest(_proof(secret, form, int(issued)).encode(), given.encode()):
        raise HTTPException(403)
    if not 0 <= age <= PAGE_LIVES.total_seconds():
        raise HTTPException(403)


def _proof(secret: str, form: str, issued: int) -> str:
    return f"{issued}.{hmac.new(secret.encode(), f'{form}:{issued}'.encode(), sha256).hexdigest()[:32]}"
