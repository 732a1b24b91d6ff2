"""Ids as people see and type them: cases c12, appointments a12, messages m12, questions q12, reviews r12, holds h12,
commitments e12, prescribed actions p12, breaches b12, prints l12,
calendars g12."""

import re

from tracks.errors import JalonError

WHAT = {
    "c": "dossier",
    "a": "rendez-vous",
    "m": "message",
    "q": "question",
    "r": "revue",
    "h": "d'envoi retenu",
    "s": "séance",
    "e": "d'engagement",
    "p": "d'action prescrite",
    "b": "manquement",
    "l": "d'impression",
    "g": "d'agenda",
}


def shown(letter: str, number: int) -> str:
    return f"{letter}{number}"


def read(letter: str, text: str) -> int:
    """The number in « r12 » or « 12 ». JalonError when the letter is another's, or it is no number."""
    match = re.fullmatch(rf"{letter}?(\d{{1,18}})", text.strip().lower())
    if match is None:
        raise JalonError(
            f"« {text.strip()[:20]} » n'est pas un numéro de {WHAT[letter]}. "
            f"Attendu : {letter} suivi de chiffres, par exemple {letter}12."
        )
    return int(match[1])


def read_case(text: str) -> int | None:
    """The number in « c12 »; None when the text is a county's file number."""
    match = re.fullmatch(r"c(\d{1,18})", text.strip().lower())
    return int(match[1]) if match else None
