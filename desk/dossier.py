"""`jalon review dossier`: all that a review rests on, as an accessible PDF or as a ZIP to check."""

import csv
import hashlib
import io
import json
import os
import zipfile
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from desk import dossier_why, words
from desk.dossier_pieces import Told, steps, told
from desk.review_steps import review, rules_of
from tracks import french
from tracks.vocabulary import ReviewKind

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from datetime import datetime

    from sqlalchemy import Connection
    from sqlalchemy.engine import RowMapping

    from config.territory import Territory
    from store.acts import Act
    from store.dossier import File, Household
    from store.journal import Verified
    from tracks.standing import Standing

__all__ = ["review"]  # with its steps and its file


class Place(Protocol):
    """Where papers are made: a command, or a page of the desk. `now` is aware, `today` its local day."""

    @property
    def territory(self) -> "Territory": ...
    @property
    def slug(self) -> str: ...
    @property
    def now(self) -> "datetime": ...
    @property
    def today(self) -> date: ...
    @property
    def heads_file(self) -> Path: ...
    def act(self, by: str) -> "Act": ...
    def reading(self) -> "AbstractContextManager[Connection]": ...


def composed(desk: "Place", review_id: int, *, redacted: bool) -> dict[str, bytes]:
    """The files of a dossier, by name. JalonError: no such review, or one about nobody."""
    from store import dossier as rows
    from store import journal
    from store.procedure import read_standing
    from tasks.printing import printed

    with desk.reading() as connection:
        file = rows.read_file(connection, territory=desk.slug, review=review_id)
        household = rows.read_household(connection, file)
        earlier = rows.earlier_decisions(connection, file)
        standing = read_standing(
            connection, desk.act("-"), review=file.review, rules=rules_of(desk.territory, file.review)
        )
        known = journal.heads_in(desk.heads_file, territory=desk.slug)
        verified = journal.verify(connection, territory=desk.slug, known=known)
    parts = Parts(desk=desk, file=file, household=household, earlier=earlier, standing=standing, verified=verified)
    data = parts.data(redacted=redacted)
    pdf = printed("dossier", data, at=desk.now)
    return {
        "dossier.pdf": pdf,
        "pieces.jsonl": pieces_of(file, redacted=redacted),
        "journal.csv": journal_of(file),
        "LISEZMOI.txt": readme(redacted=redacted),
    }


class Parts:
    """What the document is made of, worked out once."""

    def __init__(
        self,
        *,
        desk: "Place",
        file: "File",
        household: "Household",
        earlier: list[Any],
        standing: "Standing",
        verified: "Verified",
    ) -> None:
        self.desk, self.file, self.household = desk, file, household
        self.earlier, self.standing, self.verified = earlier, standing, verified

    def data(self, *, redacted: bool) -> dict[str, object]:
        row, territory = self.file.review, self.desk.territory
        title = f"Dossier de la revue r{row['id']}" + (" (sans nom)" if redacted else "")
        compliance = row["kind"] == ReviewKind.COMPLIANCE
        return {
            "letterhead": {"sender": territory.sender},
            "title": title,
            "redacted": redacted,
            "made": f"{french.full_date(self.desk.today)}",
            "who": [[label, value] for label, value in self.who(redacted=redacted) if value],
            "reason": row["reason"],
            "state": list(self.state()),
            "why": dossier_why.explained(self.file, territory),
            "compliance": compliance,
            "bounds": list(dossier_why.bounds(self.standing, self.household)) if compliance else [],
            "repetition": dossier_why.repetition(self.file, self.earlier, territory, on=self.desk.today)
            if compliance
            else [],
            "evidence": [
                {"rank": str(rank), "note": piece["note"], "ref": self.ref_of(piece)}
                for rank, piece in enumerate(self.file.evidence, 1)
            ],
            "timeline": [entry(piece, redacted=redacted) for piece in told(self.file, territory)],
            "procedure": [entry(piece, redacted=redacted) for piece in steps(self.file)],
            "chain": self.chain(),
        }

    def who(self, *, redacted: bool) -> Iterator[tuple[str, str]]:
        head, territory = self.file.head, self.desk.territory
        if redacted:
            yield "Personne", pseudonym(self.file)
        else:
            yield "Personne", f"{head['first_name']} {head['last_name']}"
            yield "Numéro de dossier", f"{head['file_number']}{'-CJT' if head['role'] == 'CJT' else ''}"
        yield "Parcours", territory.tracks[self.file.review["track"]].title
        yield "Entrée dans le parcours", french.full_date(head["entered_on"])
        if head["notified_on"]:
            yield "Orientation notifiée", french.full_date(head["notified_on"])
        yield "Droits et devoirs", "oui" if head["under_duties"] else "non"
        if not redacted and head["referent_first_name"]:
            yield "Référent", f"{head['referent_first_name']} {head['referent_last_name']}, {head['body']}"
        yield "Foyer", dossier_why.household_of(self.household)

    def state(self) -> Iterator[str]:
        row, at = self.file.review, self.standing
        yield f"Ouverte le {french.full_date(row['opened_on'])} par la nuit, à l'état de projet."
        yield f"Aujourd'hui : {words.said(words.REVIEW_STATUS, row['status'])}."
        if at.notice:
            yield f"Avis de procédure du {french.full_date(at.notice.on)}."
        if at.received_on:
            yield f"Avis reçu le {french.full_date(at.received_on)} (date certaine)."
        if at.observations_until and at.observations_until != date.max:
            yield f"Observations possibles jusqu'au {french.full_date(at.observations_until)} inclus."
        if row["outcome"]:
            yield f"Issue : {words.said(words.OUTCOME, row['outcome'])}."
        else:
            yield "Rien n'est décidé."
        if at.appeal_until:
            yield f"Recours préalable possible jusqu'au {french.full_date(at.appeal_until)} inclus."

    def ref_of(self, piece: "RowMapping") -> str:
        found = next((p for p in self.file.pieces if (p.kind, p.id) == (piece["kind"], piece["subject_id"])), None)
        return found.hash[:16] if found else ""

    def chain(self) -> dict[str, object]:
        bad = self.verified.first_bad
        verdict = (
            f"Journal entier vérifié : {french.plural(self.verified.lines, 'ligne')}, chacune à sa place et intacte."
            if bad is None
            else f"Le journal ne se vérifie pas : chaîne {bad.chain}, ligne {bad.seq} ({bad.why})."
        )
        mine = {line["chain"] for line in self.file.lines}
        return {
            "whole": bad is None,
            "verdict": verdict,
            "heads": [[h.chain, str(h.seq), h.hash] for h in self.verified.heads.values() if h.chain in mine],
            "lines": [[line["chain"], str(line["seq"]), line["kind"], line["hash"][:16]] for line in self.file.lines],
        }


