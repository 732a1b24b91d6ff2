"""The texts that Jalon sends: one file per template and channel, `{prenom}`-like names and nothing else in them.

No expression language: a name of the allow-list is replaced by its value, once, and the value is never read again.
"""

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from string import Formatter

from config import sms
from config.reading import Mistakes, name_of
from tracks.vocabulary import Channel, Template

MEETING = frozenset({"prenom", "quand", "jour", "heure", "lieu", "referent", "telephone", "expediteur"})
CLOSER = frozenset({"prenom", "referent", "telephone", "expediteur"})
LETTER = frozenset({"destinataire", "date", "interlocuteur"})
# What a message may be answered through: `{repondre}` is the page or the telephone, in a text of one line; a paragraph
# with `{lien}` is written only where there is a page.
ANSWERED = (
    Template.CONVOCATION,
    Template.REMINDER,
    Template.APPOINTMENT_MOVED,
    Template.REASON_REQUEST,
    Template.CHECK_IN,
)
LINKS: Mapping[Channel, str] = {Channel.SMS: "repondre", Channel.EMAIL: "lien"}
NAMES: Mapping[Template, frozenset[str]] = {
    Template.CONVOCATION: MEETING,
    Template.REMINDER: MEETING,
    Template.APPOINTMENT_MOVED: MEETING,
    Template.APPOINTMENT_CANCELLED: MEETING,
    Template.REFERENT_CHANGED: CLOSER,
    Template.REFERENT_CHANGED_MEETING: MEETING,
    Template.REASON_REQUEST: CLOSER | {"jour", "heure"},
    Template.CHECK_IN: CLOSER | {"depuis"},
    Template.FAREWELL: CLOSER,
    Template.INVITATION_TO_REGULARISE: CLOSER
    | {"contrat", "engagements", "faits", "delai", "au_moins_jusqu_au", "lieu"},
    Template.REFERENT_DIGEST: frozenset({"titre", "contenu", "prenom", "coordination"}),
    Template.COORDINATOR_DIGEST: frozenset({"titre", "contenu", "prenom"}),
}
# Each text must hold one name of every group: a summons without its hour or without a way out is refused.
WHEN = frozenset({"quand", "jour"})
WAY_OUT = frozenset({"telephone", "repondre"})
MUST: Mapping[Template, tuple[frozenset[str], ...]] = {
    Template.CONVOCATION: (WHEN, frozenset({"heure"}), frozenset({"lieu"}), WAY_OUT),
    Template.REMINDER: (WHEN, frozenset({"heure"}), frozenset({"lieu"}), WAY_OUT),
    Template.APPOINTMENT_MOVED: (WHEN, frozenset({"heure"}), frozenset({"lieu"}), WAY_OUT),
    Template.APPOINTMENT_CANCELLED: (WHEN, frozenset({"heure"}), frozenset({"telephone"})),
    Template.REFERENT_CHANGED: (frozenset({"referent", "interlocuteur"}), frozenset({"telephone"})),
    Template.REFERENT_CHANGED_MEETING: (WHEN, frozenset({"heure"}), frozenset({"telephone"})),
    Template.REASON_REQUEST: (frozenset({"jour"}), WAY_OUT),
    Template.CHECK_IN: (frozenset({"depuis"}), WAY_OUT),
    Template.FAREWELL: (frozenset({"telephone"}),),
    Template.INVITATION_TO_REGULARISE: tuple(
        frozenset({name})
        for name in ("contrat", "engagements", "faits", "delai", "au_moins_jusqu_au", "interlocuteur", "telephone")
    ),
    Template.REFERENT_DIGEST: (frozenset({"contenu"}),),
    Template.COORDINATOR_DIGEST: (frozenset({"contenu"}),),
}
IN_SUBJECT = frozenset({"quand", "jour", "heure", "titre"})  # a subject is read over a shoulder
STAFF = (Template.REFERENT_DIGEST, Template.COORDINATOR_DIGEST)
LETTER_ONLY = (Template.INVITATION_TO_REGULARISE,)  # R16: never an SMS nor an e-mail
LETTER_HEAD = re.compile(r"\{expediteur\}\n\n\{destinataire\}\n\nLe \{date\}\n\nObjet : [^\n]+\n\n[^\n]")
SUBJECT = re.compile(r"Objet\s*:\s*(.*)")

# The longest value that an SMS takes for each name; `most_segments` counts with them.
LONGEST: Mapping[str, int] = {
    "prenom": 30,
    "quand": 34,
    "jour": 24,
    "heure": 5,
    "lieu": 60,
    "referent": 30,
    "telephone": 40,
    "repondre": 86,  # an address of 43, « /r/ », a code of 22, « ou » and a number
    "expediteur": 40,
    "depuis": 20,
}
MOST_SEGMENTS = 2

