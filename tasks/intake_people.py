"""What a line of each export about people and their follow-up becomes: one function a kind."""

from datetime import date

from config.columns import plain
from store.intake import Record, Stay
from tasks import intake_values as values
from tasks.intake_rows import Doubt, Known, RefusedLineError, Row, overlaid
from tracks.vocabulary import Circuit

DEFAULT_BIRTH = date(1970, 1, 1)  # what some software writes for « unknown »
ROLE_ALONE = "DEM"


def person(row: Row, known: Known) -> Record:
    """A person of `usagers`. The referent is only checked: the case's own comes from `parcours`."""
    number = row.need("file_number", values.identifier)
    if known.referents:
        row.referent(known)
    found: Record = {
        "file_number": number,
        "role": row.word("role", row.words.role) or ROLE_ALONE,
        "civility": row.text("civility", 20),
        "first_name": row.need_text("first_name", 120),
        "last_name": row.need_text("last_name", 120),
        "birth_date": row.need("birth_date", lambda text: values.birth_day(text, row.on)),
        **_contact(row),
        "address": row.text("address", 250),
        "postcode_city": row.text("postcode_city", 120),
        "preferred_channel": row.word("preferred_channel", row.words.channel),
        "social_ref": row.get("social_ref", values.identifier),
        "known_on": row.on,
    }
    if found["birth_date"] == DEFAULT_BIRTH:
        row.doubt("birth_date", "1ᵉʳ janvier 1970 : à vérifier, certains logiciels l'écrivent par défaut")
    _doubt_namesake(row, known, found)
    return found


def contact(row: Row, known: Known) -> Record:
    """New contact details of a person already known; nothing else of them changes."""
    number = row.need("file_number", values.identifier)
    role = row.word("role", row.words.role) or ROLE_ALONE
    if (number, role) not in known.people:
        raise RefusedLineError("file_number", "dossier inconnu : importez d'abord la personne (usagers)")
    return {"file_number": number, "role": role, **_contact(row)}


def _contact(row: Row) -> Record:
    """Mobile and landline are two facts: one never takes the place of the other."""
    mail = row.get("email", values.email)
    phones = values.Phones()
    for field in ("phone", "other_phone"):
        number = row.get(field, lambda text: values.phones(text, row.calendar.departement)) or values.Phones()
        if number.dropped:
            row.doubt(field, "numéro surtaxé, gratuit ou non attribué : non enregistré")
        phones = values.both(phones, number)
    if mail and mail.to_check:
        row.doubt("email", "accent avant le @ : adresse gardée, à vérifier")
    if mail and mail.others:
        row.doubt("email", "plusieurs adresses : seule la première est gardée")
    if phones.landline and not phones.mobile:
        row.doubt("phone", "seul numéro : un fixe, qui ne reçoit pas de SMS")
    return {
        "email": mail and mail.address,
        "email_to_check": mail and mail.to_check,
        "mobile": phones.mobile,
        "landline": phones.landline,
    }


def _doubt_namesake(row: Row, known: Known, found: Record) -> None:
    """Same name and birth date in another file: perhaps one person twice. Shown, never merged."""
    identity = (plain(found["last_name"]), plain(found["first_name"]), found["birth_date"])
    here = (found["file_number"], found["role"])
    other = known.namesakes.setdefault(identity, here)
    if other[0] != here[0]:
        reason = f"mêmes nom, prénom et date de naissance que le dossier {values.masked(other[0])}"
        row.doubt("file_number", reason)


def merged_person(old: Record, new: Record, doubt: Doubt) -> Record:
    """Refuse a line that would put another person under a known file number."""
    births = old["birth_date"], new.get("birth_date")
    if all(births) and births[0] != births[1] and plain(old["first_name"]) != plain(new["first_name"]):
        raise RefusedLineError(
            "file_number", "ce dossier est déjà celui d'une autre personne (prénom et naissance diffèrent)"
        )
    return overlaid(old, new, doubt)


