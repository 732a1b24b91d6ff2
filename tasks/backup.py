"""A backup: a folder with the database's copy, the files beside it, and a manifest that says what each must be.

`JALON_HOME/sends.jsonl` and `journal-heads.jsonl` are copied first, the database after them: what they say is then
never ahead of it. A restoration keeps the living ones where there are some: they know what left since.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from config.settings import Settings
from store import journal
from store.copying import NAMES, copy_in, copy_out, is_empty, require_tools, territories
from store.engine import make_folder, open_engine, reading
from store.migrate import current_revision, migrate, refuse_unknown
from tracks.errors import JalonError

MANIFEST = "manifest.json"
FILES = "files"
BLOCK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A folder whose files are all what its manifest says. `heads`: territory → chain → [seq, hash]."""

    folder: Path
    at: datetime
    dialect: str
    revision: str
    sizes: dict[str, int]
    digests: dict[str, str]
    heads: dict[str, dict[str, list[int | str]]]

    @property
    def database(self) -> Path:
        return self.folder / NAMES[self.dialect]

    def of_home(self) -> list[str]:
        return [name.removeprefix(f"{FILES}/") for name in self.sizes if name.startswith(f"{FILES}/")]


def back_up(settings: Settings, folder: Path, *, at: datetime) -> Backup:
    """Write a backup to `folder`, which must not exist: all of it or nothing. JalonError: a broken journal too."""
    if folder.exists():
        raise JalonError(f"{folder} existe déjà : une sauvegarde n'en remplace jamais une autre.")
    engine = open_engine(settings.database)
    part = folder.with_name(f"{folder.name}.part")
    try:
        refuse_unknown(engine)
        require_tools(engine, settings.pg_bin)
        shutil.rmtree(part, ignore_errors=True)  # what a kill has left
        make_folder(part)
        heads = _verified(engine)  # before the copy, which then ends no earlier
        for name in _kept(settings):
            (part / FILES / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(settings.home / name, part / FILES / name)
        copy_out(engine, part / NAMES[engine.dialect.name], tools=settings.pg_bin)
        _write_manifest(part, engine, at=at, heads=heads)
        part.rename(folder)
    finally:
        engine.dispose()
    return read_backup(folder)


def read_backup(folder: Path) -> Backup:
    """JalonError when a file is missing, changed, or not of this backup."""
    try:
        told = json.loads((folder / MANIFEST).read_text("utf-8"))
        files = told["files"]
        found = Backup(
            folder=folder,
            at=datetime.fromisoformat(told["at"]),
            dialect=told["dialect"],
            revision=told["revision"],
            sizes={name: file["bytes"] for name, file in files.items()},
            digests={name: file["sha256"] for name, file in files.items()},
            heads=told["heads"],
        )
    except (OSError, ValueError, KeyError, TypeError):
        raise JalonError(f"{folder} n'est pas une sauvegarde de Jalon : {MANIFEST} manque ou ne se lit pas.") from None
    there = {str(path.relative_to(folder)) for path in _files(folder)} - {MANIFEST}
    wrong = sorted(there ^ set(files))
    wrong += sorted(name for name in there & set(files) if digest_of(folder / name) != found.digests[name])
    if wrong or not found.database.is_file():
        named = ", ".join(wrong[:5]) or NAMES.get(found.dialect, found.dialect)
        raise JalonError(
            f"Sauvegarde abîmée : {named} manque, a changé ou n'en fait pas partie. Rien n'a été restauré ; prenez-en "
            "une autre."
        )
    return found


def put_back(settings: Settings, backup: Backup, *, replace: bool, at: datetime) -> Path | None:
    """The database and the files as the backup has them; where what it replaced was kept, if it was asked to.

    The files that are there stay: letters printed since, and what was noted outside the database. JalonError: the
    database is not empty and nobody asked to replace it, or is of the other kind.
    """
    engine = open_engine(settings.database)
    kept = None
    try:
        if engine.dialect.name != backup.dialect:
            raise JalonError(
                f"Cette sauvegarde est celle d'une base {backup.dialect}, et JALON_DATABASE_URL désigne une base "
                f"{engine.dialect.name}. Rien n'a été restauré."
            )
        require_tools(engine, settings.pg_bin)
        if not is_empty(engine):
            if not replace:
                raise JalonError(
                    "La base n'est pas vide : rien n'a été restauré. Arrêtez Jalon, puis ajoutez --replace ; ce qui "
                    "est remplacé est d'abord sauvegardé."
                )
            kept = backups(settings) / f"{stamp(at)}-remplacee"
            back_up(settings, kept, at=at)
        copy_in(engine, backup.database, tools=settings.pg_bin)
        _compare(engine, backup)
        migrate(engine)
    finally:
        engine.dispose()
    for name in backup.of_home():
        target = settings.home / name
        if not target.exists():
            make_folder(target.parent)
            shutil.copy2(backup.folder / FILES / name, target)
    return kept


def goes_on(settings: Settings, backup: Backup) -> bool:
    """Whether the sends noted here begin with all those noted in the backup: what left since it is then known."""
    name = f"{FILES}/{settings.sends_file.name}"
    if not settings.sends_file.exists():
        return name not in backup.sizes and settings.channels is None  # nothing can have left
    with settings.sends_file.open("rb") as read:
        beginning = read.read(backup.sizes.get(name, 0))
    return name not in backup.sizes or hashlib.sha256(beginning).hexdigest() == backup.digests[name]


def backups(settings: Settings) -> Path:
    return settings.home / "backups"


def stamp(at: datetime) -> str:
    """The name of a backup: its instant, UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H%M%SZ")


def digest_of(file: Path) -> str:
    with file.open("rb") as read:
        return hashlib.file_digest(read, "sha256").hexdigest()


def _kept(settings: Settings) -> Iterator[str]:
    for file in (settings.sends_file, settings.heads_file):
        if file.is_file():
            yield file.name
    for folder in (settings.outbox, settings.reports):
        for path in _files(folder):
            yield str(path.relative_to(settings.home))


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def _verified(engine: Engine) -> dict[str, dict[str, Any]]:
    """The heads of every chain of every territory, each chain read from its first line."""
    found = {}
    with reading(engine) as connection:
        for territory in territories(connection):
            told = journal.verify(connection, territory=territory)
            if told.first_bad:
                bad = told.first_bad
                raise JalonError(f"Journal de {territory}, chaîne {bad.chain}, ligne {bad.seq} : {bad.why}.")
            found[territory] = journal.noted(told.heads)
    return found


def _compare(engine: Engine, backup: Backup) -> None:
    """JalonError unless the journal is whole and ends no earlier than the manifest says."""
    with reading(engine) as connection:
        for territory, noted in backup.heads.items():
            known = [journal.Head(chain=chain, seq=int(seq), hash=str(hash_)) for chain, (seq, hash_) in noted.items()]
            told = journal.verify(connection, territory=territory, known=known)
            if told.first_bad:
                bad = told.first_bad
                raise JalonError(
                    f"La base restaurée n'est pas celle du manifeste (journal de {territory}, chaîne {bad.chain}, "
                    f"ligne {bad.seq} : {bad.why}). N'envoyez rien et restaurez une autre sauvegarde."
                )


def _write_manifest(part: Path, engine: Engine, *, at: datetime, heads: dict[str, dict[str, Any]]) -> None:
    files = {
        str(path.relative_to(part)): {"bytes": path.stat().st_size, "sha256": digest_of(path)} for path in _files(part)
    }
    told = {
        "jalon": version("jalon"),
        "at": at.astimezone(UTC).isoformat(),
        "dialect": engine.dialect.name,
        "revision": current_revision(engine),
        "files": files,
        "heads": heads,
    }
    with (part / MANIFEST).open("w", encoding="utf-8") as out:
        out.write(json.dumps(told, ensure_ascii=False, indent=1) + "\n")
        out.flush()
        os.fsync(out.fileno())