def entry(piece: Told, *, redacted: bool) -> dict[str, str]:
    return {
        "day": french.full_date(piece.day),
        "ref": piece.ref,
        "what": piece.what,
        "said": piece.said,
        "named": "" if redacted else piece.named,
        "hash": piece.hash[:16],
    }


def pseudonym(file: "File") -> str:
    return pseudonym_of(file.first_hash, territory=file.review["territory"], person=file.head["person_id"])


def pseudonym_of(salt: str, *, territory: str, person: int) -> str:
    """The same for the same person from one session to the next; salted with the journal's first line, so that it
    cannot be worked out from a file number."""
    return f"Personne {hashlib.sha256(f'{salt}/{territory}/{person}'.encode()).hexdigest()[:6].upper()}"


def pieces_of(file: "File", *, redacted: bool) -> bytes:
    """One row a line. In the panel's variant only what names nobody: kind, id and hash of the whole row."""
    if redacted:
        kept = [{"kind": piece.kind, "id": piece.id, "sha256": piece.hash} for piece in file.pieces]
        return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in kept).encode()
    return "".join(
        f'{{"kind":"{piece.kind}","sha256":"{piece.hash}","row":{piece.line}}}\n' for piece in file.pieces
    ).encode()


def journal_of(file: "File") -> bytes:
    columns = ("chain", "seq", "at", "actor", "kind", "subject", "policy_version", "previous_hash", "hash")
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(columns)
    for line in file.lines:
        writer.writerow(line[name].isoformat() if name == "at" else line[name] for name in columns)
    return out.getvalue().encode()


def readme(*, redacted: bool) -> bytes:
    lines = [
        "dossier.pdf   : le dossier, à lire.",
        "pieces.jsonl  : chaque pièce ; sha256 est l'empreinte de la ligne enregistrée.",
        "journal.csv   : les lignes du journal qui parlent de ces pièces, scellées par leur chaîne.",
        "SHA256SUMS    : l'empreinte de chaque fichier. Vérifier : sha256sum --check SHA256SUMS",
        "La chaîne entière se vérifie au Département : jalon audit verify",
    ]
    if redacted:
        lines.append("Variante sans nom : les lignes elles-mêmes n'y sont pas, seulement leurs empreintes.")
    return ("\n".join(lines) + "\n").encode()


def archived(files: Mapping[str, bytes]) -> bytes:
    """The same files make the same archive, with the SHA-256 of each."""
    sums = "".join(f"{hashlib.sha256(body).hexdigest()}  {name}\n" for name, body in files.items())
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression=zipfile.ZIP_DEFLATED) as archive:
        for name, body in [*files.items(), ("SHA256SUMS", sums.encode())]:
            archive.writestr(zipfile.ZipInfo(name), body, compress_type=zipfile.ZIP_DEFLATED)
    return out.getvalue()


def write(path: Path, body: bytes) -> None:
    """Whole or not at all, readable by this account alone: people are named in it."""
    part = path.with_name(f"{path.name}.part")
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(body)
    os.replace(part, path)
