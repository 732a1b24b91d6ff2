"""Copies of a shipped territory that a test may spoil: all its files in one folder, as a county without base."""

import shutil
from pathlib import Path

from config.layers import layers_of
from config.settings import TERRITORIES


def whole_copy(name: str, to: Path) -> Path:
    """The territory and all that it has from its model, at `to`; its `base` line is gone."""
    layers = layers_of(TERRITORIES / name)
    for layer in (layers.model, layers.own):
        if layer:
            skip = shutil.ignore_patterns("tracks") if layer == layers.model else None
            shutil.copytree(layer, to, dirs_exist_ok=True, ignore=skip)
    file = to / "territory.toml"
    lines = file.read_text("utf-8").splitlines(keepends=True)
    file.write_text("".join(line for line in lines if not line.startswith("base =")), "utf-8")
    return to
