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
    found: list[EntryPoint] = []
    seen: set[str] = set()
    for folder in dict.fromkeys(sys.path):
        names = _distributions(folder or ".")
        fresh = [name for name in names if _package(name) not in seen]
        seen.update(map(_package, fresh))
        found += _in_folder(folder or ".", fresh)
    return sorted(found, key=lambda entry: (entry.name, entry.package))


def _distributions(folder: str) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in entries if entry.name.endswith((".dist-info", ".egg-info")))
    except OSError:
        return []


def _package(folder_name: str) -> str:
    """The package of a metadata folder, spelled as the index compares names."""
    return folder_name.rpartition(".")[0].partition("-")[0].replace("_", "-").replace(".", "-").lower()


def _in_folder(folder: str, names: list[str]) -> Iterator[EntryPoint]:
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
            module = module.partition("[")[0].strip()  # what follows are extras
            yield EntryPoint(name.strip(), module, package.replace("_", "-"), version)
