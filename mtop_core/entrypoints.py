"""Which plugins are installed: the entry points of one group, read from the metadata beside the packages.

`importlib.metadata` answers the same question at two to three times the cost of bare Python's start;
a test holds the two together.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import NamedTuple

GROUP = "mtop.plugins"


class EntryPoint(NamedTuple):
    """One plugin as installed: its name, the module of its hooks, and the package it came with."""

    name: str
    module: str
    package: str
    version: str


def installed() -> list[EntryPoint]:
    """The plugins on sys.path, by name; of two with one name the first on the path comes first."""
    found = [entry for folder in dict.fromkeys(sys.path) for entry in _in_folder(folder or ".")]
    first = {(entry.package, entry.name): entry for entry in reversed(found)}
    return sorted(first.values(), key=lambda entry: (entry.name, entry.package))


def _in_folder(folder: str) -> Iterator[EntryPoint]:
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries if entry.name.endswith((".dist-info", ".egg-info"))]
    except OSError:
        return
    for name in names:
        for filename in ("entry_points.txt", "EGG-INFO/entry_points.txt"):
            try:
                with open(os.path.join(folder, name, filename), encoding="utf-8") as stream:
                    text = stream.read()
            except (OSError, UnicodeDecodeError):
                continue
            yield from _of_group(text, name)


def _of_group(text: str, folder_name: str) -> Iterator[EntryPoint]:
    if f"[{GROUP}]" not in text:
        return
    package, _, version = folder_name.rpartition(".")[0].partition("-")
    inside = False
    for raw in text.splitlines():
        line = raw.strip()
        if line.startswith("["):
            inside = line == f"[{GROUP}]"
        elif inside and "=" in line and not line.startswith(("#", ";")):
            name, _, module = line.partition("=")
            yield EntryPoint(name.strip(), module.strip(), package.replace("_", "-"), version)
