"""What two counties decide otherwise: a row for each number that differs, with the source of the second."""

from collections.abc import Iterator, Mapping
from datetime import date

from config.territory import Territory
from desk.rules import legal_row, version_rows
from desk.track_steps import held
from tracks.policy import TrackPolicy

ABSENT = "—"
Row = tuple[str, str, str, str, str]  # where, what, the first's, the second's, the second's source
Says = Mapping[str, tuple[str, str]]  # what is decided → its value, its source


def differences(one: Territory, other: Territory, *, on: date) -> Iterator[Row]:
    """Of the versions in force on the local day `on`, or the latest where none is."""
    for slug in dict.fromkeys((*one.tracks, *other.tracks)):
        mine, theirs = one.tracks.get(slug), other.tracks.get(slug)
        if mine and theirs:
            yield from compared(theirs.title, of_track(mine, on), of_track(theirs, on))
        elif track := mine or theirs:
            yield track.title, "Ce parcours", "existe" if mine else ABSENT, "existe" if theirs else ABSENT, track.source
    yield from compared("La loi", of_law(one, on), of_law(other, on))
    yield from compared("Conservation", of_keeping(one), of_keeping(other))
    yield from compared("La revue", of_procedure(one, on), of_procedure(other, on))
    yield from compared("Programme d’insertion", of_programme(one), of_programme(other))


def compared(where: str, first: Says, second: Says) -> Iterator[Row]:
    for what in dict.fromkeys((*first, *second)):
        (before, source_before), (after, source) = first.get(what, (ABSENT, "")), second.get(what, (ABSENT, ""))
        if before != after:
            yield where, what, before, after, source or source_before


def of_track(track: TrackPolicy, on: date) -> Says:
    version = track.in_force(on) or track.version[-1]
    meetings = {f"Rendez-vous « {one.subject} »": (held(one), track.source) for one in version.appointment}
    return meetings | {what: (value, source) for what, value, source, _ in version_rows(version)}


def of_law(territory: Territory, on: date) -> Says:
    values = [value for value in territory.law.value if value.valid_from <= on and (value.valid_to or on) >= on]
    rows = [(f"{value.says} ({value.scope})", legal_row(value)) for value in values]
    return {what: (row[1], row[5]) for what, row in rows}


def of_keeping(territory: Territory) -> Says:
    return {value.says: (legal_row(value)[1], value.source) for value in territory.retention.value}


def of_procedure(territory: Territory, on: date) -> Says:
    version = territory.procedure.at(on)
    return {
        name: (str(getattr(version, name)), version.source)
        for name in type(version).model_fields
        if isinstance(getattr(version, name), int)
    }


def of_programme(territory: Territory) -> Says:
    programme = territory.programme
    return {f"Action « {action.title} »": ("au catalogue", programme.source) for action in programme.action}
