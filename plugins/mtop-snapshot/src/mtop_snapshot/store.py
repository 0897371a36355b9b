"""The user's snapshots: where they are kept, by which names, and how one is put there or taken away."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any, NamedTuple

from mtop_core.api import (
    SNAPSHOT_SUFFIX,
    Bundle,
    ConflictError,
    MtopError,
    NotFoundError,
    UsageError,
    cannot_write,
    kept_snapshot,
    open_bundle,
    pack,
    plain,
    remote_exists,
    remote_put,
    remote_shown,
    snapshots_dir,
)

_OLD = re.compile(r"\.(.+)\.([a-z0-9_]{8})\.old")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class Target(NamedTuple):
    """Where a snapshot goes: a path or URL, and whether as an archive."""

    place: str
    archive: bool
    remote: bool = False

    @property
    def shown(self) -> str:
        """The place for people."""
        return remote_shown(self.place) if self.remote else plain(self.place)

    @property
    def exists(self) -> bool:
        """Whether something is there already."""
        return remote_exists(self.place) if self.remote else os.path.lexists(self.place)


def target(name: str, output: str, archive: bool) -> Target:
    """Where a snapshot of that name goes; `output` is a path or URL of the user's own."""
    if output:
        if name:
            raise UsageError("a NAME and --output exclude each other: the one names a place of mtop's, the other yours")
        if "://" in output:
            return Target(output, True, True)
        return Target(output.rstrip(os.sep) or os.sep, archive or output.endswith((SNAPSHOT_SUFFIX, ".tgz")))
    check_name(name)
    return Target(os.path.join(snapshots_dir(), name + (SNAPSHOT_SUFFIX if archive else "")), archive)


def check_name(name: str) -> None:
    """UsageError for what can be no name of a snapshot."""
    if not _NAME.fullmatch(name) or name.endswith(SNAPSHOT_SUFFIX):
        raise UsageError(
            f'"{plain(name)}" is no name for a snapshot', "use letters, digits, dots, dashes; --output takes paths"
        )


def name_by_time(moment: datetime) -> str:
    """A name nobody has yet, from a time."""
    stem = f"{moment:%Y-%m-%dT%H%M%SZ}"
    number = 1
    while kept_snapshot(name := stem if number == 1 else f"{stem}-{number}"):
        number += 1
    return name


def refuse_existing(goal: Target, force: bool) -> None:
    """ConflictError where something is in the way, before any work is done."""
    if not goal.remote:
        recover(*os.path.split(os.path.abspath(goal.place)))
    if not force and goal.exists:
        raise ConflictError(
            f"{goal.shown} exists already; nothing was saved", "choose another name, or --force to replace it"
        )
    if force and not goal.remote and os.path.isdir(goal.place) and not _is_snapshot(goal.place):
        raise ConflictError(f"{goal.shown} is a folder that is no snapshot; nothing was saved", "choose another place")


def put(folder: str, names: list[str], goal: Target, force: bool) -> None:
    """Puts a finished folder where it belongs, in one step."""
    try:
        if goal.archive:
            _put_archive(folder, names, goal)
        else:
            _synced(folder, names)
            _put_folder(folder, goal.place, force)
            _sync(os.path.dirname(os.path.abspath(goal.place)))
    except OSError as error:
        raise cannot_write(goal.place, error) from None


def _put_archive(folder: str, names: list[str], goal: Target) -> None:
    packed = f"{folder}{SNAPSHOT_SUFFIX}"
    try:
        with open(packed, "xb") as stream:
            pack(folder, names, stream)
            stream.flush()
            os.fsync(stream.fileno())
        if goal.remote:
            remote_put(goal.place, packed)
        else:
            os.replace(packed, goal.place)
    finally:
        if os.path.lexists(packed):
            os.unlink(packed)


def _put_folder(folder: str, place: str, force: bool) -> None:
    if force and os.path.lexists(place):
        above, name = os.path.split(os.path.abspath(place))
        old = os.path.join(
            above, f".{name}.{folder[-8:]}.old"
        )  # what a later call recovers, if this one is killed here
        os.rename(place, old)
        try:
            os.rename(folder, place)
        except OSError:
            os.rename(old, place)
            raise
        remove(old)
    else:
        os.rename(folder, place)


