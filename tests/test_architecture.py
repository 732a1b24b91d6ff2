"""Who may import whom, who may read a clock, who may commit: every line of product code is parsed and asked.

The rooms and their reasons: `docs/decisions/0004-rooms.md`. Each refusal names the file and the line.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
OF_OURS = {
    "tracks": (),
    "config": ("tracks",),
    "store": ("tracks",),
    "tasks": ("tracks", "config", "store"),
    "flows": ("tracks", "config", "tasks"),
    "desk": ("tracks", "config", "store", "tasks", "flows"),
}
ROOMS = tuple(OF_OURS)
OUTSIDE = ("bench", "scripts", "tests")
OF_OTHERS = {
    "tracks": {"dateutil", "holidays", "pydantic"},
    "config": {"pydantic", "pydantic_settings"},
    "store": {"alembic", "sqlalchemy"},
}
NEVER = {"tasks": {"typer", "rich"}, "flows": {"alembic", "apprise", "sqlalchemy"}}
CLOCKS = {"today", "now", "utcnow"}
EDGES = {  # where the clock is read; everything behind is told what time it is
    ("flows/edge.py", "now"),
    ("desk/opening.py", "open_desk"),
    ("desk/web/server.py", "now"),
    ("tasks/night.py", "wall_clock"),  # leases and the row of a run; nothing is decided with it
}
DRAWERS = {"utils", "util", "manager", "service", "helper", "core", "base"}

Line = tuple[Path, int, str]


def sources(*rooms: str) -> Iterator[tuple[Path, ast.Module]]:
    for room in rooms:
        for path in sorted((PROJECT / room).rglob("*.py")):
            yield path, ast.parse(path.read_text("utf-8"), str(path))


def refused(lines: Iterable[Line]) -> list[str]:
    return sorted({f"{path.relative_to(PROJECT)}:{number}: {what}" for path, number, what in lines})


def imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Every import, those inside functions included, and those spelled as text."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, name.name) for name in names)
            case ast.ImportFrom(module=module, level=level):
                yield node.lineno, "." if level else str(module)
            case ast.Call(func=ast.Attribute(attr="import_module") | ast.Name(id="__import__" | "import_module")):
                match node.args:
                    case [ast.Constant(value=str(module)), *_]:
                        yield node.lineno, module
                    case _:
                        yield node.lineno, "."


def forbidden(room: str, module: str) -> bool:
    top = module.partition(".")[0]
    if module == "." or top in OUTSIDE:
        return True
    if top in ROOMS:
        return top != room and top not in OF_OURS[room]
    if top in sys.stdlib_module_names:
        return False
    return top in NEVER.get(room, set()) or top not in OF_OTHERS.get(room, {top})


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_what_its_line_of_the_table_allows(room: str) -> None:
    found = list(sources(room))
    assert found, f"nothing to check in {room}/"
    assert not refused(
        (path, line, f"{room} may not import {module}")
        for path, tree in found
        for line, module in imports(tree)
        if forbidden(room, module)
    )


def clock_reads(tree: ast.AST) -> Iterator[int]:
    """`today()`, `now()`, `utcnow()` of anything but SQL's `func`; of `date` and `datetime` also when handed on."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=owner, attr=attr)) if attr in CLOCKS and not named(owner, "func"):
                yield node.lineno
            case ast.Attribute(value=owner, attr=attr) if attr in CLOCKS and named(owner, "date", "datetime"):
                yield node.lineno


def named(node: ast.AST, *names: str) -> bool:
    return (isinstance(node, ast.Name) and node.id in names) or (isinstance(node, ast.Attribute) and node.attr in names)


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda]:
    return (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda))


def test_the_rules_read_no_clock() -> None:
    assert not refused(
        (path, line, "tracks reads no clock: take the day as a parameter")
        for path, tree in sources("tracks")
        for line in [*clock_reads(tree), *(line for line, module in imports(tree) if module == "time")]
    )


def edges(path: Path, tree: ast.Module) -> dict[int, str]:
    """The lines that may read the clock, each with the name of its function."""
    file = path.relative_to(PROJECT).as_posix()
    found = (f for f in functions(tree) if not isinstance(f, ast.Lambda) and (file, f.name) in EDGES)
    return {line: f.name for f in found for line in range(f.lineno, (f.end_lineno or f.lineno) + 1)}


def test_behind_the_edge_nothing_reads_a_clock() -> None:
    reads = [(path, line, edges(path, tree).get(line)) for path, tree in sources(*ROOMS) for line in clock_reads(tree)]
    assert not refused(
        (path, line, "the clock is read at the edge alone, and passed down") for path, line, edge in reads if not edge
    )
    used = {(path.relative_to(PROJECT).as_posix(), str(edge)) for path, _, edge in reads}
    assert used == EDGES, "an edge that no longer reads the clock"


