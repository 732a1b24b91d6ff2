"""What a text costs as an SMS: its alphabet (GSM 03.38), the letters that lose nothing by changing, its segments."""

import unicodedata

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("^{}\\[~]|€")  # two characters each

PLAIN = str.maketrans(
    {
        "’": "'",
        "‘": "'",
        "ʼ": "'",
        "“": '"',
        "”": '"',
        "«": '"',
        "»": '"',
        "–": "-",
        "—": "-",
        "‑": "-",
        "…": "...",
        "œ": "oe",
        "Œ": "OE",
        "ÿ": "y",
        "ł": "l",
        "Ł": "L",
        "đ": "d",
        "Đ": "D",
        "ı": "i",
    }
)


def plain(text: str) -> str:
    """The same words in the alphabet of SMS: « ’ » → « ' », « ê » → « e »; what it holds (é, è, à, ù) stays.

    A letter that has no twin there (Arabic, an emoji) stays too: the segments then say what it costs.
    """
    return "".join(_letter(c) for c in text.replace("\u00ad", "").translate(PLAIN))


def _letter(letter: str) -> str:
    if letter in BASIC or letter in EXTENDED:
        return letter
    if letter.isspace():
        return " "
    twin = "".join(c for c in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(c))
    return twin if twin and all(c in BASIC for c in twin) else letter


def only_plain(text: str) -> str:
    """`text` without the letters that the alphabet of SMS does not hold; the last resort against a long message."""
    kept = "".join(c for c in plain(text) if c in BASIC or c in EXTENDED)
    return " ".join(kept.split())


def segments(text: str) -> int:
    """How many SMS `text` makes: 160 characters in one, 153 in each of several; 70 and 67 outside the alphabet."""
    if all(c in BASIC or c in EXTENDED for c in text):
        return _count([2 if c in EXTENDED else 1 for c in text], alone=160, each=153)
    return _count([len(c.encode("utf-16-le")) // 2 for c in text], alone=70, each=67)


def _count(widths: list[int], *, alone: int, each: int) -> int:
    """A character is never cut in two: one that does not fit goes whole into the next segment."""
    if sum(widths) <= alone:
        return 1
    count, used = 1, 0
    for width in widths:
        if used + width > each:
            count, used = count + 1, 0
        used += width
    return count
