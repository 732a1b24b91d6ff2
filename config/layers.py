"""A territory's files over those of its model: what a county does not write itself, it has from there."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from config.reading import Mistakes, name_of
from config.settings import TERRITORIES
from tracks.errors import JalonError


@dataclass(frozen=True, slots=True)
class Layers:
    """`own`: the county's folder; `model`: that of the territory that its `base` names, where it names one."""

    own: Path
    model: Path | None = None

    def file(self, name: str) -> Path:
        """The county's file; its model's, where the county has none; the county's again, where nobody has one."""
        own = self.own / name
        if not own.exists() and self.model and (self.model / name).exists():
            return self.model / name
        return own

    def files(self, folder: str) -> dict[str, Path]:
        """File name → the file: the model's, and the county's own over them."""
        layers = [layer / folder for layer in (self.model, self.own) if layer]
        return {path.name: path for layer in layers for path in sorted(layer.glob("[!.]*"))}

    def under(self, name: str) -> Path | None:
        """The model's file of that name, where the county's own only adds to it."""
        under = self.model / name if self.model else None
        return under if under and under.exists() and (self.own / name).exists() else None


def layers_of(folder: Path) -> Layers:
    """The layers of a territory. Mistakes: its `base` names no territory, itself, or one that has a base too."""
    base = base_of(folder)
    if base is None:
        return Layers(folder)
    model = next((place for place in (folder.parent / base, TERRITORIES / base) if place.is_dir()), None)
    if model is None or model.resolve() == folder.resolve():
        known = ", ".join(sorted(place.name for place in TERRITORIES.iterdir() if place.is_dir()))
        wrong = f"le territoire « {base} » n'existe pas ici. Attendu : {known}, ou aucune ligne base"
    elif base_of(model) is not None:
        wrong = f"« {base} » repose lui-même sur un autre territoire. Un seul étage est admis"
    else:
        return Layers(folder, model)
    raise Mistakes([f"{name_of(folder / 'territory.toml')}, `base` : {wrong}."])


def base_of(folder: Path) -> str | None:
    """What `base` says in a `territory.toml`; None without one, or where the file cannot be read (told elsewhere)."""
    try:
        found = tomllib.loads((folder / "territory.toml").read_text(encoding="utf-8")).get("base")
    except (OSError, ValueError):
        return None
    return found if isinstance(found, str) and found.strip(". ") == found and "/" not in found else None


def read_layers(folder: Path) -> Layers:
    """As `layers_of`; JalonError where the folder itself is missing."""
    if not folder.is_dir():
        raise JalonError(
            f"Territoire introuvable : « {folder.name} ». JALON_TERRITORY doit nommer un dossier de "
            "config/territories/ ou un chemin vers un dossier."
        )
    return layers_of(folder)
