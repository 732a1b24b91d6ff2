"""The command line speaks French, exits 2 when it is misused and 1 when it refuses, and answers help at once."""

import subprocess
import sys

import pytest

from tests.desk.conftest import Jalon

COMMANDS = ("init", "import", "run", "dispatch", "outcome", "signal", "breach", "explain", "export", "status", "serve")
COMMANDS += (
    "demo",
    "track",
    "review",
    "appointment",
    "pause",
    "question",
    "audit",
    "check-policy",
    "retention",
    "rules",
    "clocks",
    "receipts",
)


def test_help_lists_every_command_in_french(jalon: Jalon) -> None:
    shown = jalon("--help")
    assert shown.exit_code == 0
    assert all(f"\n  {command} " in shown.stdout for command in COMMANDS)
    assert not any(english in shown.stdout for english in ("Usage: ", "Options:", "Commands:", "Show this"))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(jalon: Jalon, command: str) -> None:
    shown = jalon(command, "--help")
    assert shown.exit_code == 0
    assert "Usage : " in shown.stdout
    assert "[required]" not in shown.stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("", "Quelle commande ?"),
        ("inconnue", "Commande inconnue : « inconnue »"),
        ("track", "Quelle commande ?"),
        ("outcome", "Il manque RENDEZ-VOUS"),
        ("outcome a12 seen", "Il manque l'option --by"),
        ("outcome a12 partie --by Ann", "« partie » n'est pas admis"),
        ("outcome a12 noshow --by Ann --qualify peut-être", "n'est pas admis"),
        ("outcome a12 seen Ann --by Ann", "En trop : Ann"),
        ("explain c12 --on 2026-13-01", "n'est pas un jour"),
        ("explain c12 --on", "demande une valeur"),
        ("dispatch --at 2026-11-23T09:30", "n'est pas un instant"),
        ("dispatch --at demain", "n'est pas un instant"),
        ("run", "nommez des parcours, ou donnez --all"),
        ("run objectif_emploi --all", "nommez des parcours, ou donnez --all"),
        ("import exports --kind rdv", "Attendu : referents, "),
        ("status --nimporte", "Option inconnue : --nimporte"),
        ("review decide r1 --by Ann --reasons motifs --outcome suspension", "n'est pas admis"),
        ("signal c1 --from voisin --kind reply --on 2026-11-20 --by Ann", "n'est pas admis"),
    ],
)
def test_a_usage_error_exits_2_and_says_so_on_standard_error(jalon: Jalon, words: str, says: str) -> None:
    result = jalon(*words.split())
    assert result.exit_code == 2
    assert says in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    "words",
    [
        ("outcome", "a1", "seen", "--by", "  "),
        ("pause", "add", "c1", "--from", "2026-11-23", "--reason", " ", "--by", "Ann"),
        ("review", "decide", "r1", "--outcome", "no_action", "--reasons", "", "--by", "Ann"),
    ],
)
def test_an_empty_name_or_motive_is_a_usage_error(jalon: Jalon, words: tuple[str, ...]) -> None:
    assert jalon(*words).exit_code == 2


def test_without_a_database_it_says_what_to_do(jalon: Jalon) -> None:
    result = jalon("review", "list")
    assert result.exit_code == 1
    assert "jalon init" in result.stderr


def test_help_needs_neither_prefect_nor_the_database_library() -> None:
    code = (
        "import sys; from desk.cli import app\n"
        "try: app(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'prefect', 'sqlalchemy', 'pydantic', 'altair', 'rich', 'apprise', 'holidays'} & set(sys.modules)\n"
        "sys.exit(f'imported: {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
