"""Which mock worlds there are, which one is current, and the user's changed copy of one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar

from mtop_core.data import data_folder
from mtop_core.errors import DataError, NotFoundError
from mtop_core.objects.access import ShapeError, mapping, text
from mtop_core.objects.text import plain
from mtop_core.objects.times import parse_time
from mtop_core.places import cannot_write, state_dir, write_atomically

DEFAULT_WORLD = "healthy"
MANIFEST = "world.json"

T = TypeVar("T")


class World:
    """One mock world: its shipped folder, never written, and the user's copy once something was written."""

    def __init__(self, name: str, folder: str) -> None:
        self.name = name
        self.folder = folder

    @property
    def shipped(self) -> bool:
        """Whether it came with mtop."""
        return os.path.dirname(self.folder) == data_folder("mocks")

    @cached_property
    def copy(self) -> str:
        """Where the user's copy lies, or would lie."""
        name = self.name
        if not self.shipped:
            from hashlib import sha256

            name = f"{name}-{sha256(os.fsencode(self.folder)).hexdigest()[:8]}"
        return os.path.join(state_dir(), "worlds", name)

    @property
    def changed(self) -> bool:
        """Whether the user has a copy of this world."""
        return os.path.isdir(self.copy)

    @property
    def root(self) -> str:
        """The folder to read: the copy where there is one."""
        return self.copy if self.changed else self.folder

    @cached_property
    def captured_at(self) -> datetime:
        """The time that counts as now in this world."""
        moment = parse_time(self._text("capturedAt"))
        if moment is None:
            raise DataError(f"{plain(self._manifest_path)}: spec.capturedAt is no RFC 3339 time")
        return moment

    @property
    def kubernetes_version(self) -> str:
        """The version of its API server, empty where it does not say."""
        return plain(self._text("kubernetesVersion"))

    @property
    def trusted(self) -> bool:
        """Whether its files need no check: shipped, unchanged, and not meant to be refused."""
        return self.shipped and not self.changed and not self._spec.get("refused")

    @property
    def summary(self) -> str:
        """What this world shows, in one line."""
        return plain(self._text("summary"))

    @contextmanager
    def writing(self) -> Iterator[str]:
        """The user's copy, made if need be, while no other process writes it."""
        from filelock import FileLock

        folder, name = os.path.split(self.copy)
        try:
            os.makedirs(folder, exist_ok=True)
            with FileLock(os.path.join(folder, f".{name}.lock")):
                self._sweep()
                if not self.changed:
                    self._make_copy()
                yield self.copy
        except OSError as error:
            raise cannot_write(self.copy, error) from None

    def reset(self) -> bool:
        """Drops the user's copy; whether there was one."""
        if not self.changed:
            return False
        with self.writing() as copy:
            os.rename(copy, self._beside("old"))
            self._sweep()
        return True

    def _make_copy(self) -> None:
        """Copies the world in one step: another process sees all of it or nothing."""
        import shutil

        fresh = self._beside("new")
        try:
            shutil.copytree(self.folder, fresh, copy_function=shutil.copyfile)
            os.rename(fresh, self.copy)
        except BaseException:
            self._sweep()
            raise

    def _sweep(self) -> None:
        """Removes what is half copied or half removed, by this process or by one that was killed.

        Its names are this world's alone, and whoever holds the world's lock is the only one to use them.
        """
        for state in ("new", "old"):
            if os.path.lexists(self._beside(state)):
                import shutil

                shutil.rmtree(self._beside(state), ignore_errors=True)

    def _beside(self, state: str) -> str:
        folder, name = os.path.split(self.copy)
        return os.path.join(folder, f".{name}.{state}")

    @property
    def _manifest_path(self) -> str:
        return os.path.join(self.folder, MANIFEST)

    @cached_property
    def _manifest(self) -> dict[str, Any]:
        import json

        try:
            with open(self._manifest_path, "rb") as stream:
                manifest = json.loads(stream.read(1 << 20))
        except OSError as error:
            raise DataError(f"{plain(self._manifest_path)}: {(error.strerror or 'unreadable').lower()}") from None
        except (ValueError, RecursionError):
            raise DataError(f"{plain(self._manifest_path)}: not JSON") from None
        if not isinstance(manifest, dict):
            raise DataError(f"{plain(self._manifest_path)}: expected a mapping")
        return manifest

    @cached_property
    def _spec(self) -> Mapping[str, Any]:
        return self._checked(mapping, self._manifest, "spec")

    def _text(self, field: str) -> str:
        return self._checked(text, self._spec, field)

    def _checked(self, read: Callable[..., T], holder: Mapping[str, Any], field: str) -> T:
        try:
            return read(holder, field)
        except ShapeError as error:
            raise DataError(f"{plain(self._manifest_path)}: {error.message}") from None


def shipped_worlds() -> list[str]:
    """The names of the worlds that come with mtop, sorted."""
    folder = data_folder("mocks")
    return sorted(name for name in os.listdir(folder) if _is_world(os.path.join(folder, name)))


def find_world(name: str = "") -> World:
    """The world of that name or folder, the current one where empty; NotFoundError where there is none."""
    current = current_world()
    name = name or current
    # only a choice made before can name a world that went away since
    instead = f"it was made the current one; mtop mock use {DEFAULT_WORLD} chooses another" if name == current else ""
    if name in (".", "..") or os.sep in name:
        folder = os.path.abspath(name)
        if _is_world(folder):
            return World(os.path.basename(folder), folder)
        raise NotFoundError(
            f"{plain(name)} is no mock world: it has no {MANIFEST}",
            instead or "for plain manifests or kubectl's output use --snapshot PATH",
        )
    folder = os.path.join(data_folder("mocks"), name)
    if not _is_world(folder):
        there_are = f"there are: {', '.join(shipped_worlds())}"
        raise NotFoundError(f'there is no mock world "{plain(name)}"', instead or there_are)
    return World(name, folder)


def current_world() -> str:
    """The world `mock use` chose last, or the default one."""
    try:
        with open(_choice(), encoding="utf-8") as stream:
            return stream.read(4096).strip() or DEFAULT_WORLD
    except (OSError, UnicodeDecodeError):
        return DEFAULT_WORLD


def use_world(name: str) -> World:
    """Makes a world the current one; NotFoundError where there is none."""
    world = find_world(name)
    write_atomically(_choice(), f"{world.name if world.shipped else world.folder}\n")
    return world


def _is_world(folder: str) -> bool:
    return os.path.isfile(os.path.join(folder, MANIFEST))


def _choice() -> str:
    return os.path.join(state_dir(), "world")
