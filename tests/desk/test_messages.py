"""What people do about messages: read, send again, drop, release, stop; signed, refused with an exit code of 1."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from store.engine import transaction
from store.schema import holds, journal, messages
from tests.county import County, add
from tests.desk.conftest import Jalon
from tests.store.acts import NOW, a_message, row_of

BY = ("--by", "Öykü Demir")
OTHER = ("--by", "Hélène Marchal")
WHY = ("--reason", "Une erreur de règle.")


def lines(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


def acts(engine: Engine) -> list[tuple[str, str]]:
    with transaction(engine) as connection:
        rows = connection.execute(select(journal.c.kind, journal.c.subject, journal.c.actor).order_by(journal.c.seq))
        found = rows.all()
    assert all(row.actor.startswith("person:") and "Demir" not in row.actor for row in found)
    return [(row.kind, row.subject) for row in found]


def a_batch(engine: Engine, county: County, count: int) -> tuple[int, list[int]]:
    with transaction(engine) as connection:
        hold = add(connection, holds, scope="reminder", ceiling=2, counted=count, held_at=NOW)
    held = {"status": "held", "not_sent_because": "ceiling", "hold_id": hold}
    return hold, [a_message(engine, county, key=f"held:{n}", **held) for n in range(count)]


def test_messages_are_listed_by_status_case_and_day(jalon: Jalon, engine: Engine, at_the_county: County) -> None:
    pending = a_message(engine, at_the_county, key="1")
    unknown = a_message(engine, at_the_county, key="2", status="unknown", failure="no_receipt")
    later = a_message(engine, at_the_county, key="3", due_at=NOW + timedelta(days=1))
    assert [row["message_id"] for row in lines(jalon("messages", "list", "--json").stdout)] == [
        f"m{pending}",
        f"m{unknown}",
        f"m{later}",
    ]
    (one,) = lines(jalon("messages", "list", "--status", "unknown", "--json").stdout)
    assert (one["case_id"], one["failure"], one["attempts"]) == (f"c{at_the_county.case}", "no_receipt", 0)
    on = jalon("messages", "list", "--on", "2026-11-24", "--case", f"c{at_the_county.case}")
    assert on.stdout.startswith(f"m{later}  rappel par SMS, dossier c{at_the_county.case}, dû le 24 novembre 2026")
    assert on.stdout.endswith("\n1 message.\n")
    assert "Exemple" not in jalon("messages", "list").stdout
    assert jalon("messages", "list", "--case", "c999").exit_code == 1
    assert jalon("messages", "list", "--status", "lost").exit_code == 2


def test_a_message_is_shown_with_the_text_that_left(jalon: Jalon, engine: Engine, at_the_county: County) -> None:
    left = {"status": "sent", "sent_at": NOW, "attempts": 1, "body": "Bonjour Inès, rendez-vous demain."}
    id_ = a_message(engine, at_the_county, **left)
    shown = jalon("messages", "show", f"m{id_}").stdout
    assert f"Message m{id_} : rappel par SMS" in shown
    assert f"Pourquoi : jalon explain c{at_the_county.case} --on 2026-11-23" in shown
    assert "État : envoyé ; 1 tentative" in shown
    assert "Parti le 23 novembre 2026 à 10\N{NARROW NO-BREAK SPACE}h" in shown
    assert shown.endswith("\nBonjour Inès, rendez-vous demain.\n")
    assert json.loads(jalon("messages", "show", id_, "--json").stdout)["body"] == left["body"]
    refused = jalon("messages", "show", "m999")
    assert (refused.exit_code, "jalon messages list" in refused.stderr) == (1, True)
    assert jalon("messages", "show", "c12").exit_code == 1


def test_a_passing_failure_is_sent_again_on_request(jalon: Jalon, engine: Engine, at_the_county: County) -> None:
    id_ = a_message(engine, at_the_county, status="failed", failure="temporary", attempts=3)
    done = jalon("messages", "retry", f"m{id_}", "--json", *BY)
    assert (done.exit_code, lines(done.stdout)) == (0, [{"message_id": f"m{id_}", "status": "pending"}])
    row = row_of(engine, messages, id_)
    assert (row.status, row.failure, row.due_at, row.attempts) == ("pending", None, NOW, 3)
    assert acts(engine) == [("message_retry", f"m{id_}")]


def test_what_may_have_arrived_is_sent_again_only_when_it_is_said(
    jalon: Jalon, engine: Engine, at_the_county: County
) -> None:
    id_ = a_message(engine, at_the_county, status="unknown", failure="no_receipt")
    refused = jalon("messages", "retry", f"m{id_}", *BY)
    assert (refused.exit_code, refused.stdout, "--may-arrive-twice" in refused.stderr) == (1, "", True)
    assert row_of(engine, messages, id_).status == "unknown"
    assert jalon("messages", "retry", f"m{id_}", "--may-arrive-twice", *BY).exit_code == 0
    assert row_of(engine, messages, id_).status == "pending"


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"status": "failed", "failure": "permanent"}, "refusé pour de bon"),
        ({"status": "failed", "failure": "temporary", "useful_until": NOW}, "trop tard"),
        ({"status": "held"}, "jalon messages release"),
        ({"status": "sent"}, "rien à renvoyer"),
    ],
)
def test_one_message_that_may_not_leaves_all_as_they_are(
    jalon: Jalon, engine: Engine, at_the_county: County, row: dict[str, Any], why: str
) -> None:
    good = a_message(engine, at_the_county, key="1", status="failed", failure="temporary")
    bad = a_message(engine, at_the_county, key="2", **row)
    refused = jalon("messages", "retry", f"m{good}", f"m{bad}", "m999", *BY)
    assert (refused.exit_code, why in refused.stderr, "m999 : introuvable" in refused.stderr) == (1, True, True)
    assert [row_of(engine, messages, id_).status for id_ in (good, bad)] == ["failed", row["status"]]
    assert acts(engine) == []


def test_messages_are_dropped_with_a_name_and_a_reason(jalon: Jalon, engine: Engine, at_the_county: County) -> None:
    first, second = (
        a_message(engine, at_the_county, key=status, status=status, details={"days_before": 2})
        for status in ("pending", "unknown")
    )
    sent = a_message(engine, at_the_county, key="sent", status="sent")
    assert jalon("messages", "void", f"m{first}", *BY).exit_code == 2
    assert jalon("messages", "void", *WHY, *BY).exit_code == 2
    assert jalon("messages", "void", f"m{first}", f"m{sent}", *WHY, *BY).exit_code == 1
    assert row_of(engine, messages, first).status == "pending"
    assert jalon("messages", "void", f"m{first}", second, *WHY, *BY).exit_code == 0
    row = row_of(engine, messages, first)
    assert (row.status, row.not_sent_because, row.details["days_before"]) == ("void", "by_hand", 2)
    assert "Annulé par Öykü Demir : Une erreur de règle." in jalon("messages", "show", first).stdout
    assert acts(engine) == [("message_void", f"m{first}"), ("message_void", f"m{second}")]


def test_two_people_release_a_batch_and_status_says_how_far_it_is(
    jalon: Jalon, engine: Engine, at_the_county: County
) -> None:
    hold, held = a_batch(engine, at_the_county, 3)
    told = jalon("status", "--json")
    assert told.exit_code == 1
    problem = f"h{hold}, 3 messages retenus (rappel : 3 ce jour-là, plafond 2)."
    assert any(line.startswith(problem) for line in json.loads(told.stdout)["problems"])
    release = ("messages", "release", "--batch", f"h{hold}", "--json")
    first = {"batch": f"h{hold}", "scope": "reminder", "held": 3, "released": 0, "agreements": 1}
    assert lines(jalon(*release, *BY).stdout) == [first]
    assert "accord de Öykü Demir, il en faut un second" in jalon("status").stdout
    again = jalon(*release, "--by", "DEMIR Oyku")
    assert (again.exit_code, "autre personne" in again.stderr) == (1, True)
    assert {row_of(engine, messages, id_).status for id_ in held} == {"held"}
    assert lines(jalon(*release, *OTHER).stdout) == [first | {"released": 3, "agreements": 2}]
    assert {row_of(engine, messages, id_).status for id_ in held} == {"pending"}
    assert jalon(*release, *OTHER).exit_code == 1
    assert [kind for kind, _ in acts(engine)] == ["agree", "release"]


def test_a_batch_is_dropped_whole(jalon: Jalon, engine: Engine, at_the_county: County) -> None:
    hold, held = a_batch(engine, at_the_county, 3)
    assert len(lines(jalon("messages", "void", "--batch", f"h{hold}", "--json", *WHY, *BY).stdout)) == 3
    assert {row_of(engine, messages, id_).status for id_ in held} == {"void"}
    assert jalon("messages", "void", "--batch", f"h{hold}", *WHY, *BY).exit_code == 1
    assert f"h{hold}" not in jalon("status").stdout


def test_a_stop_is_said_by_status_until_it_is_resumed(jalon: Jalon, engine: Engine, at_the_county: County) -> None:
    a_message(engine, at_the_county)
    stop = ("--channel", "sms", "--track", "objectif_emploi")
    assert jalon("stop", *stop, *BY).exit_code == 2
    done = jalon("stop", *stop, *WHY, *BY)
    assert done.stdout.startswith("Arrêté : les envois par SMS du parcours objectif_emploi (par Öykü Demir).")
    told = jalon("status", "--json")
    (switch,) = json.loads(told.stdout)["stops"]
    assert (switch["track"], switch["channel"]) == ("objectif_emploi", "sms")
    assert "jalon resume --track objectif_emploi --channel sms --by NOM" in told.stderr
    assert json.loads(jalon("dispatch", "--apply", "--json").stdout)["sent"] == 0
    assert jalon("stop", *stop, *WHY, *BY).exit_code == 1
    assert jalon("resume", *BY).exit_code == 1
    assert jalon("resume", *stop, *OTHER).exit_code == 0
    assert json.loads(jalon("status", "--json").stdout)["stops"] == []
    assert acts(engine) == [("stop", "stop:objectif_emploi:sms"), ("resume", "stop:objectif_emploi:sms")]
    assert jalon("stop", "--track", "objectif_lune", *WHY, *BY).exit_code == 1
