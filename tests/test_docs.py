"""The pages tell the truth: each command, target, file, key and link that they name exists as it is written."""

import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer.main

from config.layers import layers_of
from desk.cli import app

PROJECT = Path(__file__).resolve().parent.parent
PAGES = [PROJECT / "README.md", PROJECT / "CHANGELOG.md", *sorted((PROJECT / "docs").rglob("*.md"))]
DOUBS = PROJECT / "config" / "territories" / "doubs"
GUIDE = PROJECT / "docs" / "guide.md"


def blocks(page: Path, language: str) -> str:
    return "\n".join(re.findall(rf"^```{language}\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL))


def commands() -> list[str]:
    lines = [line for page in PAGES for line in blocks(page, "sh").splitlines()]
    return list(dict.fromkeys(line for line in lines if line.startswith(("jalon ", ".venv/bin/jalon "))))


def parse(line: str) -> None:
    """Read a command line as jalon would, without running it. An exception where jalon would refuse it."""
    _, *words = shlex.split(line)
    command: Any = typer.main.get_command(app)
    while getattr(command, "commands", None):
        command = command.commands[words.pop(0)]
    command.make_context(command.name, words)


def test_the_guide_shows_every_command_of_a_night() -> None:
    shown = " ".join(commands())
    for command in ("init", "import", "run", "dispatch", "explain", "outcome", "review", "status", "export", "audit"):
        assert f"jalon {command} " in f"{shown} "


@pytest.mark.parametrize("line", commands())
def test_a_command_of_the_pages_exists_as_it_is_written(line: str) -> None:
    parse(line)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("jalon run --everything", "--everything"),
        ("jalon outcome a1 vanished --by Moi", "vanished"),
        ("jalon review decide r1", "Missing"),
        ("jalon gone", "gone"),
    ],
)
def test_a_command_that_does_not_exist_is_seen(line: str, expected: str) -> None:
    with pytest.raises(Exception, match=expected):
        parse(line)


def test_every_make_target_of_the_pages_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text("utf-8"), re.MULTILINE))
    written = "\n".join(page.read_text("utf-8") for page in PAGES)
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", written, re.MULTILINE))
    assert {"install", "demo", "test"} <= named
    assert named <= targets


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text("utf-8"))
    assert not [link for link in links if not (page.parent / link).exists()]


def where_to_change() -> list[tuple[str, str]]:
    table = GUIDE.read_text("utf-8").partition("## Où changer quoi")[2]
    rows = re.findall(r"^\| [^|]+ \| ([^|]+) \| ([^|]+) \|$", table, re.MULTILINE)
    return [(re.findall(r"`([^`]+)`", files)[0], keys) for files, keys in rows if "`" in files]


@pytest.mark.parametrize(("file", "keys"), where_to_change())
def test_what_a_county_changes_is_where_the_guide_says(file: str, keys: str) -> None:
    """« A fresh reader finds within a minute where the notice period, the reminder days… live. »"""
    text = layers_of(DOUBS).file(file).read_text("utf-8")
    for key in re.findall(r"`([^`]+)`", keys):
        assert has(tomllib.loads(text), key.split(".")), f"{key} in {file}"


def has(table: object, path: list[str]) -> bool:
    """Whether a key is somewhere in a file: at its dotted path, through arrays, or anywhere for a single name."""
    match table:
        case list():
            return any(has(entry, path) for entry in table)
        case dict():
            first, *rest = path
            if first in table:
                return not rest or has(table[first], rest)
            return len(path) == 1 and any(has(value, path) for value in table.values())
        case _:
            return False
