"""What a message becomes once its channel has said something of it: the same end in whatever order it is said."""

from collections.abc import Collection, Iterable

from tracks.vocabulary import Failure, MessageStatus, ReceiptKind

State = tuple[MessageStatus, Failure | None]

# Each wins over those before it. A telephone that showed the message proves more than a service that gave up; an
# e-mail that came back proves more than a server that took it.
STATES: dict[ReceiptKind, State] = {
    ReceiptKind.TEMPORARY: (MessageStatus.FAILED, Failure.TEMPORARY),
    ReceiptKind.PERMANENT: (MessageStatus.FAILED, Failure.PERMANENT),
    ReceiptKind.DELIVERED: (MessageStatus.DELIVERED, None),
    ReceiptKind.BOUNCE: (MessageStatus.FAILED, Failure.PERMANENT),
}
ORDER = tuple(STATES)
HANDED_OVER = (MessageStatus.SENT, MessageStatus.UNKNOWN, MessageStatus.DELIVERED, MessageStatus.FAILED)


def strongest(kinds: Iterable[ReceiptKind]) -> ReceiptKind:
    """The one that counts among all those received for one message."""
    return max(kinds, key=ORDER.index)


def after(status: MessageStatus, failure: Failure | None, kinds: Collection[ReceiptKind]) -> State | None:
    """The state that `kinds`, all the receipts of one message, lead to; None when it stays as it is.

    Never backwards: a refusal at the hand-over is not softened by a weaker receipt. A message that waits for another
    try is moved by a proof that it has arrived alone.
    """
    best = strongest(kinds)
    state = STATES[best]
    if status is MessageStatus.PENDING:
        return state if best is ReceiptKind.DELIVERED else None
    if status not in HANDED_OVER or state == (status, failure) or ORDER.index(best) <= rank(status, failure):
        return None
    return state


def rank(status: MessageStatus, failure: Failure | None) -> int:
    """The place of a state in ORDER; -1 for what any receipt may move."""
    if status is MessageStatus.DELIVERED:
        return ORDER.index(ReceiptKind.DELIVERED)
    if status is MessageStatus.FAILED and failure is not Failure.NO_RECEIPT:
        return ORDER.index(ReceiptKind.PERMANENT if failure is Failure.PERMANENT else ReceiptKind.TEMPORARY)
    return -1
