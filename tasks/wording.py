"""How names, numbers and blanks are written in a message: clean, discreet, as French wants them."""

import re
import unicodedata
from functools import lru_cache

import phonenumbers


def first_and_initial(first: str, last: str) -> str:
    """« Öykü D. »: never a whole surname on a screen (R16)."""
    initial = next((letter for letter in last if letter.isalpha()), "")
    return f"{first} {initial.upper()}." if initial else first


@lru_cache(maxsize=1024)
def phone(number: str) -> str:
    """« 03 81 58 11 37 » from E.164; as it is when it cannot be read."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)


def cleaned(value: str, limit: int) -> str:
    """A value on one line, without controls or invisible marks (bidirectional ones too), cut at `limit` characters."""
    if value.isprintable():  # nearly every value: nothing in it to take out
        return re.sub("  +", " ", value)[:limit].strip()
    shown = "".join(" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in value)
    visible = "".join(c for c in shown if unicodedata.category(c) not in ("Cf", "Cs", "Co", "Cn"))
    return re.sub(" +", " ", visible)[:limit].strip()


def spaced(text: str) -> str:
    """French spacing for e-mails and letters: the blanks before « ? ! ; : » and inside guillemets do not break."""
    text = re.sub(r" (?=[?!;»])", "\u202f", text)
    return re.sub(r" (?=:)|(?<=«) ", "\u00a0", text)
