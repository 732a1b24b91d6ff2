"""What a channel says of a message that was handed to it."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

LONGEST_REFERENCE = 120


class Answer(StrEnum):
    """What the channel said. UNKNOWN: it may have left, so it is never blindly sent again."""

    ACCEPTED = "accepted"
    REFUSED = "refused"  # this recipient or this message will never be taken
    LATER = "later"  # nothing was handed over: it may be tried again
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The channel's answer, and the name that a receipt or a bounce will give the message, when there is one.

    `retry_after`: the service asks to be left alone that long.
    """

    answer: Answer
    reference: str | None = None
    retry_after: timedelta | None = None

    @property
    def kept(self) -> str | None:
        """The reference as the outbox can keep it; a longer one is none, since half of it names nothing."""
        return self.reference if self.reference and len(self.reference) <= LONGEST_REFERENCE else None