# Never in an SMS or an e-mail to a person (R16): somebody else may read the screen.
INDISCREET = re.compile(
    r"\b(rsa|brsa|allocat\w*|b[ée]n[ée]ficiaire\w*|prestation\w*|caf|msa|suspen\w*|sanction\w*|radiation\w*|radi[ée]\w*"
    r"|r[ée]duction\w*|supprim\w*|suppression\w*|manquement\w*|absen\w*|obligation\w*|droits? et devoirs?|contrat\w*"
    r"|sant[ée]|maladie\w*|malade\w*|m[ée]dica\w*|handicap\w*|addict\w*|psy\w*|social\w*|sociaux|insertion"
    r"|remobilisation|objectif (?:emploi|comp[ée]tences)|comp[ée]tences|suivi|employeur\w*"
    r"|(?:num[ée]ro|n°) (?:de dossier|caf|allocataire)|dossier\w*|nir)\b",
    re.IGNORECASE,
)

Pieces = tuple[tuple[str, str | None], ...]
END: tuple[str, str | None] = ("\n", None)  # of a line


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One file, read: its subject (e-mails only) and its body, as literals each followed by a name or nothing."""

    subject: Pieces = ()
    body: Pieces

    def fill(self, values: Mapping[str, str]) -> tuple[str, str]:
        """Subject and body with the values in place. KeyError for a value that is not given."""
        return filled(self.subject, values), filled(self.body, values)

    def names(self, name: str) -> bool:
        return any(named == name for _, named in (*self.subject, *self.body))

    @lru_cache(maxsize=256)  # noqa: B019  # a territory's texts live as long as the process
    def without(self, name: str) -> "Text":
        """The same without the paragraphs where that name is."""
        kept = [lines for lines in self.paragraphs() if all(named != name for line in lines for _, named in line)]
        body = tuple(piece for lines in kept for line in (*lines, ()) for piece in (*line, END))
        return replace(self, body=trimmed(body))

    def paragraphs(self) -> Iterator[tuple[Pieces, ...]]:
        """The body as the file shows it: lines, in blocks that a blank line parts. No value changes that form."""
        lines: list[Pieces] = []
        line: list[tuple[str, str | None]] = []
        for piece in (*self.body, END, END):
            if piece != END:
                line.append(piece)
            elif line:
                lines.append(tuple(line))
                line = []
            elif lines:
                yield tuple(lines)
                lines = []


def shown(pieces: Pieces) -> str:
    """As the file writes it."""
    return "".join(literal + (f"{{{name}}}" if name else "") for literal, name in pieces)


def filled(pieces: Pieces, values: Mapping[str, str]) -> str:
    return "".join(literal + (values[name] if name else "") for literal, name in pieces)


@dataclass(frozen=True, slots=True)
class Messages:
    """Every text of a territory."""

    texts: Mapping[tuple[Template, Channel], Text]
    easy: Mapping[tuple[Template, Channel], Text] = field(default_factory=dict)

    def of(self, template: Template, channel: Channel, *, easy: bool = False) -> Text | None:
        """The text to fill, the easy one where it is asked for and there is one; None: it never leaves by that
        channel."""
        usual = self.texts.get((template, channel))
        return self.easy.get((template, channel), usual) if easy else usual


def load_messages(folder: Path, *, under: Mapping[str, Path] | None = None) -> Messages:
    """Read a territory's `messages/`, over the texts of its model (file name → file). Mistakes: all at once, with
    file, line, what is wrong, what is expected."""
    mistakes: list[str] = []
    texts: dict[tuple[Template, Channel], Text] = {}
    easy: dict[tuple[Template, Channel], Text] = {}
    wanted, variants = dict(expected()), dict(easier())
    present = {**(under or {}), **{path.name: path for path in sorted(folder.glob("[!.]*"))}}
    for name, (template, channel) in wanted.items():
        if name not in present:
            mistakes.append(f"{name_of(folder / name)} : fichier absent. Écrivez ce texte ou copiez celui du modèle.")
        elif text := read_text(present[name], template, channel, mistakes):
            texts[template, channel] = text
    for name, (template, channel) in variants.items():
        if name in present and (text := read_text(present[name], template, channel, mistakes)):
            easy[template, channel] = text
    known = wanted | variants
    mistakes += [unknown(path, known) for name, path in present.items() if name not in known]
    if mistakes:
        raise Mistakes(mistakes)
    return Messages(texts, easy)


def channels_of(template: Template) -> tuple[Channel, ...]:
    if template in STAFF:
        return (Channel.STAFF,)
    return (Channel.LETTER,) if template in LETTER_ONLY else (Channel.SMS, Channel.EMAIL, Channel.LETTER)


def expected() -> Iterator[tuple[str, tuple[Template, Channel]]]:
    """`convocation.sms.txt` → its template and channel, for every text that Jalon can send."""
    for template in Template:
        for channel in channels_of(template):
            yield f"{template}.{channel}.txt", (template, channel)


def easier() -> Iterator[tuple[str, tuple[Template, Channel]]]:
    """`convocation.sms.facile.txt`: the same in easy French; where it is missing, the usual text is sent."""
    for template in Template:
        if template not in STAFF:
            for channel in channels_of(template):
                yield f"{template}.{channel}.facile.txt", (template, channel)


def unknown(path: Path, wanted: Mapping[str, object]) -> str:
    if path.name.partition(".")[0] in LETTER_ONLY:
        return f"{name_of(path)} : ce texte ne part que par lettre, jamais par SMS ni courriel. Supprimez-le."
    near = difflib.get_close_matches(path.name, wanted, n=1)
    hint = f"Vouliez-vous dire {near[0]} ?" if near else "Supprimez-le."
    return f"{name_of(path)} : aucun message ne porte ce nom. {hint}"


def read_text(path: Path, template: Template, channel: Channel, mistakes: list[str]) -> Text | None:
    """The file's text, or None with what is wrong added to `mistakes`."""
    try:
        lines = path.read_text(encoding="utf-8").strip().splitlines()
    except UnicodeDecodeError:
        mistakes.append(f"{name_of(path)} : le fichier n'est pas en UTF-8. Enregistrez-le en UTF-8.")
        return None
    wrong: list[str] = []
    subject: Pieces = ()
    body_from = 0
    if channel in (Channel.EMAIL, Channel.STAFF):
        first = SUBJECT.fullmatch(lines[0]) if lines else None
        if first is None:
            wrong.append(f"{name_of(path)}, ligne 1 : l'objet manque. Attendu : « Objet : … ».")
        else:
            subject = parsed(path, 1, first.group(1), NAMES[template] & IN_SUBJECT, wrong)
            body_from = 1
    names = NAMES[template] | (LETTER if channel is Channel.LETTER else frozenset())
    if template in ANSWERED and channel in LINKS:
        names |= {LINKS[channel]}
    body = tuple(
        piece
        for number, line in enumerate(lines[body_from:], start=body_from + 1)
        for piece in (*parsed(path, number, line, names, wrong), END)
    )
    text = Text(subject=subject, body=trimmed(body))
    wrong += faults(path, template, channel, text) if not wrong else []
    mistakes.extend(wrong)
    return None if wrong else text


