"""A territory: its tracks, its legal values, its texts and its people in charge, all checked together at start."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Annotated, Self, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, EmailStr, Field, model_validator

from config.columns import Columns, load_columns
from config.layers import read_layers
from config.messages import Messages, load_messages
from config.notices import Notices, load_notices
from config.procedure import ProcedureFile
from config.programme import Programme
from config.reading import Mistakes, name_of, read_toml
from tracks.calendar import Calendar
from tracks.errors import JalonError
from tracks.legal import Key, LegalValue, LegalValues, Slug, Strict
from tracks.policy import Do, TrackPolicy, Version
from tracks.retention import Period
from tracks.tonight import Policies
from tracks.vocabulary import Template

T = TypeVar("T")


class Coordinator(Strict):
    name: str
    email: EmailStr


class Role(Strict):
    """A function of referents. `caseload`: how many people each accompanies, where nobody says it of one of them."""

    slug: Slug
    title: str
    caseload: Annotated[int, Field(ge=1, le=1000)] | None = None


def _known_zone(zone: str) -> str:
    try:
        return ZoneInfo(zone).key
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(
            f"« {zone} » n'est pas un fuseau horaire. Attendu : un nom comme Europe/Paris ou America/Martinique"
        ) from None


Departement = Annotated[
    str,
    Field(pattern=r"^(0[1-9]|[1-8]\d|9[0-5]|2[AB]|97[1-46])$", description="un numéro comme 25, 2A ou 974"),
]
Zone = Annotated[str, AfterValidator(_known_zone)]


class Site(Strict):
    """A place where people are received: `name` as the exports write it, `label` as a message says it.

    `departement`, `zone`: where they are not the territory's; they say when people may be written to.
    """

    name: str
    label: str
    address: str = ""
    departement: Departement | None = None
    zone: Zone | None = None


class Brake(Strict):
    """`[brake]`: how many messages of one template a day may hold before two people must agree; all local choices."""

    ceilings: dict[Template, Annotated[int, Field(ge=0)]] = Field(
        default={}
    )  # the county's own figure wins over what is learned
    floor: Annotated[int, Field(ge=1)] = 200  # never held below
    times_usual: Annotated[float, Field(ge=1)] = 3.0  # of the median of the last days that sent any
    over_days: Annotated[int, Field(ge=1, le=60)] = 10
    from_days: Annotated[int, Field(ge=1, le=60)] = 3  # fewer teach nothing
    at_first: Annotated[int, Field(ge=1)] = 2000  # while nothing is known

    @model_validator(mode="after")
    def _learnable(self) -> Self:
        if self.from_days > self.over_days:
            raise ValueError("from_days : ne peut pas dépasser over_days")
        return self


class Answers(Strict):
    """`[answers]`: the pages behind the links of messages. Without `url`, messages give a number to call instead."""

    url: Annotated[
        str,
        Field(
            pattern=r"^(https://[a-z0-9.-]+(:\d+)?(/[a-z0-9._-]+)*|http://127\.0\.0\.1:\d+|)$",
            max_length=43,
            description="l'adresse publique des pages, en https, sans / à la fin, 43 caractères au plus",
        ),
    ] = ""
    explain_days: Annotated[int, Field(ge=1, le=90)] = 30  # to say why, after an appointment; local choice
    contact_days: Annotated[int, Field(ge=1, le=90)] = 30  # to give new contact details from one message; local choice
    moves: Annotated[int, Field(ge=0, le=10)] = (
        2  # by the person, of one appointment, among hours offered; local choice
    )


class Caps(Strict):
    """`[caps]`: how often one person is written to, whatever the rules; local choices."""

    each_channel_hours: Annotated[int, Field(ge=1, le=168)] = 24  # one message a channel in so many hours
    per_week: Annotated[int, Field(ge=1, le=50)] = 4  # all channels together, in seven days
    exempt: tuple[Template, ...] = ()  # they do not wait for `each_channel_hours`; they count for those after them


class Agendas(Strict):
    """`[agendas]`: the calendars that referents keep elsewhere (`jalon agenda`).

    `inside`: the servers of the county's own network, « host » or « host:port »: only they may have a private address,
    and only on this very machine may one be read without TLS.
    """

    inside: tuple[Annotated[str, Field(pattern=r"^[a-z0-9.-]+(:\d{1,5})?$")], ...] = ()


class TerritoryFile(Strict):
    """`territory.toml`: who and where. `departement`: « 25 », « 2A », « 974 ».

    `base`: the territory whose files hold where this one has none of its own (config.layers).
    """

    base: Slug | None = None
    name: str
    departement: Departement
    zone: Zone = "Europe/Paris"
    sender: str
    sms_sender: Annotated[str, Field(pattern=r"^[A-Za-z0-9]{3,11}$", description="3 à 11 lettres ou chiffres")]
    sender_email: EmailStr
    finding_days: Annotated[int, Field(ge=1, le=90)] = 14  # to answer a finding about the service, local choice
    handover_notice_days: Annotated[int, Field(ge=1, le=30)] = 5  # worked days ahead of a changed hour, local choice
    escalation_enabled: bool = True  # the county's own switch, over every track (R25)
    registered_letters: tuple[Template, ...] = (Template.INVITATION_TO_REGULARISE,)  # with a receipt to sign
    brake: Brake = Brake()
    answers: Answers = Answers()
    agendas: Agendas = Agendas()
    caps: Caps = Caps()
    coordinator: Annotated[tuple[Coordinator, ...], Field(min_length=1)]
    site: tuple[Site, ...] = ()
    role: tuple[Role, ...] = ()


@dataclass(frozen=True)
class Territory:
    """All that a county edits, read and checked."""

    slug: str
    file: TerritoryFile
    tracks: dict[str, TrackPolicy]
    legal: LegalValues
    messages: Messages
    columns: Columns
    programme: Programme
    retention: LegalValues  # how long things are kept, in months
    law: LegalValues  # as written: every scope, for whoever reads the rules
    procedure: ProcedureFile
    notices: Notices

    @property
    def name(self) -> str:
        return self.file.name

    @property
    def departement(self) -> str:
        return self.file.departement

    @property
    def zone(self) -> str:
        return self.file.zone

    @property
    def sender(self) -> str:
        return self.file.sender

    @property
    def sms_sender(self) -> str:
        return self.file.sms_sender

    @property
    def sender_email(self) -> str:
        return str(self.file.sender_email)

    @property
    def coordinators(self) -> tuple[Coordinator, ...]:
        return self.file.coordinator

    @cached_property
    def calendar(self) -> Calendar:
        return Calendar(self.departement, self.zone)

    @cached_property
    def site_calendars(self) -> dict[str, Calendar]:
        """Of the sites whose days or hours are not the territory's."""
        found = {
            site.name: Calendar(site.departement or self.departement, site.zone or self.zone) for site in self.file.site
        }
        return {name: calendar for name, calendar in found.items() if calendar != self.calendar}

    @cached_property
    def sites(self) -> dict[str, Site]:
        return {site.name: site for site in self.file.site}

    def policies(self, track: str) -> Policies:
        """What `decide` needs for one track. JalonError when the territory has no such track."""
        if track not in self.tracks:
            known = ", ".join(sorted(self.tracks))
            raise JalonError(f"Parcours « {track} » inconnu dans le territoire {self.name}. Connus : {known}.")
        return Policies(
            track=self.tracks[track],
            legal=self.legal,
            calendar=self.calendar,
            escalation_enabled=self.file.escalation_enabled,
        )


