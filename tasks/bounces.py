"""Reads the e-mails that came back (RFC 3464): from a file, a folder of them, a Maildir or an mbox."""

import hashlib
import mailbox
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.errors import MessageError
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from email.utils import parsedate_to_datetime
from pathlib import Path

from store.receipts import Receipt
from tasks.intake_sheet import UnreadableFileError
from tasks.receipts import Refused, Told
from tracks.vocabulary import Channel, ReceiptKind

LARGEST = 2_000_000  # bytes; a bounce holds our message, which is small
MESSAGE_ID = re.compile(r"<[^<>\s]{3,150}>")
STATUS = re.compile(r"\s*([245])\.\d{1,3}\.\d{1,3}")


def bounces_of(path: Path, *, at: datetime) -> Told:
    """What the e-mails of `path` say of ours, numbered in their order. `at`: now, where one bears no date.

    UnreadableFileError: no e-mail there. An e-mail that is no report of delivery is refused alone, with its reason.
    """
    found: list[Receipt | Refused | None] = []
    for number, raw in enumerate(messages_of(path), start=1):
        try:
            found.append(read_report(raw, number, at))
        except (MessageError, ValueError, LookupError):
            found.append(Refused(line=number, column="", reason="message illisible"))
    if not found:
        raise UnreadableFileError("aucun message. Attendu : un .eml, un dossier de .eml, une boîte Maildir ou mbox.")
    return Told(
        tuple(one for one in found if isinstance(one, Receipt)),
        tuple(one for one in found if isinstance(one, Refused)),
        sum(one is None for one in found),
    )


def messages_of(path: Path) -> Iterator[bytes]:
    try:
        if path.is_dir():
            folders = [path / name for name in ("cur", "new")] if (path / "cur").is_dir() else [path]
            for folder in folders:
                yield from (file.read_bytes()[: LARGEST + 1] for file in sorted(folder.iterdir()) if file.is_file())
        elif path.read_bytes()[:5] == b"From ":
            box = mailbox.mbox(path, create=False)
            yield from (box.get_bytes(key) for key in box.keys())  # noqa: SIM118 - a mailbox iterates over messages
            box.close()
        else:
            yield path.read_bytes()
    except FileNotFoundError:
        raise UnreadableFileError("fichier absent. Vérifiez son chemin.") from None
    except OSError as error:
        raise UnreadableFileError(f"lecture impossible ({error.strerror}).") from None


def read_report(raw: bytes, number: int, at: datetime) -> Receipt | Refused | None:
    """One e-mail; None for a report that says only that ours is late, or handed on."""
    if len(raw) > LARGEST:
        return Refused(line=number, column="", reason="message trop gros")
    message = BytesParser(policy=compat32).parsebytes(raw)
    fields = next((part for part in message.walk() if part.get_content_type() == "message/delivery-status"), None)
    if fields is None:
        return Refused(line=number, column="", reason="ce n'est pas un avis de remise (RFC 3464)")
    reference = original_id(message)
    if reference is None:
        return Refused(line=number, column="Message-ID", reason="le message d'origine n'est pas nommé")
    kind = kind_of(fields)
    if kind is None:
        return None
    own = MESSAGE_ID.search(str(message["Message-ID"] or ""))
    event = own.group() if own else hashlib.sha256(raw).hexdigest()
    return Receipt(channel=Channel.EMAIL, event=event, reference=reference, kind=kind, at=date_of(message) or at)


def original_id(message: Message) -> str | None:
    """The Message-ID of what came back: of the e-mail or of the headers that the report encloses."""
    for part in message.walk():
        enclosed: object = None
        if part.get_content_type() == "message/rfc822" and part.is_multipart():
            enclosed = part.get_payload(0)
        elif part.get_content_type() == "text/rfc822-headers":
            enclosed = BytesParser(policy=compat32).parsebytes(part.get_payload(decode=True) or b"")  # type: ignore[arg-type]
        if isinstance(enclosed, Message) and (found := MESSAGE_ID.search(str(enclosed["Message-ID"] or ""))):
            return found.group()
    return None


def kind_of(fields: Message) -> ReceiptKind | None:
    """What the groups of fields say of the one recipient; a failure wins over all else."""
    groups = [part for part in fields.walk() if part["Action"]]
    actions = {str(part["Action"]).strip().lower(): STATUS.match(str(part["Status"] or "")) for part in groups}
    if "failed" in actions:
        code = actions["failed"]
        return ReceiptKind.TEMPORARY if code and code.group(1) == "4" else ReceiptKind.BOUNCE
    return ReceiptKind.DELIVERED if "delivered" in actions else None


def date_of(message: Message) -> datetime | None:
    try:
        found = parsedate_to_datetime(str(message["Date"]))
    except (TypeError, ValueError):
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
