"""An e-mail's text as a page: any client shows it, with images off, in the dark, on a phone, read aloud.

No image, no address but the text's own, no colour of text or background: the reader's own stay. Every value is escaped.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from html import escape

from config.messages import Pieces, Text
from tasks.wording import spaced

LABEL = re.compile(r"(\w[\w' ]{1,30}?) : ")
MAILBOX = re.compile(r"[^\s@<>\"]+@[\w.-]+\.[a-z]{2,}")
ACCENT = "#2f6f9f"
BUTTON = (
    "display:inline-block;padding:12px 20px;border-radius:6px;background-color:#0b4f8a;color:#ffffff;font-weight:bold;"
    "text-decoration:none"
)


def page(text: Text, values: Mapping[str, str], *, subject: str, sender: str, large: bool = False) -> str:
    """The whole document. KeyError for a value that is not given."""
    size = "22px" if large else "17px"
    blocks = "\n".join(_block(lines, values) for lines in _paragraphs(text))
    return f"""\
<!doctype html>
<html lang="fr" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no, date=no, address=no, email=no">
<title>{escape(subject)}</title>
<style>:root {{ color-scheme: light dark; supported-color-schemes: light dark }}</style>
</head>
<body style="margin:0;padding:0;font-family:Arial,Helvetica,sans-serif;font-size:{size};line-height:1.6">
<div role="main" lang="fr" style="max-width:34em;margin:0 auto;padding:24px 20px">
<p style="margin:0 0 24px;padding:0 0 10px;border-bottom:3px solid {ACCENT};font-weight:bold">{escape(sender)}</p>
<h1 style="margin:0 0 20px;font-size:1.3em;line-height:1.3">{escape(subject)}</h1>
{blocks}
</div>
</body>
</html>
"""


@lru_cache(maxsize=256)
def _paragraphs(text: Text) -> tuple[tuple[Pieces, ...], ...]:
    return tuple(text.paragraphs())


@lru_cache(maxsize=1024)
def _literal(words: str) -> str:
    return escape(spaced(words))


def _block(lines: tuple[Pieces, ...], values: Mapping[str, str]) -> str:
    """A paragraph; a table where each line is « Où : … »; a button where the line is a link alone."""
    if all(line[0][1] and LABEL.fullmatch(line[0][0]) for line in lines):
        rows = "\n".join(_row(line, values) for line in lines)
        return f'<table style="margin:0 0 20px;border-collapse:collapse">\n{rows}\n</table>'
    if lines[-1] == (("", "lien"),):
        above = _block(lines[:-1], values) + "\n" if lines[:-1] else ""
        button = f'<a href="{escape(values["lien"])}" style="{BUTTON}">Répondre</a>'
        return f'{above}<p style="margin:0 0 20px">{button}</p>'
    said = "<br>\n".join(_line(line, values) for line in lines)
    return f'<p style="margin:0 0 20px">{said}</p>'


def _line(line: Pieces, values: Mapping[str, str]) -> str:
    return "".join(_literal(literal) + (_shown(name, values) if name else "") for literal, name in line)


def _row(line: Pieces, values: Mapping[str, str]) -> str:
    (label, name), *rest = line
    return (
        f'<tr><th scope="row" style="padding:4px 16px 4px 12px;border-left:3px solid {ACCENT};text-align:left;'
        f'vertical-align:top">{escape(label.rstrip(" :"))}</th>\n'
        f'<td style="padding:4px 0;vertical-align:top">{_line((("", name), *rest), values)}</td></tr>'
    )


def _shown(name: str, values: Mapping[str, str]) -> str:
    """A value, escaped; a number to call, an address to write to and a page to open can be pressed."""
    value = values[name]
    shown = escape(spaced(value))
    if name == "lien" and value.startswith("https://"):
        return f'<a href="{escape(value)}">{shown}</a>'
    if name == "telephone":
        shown = f'<span style="white-space:nowrap">{shown}</span>' if len(value) <= len("00 00 00 00 00") else shown
        if re.fullmatch(r"\+?[\d ]{6,20}", value):
            return f'<a href="tel:{value.replace(" ", "")}">{shown}</a>'
        if MAILBOX.fullmatch(value):
            return f'<a href="mailto:{escape(value)}">{shown}</a>'
    return shown