def _synced(folder: str, names: list[str]) -> None:
    """Waits until the disk holds a finished folder: what has its name is whole, even after a loss of power."""
    for path in {os.path.join(folder, name) for name in names}:
        _sync(path)
    for here in {os.path.dirname(os.path.join(folder, name)) for name in names} | {folder}:
        _sync(here)


def _sync(path: str) -> None:
    with suppress(PermissionError):  # Windows opens no folders
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def recover(above: str, name: str = "") -> None:
    """Puts back what a killed --force had moved aside, and removes what it had replaced; of one name or of all."""
    try:
        entries = [match for entry in os.listdir(above) if entry.endswith(".old") and (match := _OLD.fullmatch(entry))]
    except OSError:
        return
    for entry in entries:
        if name in ("", entry.group(1)):
            _recover(above, entry)


def _recover(above: str, entry: re.Match[str]) -> None:
    from mtop_snapshot.save.files import in_use

    name, own = entry.groups()
    old, place = os.path.join(above, entry.group()), os.path.join(above, name)
    with suppress(OSError):
        if in_use(os.path.join(above, f".{name[:40]}.{own}")):
            return
        if not os.path.lexists(place):
            os.rename(old, place)
        elif not in_use(place):
            remove(old)


def remove(path: str) -> None:
    """Removes a snapshot."""
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    else:
        os.unlink(path)


def delete(name: str) -> None:
    """Takes a kept snapshot away, in one step."""
    path = found(name)
    hidden = os.path.join(snapshots_dir(), f".{os.path.basename(path)}.deleted")
    try:
        if os.path.lexists(hidden):
            remove(hidden)
        os.rename(path, hidden)
        remove(hidden)
    except OSError as error:
        raise cannot_write(path, error) from None


def found(name: str) -> str:
    """The path of a kept snapshot; NotFoundError where there is none."""
    path = kept_snapshot(name)
    if not path:
        recover(snapshots_dir(), name)
        path = kept_snapshot(name)
    if not path:
        from difflib import get_close_matches

        near = get_close_matches(name, names(), n=3)
        hint = f"did you mean {plain(' or '.join(near))}?" if near else "mtop snapshot list shows all there are"
        raise NotFoundError(f'there is no snapshot "{plain(name)}"', hint)
    return path


def names() -> list[str]:
    """The names of all kept snapshots, sorted."""
    recover(snapshots_dir())
    try:
        entries = os.listdir(snapshots_dir())
    except OSError:
        return []
    return sorted({entry.removesuffix(SNAPSHOT_SUFFIX) for entry in entries if not entry.startswith(".")})


def opened(word: str) -> Bundle:
    """The snapshot of that name, path or URL; NotFoundError where there is none, DataError where it is damaged."""
    if word == "-" or "://" in word:
        return _streamed(word)
    path = word if os.path.lexists(word) else found(word)
    bundle = open_bundle(path, word)
    if bundle is None:
        raise NotFoundError(f"{plain(word)}: no snapshot", "mtop snapshot save makes one")
    return bundle


def _streamed(word: str) -> Bundle:
    from mtop_core.api import open_files

    provider: Any = open_files(word)
    bundle = getattr(provider, "bundle", None)
    if not isinstance(bundle, Bundle):
        raise NotFoundError(f"{remote_shown(word) if '://' in word else 'standard input'}: no snapshot")
    return bundle


def everything() -> Iterator[tuple[str, str, Bundle | MtopError]]:
    """Every kept snapshot by name and path, opened, or why it cannot be."""
    for name in names():
        path = kept_snapshot(name)
        try:
            bundle = open_bundle(path, name)
            yield name, path, bundle if bundle is not None else NotFoundError(f"{plain(name)}: no snapshot")
        except MtopError as error:
            yield name, path, error


def size_of(path: str) -> int:
    """The bytes that a folder or file takes."""
    if not os.path.isdir(path):
        return os.stat(path).st_size
    return sum(os.lstat(os.path.join(here, name)).st_size for here, _, files in os.walk(path) for name in files)


def _is_snapshot(path: str) -> bool:
    try:
        return open_bundle(path) is not None
    except MtopError:
        return True  # a damaged one may be replaced


__all__ = ["Target", "check_name", "delete", "everything", "found", "name_by_time", "names", "opened", "put",
           "recover", "refuse_existing", "remove", "size_of", "target"]  # fmt: skip
