"""What a county's software says: rows, outcomes, receipts; by the functions of the commands of these names."""

import csv
import tempfile
from datetime import UTC
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from fastapi import APIRouter, Depends, Query
from fastapi import Path as InPath

from config.receipts import Receipts
from desk import ids
from desk.web.api.doors import Caller, caller_for, route
from desk.web.api.shapes import Events, Imported, Noted, OutcomeSaid, Refusal, Remark, Rows, TakenIn
from store import outcomes
from store.acts import record
from store.api_rows import appointment_in_sight
from store.receipts import take_in
from tasks.intake import import_path
from tasks.intake_kinds import KINDS
from tasks.intake_report import FileReport
from tasks.receipts import told
from tracks.errors import JalonError
from tracks.vocabulary import AppointmentStatus, Channel, DeskRole

Kind = Literal[
    "usagers",
    "referents",
    "absences",
    "parcours",
    "contrats",
    "rendez_vous",
    "actions",
    "courriers",
    "pauses",
    "sessions",
]
assert set(get_args(Kind)) <= set(KINDS)
COORDINATION, FILES = (DeskRole.COORDINATOR,), (DeskRole.REFERENT, DeskRole.COORDINATOR)
Id = Annotated[int, InPath(ge=1, lt=2**63)]
REFUSED: dict[int | str, dict[str, Any]] = {409: {"model": Refusal, "description": "Refusé, et pourquoi."}}
UNSEEN: dict[int | str, dict[str, Any]] = {404: {"model": Refusal, "description": "Absent, ou pas à ce jeton."}}


def add_routes(router: APIRouter) -> None:
    route(router, "POST", "/imports/{kind}", import_rows, roles=COORDINATION, responses=REFUSED)
    route(router, "POST", "/appointments/a{appointment}/outcome", say_outcome, roles=FILES, responses=REFUSED | UNSEEN)
    route(router, "POST", "/receipts/{channel}", say_receipts, roles=COORDINATION, responses=REFUSED)


def import_rows(
    caller: Annotated[Caller, Depends(caller_for(*COORDINATION))],
    kind: Kind,
    said: Rows,
    dry_run: Annotated[bool, Query(description="Compte tout, n'écrit rien.")] = False,
) -> Imported:
    """Fait entrer les lignes d'un export, comme `jalon import`. Les mêmes lignes deux fois ne changent rien."""
    heads = list(said.rows[0])
    if any(list(row) != heads for row in said.rows):
        raise JalonError("Toutes les lignes doivent avoir les mêmes en-têtes, dans le même ordre.")
    act, territory = caller.act(), caller.office.territory
    with tempfile.TemporaryDirectory(prefix="jalon-api-") as folder:
        file = Path(folder) / f"{kind}.csv"
        with file.open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(heads)
            writer.writerows(row.values() for row in said.rows)
        (report,) = import_path(
            caller.office.engine,
            territory=territory.slug,
            columns=territory.columns,
            calendar=territory.calendar,
            path=file,
            kind=kind,
            on=act.on,
            dry_run=dry_run,
            reports=Path(folder) / "reports",
            actor=act.actor,
        )
        remarks = remarks_of(report)
    if not report.readable:
        raise JalonError(report.message)
    if not dry_run:
        caller.office.note_heads()
    counts = {name: getattr(report, name) for name in COUNTS}
    return Imported(kind=report.kind, message=report.message, remarks=remarks, **counts)


COUNTS = ("read", "created", "updated", "unchanged", "refused", "warnings")


def remarks_of(report: FileReport) -> list[Remark]:
    """What the report says, without the values."""
    if report.report is None:
        return []
    with report.report.open(encoding="utf-8-sig", newline="") as lines:
        return [
            Remark(line=line["ligne"], column=line["colonne"], severity=line["gravité"], reason=line["raison"])
            for line in csv.DictReader(lines)
        ]


def say_outcome(caller: Annotated[Caller, Depends(caller_for(*FILES))], appointment: Id, said: OutcomeSaid) -> Noted:
    """Note ce qui s'est passé à un rendez-vous, comme `jalon outcome`."""
    what = outcomes.Said(status=AppointmentStatus(said.status), reason=said.reason)
    with caller.office.writing() as connection:
        appointment_in_sight(connection, caller.scope, appointment=appointment)
        heard = outcomes.say(connection, caller.act(), appointment=appointment, said=what)
    return Noted(appointment_id=ids.shown("a", appointment), status=said.status, told=heard)


def say_receipts(
    caller: Annotated[Caller, Depends(caller_for(*COORDINATION))], channel: Channel, said: Events
) -> TakenIn:
    """Dit ce que des messages sont devenus, comme `jalon receipts`. Le même événement deux fois ne change rien."""
    words = [event.model_dump(exclude_none=True, mode="json") for event in said.events]
    zone = caller.office.territory.zone
    found = told(words, Receipts(), channel=channel, at=caller.at.astimezone(UTC), zone=zone)
    act = caller.act()
    with caller.office.writing() as connection:
        taken = take_in(connection, found.receipts, territory=act.territory, at=act.at)
        if taken.new:
            record(connection, act, kind="receipts", subject=f"{channel} new={taken.new},moved={taken.moved}")
    return TakenIn(
        new=taken.new,
        known=taken.known,
        unmatched=taken.unmatched,
        moved=taken.moved,
        ignored=found.ignored,
        refused=len(found.refused),
    )