def test_no_default_value_reads_a_clock() -> None:
    def defaults(tree: ast.Module) -> Iterator[ast.expr]:
        for function in functions(tree):
            yield from function.args.defaults
            yield from (default for default in function.args.kw_defaults if default)
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                yield from (
                    kept.value for kept in node.body if isinstance(kept, ast.Assign | ast.AnnAssign) and kept.value
                )

    assert not refused(
        (path, line, "a default that reads the clock is read once, or hides a day from the caller")
        for path, tree in sources(*ROOMS)
        for default in defaults(tree)
        for line in clock_reads(default)
    )


def transactions(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(attr="commit" | "begin" as name)):
                yield node.lineno, name
            case ast.Call(func=ast.Attribute(attr="create_engine") | ast.Name(id="create_engine")):
                yield node.lineno, "create_engine"


def test_one_module_opens_and_ends_transactions() -> None:
    lines = [
        (path, line, f"{name}() belongs to store/engine.py: use open_engine(), transaction() or reading()")
        for path, tree in sources(*ROOMS)
        for line, name in transactions(tree)
    ]
    assert lines, "store/engine.py itself no longer opens a transaction: this test looks at nothing"
    assert not refused(line for line in lines if line[0] != PROJECT / "store" / "engine.py")


def test_nothing_is_named_after_a_drawer() -> None:
    def last_word(name: str) -> str:
        return re.split(r"_|(?<=[a-z0-9])(?=[A-Z])", name)[-1].lower().removesuffix("s").replace("util", "utils")

    def names() -> Iterator[Line]:
        for path, tree in sources(*ROOMS):
            yield path, 1, path.stem
            yield path, 1, path.parent.name
            yield from ((path, n.lineno, n.name) for n in ast.walk(tree) if isinstance(n, ast.ClassDef))

    assert not refused(
        (path, line, f"« {name} » says nothing") for path, line, name in names() if last_word(name) in DRAWERS
    )


def test_no_flow_replaces_a_module_of_ours_or_of_python() -> None:
    """Prefect may put `flows/` first on the path: `flows/tasks.py` would then be « tasks »."""
    taken = set(ROOMS) | set(OUTSIDE) | sys.stdlib_module_names
    assert not refused(
        (path, 1, f"« {path.stem} » is the name of another module")
        for path, _ in sources("flows")
        if path.stem in taken
    )


def test_no_county_is_written_in_the_code() -> None:
    """Counties and tracks come from their files; the county that the settings name by default is the one exception."""
    folders = [folder for folder in (PROJECT / "config" / "territories").iterdir() if folder.is_dir()]
    slugs = {folder.name for folder in folders} | {t.stem for f in folders for t in (f / "tracks").glob("*.toml")}
    assert {"doubs", "objectif_emploi"} <= slugs
    assert not refused(
        (path, node.lineno, f"« {node.value} » belongs to config/territories/")
        for path, tree in sources(*ROOMS)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and node.value in slugs and path != PROJECT / "config" / "settings.py"
    )


def imported_by(module: str) -> set[str]:
    """The top-level names that Python holds after importing one module, in a process of its own."""
    shown = subprocess.run(
        [sys.executable, "-c", f"import {module}, sys; print(*sys.modules)"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert shown.returncode == 0, shown.stderr
    return {name.partition(".")[0] for name in shown.stdout.split()}


def test_the_rules_and_the_store_never_load_the_orchestrator() -> None:
    """`import prefect` costs 1.7 s, and a rule that needs it could not be tested without it."""
    loaded = imported_by("tracks.decide, tracks.place, config.territory, store.cases, store.record, store.migrate")
    assert {"tracks", "config", "store"} <= loaded
    assert not loaded & {"prefect", "apprise", "fastapi", "desk", "flows", "tasks"}


def test_the_command_line_answers_without_the_orchestrator() -> None:
    loaded = imported_by("desk.cli")
    assert "typer" in loaded
    assert not loaded & {"prefect", "apprise", "altair", "vl_convert"}


def test_a_function_fits_a_screen() -> None:
    """Sixty lines, docstring included; a migration is a list, not a function to read."""
    assert not refused(
        (path, function.lineno, f"{function.name}() is longer than a screen")
        for path, tree in sources(*ROOMS)
        if "migrations" not in path.parts
        for function in functions(tree)
        if not isinstance(function, ast.Lambda) and (function.end_lineno or 0) - function.lineno >= 60
    )
