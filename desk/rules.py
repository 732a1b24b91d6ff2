"""`jalon rules`: the rules as a page that anybody may read, written from the files that the nights obey."""

import inspect
from collections.abc import Iterable, Iterator
from datetime import date, time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from desk import words
from desk.terminal import say
from tracks import french

if TYPE_CHECKING:
    from config.rulebook import Entry
    from config.territory import Territory
    from tracks.legal import LegalValue
    from tracks.policy import TrackPolicy, Version

Out = Annotated[Path | None, typer.Option("--out", metavar="FICHIER", help="Où écrire ; sinon, à l'écran.")]
UNITS = {"days": "jour", "weeks": "semaine", "months": "mois", "percent": "%", "euros": "€", "hours": "heure"}
NOT_NUMBERS = ("source", "confidence", "because", "reference", "exit_reason")
HEAD = """# Les règles appliquées par Jalon

Département : {name}. Cette page est écrite par la commande `jalon rules` à partir des fichiers que les nuits
appliquent ; elle ne se corrige pas à la main. Elle répond à l'obligation de publier les règles des principaux
traitements algorithmiques (code des relations entre le public et l'administration, articles L.312-1-3 et L.311-3-1).

**Ce que fait la machine.** Chaque nuit, elle propose des rendez-vous, écrit des rappels, pose des questions aux
référents et, quand onze conditions sont toutes prouvées, prépare un dossier que des personnes regardent. **Ce qu'elle
ne fait jamais.** Elle ne décide d'aucune sanction, ne calcule aucun montant, n'attribue aucune note, ne lit aucune
donnée de santé et n'apprend de personne. Toute décision porte le nom d'une personne, une date et des raisons.

**Vos droits.** Toute personne peut demander comment ces règles lui ont été appliquées (article R.311-3-1-2), présenter
ses observations, se faire assister par la personne de son choix, demander son dossier, et saisir la Commission d'accès
aux documents administratifs si on le lui refuse.
"""


def rules(out: Out = None) -> None:
    """Écrit les règles appliquées, lisibles par tous (CRPA L.312-1-3)."""
    from desk.opening import open_desk

    with open_desk() as desk:
        text = page(desk.territory)
    if out is None:
        say(text, wrap=False)
        return
    out.write_text(text, encoding="utf-8")
    say(f"Règles écrites dans {out}.")


def page(territory: "Territory") -> str:
    """The whole page, in Markdown; the same files give the same page."""
    from config import rulebook

    parts = [
        HEAD.format(name=territory.name),
        "## Ce que fait chaque nuit\n",
        table(("Règle", "Fonction", "Scénario qui la montre", "Texte"), rule_rows(rulebook.RULES, rules_of())),
        "## Les onze conditions d'une revue\n\nUne seule qui manque, et rien ne s'ouvre.\n",
        table(
            ("Condition", "Fonction", "Scénario qui la montre", "Texte"), rule_rows(rulebook.CONDITIONS, eleven_of())
        ),
        "## Les nombres de chaque parcours\n",
        *(track_part(track) for track in territory.tracks.values()),
        "## Les nombres de la loi\n",
        table(VALUE_HEAD, map(legal_row, territory.law.value)),
        "## Combien de temps on garde\n",
        table(VALUE_HEAD, map(legal_row, territory.retention.value)),
    ]
    return "\n".join(parts)


def rules_of() -> dict[str, tuple[str, str]]:
    """rule → its sentence, its module."""
    from tracks.decide import RULES

    return {rule.__name__: (first_sentence(rule), rule.__module__) for rule in RULES}


def eleven_of() -> dict[str, tuple[str, str]]:
    """condition → its title, its module."""
    from tracks.rules.preconditions import ELEVEN

    return {look.__name__: (title, look.__module__) for look, title, _ in ELEVEN}


def first_sentence(function: Any) -> str:
    """The rule's French sentence: the head of its docstring, on one line."""
    return " ".join((inspect.getdoc(function) or "").split("\n\n")[0].split())


def rule_rows(entries: "Iterable[Entry]", known: dict[str, tuple[str, str]]) -> Iterator[tuple[str, ...]]:
    for entry in entries:
        said, module = known[entry.function]
        yield said, f"`{module}.{entry.function}`", entry.scenario, entry.article


VALUE_HEAD = ("Ce que le nombre veut dire", "Valeur", "Du", "Au", "Portée", "Source", "Confiance")


def legal_row(value: "LegalValue") -> tuple[str, ...]:
    unit = UNITS[value.unit]
    shown = f"{value.value} {unit}" if unit in ("%", "€", "mois") else french.plural(value.value, unit)
    last = french.full_date(value.valid_to) if value.valid_to else "en vigueur"
    sure = words.CONFIDENCE[value.confidence]
    return value.says, shown, french.full_date(value.valid_from), last, value.scope, value.source, sure


def track_part(track: "TrackPolicy") -> str:
    versions = "\n".join(version_part(version) for version in track.version)
    return f"### {track.title}\n\n{track.for_whom}. Source : {track.source}.\n\n{versions}"


def version_part(version: "Version") -> str:
    until = f" au {french.full_date(version.valid_to)}" if version.valid_to else ""
    head = f"Version du {french.full_date(version.valid_from)}{until}.\n"
    return f"{head}\n{table(('Ce que le nombre décide', 'Valeur', 'Source', 'Confiance'), version_rows(version))}"


def version_rows(version: "Version") -> Iterator[tuple[str, ...]]:
    from config.rulebook import SAYS
    from tracks.legal import Sourced

    for section in ("rhythm", "reminders", "outcomes", "review", "contract", "follow_up"):
        part: Sourced | None = getattr(version, section)
        if part is None:
            continue
        for name in type(part).model_fields:
            value = getattr(part, name)
            if name not in NOT_NUMBERS and value is not None:
                said = value if isinstance(value, Sourced) else part  # a number with a source of its own
                yield SAYS[f"{section}.{name}"], shown(value), said.source, words.CONFIDENCE[said.confidence]
    for rung in version.ladder:
        waits = rung.wait_days if rung.wait_days is not None else rung.wait_working_days
        source = f"{rung.source} ; {rung.because}" if rung.because else rung.source
        yield SAYS[f"ladder.{rung.do}"], shown(waits), source, words.CONFIDENCE[rung.confidence]


def shown(value: Any) -> str:
    """A value as a citizen reads it."""
    from tracks.legal import Strict

    match value:
        case bool():
            return "oui" if value else "non"
        case time():
            return french.clock(value)
        case date():
            return french.full_date(value)
        case tuple():
            return ", ".join(shown(item) for item in value)
        case _ if hasattr(value, "wording"):
            return str(value.wording)
        case Strict():
            return ", ".join(
                shown(getattr(value, name)) for name in type(value).model_fields if name not in NOT_NUMBERS
            )
        case _:
            text = str(value)
            return words.QUALIFIED.get(text) or words.CONTRACT.get(text) or text


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |\n" for line in lines)