def load_territory(folder: Path) -> Territory:
    """Read and check a territory's folder. Mistakes: all of them at once, one line each."""
    layers = read_layers(folder)
    mistakes: list[str] = []

    def attempt(read: Callable[[], T]) -> T | None:
        try:
            return read()
        except Mistakes as found:
            mistakes.extend(found.lines)
        except JalonError as found:
            mistakes.extend(str(found).splitlines())
        return None

    file = attempt(lambda: read_toml(folder / "territory.toml", TerritoryFile))
    law = attempt(
        lambda: read_toml(layers.file("legal.toml"), LegalValues, under=layers.under("legal.toml"), adding="value")
    )
    retention = attempt(lambda: read_toml(layers.file("retention.toml"), LegalValues))
    messages = attempt(lambda: load_messages(folder / "messages", under=layers.files("messages")))
    columns = attempt(lambda: load_columns(layers.file("columns.toml"), under=layers.under("columns.toml")))
    procedure = attempt(lambda: read_toml(layers.file("revue.toml"), ProcedureFile, under=layers.under("revue.toml")))
    notices = attempt(lambda: load_notices(folder / "notices", under=layers.files("notices")))
    programme = attempt(lambda: read_toml(folder / "actions.toml", Programme))
    read = {
        path: attempt(lambda path=path: read_toml(path, TrackPolicy))  # type: ignore[misc]
        for path in sorted((folder / "tracks").glob("*.toml"))
    }
    tracks = {track.slug: track for track in read.values() if track}
    if not read:
        mistakes.append(f"{name_of(folder / 'tracks')} : aucun fichier de parcours.")
    for path, track in read.items():
        if track and track.slug != path.stem:
            mistakes.append(f"{name_of(path)}, `slug` : « {track.slug} » doit être le nom du fichier, « {path.stem} ».")
    if file and law and not any(track is None for track in read.values()):
        legal = law.narrowed(file.departement)
        absent = [
            f"{name_of(layers.file('legal.toml'))} : valeur « {key} » absente. Ajoutez-la." for key in legal.missing()
        ]
        mistakes.extend(absent or cross_check(folder, file, tracks, legal))
        if procedure and not absent:
            mistakes.extend(short_of_the_law(folder, procedure, legal))
    if law and retention:
        mistakes.extend(kept_too_long(name_of(layers.file("retention.toml")), retention, law))
    if mistakes or not (file and law and retention and messages and columns and procedure and programme and notices):
        raise Mistakes(mistakes)
    legal = law.narrowed(file.departement)
    columns = columns.naming(
        tracks={track.title: slug for slug, track in tracks.items()},
        roles={role.title: role.slug for role in file.role},
    )
    return Territory(folder.name, file, tracks, legal, messages, columns, programme, retention, law, procedure, notices)