def parsed(path: Path, number: int, line: str, names: frozenset[str], wrong: list[str]) -> Pieces:
    """A line as literals and names; what is not a plain known name is added to `wrong`."""
    where = f"{name_of(path)}, ligne {number}"
    try:
        found = list(Formatter().parse(line))
    except ValueError:
        wrong.append(f"{where} : accolade ouverte ou fermée seule. Attendu : {{prenom}}, ou {{{{ pour une accolade.")
        return ()
    pieces: list[tuple[str, str | None]] = []
    for literal, name, spec, conversion in found:
        pieces.append((literal, name))
        if name is None or (name in names and not spec and not conversion):
            continue
        if spec or conversion or re.search(r"[.\[\]!:]", name):
            wrong.append(
                f"{where} : « {{{name}}} » : un nom seul est admis, sans point, crochet, format ni conversion."
            )
        else:
            near = difflib.get_close_matches(name, sorted(names), n=1)
            hint = f"Vouliez-vous dire {{{near[0]}}} ?" if near else f"Attendu : {', '.join(sorted(names))}."
            wrong.append(f"{where} : « {{{name}}} » est inconnu ici. {hint}")
    return tuple(pieces)


def trimmed(pieces: Pieces) -> Pieces:
    """Without the blank lines at both ends."""
    found = list(pieces)
    while found and found[0] == END:
        found.pop(0)
    while found and found[-1] == END:
        found.pop()
    return tuple(found)


def faults(path: Path, template: Template, channel: Channel, text: Text) -> Iterator[str]:
    """What is wrong with a text that can be read: empty, incomplete, indiscreet, too long."""
    names = {name for _, name in (*text.subject, *text.body) if name}
    if not text.body:
        yield f"{name_of(path)} : le texte est vide."
        return
    for group in (*MUST[template], *([frozenset({"destinataire"})] if channel is Channel.LETTER else [])):
        if not group & names:
            asked = " ou ".join(f"{{{name}}}" for name in sorted(group))
            yield f"{name_of(path)} : {asked} manque. Ajoutez-le."
    if channel is Channel.LETTER and not LETTER_HEAD.match(shown(text.body)):
        yield (
            f"{name_of(path)} : une lettre débute par {{expediteur}}, {{destinataire}}, « Le {{date}} », « Objet… »,"
            " une ligne vide après chacun : c'est ainsi que son adresse vient dans la fenêtre de l'enveloppe."
        )
    if channel in (Channel.SMS, Channel.EMAIL):
        said = "".join(literal + "\n" for literal, _ in (*text.subject, *text.body))
        for word in sorted({found.group().lower() for found in INDISCREET.finditer(said)}):
            yield f"{name_of(path)} : « {word} » en dit trop à qui lirait par-dessus l'épaule. Réservez-le aux lettres."
    if channel is Channel.SMS and (count := most_segments(text)) > MOST_SEGMENTS:
        yield f"{name_of(path)} : {count} SMS avec les noms les plus longs, {MOST_SEGMENTS} au plus. Raccourcissez."


def most_segments(text: Text) -> int:
    """The segments of an SMS whose every value is the longest that it takes."""
    values = {name: "n" * LONGEST.get(name, 30) for _, name in text.body if name}
    return sms.segments(sms.plain(filled(text.body, values)))
