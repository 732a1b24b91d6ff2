"""`jalon check-policy`: reads a territory's files and says everything that is wrong, before a night does."""

from pathlib import Path
from typing import Annotated

import typer

from desk.terminal import say
from tracks import french

FolderArgument = Annotated[
    Path | None,
    typer.Argument(metavar="[DOSSIER]", help="Le dossier d'un territoire ; sinon, celui de JALON_TERRITORY."),
]


def check_policy(folder: FolderArgument = None) -> None:
    """Vérifie les fichiers d'un territoire : toutes les fautes à la fois, fichier et clé."""
    from config.reading import Mistakes
    from config.settings import Settings
    from config.territory import load_territory

    try:
        territory = load_territory((folder or Settings().territory_folder).resolve())
    except Mistakes as found:
        for line in found.lines:
            say(line, as_json=True)
        say(f"{french.plural(len(found.lines), 'faute')} à corriger ; rien n'a été lancé.", as_json=True)
        raise typer.Exit(1) from None
    versions = sum(len(track.version) for track in territory.tracks.values())
    say(
        f"{territory.name} : {french.plural(len(territory.tracks), 'parcours', 'parcours')} "
        f"({french.plural(versions, 'version datée', 'versions datées')}), "
        f"{french.plural(len(territory.law.value), 'valeur légale', 'valeurs légales')}, textes et colonnes : "
        "rien à corriger."
    )
    unsure = [value for value in territory.legal.value if value.confidence not in ("read", "local_choice")]
    for value in unsure:
        say(f"  à relire sur Légifrance : {value.key} = {value.value} ({value.source})")
