"""`make audit`: known flaws of the locked libraries. Exit 0: none; 1: some; 2: nothing was audited.

pip-audit alone ends well after having audited nothing; here each library of the lock must have an answer.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console

LOCK = Path("requirements") / "dev.txt"


def main() -> int:
    say = Console(stderr=True, highlight=False, soft_wrap=True).print
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "audit.json"
        tool = Path(sys.executable).parent / "pip-audit"
        options = ["--strict", "--disable-pip", "--require-hashes", "--progress-spinner", "off", "--format", "json"]
        ran = subprocess.run(  # noqa: S603 - the tool of our own lock, no shell
            [tool, *options, "--requirement", LOCK, "--output", answer], capture_output=True, text=True, check=False
        )
        audited = json.loads(answer.read_text("utf-8"))["dependencies"] if answer.exists() else []
    if not audited:
        say("Rien n'a été audité (nothing audited) : aucun service d'avis de sécurité n'a répondu pour ces versions.")
        say(ran.stderr.strip()[-300:], markup=False)
        return 2
    flawed = [library for library in audited if library["vulns"]]
    for library in flawed:
        for flaw in library["vulns"]:
            fixed = ", ".join(flaw["fix_versions"]) or "aucune version corrigée"
            say(f"{library['name']} {library['version']} : {flaw['id']} ({fixed})", markup=False)
    say(f"{len(audited)} bibliothèques auditées, {len(flawed)} avec une faille connue.")
    return 1 if flawed else 0


if __name__ == "__main__":
    sys.exit(main())
