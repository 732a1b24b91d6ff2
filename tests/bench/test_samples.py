"""The sample counties are those that the generator writes, and a territory's own files read them."""

import pytest

from bench.samples import sample
from config.settings import PROJECT, TERRITORIES
from config.territory import load_territory

SAMPLES = sorted(folder.name for folder in TERRITORIES.iterdir() if folder.name != "doubs")


@pytest.mark.parametrize("name", SAMPLES)
def test_the_example_of_a_territory_is_what_its_files_give(name: str) -> None:
    written = {path.name: path.read_text(encoding="utf-8-sig") for path in (PROJECT / "examples" / name).iterdir()}
    assert written == sample(load_territory(TERRITORIES / name))
