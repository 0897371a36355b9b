"""Which mock worlds there are, which one is current, and the user's changed copy of one."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from mtop_core.data import data_path
from mtop_core.errors import DataError, NotFoundError
from mtop_core.objects.access import ShapeError, text
from mtop_core.objects.text import plain
from mtop_core.objects.times import parse_time
from mtop_core.places import cannot_write, state_dir, write_atomically

DEFAULT_WORLD = "healthy"
MANIFEST = "world.json"


class World:
    """One mock world: its shipped folder, never written, and the user's copy once something was written."""

    def __init__(self, name: str, shipped: Path) -> None:
        self.name = name
        self.shipped = shipped
        self._copy_name = name
        if shipped.parent != data_path("mocks"):
            self._copy_name = f"{name}-{sha256(os.fsencode(shipped.absolute())).hexdigest()[:8]}"

    @property
    def copy(self) -> Path:
        """Where the user's copy lies, or would lie."""
        return state_dir() / "worlds" / self._copy_name

    @cached_property
    def root(self) -> Path:
        """The folder to read: the copy where there is one."""
        return self.copy if self.changed else self.shipped

    @property
    def changed(self) -> bool:
        """Whether the user has a copy of this world."""
        return self.copy.is_dir()

    @cached_property
    def _manifest(self) -> dict[str, Any]:
        path = self.root / MANIFEST
        try:
            manifest = json.loads(path.read_bytes())
        except OSError as error:
            raise DataError(f"{plain(str(path))}: {(error.strerror or 'unreadable').lower()}") from None
        except ValueError:
            raise DataError(f"{plain(str(path))}: not JSON") from None
        if not isinstance(manifest, dict):
            raise DataError(f"{plain(str(path))}: expected a mapping")
        return manifest

    @cached_property
    def captured_at(self) -> datetime:
        """The time that counts as now in this world."""
        moment = parse_time(self._text("capturedAt"))
        if moment is None:
            raise DataError(f"{plain(str(self.root / MANIFEST))}: spec.capturedAt is no RFC 3339 time")
        return moment

    @property
    def summary(self) -> str:
        """What this world shows, in one line."""
        return plain(self._text("summary"))

    def _text(self, field: str) -> str:
        try:
            return text(self._manifest, "spec", field)
        except ShapeError as error:
            raise DataError(f"{plain(str(self.root / MANIFEST))}: {error.message}") from None

    @contextmanager
    def writing(self) -> Iterator[Path]:
        """The user's copy, made if need be, while no other process writes it."""
        from filelock import FileLock

        lock = self.copy.with_name(f".{self._copy_name}.lock")
        try:
            lock.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(lock):
                if not self.changed:
                    self._copy()
                yield self.copy
        except OSError as error:
            raise cannot_write(self.copy, error) from None

    def reset(self) -> bool:
        """Drops the user's copy; whether there was one."""
        if not self.changed:
            return False
        with self.writing() as copy, tempfile.TemporaryDirectory(dir=copy.parent, prefix=".old-") as grave:
            copy.rename(Path(grave, "world"))
        return True

    def _copy(self) -> None:
        with tempfile.TemporaryDirectory(dir=self.copy.parent, prefix=".new-") as folder:
            fresh = shutil.copytree(self.shipped, Path(folder, "world"), copy_function=shutil.copyfile)
            fresh.rename(self.copy)


def shipped_worlds() -> list[str]:
    """The names of the worlds that come with mtop, sorted."""
    return sorted(path.parent.name for path in data_path("mocks").glob(f"*/{MANIFEST}"))


def find_world(name: str = "") -> World:
    """The world of that name or folder, the current one where empty; NotFoundError where there is none."""
    name = name or current_world()
    if name in (".", "..") or os.sep in name:
        folder = Path(name)
        if (folder / MANIFEST).is_file():
            return World(folder.resolve().name, folder.resolve())
        raise NotFoundError(
            f"{plain(name)} is no mock world: it has no {MANIFEST}",
            "for plain manifests or kubectl's output use --snapshot PATH",
        )
    folder = data_path("mocks") / name
    if not (folder / MANIFEST).is_file():
        raise NotFoundError(f'there is no mock world "{plain(name)}"', f"there are: {', '.join(shipped_worlds())}")
    return World(name, folder)


def current_world() -> str:
    """The world `mock use` chose last, or the default one."""
    try:
        return _choice().read_text("utf-8").strip() or DEFAULT_WORLD
    except (OSError, UnicodeDecodeError):
        return DEFAULT_WORLD


def use_world(name: str) -> World:
    """Makes a world the current one; NotFoundError where there is none."""
    world = find_world(name)
    chosen = name if world.shipped.parent == data_path("mocks") else str(world.shipped)
    write_atomically(_choice(), chosen + "\n")
    return world


def _choice() -> Path:
    return state_dir() / "world"
