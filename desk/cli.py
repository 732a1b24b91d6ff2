"""`jalon`: every command, registered. What each needs is imported when it runs, so that help stays instant."""

from desk import commitments, intake, nights, outcomes, receipts, records, stops
from desk.accounts import account
from desk.agendas import agenda
from desk.api_tokens import token
from desk.backup import backup, restore
from desk.breaches import breach
from desk.clocks import clocks
from desk.contracts import contract
from desk.demo import demo
from desk.explain import explain
from desk.files import appointment, pause, question, track
from desk.hours import hours
from desk.letters import letters
from desk.messages import messages
from desk.overload import overload
from desk.panel import panel
from desk.people import person
from desk.policy import check_policy
from desk.reconcile import reconcile
from desk.records import audit
from desk.referents import referent
from desk.retention import retention
from desk.review_papers import review
from desk.rules import rules
from desk.simulate import simulate
from desk.territories import territory
from desk.usage import Commands
from desk.web.command import web
from desk.web.staff.command import desk
from desk.wishes import wishes

app = Commands(
    help="Jalon : la nuit des parcours d'accompagnement. Les machines préparent, les personnes décident.",
)

app.command("init")(nights.init)
app.command("check-policy")(check_policy)
app.add_typer(territory, name="territory")
app.command("import")(intake.import_)
app.command("run")(nights.run)
app.command("dispatch")(nights.dispatch)
messages.command("reconcile")(reconcile)
app.add_typer(messages, name="messages")
app.add_typer(letters, name="letters")
app.command("receipts")(receipts.receipts)
app.add_typer(wishes, name="wishes")
app.command("stop")(stops.stop)
app.command("resume")(stops.resume)
app.command("outcome")(outcomes.outcome)
app.command("signal")(outcomes.signal)
app.add_typer(breach, name="breach")
app.add_typer(contract, name="contract")
commitments.register(contract)
app.add_typer(track, name="track")
app.add_typer(review, name="review")
app.add_typer(panel, name="panel")
app.add_typer(appointment, name="appointment")
app.add_typer(referent, name="referent")
app.add_typer(agenda, name="agenda")
app.add_typer(pause, name="pause")
app.add_typer(person, name="person")
app.add_typer(hours, name="hours")
app.add_typer(question, name="question")
app.command("explain")(explain)
app.command("export")(records.export)
app.add_typer(audit, name="audit")
app.command("retention")(retention)
app.command("rules")(rules)
app.command("clocks")(clocks)
app.command("overload")(overload)
app.command("simulate")(simulate)
app.command("status")(records.status)
app.command("backup")(backup)
app.command("restore")(restore)
app.command("serve")(nights.serve)
app.command("web")(web)
app.command("desk")(desk)
app.add_typer(account, name="account")
app.add_typer(token, name="token")
app.command("demo")(demo)


def main() -> None:
    """The entry point: `jalon`."""
    app(prog_name="jalon")