def with_track(territory: Territory, path: Path) -> Territory:
    """The territory as it would be with the track of this file instead of its own. Mistakes: all of them at once."""
    track = read_toml(path, TrackPolicy)
    if track.slug not in territory.tracks:
        known = ", ".join(sorted(territory.tracks))
        raise Mistakes([f"{name_of(path)}, `slug` : « {track.slug} » n'est pas un parcours d'ici. Connus : {known}."])
    tracks = territory.tracks | {track.slug: track}
    if lines := cross_check(path.parent.parent, territory.file, tracks, territory.legal):
        raise Mistakes(lines)
    return replace(territory, tracks=tracks)


def cross_check(folder: Path, file: TerritoryFile, tracks: dict[str, TrackPolicy], legal: LegalValues) -> list[str]:
    """What no file can see alone: tracks that lead nowhere, unknown roles, delays shorter than the law allows."""
    lines = []
    roles = {role.slug for role in file.role}
    for slug, track in tracks.items():
        where = name_of(folder / "tracks" / f"{slug}.toml")
        for n, version in enumerate(track.version):
            for way_out in version.exit:
                if way_out.to not in tracks:
                    lines.append(f"{where}, `version[{n}].exit` : le parcours « {way_out.to} » n'existe pas.")
            for appointment in version.appointment:
                for role in set(appointment.with_roles) - roles:
                    key = f"{where}, `version[{n}].appointment.with_roles`"
                    lines.append(f"{key} : le rôle « {role} » n'est pas dans territory.toml.")
            lines += beyond_the_law(f"{where}, `version[{n}]", version, legal)
    return lines


def short_of_the_law(folder: Path, procedure: ProcedureFile, legal: LegalValues) -> list[str]:
    """The delays for observations that are shorter than the law's."""
    lines = []
    for n, version in enumerate(procedure.version):
        lines += [
            f"{name_of(folder / 'revue.toml')}, `version[{n}].observation_days` : {version.observation_days} jours, "
            f"au moins {floor.value} sont attendus ({floor.source})."
            for floor in legal.during(Key.OBSERVATIONS, version.valid_from, version.valid_to)
            if version.observation_days < floor.value
        ]
    return lines


def kept_too_long(where: str, retention: LegalValues, law: LegalValues) -> list[str]:
    """Periods that are absent, longer than the CNIL's, or out of order: contact data go first."""
    if absent := [
        f"{where} : valeur « {period} » absente. Ajoutez-la." for period in Period if not retention.of(period)
    ]:
        return absent
    lines = []
    for kept in retention.of(Period.ACTIVE):
        for most in law.during(Key.KEPT_ACTIVE, kept.valid_from, kept.valid_to):
            if kept.value > most.value:
                lines.append(
                    f"{where}, `{kept.key}` : {kept.value} mois en base active, au plus {most.value} sont attendus "
                    f"({most.source})."
                )
        order = [period for period in Period if period in (Period.CONTACT, Period.ACTIVE, Period.ARCHIVE)]
        months = [retention.at(period, kept.valid_from).value for period in order]
        if months != sorted(months):
            lines.append(f"{where} : il faut contact_months ≤ active_months ≤ archive_months.")
    return lines


def beyond_the_law(where: str, version: Version, legal: LegalValues) -> list[str]:
    """The delays of a version that leave the person less, or the service more, than the law does on any day on which
    the version is in force."""

    def bounds(key: Key) -> tuple[LegalValue, ...]:
        return legal.during(key, version.valid_from, version.valid_to)

    lines = []
    invitation = version.rung(Do.INVITE_TO_REGULARISE)
    for floor in bounds(Key.OBSERVATIONS):
        if invitation and (left := invitation.wait_days or 0) < floor.value:
            lines.append(
                f"{where}.ladder` : l'invitation à régulariser laisse {left} jours, au moins {floor.value} sont "
                f"attendus ({floor.source})."
            )
    for signing in bounds(Key.CONTRACT):
        if version.contract and (months := version.contract.sign_within_months) > signing.value:
            lines.append(
                f"{where}.contract.sign_within_months` : {months} mois pour signer le contrat, au plus {signing.value} "
                f"est attendu ({signing.source})."
            )
    for follow_up in bounds(Key.FOLLOW_UP):
        if version.follow_up and (months := version.follow_up.months) > follow_up.value:
            lines.append(
                f"{where}.follow_up.months` : {months} mois de suivi, au plus {follow_up.value} sont attendus "
                f"({follow_up.source})."
            )
    return lines
