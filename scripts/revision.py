"""Drafts an Alembic revision from the difference between the models and the revisions (`make revision`).

python -m scripts.revision "what changes": the next one, to be read and corrected. Without words: 0001 again, which is
refused once another revision follows it.
"""

import sys
import tempfile

from alembic import command

from store.engine import open_engine, transaction
from store.migrate import MIGRATIONS, configuration, migrate


def main(message: str) -> None:
    versions = MIGRATIONS / "versions"
    existing = sorted(versions.glob("[0-9]*.py"))
    if not message:
        if len(existing) > 1:
            sys.exit("0001 is the past: other revisions follow it. Say in words what changes.")
        for first in existing:
            first.unlink()
        existing = []
    number = f"{len(existing) + 1:04d}"
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{folder}/empty.db")
        if existing:
            migrate(engine)
        with transaction(engine, apply=False) as connection:
            command.revision(
                configuration(connection),
                message=message or "first schema",
                autogenerate=True,
                rev_id=number,
            )
        engine.dispose()
    (drafted,) = versions.glob(f"{number}_*.py")
    lines = drafted.read_text("utf-8").splitlines(keepends=True)
    drafted.write_text("".join(line for line in lines if "# ###" not in line), "utf-8")


if __name__ == "__main__":
    main(" ".join(sys.argv[1:]))
