"""By which rules a track's days are worked out: with another policy, law, calendar or program, all is read anew."""

import hashlib
from functools import cache
from importlib.metadata import version

from config.settings import PROJECT
from tracks.tonight import Policies

DECIDES = ("tracks/**/*.py", "store/case_rows.py", "store/cases.py", "store/schema/touching.py", "store/agendas.py")


def stamp(policies: Policies) -> str:
    """64 hexadecimal digits."""
    said = (
        policies.track.model_dump_json(),
        policies.legal.model_dump_json(),
        repr((policies.calendar, policies.escalation_enabled)),
        program(),
    )
    return hashlib.sha256("\n".join(said).encode()).hexdigest()


@cache
def program() -> str:
    """What this program decides with: its own files, and the library of holidays."""
    digest = hashlib.sha256(version("holidays").encode())
    for pattern in DECIDES:
        for path in sorted(PROJECT.glob(pattern)):
            digest.update(path.read_bytes())
    return digest.hexdigest()
