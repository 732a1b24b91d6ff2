"""What a cell is worth: days, times, phones, e-mails, numbers. A doubt is never guessed at."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import lru_cache

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType

from store.export import DANGEROUS

FIRST_DAY = date(1988, 12, 1)  # the RMI, before which no export of ours has a fact
YEARS_AHEAD = 10
OLDEST = 120  # years

DAY = re.compile(r"(\d{2})/(\d{2})/(\d{4})|(\d{4})-(\d{2})-(\d{2})", re.ASCII)
CLOCK = re.compile(r"([01]?\d|2[0-3])[:hH]([0-5]\d)(?::00)?", re.ASCII)
EATEN = re.compile(r"\d+([.,]\d+)?E\+?\d+", re.ASCII | re.IGNORECASE)
SEVERAL = re.compile(r"\s*(?:[/;,|\n]|\bou\b)\s*")
FILE_NUMBER = re.compile(r"(?!0+$)[A-Z\d][A-Z\d/._-]*", re.ASCII | re.IGNORECASE)
NIR = re.compile(r"[12]\d{2}(?:0[1-9]|1[0-2]|[2-4]\d)(?:\d{2}|2[ABab])\d{6}(?:\d{2})?", re.ASCII)
NIR_INSIDE = re.compile(
    r"(?<!\d)[12] ?\d{2} ?(?:0[1-9]|1[0-2]|[2-4]\d) ?(?:\d{2}|2[ABab]) ?\d{3} ?\d{3}(?: ?\d{2})?(?!\d)", re.ASCII
)
# Numbers that the regulator keeps for fiction (Arcep): libphonenumber refuses those of mobiles.
MOBILE_FORM = re.compile(r"[67]\d{8}", re.ASCII)
FICTION_MOBILE = re.compile(r"63998\d{4}", re.ASCII)

# Département → where its short numbers are dialled; elsewhere « FR », then overseas: 0692… is a number of Réunion.
REGIONS = {"971": "GP", "972": "MQ", "973": "GF", "974": "RE", "976": "YT"}
FALLBACKS = ("FR", *REGIONS.values())
OVERSEAS_ONLY = ("0596", "0269")  # Martinique and Mayotte, which libphonenumber also takes for numbers of « FR »
MOBILE = PhoneNumberType.MOBILE
LANDLINES = (PhoneNumberType.FIXED_LINE, PhoneNumberType.FIXED_LINE_OR_MOBILE, PhoneNumberType.VOIP)


class BadCellError(ValueError):
    """Why a cell is refused, in French, without its value."""


@dataclass(frozen=True, slots=True)
class Phones:
    """E.164. `dropped`: at least one number is written right but of no use (premium, toll-free, not assigned)."""

    mobile: str | None = None
    landline: str | None = None
    dropped: bool = False


@dataclass(frozen=True, slots=True)
class Email:
    """`to_check`: an address that no mail server may take (an accent before the @)."""

    address: str
    to_check: bool
    others: bool = False


def clean(text: str) -> str:
    """One line, composed accents, no control character, without the quote that our own CSV files shield a cell with."""
    if text[:1] == "'" and text[1:2] in DANGEROUS:
        text = text[1:]
    line = " ".join(unicodedata.normalize("NFC", text).split())
    return line if line.isprintable() else "".join(c for c in line if c.isprintable())


def without_nir(text: str) -> str:
    """The text without what has the form of a NIR: no report of ours keeps one, even in the wrong column."""
    return NIR_INSIDE.sub("…", text)


def masked(text: str) -> str:
    """Enough of a value to find it again in the file, not enough to know it: « 31/0…/… »."""
    text = without_nir(text)
    shown = max(1, min(4, (len(text) + 2) // 3))
    return text[:shown] + re.sub(r"\w+", "…", text[shown:])


@lru_cache(maxsize=20_000)
def day(text: str) -> date:
    """jj/mm/aaaa, or ISO; nothing else, and never a number of days."""
    found = DAY.fullmatch(text)
    if not found:
        raise BadCellError("ce n'est pas une date (attendu : 31/01/2026)")
    dd, mm, yyyy, iso_y, iso_m, iso_d = found.groups()
    try:
        return date(int(yyyy or iso_y), int(mm or iso_m), int(dd or iso_d))
    except ValueError:
        raise BadCellError("ce jour n'existe pas") from None


def duty_day(text: str, on: date) -> date:
    """A day of the person's follow-up, past or to come; a spreadsheet's 1900 is no such day."""
    found = day(text)
    if not FIRST_DAY <= found <= on + timedelta(days=366 * YEARS_AHEAD):
        raise BadCellError("cette date est hors du temps d'un accompagnement")
    return found


def past_day(text: str, on: date) -> date:
    """A fact: on the day of the import or before."""
    found = duty_day(text, on)
    if found > on:
        raise BadCellError("ce fait est daté après le jour de l'import")
    return found


def birth_day(text: str, on: date) -> date:
    found = day(text)
    if found > on:
        raise BadCellError("date de naissance à venir")
    if found.year < on.year - OLDEST or found.year <= 1900:
        raise BadCellError("date de naissance impossible")
    return found


def clock(text: str) -> time:
    """Local wall clock: « 09:30 », « 9h30 »."""
    found = CLOCK.fullmatch(text)
    if not found:
        raise BadCellError("ce n'est pas une heure (attendu : 09:30)")
    return time(int(found[1]), int(found[2]))


def whole(text: str, *, least: int, most: int) -> int:
    if not re.fullmatch(r"\d{1,9}", text, re.ASCII):
        raise BadCellError("ce n'est pas un nombre entier")
    if not least <= int(text) <= most:
        raise BadCellError(f"hors des bornes (de {least} à {most})")
    return int(text)


def identifier(text: str, most: int = 40) -> str:
    """A file number as the county wrote it, without inner blanks. A NIR is never kept, whatever its column."""
    joined = "".join(text.split())
    if EATEN.fullmatch(joined):
        raise BadCellError("numéro abîmé par un tableur")
    if NIR.fullmatch(joined):
        raise BadCellError("ce numéro a la forme d'un NIR, que Jalon n'enregistre pas")
    if len(joined) > most or not FILE_NUMBER.fullmatch(joined):
        raise BadCellError("ce n'est pas un numéro de dossier")
    return joined.removesuffix(".0")


def email(text: str) -> Email:
    """The first address of the cell. RFC 5321 and 6531 by email-validator, no look-up on the network."""
    parts = [part for part in SEVERAL.split(text) if part]
    try:
        found = validate_email(parts[0] if parts else text, check_deliverability=False)
    except EmailNotValidError:
        raise BadCellError("ce n'est pas une adresse électronique") from None
    return Email(found.normalized, to_check=found.ascii_email is None, others=len(parts) > 1)


def phones(text: str, departement: str) -> Phones:
    """Every number of the cell, in E.164, mobile and landline told apart; the first of each kind is kept."""
    found = Phones()
    for part in SEVERAL.split(text):
        if part:
            found = both(found, phone(part, departement))
    return found


def both(first: Phones, second: Phones) -> Phones:
    return Phones(
        first.mobile or second.mobile,
        first.landline or second.landline,
        first.dropped or second.dropped,
    )


def phone(text: str, departement: str) -> Phones:
    """One number, dialled from the département."""
    if EATEN.fullmatch(text.replace(" ", "")):
        raise BadCellError("numéro abîmé par un tableur")
    if re.search(r"[^\W\d_]", text):
        raise BadCellError("ce n'est pas un numéro de téléphone")
    unassigned = False
    for region in _regions(text, departement):
        try:
            number = phonenumbers.parse(text, region)
        except phonenumbers.NumberParseException:
            break
        kind = _kind(number)
        if kind != PhoneNumberType.UNKNOWN:
            return _sorted(number, kind)
        unassigned |= bool(MOBILE_FORM.fullmatch(str(number.national_number)))
    if unassigned:
        return Phones(dropped=True)
    raise BadCellError("ce n'est pas un numéro de téléphone")


def _sorted(number: PhoneNumber, kind: int) -> Phones:
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    if kind == MOBILE:
        return Phones(mobile=e164)
    return Phones(landline=e164) if kind in LANDLINES else Phones(dropped=True)


def _regions(text: str, departement: str) -> Iterable[str]:
    """Where the number may be dialled, the likeliest first."""
    if text.replace(" ", "").startswith(OVERSEAS_ONLY):
        return reversed(FALLBACKS)
    return dict.fromkeys((REGIONS.get(departement, "FR"), *FALLBACKS))


def _kind(number: PhoneNumber) -> int:
    if number.country_code == 33 and FICTION_MOBILE.fullmatch(str(number.national_number)):
        return MOBILE
    return phonenumbers.number_type(number)


def short(text: str, most: int) -> str:
    if len(text) > most:
        raise BadCellError(f"{len(text)} caractères, {most} au plus")
    return text
