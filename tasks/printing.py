"""Documents: a Typst template of `config/documents/` filled with data, as an accessible PDF (PDF/UA-1)."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

import typst

from config.settings import PROJECT
from tracks.errors import JalonError

DOCUMENTS = PROJECT / "config" / "documents"
ALWAYS_SHOWN = 0x0250  # Latin letters, those of the languages of Europe, and their punctuation


def printed(name: str, data: Mapping[str, object], *, at: datetime) -> bytes:
    """The document `name` (a file of `config/documents/`, without `.typ`) with `data` (what JSON can hold), made `at`.

    The same data and instant make the same bytes. JalonError: the template does not fit the data.
    """
    return _pdf(_compiler(), name, data, at)


def printed_with(name: str, data: Mapping[str, object], *, at: datetime, ask: str) -> tuple[bytes, list[Any]]:
    """The document, and the values of its metadata that carry the label `ask`."""
    values = {"data": _written(data)}
    path = DOCUMENTS / f"{name}.typ"
    compiler = typst.Compiler(input=path, root=DOCUMENTS, ignore_system_fonts=True, sys_inputs=values)
    pdf = _pdf(compiler, name, data, at)
    return pdf, json.loads(compiler.query(f"<{ask}>", field="value"))


def _pdf(compiler: typst.Compiler, name: str, data: Mapping[str, object], at: datetime) -> bytes:
    try:
        pdf = compiler.compile(
            input=DOCUMENTS / f"{name}.typ",
            format="pdf",
            sys_inputs={"data": _written(data)},
            pdf_standards=["ua-1"],
            timestamp=int(at.astimezone(UTC).timestamp()),
        )
    except typst.TypstError as error:
        raise JalonError(f"config/documents/{name}.typ ne convient pas aux données : {error.message}") from None
    assert isinstance(pdf, bytes)
    return pdf


def _written(data: Mapping[str, object]) -> str:
    """`data` for the template, with « ? » for a letter that no font of ours can draw: PDF/UA refuses those, and one
    name would keep everybody's document from being printed."""
    text = json.dumps(data, ensure_ascii=False)
    return "".join(c if ord(c) < ALWAYS_SHOWN or can_be_drawn(c) else "?" for c in text)


@cache
def can_be_drawn(letter: str) -> bool:
    """Whether the fonts that come with Typst hold the letter, as Typst itself says."""
    try:
        _compiler().compile(
            input=DOCUMENTS / "letter_test.typ",
            format="pdf",
            sys_inputs={"data": json.dumps(letter)},
            pdf_standards=["ua-1"],
        )
    except typst.TypstError:
        return False
    return True


@cache
def _compiler() -> typst.Compiler:
    """One compiler a process: reading the fonts takes longer than a letter. Only the fonts that come with Typst."""
    return typst.Compiler(root=DOCUMENTS, ignore_system_fonts=True)
