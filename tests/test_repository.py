"""What a stranger clones: nothing of one machine in it; libraries that are locked, hashed and within their bounds."""

import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

PROJECT = Path(__file__).resolve().parent.parent
LOCKS = ("run.txt", "dev.txt")
OF_ONE_MACHINE = re.compile(
    r"(?<![\w.<])/(?:work|root|home/\w+|Users/\w+|opt/(?:wheels|pypi))/"  # a path of somebody's disk
    r"|--(?:(?:extra-)?index-url|find-links|trusted-host)\b"
    r"|https?://(?:pypi\.org|files\.pythonhosted\.org|registry\.(?:npmjs\.org|yarnpkg\.com))"
)
SLASH, OPTION = "/", "--"  # what the search looks for is never spelled whole: this file is not exempt
READ = {
    ".py",
    ".toml",
    ".txt",
    ".md",
    ".json",
    ".yaml",
    ".yml",
    ".cfg",
    ".ini",
    ".sh",
    ".html",
    ".css",
    ".js",
    ".csv",
    "",
}


def committed() -> list[Path]:
    """What git holds, and what it would take; what is on the disk where the project came as an archive."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode == 0:
        files = [PROJECT / name for name in listed.stdout.split("\0") if name]
    else:
        files = [Path(folder) / name for folder, _, names in os.walk(PROJECT) for name in names]
        files = [file for file in files if not {".venv", "var", "node_modules"} & set(file.parts)]
    return [file for file in files if file.is_file()]


def text_of(file: Path) -> str:
    return file.read_text("utf-8", errors="replace") if file.suffix in READ else ""


def locked(lock: str) -> dict[str, tuple[Version, int]]:
    """Each library of a lock, with its version and how many hashes vouch for it."""
    text = (PROJECT / "requirements" / lock).read_text("utf-8")
    entries = re.split(r"\n(?=[A-Za-z0-9])", text)
    pinned = [re.match(r"([A-Za-z0-9._-]+)==([^ ;\\\n]+)", entry) for entry in entries]
    assert all(pinned), [entry for entry, found in zip(entries, pinned, strict=True) if not found]
    return {
        found[1].lower(): (Version(found[2]), entry.count("--hash=sha256:"))
        for entry, found in zip(entries, pinned, strict=True)
        if found
    }


def test_no_file_speaks_of_one_machine_or_of_one_registry() -> None:
    files = committed()
    assert PROJECT / "Makefile" in files
    found = [
        f"{file.relative_to(PROJECT)}:{number}: {line.strip()[:100]}"
        for file in files
        for number, line in enumerate(text_of(file).splitlines(), start=1)
        if OF_ONE_MACHINE.search(line)
    ]
    assert not found


@pytest.mark.parametrize(
    "line",
    [
        f"see {SLASH}work/main/tracks",
        f'PATH = "{SLASH}root/.cache"',
        f"{SLASH}home/someone/jalon",
        f"{SLASH}Users/someone/jalon",
        f"{OPTION}index-url https://mirror.example/simple",
        f"{OPTION}find-links wheels",
        f'"resolved": "https:{SLASH}/registry.npmjs.org/axe-core/-/axe-core-4.tgz"',
        f"https:{SLASH}/files.pythonhosted.org/packages/a.whl",
    ],
)
def test_the_search_finds_what_it_is_meant_to_find(line: str) -> None:
    assert OF_ONE_MACHINE.search(line)


@pytest.mark.parametrize("line", ["/usr/bin/chromium", "docs/work/main", "https://example.org/root/", "<root/>"])
def test_the_search_leaves_the_rest_alone(line: str) -> None:
    assert not OF_ONE_MACHINE.search(line)


def test_no_lock_of_npm_keeps_an_address() -> None:
    locks = [file for file in committed() if file.name in ("package-lock.json", "npm-shrinkwrap.json")]
    assert not [file for file in locks if '"resolved"' in file.read_text("utf-8")]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_library_is_pinned_and_hashed(lock: str) -> None:
    libraries = locked(lock)
    assert len(libraries) > 100
    assert not [name for name, (_, hashes) in libraries.items() if not hashes]


@pytest.mark.parametrize("lock", LOCKS)
def test_the_lock_is_within_the_bounds_of_the_project(lock: str) -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))
    wanted = [Requirement(line) for line in project["project"]["dependencies"]]
    if lock == "dev.txt":
        wanted += [Requirement(line) for line in project["dependency-groups"]["dev"]]
    libraries = locked(lock)
    assert not [str(r) for r in wanted if not r.specifier.contains(libraries[r.name.lower()][0])]


def test_the_two_locks_agree() -> None:
    run, dev = locked("run.txt"), locked("dev.txt")
    assert set(run) <= set(dev)
    assert not [name for name, (version, _) in run.items() if dev[name][0] != version]


@pytest.mark.parametrize(
    ("name", "refused"),
    [("prefect", "3.10"), ("fastapi", "0.151"), ("sqlalchemy", "2.1"), ("apprise", "2.0")],
)
def test_the_four_pins_without_which_nothing_works_stay(name: str, refused: str) -> None:
    """Why each: `docs/decisions/0002-pins.md`."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))
    (bound,) = (r for r in map(Requirement, project["project"]["dependencies"]) if r.name == name)
    assert not bound.specifier.contains(refused)
    assert locked("run.txt")[name][0] < Version(refused)
    assert f"`{bound.name}{','.join(sorted(map(str, bound.specifier), reverse=True))}`" in (
        PROJECT / "docs" / "decisions" / "0002-pins.md"
    ).read_text("utf-8")