def referent(row: Row, known: Known) -> Record:
    body = row.need_text("body", 120)
    days = row.need("working_days", lambda text: _weekdays(text, row))
    starts, ends = row.local_time("day_starts"), row.local_time("day_ends")
    if starts is None or ends is None or starts >= ends:
        raise RefusedLineError("day_ends", "la journée doit finir après avoir commencé")
    phones = row.get("phone", lambda text: values.phones(text, row.calendar.departement)) or values.Phones()
    lunch = row.get("lunch", _lunch) or (None, None)
    return {
        "email": row.need("email", values.email).address.casefold(),
        "first_name": row.need_text("first_name", 120),
        "last_name": row.need_text("last_name", 120),
        "role": row.need_word("function", row.words.function),
        "body": body,
        "circuit": row.words.circuit.get(plain(body), Circuit.DEPARTEMENT),
        "site": row.need_text("site", 120),
        "phone": phones.landline or phones.mobile,
        "capacity": row.whole("capacity", most=1_000),
        "working_days": days,
        "day_starts": starts,
        "day_ends": ends,
        "break_starts": lunch[0],
        "break_ends": lunch[1],
    }


def _weekdays(text: str, row: Row) -> str:
    """« lun,mar,jeu » → "1 2 4"."""
    names = [plain(part) for part in text.replace(";", ",").split(",") if part.strip()]
    unknown = [name for name in names if name not in row.words.weekday]
    if unknown or not names:
        raise values.BadCellError("jours attendus : lun,mar,mer,jeu,ven")
    return " ".join(str(number) for number in sorted({row.words.weekday[name] for name in names}))


def _lunch(text: str) -> tuple[str, str]:
    first, dash, last = text.replace("–", "-").partition("-")
    if not dash:
        raise values.BadCellError("pause attendue : 12:00-13:30")
    starts, ends = values.clock(first.strip()), values.clock(last.strip())
    if starts >= ends:
        raise values.BadCellError("la pause doit finir après avoir commencé")
    return f"{starts:%H:%M}", f"{ends:%H:%M}"


def leave(row: Row, known: Known) -> Record:
    first, last = row.need_day("first_day"), row.need_day("last_day")
    row.ordered(first, "last_day", last)
    return {
        "referent_id": row.need_referent(known),
        "first_day": first,
        "last_day": last,
        "reason": row.discreet("reason", 120),
    }


def case(row: Row, known: Known) -> Record:
    """A stay in a track. A second one in the same track, while the first is open, would double every duty: refused."""
    owner = row.person(known)
    entered, left = row.need_day("entered_on"), row.day("left_on")
    row.ordered(entered, "left_on", left)
    track = row.need_word("track", row.words.track)
    _refuse_overlap(known, owner, Stay(None, track, entered, left))
    return {
        "person_id": owner,
        "track": track,
        "entered_on": entered,
        "notified_on": row.fact("notified_on"),
        "left_on": left,
        "exit_reason": row.discreet("exit_reason", 80),
        "referent_id": row.referent(known),
        "under_duties": row.need_word("under_duties", row.words.yes_no),
        "activity_kind": row.word("activity_kind", row.words.activity),
        "activity_started_on": row.day("activity_started_on"),
        "activity_with": row.text("activity_with", 120),
    }


def _refuse_overlap(known: Known, person: int, new: Stay) -> None:
    others = known.stays.setdefault(person, [])
    for n, old in enumerate(others):
        if (old.track, old.entered_on) == (new.track, new.entered_on):
            others[n] = Stay(old.case, old.track, old.entered_on, new.left_on or old.left_on)
            return
        apart = _before(old, new) or _before(new, old)
        if old.track == new.track and not apart:
            raise RefusedLineError(
                "entered_on", "ce parcours est déjà ouvert à une autre date : donnez sa date de sortie"
            )
    others.append(new)


def _before(one: Stay, other: Stay) -> bool:
    return one.left_on is not None and one.left_on <= other.entered_on
