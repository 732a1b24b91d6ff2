"""`jalon receipts`: a gateway's CSV and e-mails that came back; each bad line is told, the rest goes through."""

import json
import mailbox
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from store.engine import transaction
from store.schema import messages
from tests.county import County
from tests.desk.conftest import Jalon
from tests.store.acts import NOW, a_message

CHANNELS = """
[sms]
delivered_when = "receipt"

[sms.receipts]
id = ["Identifiant"]
status = ["État"]
at = ["Date"]
event = []
delivered = ["Remis"]
permanent = ["Numéro inconnu"]
temporary = ["Téléphone éteint"]
ignored = ["En cours"]
"""
LINES = (
    "Identifiant;État;Date",
    "g-1;Remis;23/11/2026 09:31",
    "g-2;Téléphone éteint;23/11/2026 09:31:12",
    "g-3;En cours;",
    "g-404;Remis;23/11/2026 09:31",
    ";Remis;23/11/2026 09:31",
    "g-1;Perdu;23/11/2026 09:31",
    "g-1;Remis;hier",
    "g-2;Remis;2026-11-23T10:02+01:00",
)
REFUSED = (
    "sms.csv, ligne 6, colonne « Identifiant » : identifiant du message absent ou trop long.",
    "sms.csv, ligne 7, colonne « État » : état inconnu : rangez-le dans JALON_CHANNELS.",
    "sms.csv, ligne 8, colonne « Date » : date illisible (attendu : 2026-11-23T09:30+01:00).",
)


@pytest.fixture
def channels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "channels.toml"
    file.write_text(CHANNELS, encoding="utf-8")
    monkeypatch.setenv("JALON_CHANNELS", str(file))


def a_sent(engine: Engine, county: County, reference: str, **changes: Any) -> int:
    return a_message(engine, county, key=reference, status="sent", sent_at=NOW, provider_ref=reference, **changes)


def states(engine: Engine) -> list[tuple[str, str | None]]:
    with transaction(engine) as connection:
        rows = connection.execute(select(messages.c.status, messages.c.failure).order_by(messages.c.id))
        return [(row.status, row.failure) for row in rows]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_the_receipts_of_a_csv(
    jalon: Jalon, engine: Engine, at_the_county: County, channels: None, tmp_path: Path, encoding: str, separator: str
) -> None:
    for reference in ("g-1", "g-2", "g-3"):
        a_sent(engine, at_the_county, reference, channel="sms")
    file = tmp_path / "sms.csv"
    file.write_text("\n".join(LINES).replace(";", separator) + "\n", encoding=encoding)
    rehearsed = jalon("receipts", str(file), "--dry-run")
    assert (rehearsed.exit_code, states(engine)) == (1, [("sent", None)] * 3)
    first = jalon("receipts", str(file), "--channel", "sms", "--json")
    assert first.exit_code == 1
    counts = {"new": 4, "known": 0, "unmatched": 1, "moved": 2, "ignored": 1, "refused": 3}
    assert json.loads(first.stdout) == {"file": "sms.csv", "read": 8, **counts}
    assert all(line in first.stderr for line in REFUSED)
    assert states(engine) == [("delivered", None), ("delivered", None), ("sent", None)]
    again = json.loads(jalon("receipts", str(file), "--json").stdout)
    assert (again["new"], again["known"], again["moved"]) == (0, 4, 0)
    assert states(engine) == [("delivered", None), ("delivered", None), ("sent", None)]


def test_a_file_that_cannot_be_trusted_changes_nothing(
    jalon: Jalon, engine: Engine, at_the_county: County, channels: None, tmp_path: Path
) -> None:
    a_sent(engine, at_the_county, "g-1", channel="sms")
    file = tmp_path / "sms.csv"
    file.write_text("Nom;État\nx;Remis\n", encoding="utf-8")
    refused = jalon("receipts", str(file))
    assert refused.exit_code == 2
    assert "colonne absente : « Identifiant »" in refused.output
    assert jalon("receipts", str(tmp_path / "rien.csv")).exit_code == 2
    assert jalon("receipts", str(tmp_path / "rien.eml"), "--bounces").exit_code == 2
    assert states(engine) == [("sent", None)]


def a_bounce(reference: str, *, action: str = "failed", status: str = "5.1.1", own: str = "<b1@example.org>") -> bytes:
    """As Postfix writes it (RFC 3464)."""
    return f"""Date: Mon, 23 Nov 2026 09:40:00 +0100
From: MAILER-DAEMON@example.org
To: accompagnement@doubs.example.org
Subject: Undelivered Mail Returned to Sender
Message-ID: {own}
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain; charset=us-ascii

I'm sorry.

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; ines@example.org
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 unknown

--B
Content-Type: text/rfc822-headers

From: Département <accompagnement@doubs.example.org>
Message-ID: {reference}
Subject: Rendez-vous

--B--
""".encode()


OURS = "<0123456789abcdef@doubs.example.org>"


@pytest.mark.parametrize("kind", ["file", "folder", "maildir", "mbox"])
def test_an_email_that_came_back(
    jalon: Jalon, engine: Engine, at_the_county: County, tmp_path: Path, kind: str
) -> None:
    a_sent(engine, at_the_county, OURS, channel="email")
    place = tmp_path / "retours"
    raw = a_bounce(OURS)
    match kind:
        case "file":
            place.write_bytes(raw)
        case "folder":
            place.mkdir()
            (place / "1.eml").write_bytes(raw)
        case "maildir":
            mailbox.Maildir(place, create=True).add(raw)
        case _:
            box = mailbox.mbox(place, create=True)
            box.add(raw)
            box.close()
    assert json.loads(jalon("receipts", str(place), "--bounces", "--json").stdout)["moved"] == 1
    assert states(engine) == [("failed", "permanent")]
    assert json.loads(jalon("receipts", str(place), "--bounces", "--json").stdout)["known"] == 1


@pytest.mark.parametrize(
    ("raw", "exit_code", "end"),
    [
        (a_bounce(OURS, status="4.2.2"), 0, ("failed", "temporary")),
        (a_bounce(OURS, action="delayed", status="4.4.1"), 0, ("sent", None)),
        (a_bounce(OURS, action="delivered", status="2.0.0"), 0, ("delivered", None)),
        (a_bounce("<autre@example.org>"), 0, ("sent", None)),
        (a_bounce("rien"), 1, ("sent", None)),
        (b"Subject: Absent du bureau\nMessage-ID: <x@y>\n\nJe suis absent.\n", 1, ("sent", None)),
        (a_bounce(OURS).replace(b"text/rfc822-headers", b"message/rfc822"), 0, ("failed", "permanent")),
        (b"\xff\xfe" + b"\x00" * 64, 1, ("sent", None)),
    ],
    ids=["full", "delayed", "delivered", "another's", "unnamed", "away", "whole", "noise"],
)
def test_what_each_kind_of_report_says(
    jalon: Jalon,
    engine: Engine,
    at_the_county: County,
    tmp_path: Path,
    raw: bytes,
    exit_code: int,
    end: tuple[str, str | None],
) -> None:
    a_sent(engine, at_the_county, OURS, channel="email")
    (tmp_path / "1.eml").write_bytes(raw)
    assert jalon("receipts", str(tmp_path / "1.eml"), "--bounces").exit_code == exit_code
    assert states(engine) == [end]
