"""What a campaign answers."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Promise:
    """One promise, put to the test. `seeded_bug_caught`: the same campaign told a broken program from ours."""

    id: str
    promise: str
    figure: str
    seed: int
    held: bool
    seeded_bug_caught: bool
