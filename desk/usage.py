"""The command line in French: its help, its usage errors (exit 2) and what Jalon refuses (exit 1)."""

import re
import sys
from collections.abc import Callable, Sequence
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.exceptions import TyperException

from desk.terminal import say
from tracks.errors import JalonError

SAYS: tuple[tuple[str, str], ...] = (
    (r"^Missing command\.", "Quelle commande ?"),
    (r"^No such command '(.*?)'\.?", r"Commande inconnue : « \1 »."),
    (r" ?Did you mean (.*)\?", r" Vouliez-vous dire \1 ?"),
    (r"^No such option: (\S+)", r"Option inconnue : \1."),
    (r"\(Possible options: (.*)\)", r"Options proches : \1."),
    (r"^Missing option '?(.*?)'?\.", r"Il manque l'option \1."),
    (r"^Missing argument '?(.*?)'?\.", r"Il manque \1."),
    (r"Choose from:\s*", "Attendu : "),
    (r"^Invalid value for '?(.*?)'?: ", r"Valeur refusée pour \1 : "),
    (r"^Invalid value: ", "Valeur refusée : "),
    (r"Value error, ", ""),
    (r"'(.*)' is not one of (.*)\.", r"« \1 » n'est pas admis. Attendu : \2."),
    (r"^Option '?(.*?)'? requires an argument\.", r"L'option \1 demande une valeur."),
    (r"^Got unexpected extra argument\(s\) \((.*)\)", r"En trop : \1."),
)


# The same for the help: titles and marks that typer writes in English.
TITLES: tuple[tuple[str, str], ...] = (
    (r"(?m)^Usage: ", "Usage : "),
    (r"(?m)^Arguments:$", "À donner :"),
    (r"(?m)^Options:$", "Options :"),
    (r"(?m)^Commands:$", "Commandes :"),
    (r" <str>", ""),
    (r"\[OPTIONS\] COMMAND \[ARGS\]\.\.\.", "COMMANDE…"),
    (r"\[OPTIONS\]", "[options]"),
    (r"\[required\]", "[obligatoire]"),
    (r"Show this message and exit\.", "Affiche cette aide."),
)


class FrenchCommand(TyperCommand):
    """A command whose help is in French."""

    def get_help(self, ctx: Any) -> str:
        return _replaced(super().get_help(ctx), TITLES)


class FrenchGroup(TyperGroup):
    """A group that turns errors into French words and exit codes; no traceback reaches a coordinator."""

    def get_help(self, ctx: Any) -> str:
        return _replaced(super().get_help(ctx), TITLES)

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        try:
            code = super().main(args, prog_name, complete_var, False, windows_expand_args, **extra)
        except TyperException as error:
            say(_usage_error(error), as_json=True)
            code = error.exit_code
        except JalonError as refused:
            say(str(refused), as_json=True)
            code = 1
        except OSError as failed:
            where = f" : {failed.filename}" if failed.filename else ""
            say(f"Lecture ou écriture impossible{where} ({failed.strerror or failed}).", as_json=True)
            code = 1
        except typer.Abort:
            say("Interrompu.", as_json=True)
            code = 1
        if standalone_mode:
            sys.exit(code or 0)
        return code


class Commands(typer.Typer):
    """A Typer application whose commands speak French."""

    def __init__(self, *, help: str) -> None:
        super().__init__(
            help=help, cls=FrenchGroup, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None
        )

    def command(self, name: str | None = None, **options: Any) -> Callable[[Any], Any]:
        return super().command(name, cls=FrenchCommand, **options)


def _usage_error(error: TyperException) -> str:
    message = _replaced(error.format_message(), SAYS)
    context = getattr(error, "ctx", None)
    where = f" Aide : {context.command_path} --help" if context is not None else ""
    return f"{message}{where}"


def _replaced(text: str, table: tuple[tuple[str, str], ...]) -> str:
    for english, french in table:
        text = re.sub(english, french, text)
    return text
