"""Documents: a Typst template of `config/documents/` filled with data, as an accessible PDF (PDF/UA-1)."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache

import typst

from config.settings import PROJECT
from tracks.errors import JalonError

DOCUMENTS = PROJECT / "config" / "documents"


def printed(name: str, data: Mapping[str, object], *, at: datetime) -> bytes:
    """The document `name` (a file of `config/documents/`, without `.typ`) with `data` (what JSON can hold), made `at`.

    The same data and instant make the same bytes. JalonError: the template does not fit the data.
    """
    values = {"data": json.dumps(data, ensure_ascii=False)}
    try:
        pdf = _compiler().compile(
            input=DOCUMENTS / f"{name}.typ",
            format="pdf",
            sys_inputs=values,
            pdf_standards=["ua-1"],
            timestamp=int(at.astimezone(UTC).timestamp()),
        )
    except typst.TypstError as error:
        raise JalonError(f"config/documents/{name}.typ ne convient pas aux données : {error.message}") from None
    assert isinstance(pdf, bytes)
    return pdf


@cache
def _compiler() -> typst.Compiler:
    """One compiler a process: reading the fonts takes longer than a letter. Only the fonts that come with Typst."""
    return typst.Compiler(root=DOCUMENTS, ignore_system_fonts=True)
