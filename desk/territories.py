"""`jalon territory`: start a county's files from another's, check them, read them, compare two of them."""

import re
import shutil
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from desk.options import On
from desk.policy import check_policy
from desk.terminal import say
from desk.usage import Commands
from tracks import french
from tracks.errors import JalonError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.table import Table

    from config.territory import Territory

territory = Commands(help="Les fichiers d'un département : les commencer, les vérifier, les lire, les comparer.")
territory.command("check")(check_policy)

# What each county writes itself; the rest it may have from its base.
OWN = ("territory.toml", "actions.toml", "revue.toml", "tracks")
Name = Annotated[str, typer.Argument(metavar="NOM", help="Un dossier de config/territories/, ou un chemin.")]
Title = Annotated[str | None, typer.Option("--title", metavar="NOM", help="Le nom du département, tel qu'on l'écrit.")]
Number = Annotated[
    str | None, typer.Option("--departement", metavar="CODE", help="Son numéro : ses jours fériés, son ressort.")
]
Source = Annotated[str | None, typer.Option("--from", metavar="NOM", help="D’où l’on part ; sinon, modele.")]
Page = Annotated[Path | None, typer.Option("--html", metavar="FICHIER", help="En page, avec les dessins.")]


@territory.command("new")
def new(name: Name, source: Source = None, title: Title = None, departement: Number = None) -> None:
    """Commence les fichiers d'un département à partir de ceux d'un autre, prêts à adapter."""
    from config.layers import base_of, layers_of
    from config.settings import MODEL, TERRITORIES

    source = source or MODEL
    start, folder = folder_of(source), Path(name) if "/" in name else TERRITORIES / name
    if not re.fullmatch(r"[a-z][a-z0-9_]*", folder.name):
        raise JalonError(f"« {folder.name} » ne convient pas : un dossier s'écrit en minuscules, chiffres et _.")
    if folder.exists():
        raise JalonError(f"« {folder.name} » existe déjà : rien n'a été changé. Choisissez un autre nom.")
    base = base_of(start) or start.name
    layers_of(start)  # its base, if any, is there
    folder.mkdir(parents=True)
    for part in OWN:
        copy(start / part, folder / part)
    own = folder / "territory.toml"
    title = title or french.sentence(folder.name)
    own.write_text(renamed(own.read_text("utf-8"), base=base, title=title, departement=departement), "utf-8")
    tracks = french.plural(len(read(name).tracks), "parcours", "parcours")
    say(f"{folder.name} est prêt : {tracks} de {source}, à adapter.")
    say("À écrire d'abord, dans territory.toml et revue.toml : l'expéditeur, les lieux, les coordinateurs, qui décide.")
    say(f"  jalon territory check {name}", wrap=False)
    say(f"  JALON_TERRITORY={name} jalon init", wrap=False)


def copy(source: Path, to: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, to)
    elif source.exists():
        shutil.copyfile(source, to)


def renamed(text: str, *, base: str, title: str, departement: str | None) -> str:
    """A `territory.toml` of another name, comments kept, over the same base."""
    given = {"name": title, "sender": f"Département : {title}"} | ({"departement": departement} if departement else {})
    for key, value in given.items():
        text = re.sub(rf'(?m)^{key} = "[^"]*"', lambda found, key=key, value=value: f'{key} = "{value}"', text, count=1)  # type: ignore[misc]
    if re.search(r"(?m)^base = ", text):
        return text
    return re.sub(r"(?m)^name = ", lambda found: f'base = "{base}"\n{found[0]}', text, count=1)


@territory.command("show")
def show(name: Name, html: Page = None, on: On = None) -> None:
    """Ce que disent les fichiers d'un département : qui, où, chaque parcours et ses nombres, avec leurs sources."""
    from desk.rules import VALUE_HEAD, legal_row, version_rows

    found = read(name)
    day = on or today()
    if html:
        from desk.territory_page import write_territory_page

        say(f"La page, avec le dessin de chaque parcours : {write_territory_page(found, html, on=day)}", wrap=False)
        return
    say(f"{found.name} ({found.departement}), {found.sender}")
    say(f"Lieux : {french.listed(sorted(found.sites))}.")
    say(f"Fonctions : {french.listed(role.title for role in found.file.role)}.")
    for track in found.tracks.values():
        version = track.in_force(day) or track.version[-1]
        say(f"\n{track.title}, version du {french.full_date(version.valid_from)}. {track.for_whom}.")
        say(table(("Ce que le nombre décide", "Valeur", "Source", "Confiance"), version_rows(version)))
    say("\nLes nombres de la loi")
    say(table(VALUE_HEAD, map(legal_row, found.law.value)))


@territory.command("diff")
def diff(first: Name, second: Name, on: On = None) -> None:
    """Ce que deux départements décident autrement, parcours par parcours, avec la source de chacun."""
    from desk.territory_diff import differences

    one, other = read(first), read(second)
    rows = list(differences(one, other, on=on or today()))
    if not rows:
        say(f"{one.name} et {other.name} : mêmes parcours, mêmes nombres, mêmes sources.")
        return
    for where in dict.fromkeys(row[0] for row in rows):
        say(f"\n{where}")
        say(table(("Ce qui est décidé", one.name, other.name, "Source"), [row[1:] for row in rows if row[0] == where]))


def folder_of(name: str) -> Path:
    """JalonError where there is no such territory."""
    from config.settings import Settings

    folder = Settings(territory=name).territory_folder
    if not (folder / "territory.toml").is_file():
        raise JalonError(f"Territoire « {name} » introuvable. Connus : {french.listed(known())}, ou un chemin.")
    return folder


def today() -> date:
    from desk.opening import open_desk

    with open_desk() as desk:  # its clock alone; no database is opened
        return desk.today


def known() -> list[str]:
    from config.settings import TERRITORIES

    return sorted(place.name for place in TERRITORIES.iterdir() if (place / "territory.toml").is_file())


def read(name: str) -> "Territory":
    """Mistakes: what `check` would say."""
    from config.territory import load_territory

    return load_territory(folder_of(name))


def table(head: "Iterable[str]", rows: "Iterable[tuple[str, ...]]") -> "Table":
    from rich import box
    from rich.table import Table

    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False, expand=True)
    for title in head:
        shown.add_column(title, overflow="fold")
    for row in rows:
        shown.add_row(*row)
    return shown
