"""`jalon retention`: what has been kept long enough, shown first, then erased by a named person."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from desk.options import Apply, AsJson, On, a_name
from desk.terminal import emit, say
from tracks import french

if TYPE_CHECKING:
    from desk.opening import Desk
    from store.retention import Plan
    from tracks.retention import Retention

By = Annotated[
    str | None, typer.Option("--by", metavar="QUI", parser=a_name, help="Qui efface : prénom et nom ; avec --apply.")
]


def retention(on: On = None, apply: Apply = False, by: By = None, as_json: AsJson = False) -> None:
    """Efface ce que le Département a gardé assez longtemps. Sans --apply, un essai à blanc."""
    from desk.opening import open_desk
    from store import retention as store
    from tracks.retention import Retention, Stage

    if apply and by is None:
        raise typer.BadParameter("avec --apply, dites qui efface : --by QUI.")
    with open_desk() as desk:
        periods = Retention(desk.territory.retention, on or desk.today)
        with desk.reading() as connection:
            plan = store.plan(connection, territory=desk.slug, retention=periods, calendar=desk.territory.calendar)
            gone = store.letters_of(connection, desk.slug, plan.reaching(Stage.ERASED), messages=plan.messages)
        files = tuple(old_files(desk, periods, gone))
        if as_json:
            emit(as_dict(plan, files) | {"apply": apply})
        for line in told(plan, files, periods, apply=apply):
            say(line, as_json=as_json)
        if apply and by is not None:
            carry_out(desk, plan, files, by)


def carry_out(desk: "Desk", plan: "Plan", files: Sequence[Path], by: str) -> None:
    """Erase in one transaction, then the files, then what the database's own file still holds of them."""
    from store import retention as store
    from store.engine import rewrite

    with desk.writing() as connection:
        store.apply(connection, desk.act(by), plan)
    for file in files:
        file.unlink(missing_ok=True)
    rewrite(desk.engine)


def old_files(desk: "Desk", periods: "Retention", gone: Sequence[int]) -> Iterator[Path]:
    """Files of JALON_HOME older than their period, and those of the messages that go whatever their age."""
    from tracks.retention import Period

    names = {str(message) for message in gone}
    for folder in (desk.settings.outbox, desk.settings.reports, desk.settings.imports):
        for file in sorted(folder.rglob("*")) if folder.is_dir() else ():
            day = desk.territory.calendar.day_of(datetime.fromtimestamp(file.stat().st_mtime).astimezone())
            ours = folder == desk.settings.outbox and file.name.partition(".")[0].partition("-")[0] in names
            if file.is_file() and (ours or day < periods.before(Period.FILES)):
                yield file


def as_dict(plan: "Plan", files: Sequence[Path]) -> dict[str, int]:
    from tracks.retention import Stage

    counted = {stage.value: len(plan.reaching(stage)) for stage in Stage if stage is not Stage.ACTIVE}
    others = {"kept": len(plan.kept), "staff_messages": len(plan.messages), "referents": len(plan.referents)}
    return counted | others | {"files": len(files)}


def told(plan: "Plan", files: Sequence[Path], periods: "Retention", *, apply: bool) -> Iterator[str]:
    from tracks.retention import Period, Stage

    until = french.full_date(periods.on - timedelta(days=1))
    head = "Conservation" if apply else "Essai à blanc, rien n'est effacé"
    yield f"{head} ; échéances passées au {until} :"
    for stage, period, what in (
        (Stage.NO_CONTACT, Period.CONTACT, "moyens de contact effacés"),
        (Stage.ARCHIVED, Period.ACTIVE, "dossiers en archive restreinte"),
        (Stage.ERASED, Period.ARCHIVE, "personnes rendues anonymes"),
    ):
        months = periods.months(period)
        yield f"  {what} : {len(plan.reaching(stage))} ({months} mois après le dernier contact)"
    yield f"  récapitulatifs du personnel effacés : {len(plan.messages)} ({periods.months(Period.STAFF_MESSAGES)} mois)"
    yield f"  référents rendus anonymes : {len(plan.referents)} ({periods.months(Period.STAFF)} mois sans suivi)"
    yield f"  fichiers supprimés : {len(files)} ({periods.months(Period.FILES)} mois)"
    for why in sorted({due.kept_by for due in plan.kept}):
        people = sum(1 for due in plan.kept if due.kept_by == why)
        yield f"  gardés malgré l'échéance : {french.plural(people, 'personne')}, car {why}"
    if not apply:
        yield "Pour le faire : jalon retention --apply --by QUI. Une sauvegarde plus ancienne garde ce qui est effacé."
