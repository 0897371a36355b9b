"""A new plugin package, copied from the template that ships with mtop."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from mtop_core.data import data_path
from mtop_core.errors import UsageError
from mtop_core.objects.text import plain, shorten

MAX_NAME = 40
_NAME = re.compile(r"[a-z](?:[a-z0-9]|-(?=[a-z0-9]))*")
_MODULE = re.compile(r"(?<![A-Za-z0-9])mtop_example(?![A-Za-z0-9])")
_WORD = re.compile(r"(?<![A-Za-z0-9])example(?![A-Za-z0-9])")
_DROPPED = frozenset({"build", "dist", "venv"})
_DROPPED_ENDINGS = (".egg-info", ".dist-info", ".pyc", ".pyo")
_OF_THE_CHECKOUT = Path("conftest.py")  # keeps the tests of mtop itself out of the template


def write_plugin(name: str, folder: str) -> Path:
    """Writes the package `folder/mtop-NAME` and returns its path; raises UsageError and writes nothing otherwise."""
    _check(name)
    parent = Path(folder)
    target = parent / f"mtop-{name}"
    if os.path.lexists(target):
        raise UsageError(f"{plain(str(target))} exists already", "name another plugin, or another folder with --into")
    try:
        parent.mkdir(parents=True, exist_ok=True)
        _place(name, parent, target)
    except OSError as error:
        raise UsageError(f"{plain(str(target))} cannot be written: {(error.strerror or 'failed').lower()}") from None
    return target


def _check(name: str) -> None:
    if len(name) > MAX_NAME or not _NAME.fullmatch(name):
        raise UsageError(
            f'"{plain(shorten(name, MAX_NAME))}" is no name for a plugin: expected at most {MAX_NAME} lower case '
            "letters, digits and single dashes, a letter first and no dash last"
        )
    owner = _owner(name)
    if owner:
        raise UsageError(f"{owner} has a command {name} already", "mtop plugins shows which names are taken")


def _owner(name: str) -> str:
    """The package that has a command or plugin of that name, empty where nobody has."""
    from mtop_core.app import current_app
    from mtop_core.commands import BY_NAME
    from mtop_core.plugins import CORE
    from mtop_core.specs import CommandSpec

    if name in BY_NAME or name == "help":
        return CORE
    for record in current_app().plugins.records:
        commands = [spec for spec in record.specs if isinstance(spec, CommandSpec)]
        if name == record.entry.name or any(name in (spec.name, *spec.aliases) for spec in commands):
            return record.entry.package
    return ""


def _place(name: str, parent: Path, target: Path) -> None:
    """Writes all files beside the target first: it appears whole or not at all."""
    temporary = Path(tempfile.mkdtemp(dir=parent, prefix=f".mtop-{name}."))
    try:
        whole = temporary / target.name
        for relative in _template():
            path = whole / _renamed(str(relative), name)
            path.parent.mkdir(parents=True, exist_ok=True)
            content = (data_path("template") / relative).read_text(encoding="utf-8")
            path.write_text(_renamed(content, name), encoding="utf-8", newline="\n")
        whole.rename(target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _template() -> Iterator[Path]:
    """The files of the template; what tools leave behind is none of it."""
    root = data_path("template")
    for folder, subfolders, files in os.walk(root):
        subfolders[:] = sorted(name for name in subfolders if not _dropped(name))
        for name in sorted(files):
            relative = Path(folder, name).relative_to(root)
            if not _dropped(name) and relative != _OF_THE_CHECKOUT:
                yield relative


def _dropped(name: str) -> bool:
    hidden = name.startswith((".", "__pycache__")) and name != ".gitignore"
    return hidden or name in _DROPPED or name.endswith(_DROPPED_ENDINGS)


def _renamed(text: str, name: str) -> str:
    return _WORD.sub(name, _MODULE.sub(f"mtop_{name.replace('-', '_')}", text))
