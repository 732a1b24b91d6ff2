"""The texts of the notices: one TOML a kind in the territory's `notices/`, its lawyers' to edit; what each must say."""

import re
from collections.abc import Mapping
from pathlib import Path
from string import Formatter
from typing import Annotated

from pydantic import Field

from config.reading import Mistakes, name_of, read_toml
from tracks.legal import Strict
from tracks.vocabulary import NoticeKind


class Section(Strict):
    heading: str
    text: Annotated[str, Field(min_length=1)]


class NoticeText(Strict):
    title: Annotated[str, Field(min_length=1)]
    section: Annotated[tuple[Section, ...], Field(min_length=1)]

    def filled(self, values: Mapping[str, str]) -> list[dict[str, str]]:
        """Each name replaced once by its value; a value is never read again."""
        return [{"heading": s.heading, "text": s.text.strip().format_map(values)} for s in self.section]


Notices = Mapping[NoticeKind, NoticeText]

EVERYWHERE = frozenset({"contrat", "engagements", "faits", "interlocuteur", "telephone", "adresse", "courriel"})
NAMES: Mapping[NoticeKind, frozenset[str]] = {
    NoticeKind.REGULARISE: EVERYWHERE | {"delai"},
    NoticeKind.PROCEDURE: EVERYWHERE | {"delai", "mesure", "radiation", "bornes", "equipe", "reference"},
    NoticeKind.DECISION: EVERYWHERE
    | {"issue", "motifs", "textes", "observations", "recours_mois", "reponse_mois", "reference"},
}
# What the law wants to find in each, and the words by which it is found; an article beside each.
MENTIONS: Mapping[NoticeKind, tuple[tuple[str, str], ...]] = {
    NoticeKind.REGULARISE: (
        ("les faits (CRPA L.123-1)", r"\{faits\}"),
        ("le délai laissé (CRPA L.123-1)", r"\{delai\}"),
        ("que rien n'est décidé", r"[Rr]ien n'est décidé"),
        ("l'aide d'une personne de son choix", r"personne de votre choix"),
        ("le traitement algorithmique (CRPA L.311-3-1)", r"L\.311-3-1"),
        ("l'interlocuteur (CRPA L.111-2)", r"\{interlocuteur\}"),
    ),
    NoticeKind.PROCEDURE: (
        ("les faits (CASF L.262-37)", r"\{faits\}"),
        ("la mesure envisagée (CASF L.262-37)", r"\{mesure\}"),
        ("la radiation qui serait proposée (LEGIARTI000051678976)", r"\{radiation\}"),
        ("le délai d'observations (LEGIARTI000051678976)", r"\{delai\}"),
        ("le droit d'être entendu (CRPA L.122-1)", r"être entendue?\b"),
        ("le droit d'écrire (CRPA L.122-1)", r"écrire"),
        ("l'assistance d'une personne de son choix (CASF L.262-37)", r"assist(er|ée?) par une personne de votre choix"),
        ("l'accès au dossier (CRPA L.122-2)", r"votre dossier"),
        ("le traitement algorithmique et la CADA (CRPA L.311-3-1, R.311-3-1-1)", r"L\.311-3-1(?s:.*)CADA"),
        ("l'interlocuteur (CRPA L.111-2)", r"\{interlocuteur\}"),
    ),
    NoticeKind.DECISION: (
        ("la décision", r"\{issue\}"),
        ("les motifs de fait (CRPA L.211-5)", r"\{motifs\}"),
        ("les motifs de droit (CRPA L.211-5)", r"\{textes\}"),
        ("le recours préalable et son délai (CASF L.262-47 ; CRPA L.412-3)", r"préalable(?s:.*)\{recours_mois\}"),
        ("le tribunal administratif (CJA R.421-1)", r"tribunal administratif"),
        ("le traitement algorithmique et la CADA (CRPA L.311-3-1, R.311-3-1-1)", r"L\.311-3-1(?s:.*)CADA"),
    ),
}


def load_notices(folder: Path, *, under: Mapping[str, Path] | None = None) -> Notices:
    """Mistakes: a file absent, a name that no notice has, a mention that the law wants and that is not there."""
    lines: list[str] = []
    found: dict[NoticeKind, NoticeText] = {}
    for kind in NoticeKind:
        name = f"{kind}.toml"
        path = (under or {}).get(name, folder / name) if not (folder / name).exists() else folder / name
        try:
            found[kind] = read_toml(path, NoticeText)
        except Mistakes as mistakes:
            lines.extend(mistakes.lines)
            continue
        lines.extend(_faults(path, kind, found[kind]))
    if lines:
        raise Mistakes(lines)
    return found


def _faults(path: Path, kind: NoticeKind, text: NoticeText) -> list[str]:
    whole = "\n".join(f"{section.heading}\n{section.text}" for section in text.section)
    try:
        names = {name for _, name, _, _ in Formatter().parse(whole) if name is not None}
    except ValueError:
        return [f"{name_of(path)} : une accolade n'est pas fermée, ou est en trop."]
    lines = [
        f"{name_of(path)} : {{{name}}} n'existe pas. Attendu : {', '.join(sorted(NAMES[kind]))}."
        for name in sorted(names - NAMES[kind])
    ]
    return lines + [
        f"{name_of(path)} : il manque {what}." for what, words in MENTIONS[kind] if not re.search(words, whole)
    ]
