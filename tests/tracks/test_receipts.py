"""What a message becomes does not depend on the order in which its channel speaks."""

from itertools import permutations, product

import pytest

from tracks.receipts import HANDED_OVER, ORDER, after
from tracks.vocabulary import Failure, MessageStatus, ReceiptKind

S, F = MessageStatus, Failure


def heard(kinds: tuple[ReceiptKind, ...], status: MessageStatus, failure: Failure | None) -> object:
    """The end of a message that hears `kinds` one after the other."""
    for known in range(1, len(kinds) + 1):
        status, failure = after(status, failure, kinds[:known]) or (status, failure)
    return status, failure


@pytest.mark.parametrize("start", [(S.SENT, None), (S.UNKNOWN, F.NO_RECEIPT), (S.FAILED, F.NO_RECEIPT)])
def test_four_receipts_end_the_same_in_every_order(start: tuple[MessageStatus, Failure | None]) -> None:
    for several in product(ORDER, repeat=4):
        ends = {heard(kinds, *start) for kinds in permutations(several)}
        assert len(ends) == 1, several


@pytest.mark.parametrize(
    ("before", "said", "end"),
    [
        ((S.SENT, None), "delivered", (S.DELIVERED, None)),
        ((S.UNKNOWN, F.NO_RECEIPT), "delivered", (S.DELIVERED, None)),
        ((S.UNKNOWN, F.NO_RECEIPT), "permanent", (S.FAILED, F.PERMANENT)),
        ((S.FAILED, F.NO_RECEIPT), "temporary", (S.FAILED, F.TEMPORARY)),
        ((S.FAILED, F.TEMPORARY), "delivered", (S.DELIVERED, None)),
        ((S.FAILED, F.PERMANENT), "temporary", (S.FAILED, F.PERMANENT)),
        ((S.DELIVERED, None), "permanent", (S.DELIVERED, None)),
        ((S.DELIVERED, None), "bounce", (S.FAILED, F.PERMANENT)),
        ((S.PENDING, F.NO_RECEIPT), "delivered", (S.DELIVERED, None)),
        ((S.PENDING, None), "bounce", (S.PENDING, None)),
        ((S.SENDING, None), "delivered", (S.SENDING, None)),
        ((S.VOID, None), "delivered", (S.VOID, None)),
    ],
)
def test_a_receipt_moves_a_message_forward_or_not_at_all(
    before: tuple[MessageStatus, Failure | None], said: str, end: tuple[MessageStatus, Failure | None]
) -> None:
    assert heard((ReceiptKind(said),), *before) == end


def test_no_receipt_ever_makes_a_message_leave_again() -> None:
    for status, failure, kind in product(HANDED_OVER, [None, *Failure], ORDER):
        state = after(status, failure, [kind])
        assert state is None or state[0] in (S.DELIVERED, S.FAILED)
