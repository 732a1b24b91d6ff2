"""How a county names its columns and its words: which heading feeds which field, which word means what."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar

from pydantic import AfterValidator, Field, model_validator

from config.reading import read_toml
from tracks.legal import Slug, Strict
from tracks.vocabulary import (
    AppointmentKind,
    AppointmentStatus,
    Channel,
    Circuit,
    Clause,
    ContractKind,
    NoticeProof,
    Qualification,
    Template,
)

T = TypeVar("T")


@lru_cache(maxsize=20_000)
def plain(text: str) -> str:
    """The text without case, accents, curly apostrophes or doubled blanks: how headings and words are compared."""
    folded = unicodedata.normalize("NFKD", text.replace("’", "'")).casefold()
    return " ".join("".join(c for c in folded if not unicodedata.combining(c)).split())


def _plainly(table: dict[str, T]) -> dict[str, T]:
    return {plain(word): meaning for word, meaning in table.items()}


Headings = Annotated[tuple[str, ...], Field(min_length=1)]
Meanings = Annotated[dict[str, T], AfterValidator(_plainly)]


class Usagers(Strict):
    """In each kind, a field without default is a column that the file must have."""

    file_number: Headings
    first_name: Headings
    last_name: Headings
    birth_date: Headings
    role: Headings = ()
    civility: Headings = ()
    email: Headings = ()
    phone: Headings = ()
    other_phone: Headings = ()
    address: Headings = ()
    postcode_city: Headings = ()
    social_ref: Headings = ()
    referent: Headings = ()
    preferred_channel: Headings = ()


class Contacts(Strict):
    """Contact details alone, of people already known."""

    file_number: Headings
    email: Headings
    phone: Headings
    role: Headings = ()
    other_phone: Headings = ()


class Referents(Strict):
    email: Headings
    first_name: Headings
    last_name: Headings
    function: Headings
    body: Headings
    site: Headings
    working_days: Headings
    day_starts: Headings
    day_ends: Headings
    lunch: Headings = ()
    phone: Headings = ()
    capacity: Headings = ()


class Absences(Strict):
    referent: Headings
    first_day: Headings
    last_day: Headings
    reason: Headings = ()


class Parcours(Strict):
    file_number: Headings
    track: Headings
    entered_on: Headings
    referent: Headings
    under_duties: Headings
    role: Headings = ()
    notified_on: Headings = ()
    left_on: Headings = ()
    exit_reason: Headings = ()
    activity_started_on: Headings = ()
    activity_kind: Headings = ()
    activity_with: Headings = ()


class Contrats(Strict):
    file_number: Headings
    kind: Headings
    signed_on: Headings
    starts_on: Headings
    ends_on: Headings
    clauses: Headings
    role: Headings = ()
    weekly_hours: Headings = ()
    reciprocity_offered: Headings = ()
    reciprocity_accepted: Headings = ()


class Actions(Strict):
    file_number: Headings
    label: Headings
    prescribed_on: Headings
    due_on: Headings
    done_on: Headings
    role: Headings = ()
    proof_seen: Headings = ()


class Courriers(Strict):
    file_number: Headings
    kind: Headings
    sent_on: Headings
    channel: Headings
    received_on: Headings
    delay_days: Headings
    role: Headings = ()


class Pauses(Strict):
    file_number: Headings
    first_day: Headings
    last_day: Headings
    reason: Headings
    decided_by: Headings
    role: Headings = ()


class RendezVous(Strict):
    file_number: Headings
    day: Headings
    time: Headings
    minutes: Headings
    nature: Headings
    subject: Headings
    place: Headings
    referent: Headings
    status: Headings
    role: Headings = ()
    reason: Headings = ()
    qualification: Headings = ()
    notice_sent_on: Headings = ()
    notice_proof: Headings = ()


class Sessions(Strict):
    ref: Headings
    subject: Headings
    day: Headings
    time: Headings
    minutes: Headings
    place: Headings
    referent: Headings
    seats: Headings = ()
    minimum: Headings = ()


class Proof(Strict):
    """What a county's word says of a notice: what is known of it, and by which channel it left."""

    proof: NoticeProof
    channel: Channel | None = None


