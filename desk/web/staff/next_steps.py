"""What comes next for a person, from the word that the night writes (`tracks.next_step`)."""

from datetime import date

from desk import words
from tracks import french


def told(step: str | None) -> str:
    """« Rendez-vous le mardi 8 décembre »; « Rien n’est prévu » where the night found nothing."""
    word, _, rest = (step or "").partition(":")
    match word:
        case "appointment":
            return f"Rendez-vous le {day(rest)}"
        case "milestone":
            return f"Point de suivi le {day(rest)}"
        case "end":
            return f"Fin du suivi le {day(rest)}"
        case "question":
            return f"Question au référent : {words.said(words.QUESTION, rest)}"
        case "review":
            return "Revue ouverte"
        case "pause":
            return "Suivi automatique en pause"
        case _:
            return step or "Rien n’est prévu"


def day(text: str) -> str:
    return french.weekday_date(date.fromisoformat(text))
