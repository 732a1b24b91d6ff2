"""A county's files for the tests, and one call to import them."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from sqlalchemy import Engine, Table, select

from config.settings import PROJECT, TERRITORIES
from config.territory import load_territory
from store.engine import reading
from store.schema import metadata
from tasks.intake import FileReport, import_path
from tracks.calendar import Calendar

ON = date(2026, 11, 23)
SAMPLE = PROJECT / "examples" / "doubs"
PEERS = PROJECT.parent / "shared" / "data" / "peers"
COLUMNS = load_territory(TERRITORIES / "doubs").columns

Cells = Mapping[str, str]

USAGER = {
    "Civilité": "Madame",
    "Prénom bénéficiaire": "Inès",
    "Nom bénéficiaire": "Grosjean",
    "Adresses Mails": "ines@example.com",
    "N° Téléphones": "06 39 98 12 34",
    "Date de Naissance": "19/02/1998",
    "Adresse": "51 rue de Belfort",
    "CP Ville": "25220 Thise",
    "N° CAF": "6112883",
    "ID Iodas": "IOD51353",
    "Référent": "",
    "Role": "DEM",
    "Canal préféré": "SMS",
}
REFERENT = {
    "Courriel": "oyku@example.org",
    "Prénom": "Öykü",
    "Nom": "Demir",
    "Fonction": "coach filière",
    "Organisme": "Département du Doubs",
    "Site": "Montbéliard",
    "Téléphone": "03 81 58 11 37",
    "Capacité": "95",
    "Jours travaillés": "lun,mar,jeu",
    "Début": "09:00",
    "Fin": "17:00",
    "Pause": "12:00-13:30",
}
PARCOURS = {
    "N° CAF": "6112883",
    "Role": "DEM",
    "Parcours": "Objectif emploi",
    "Date d'entrée": "02/10/2026",
    "Courriel du référent": "oyku@example.org",
    "Soumis aux droits et devoirs": "Oui",
    "Date de sortie": "",
    "Motif de sortie": "",
}
RENDEZ_VOUS = {
    "N° CAF": "6112883",
    "Role": "DEM",
    "Date": "09/11/2026",
    "Heure": "09:30",
    "Durée (min)": "45",
    "Nature": "individuel",
    "Objet": "Bilan d'étape",
    "Lieu": "Montbéliard",
    "Courriel du référent": "oyku@example.org",
    "Statut": "honoré",
    "Motif": "",
    "Qualification": "",
    "Convocation envoyée le": "01/11/2026",
    "Preuve d'envoi": "courriel délivré",
}
COURRIER = {
    "N° CAF": "6112883",
    "Role": "DEM",
    "Type": "invitation à régulariser",
    "Envoyé le": "26/10/2026",
    "Canal": "lettre recommandée",
    "Reçu le": "",
    "Délai (jours)": "15",
}


def csv_text(rows: Sequence[Cells], *, separator: str = ";", newline: str = "\r\n") -> str:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]), delimiter=separator, lineterminator=newline)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def people(count: int, **cells: str) -> list[dict[str, str]]:
    """`count` different people."""
    return [
        USAGER
        | {
            "N° CAF": str(1_000_000 + n),
            "Nom bénéficiaire": f"Nom{n}",
            "Adresses Mails": f"p{n}@example.com",
            "ID Iodas": f"IOD{n}",
        }
        | cells
        for n in range(count)
    ]


def workbook(path: Path, rows: Sequence[Sequence[str]]) -> Path:
    """The smallest XLSX that a spreadsheet opens: one sheet of inline strings; « =12.5 » is the number 12.5."""
    lines = []
    for number, row in enumerate(rows, start=1):
        cells = "".join(
            f"<c><v>{cell[1:]}</v></c>" if cell.startswith("=") else f'<c t="inlineStr"><is><t>{cell}</t></is></c>'
            for cell in row
        )
        lines.append(f'<row r="{number}">{cells}</row>')
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    with ZipFile(path, "w") as book:
        book.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{package}"><Relationship Id="r1" Type="{office}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
        )
        book.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet name="Feuille" sheetId="1" r:id="r1"/>'
            "</sheets></workbook>",
        )
        book.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{package}"><Relationship Id="r1" Type="{office}/worksheet" '
            'Target="worksheets/sheet1.xml"/></Relationships>',
        )
        book.writestr(
            "xl/worksheets/sheet1.xml",
            f'<worksheet xmlns="{main}"><sheetData>{"".join(lines)}</sheetData></worksheet>',
        )
    return path


@dataclass(frozen=True)
class Intakes:
    """Imports into one database; files and reports go to `folder`."""

    engine: Engine
    folder: Path

    @property
    def reports(self) -> Path:
        return self.folder / "reports"

    def path(
        self,
        path: Path,
        *,
        kind: str | None = None,
        on: date = ON,
        dry_run: bool = False,
        territory: str = "doubs",
        departement: str = "25",
    ) -> list[FileReport]:
        return import_path(
            self.engine,
            territory=territory,
            columns=COLUMNS,
            calendar=Calendar(departement, "Europe/Paris"),
            path=path,
            kind=kind,
            on=on,
            dry_run=dry_run,
            reports=self.reports,
        )

    def raw(self, content: bytes, **how: Any) -> FileReport:
        path = self.folder / "export.csv"
        path.write_bytes(content)
        (report,) = self.path(path, **how)
        return report

    def rows(self, *rows: Cells, **how: Any) -> FileReport:
        """Import these rows, written as the county writes its files."""
        return self.raw(csv_text(rows).encode("utf-8-sig"), **how)

    def stored(self, table: Table) -> list[dict[str, Any]]:
        with reading(self.engine) as connection:
            return [dict(row) for row in connection.execute(select(table).order_by(*table.primary_key)).mappings()]

    def one(self, table: Table) -> dict[str, Any]:
        (row,) = self.stored(table)
        return row

    def everything(self) -> dict[str, list[dict[str, Any]]]:
        """The whole database but the journal, to compare."""
        tables = (table for table in metadata.sorted_tables if table.name != "journal")
        return {table.name: self.stored(table) for table in tables}

    def remarks(self, name: str) -> list[dict[str, str]]:
        path = self.reports / f"{name}-rapport.csv"
        return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig")))) if path.exists() else []