class Words(Strict):
    track: Meanings[Slug] = Field(default={})  # besides the tracks' titles
    function: Meanings[Slug] = Field(default={})  # besides the roles' titles
    circuit: Meanings[Circuit]  # a body that is not here is the Département's (B)
    role: Meanings[Literal["DEM", "CJT"]]
    channel: Meanings[Channel]
    nature: Meanings[AppointmentKind]
    status: Meanings[AppointmentStatus]
    qualification: Meanings[Qualification]
    reason: Meanings[Slug]
    notice: Meanings[Proof]
    contract: Meanings[ContractKind]
    clause: Meanings[Clause]
    letter: Meanings[Template]
    activity: Meanings[Literal["emploi", "formation"]]
    yes_no: Meanings[bool]
    weekday: Meanings[Annotated[int, Field(ge=1, le=7)]]


class Columns(Strict):
    """`never_read`: words of a heading whose column is not even read (the NIR). `health_words`: never kept in a
    reason. `phone_places`: places that mean « by phone ». The kinds stand in the order of a folder's import."""

    never_read: tuple[str, ...]
    health_words: tuple[str, ...]
    phone_places: tuple[str, ...] = ()
    referents: Referents
    absences: Absences
    usagers: Usagers
    contacts: Contacts
    parcours: Parcours
    contrats: Contrats
    actions: Actions
    courriers: Courriers
    pauses: Pauses
    rendez_vous: RendezVous
    sessions: Sessions
    words: Words

    @model_validator(mode="after")
    def _no_nir(self) -> Self:
        titles = (title for fields in self.kinds.values() for found in fields.values() for title in found)
        if read := next((title for title in titles if self.is_never_read(title)), None):
            raise ValueError(f"l'en-tête « {read} » est de ceux que `never_read` interdit de lire")
        return self

    @model_validator(mode="after")
    def _one_field_a_heading(self) -> Self:
        for kind, fields in self.kinds.items():
            titles = [plain(title) for found in fields.values() for title in found]
            if twice := sorted({title for title in titles if titles.count(title) > 1}):
                raise ValueError(f"`{kind}` : l'en-tête « {twice[0]} » y est deux fois")
        return self

    def naming(self, *, tracks: Mapping[str, str], roles: Mapping[str, str]) -> "Columns":
        """With the titles of the territory's tracks and roles (title → slug) among the words."""
        track = _plainly(dict(tracks)) | self.words.track
        words = self.words.model_copy(update={"track": track, "function": _plainly(dict(roles)) | self.words.function})
        return self.model_copy(update={"words": words})

    @cached_property
    def kinds(self) -> dict[str, Mapping[str, tuple[str, ...]]]:
        """Kind → field → its headings, in the order of a folder's import."""
        models = {name: getattr(self, name) for name in type(self).model_fields if name not in NOT_KINDS}
        return {name: model.model_dump() for name, model in models.items()}

    def is_never_read(self, title: str) -> bool:
        """Whether the heading is that of a column of NIR: it is not loaded, nor copied into a report."""
        spoken = plain(title)
        return any(re.search(rf"(?<!\w){re.escape(plain(word))}(?!\w)", spoken) for word in self.never_read)

    def mandatory(self, kind: str) -> tuple[str, ...]:
        return tuple(name for name, field in type(getattr(self, kind)).model_fields.items() if field.is_required())

    def found_in(self, header: Sequence[str], kind: str) -> dict[str, list[int]]:
        """Field → the places in `header` of the columns that feed it; two places are one too many."""
        fields = {plain(title): field for field, titles in self.kinds[kind].items() for title in titles}
        found: dict[str, list[int]] = {}
        for place, title in enumerate(header):
            if field := fields.get(plain(title)):
                found.setdefault(field, []).append(place)
        return found

    def missing_from(self, header: Sequence[str], kind: str) -> tuple[str, ...]:
        """The mandatory columns that `header` lacks, as the county usually writes them."""
        found = self.found_in(header, kind)
        return tuple(self.kinds[kind][field][0] for field in self.mandatory(kind) if field not in found)


NOT_KINDS = ("never_read", "health_words", "phone_places", "words")


def load_columns(path: Path, *, under: Path | None = None) -> Columns:
    """The mapping of a territory, over its model's, checked. Mistakes: every error of the file, one line each."""
    return read_toml(path, Columns, under=under)
