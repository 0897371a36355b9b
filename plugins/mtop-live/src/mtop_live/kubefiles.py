"""Kubeconfig files: which there are, what stands in them, and the entry of a name among several of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from mtop_core.api import ConfigError, Record, ShapeError, items, mapping, plain, text

MAX_BYTES = 16 * 2**20

_T = TypeVar("_T")


class Entry(Record):
    """A named cluster, user or context; `kind` says which, `path` names its file and is empty where there is none."""

    kind: str
    name: str
    value: Mapping[str, Any]
    path: str = ""

    @property
    def label(self) -> str:
        """What errors call it: `FILE: user "x"`."""
        return f'{plain(self.path)}: {self.kind} "{plain(self.name)}"'

    def read(self, reader: Callable[..., _T], *field: str) -> _T:
        """What a careful reader such as `text` finds in a field; raises ConfigError for a wrong type."""
        try:
            return reader(self.value, *field)
        except ShapeError as error:
            # what a user's field holds may be a password, whatever its type
            told = error.message.partition(", got ")[0] if self.kind == "user" else error.message
            raise ConfigError(f"{self.label}: {told}", _hint(error)) from None

    def resolve(self, path: str) -> str:
        """A path as its file means it: from the file's own folder."""
        return os.path.join(os.path.dirname(os.path.abspath(self.path)), path) if path and self.path else path


class KubeFiles:
    """Kubeconfig files laid over each other: the first one to say something is right."""

    def __init__(self, files: Sequence[Entry]) -> None:
        self._files = files

    @property
    def names(self) -> str:
        """The files' paths, for messages."""
        return ", ".join(plain(file.path) for file in self._files)

    def current(self) -> Entry:
        """The file that chooses the current context, by its name; no name where none does."""
        for file in self._files:
            if name := text_of(file, "current-context"):
                return Entry("current-context", name, {}, file.path)
        return Entry("current-context", "", {})

    def known(self, kind: str) -> list[str]:
        """The names of all entries of a kind."""
        return list(dict.fromkeys(name for file in self._files for name in _named(file, kind)))

    def find(self, kind: str, name: str) -> Entry | None:
        """The entry of a name, from the first file that has one."""
        for file in self._files:
            if (found := _named(file, kind).get(name)) is not None:
                return Entry(kind, name, _of_file(file, mapping, found, kind), file.path)
        return None


def load_files(explicit: str) -> KubeFiles:
    """The file given, else those KUBECONFIG lists, else the one in the home folder; raises ConfigError."""
    if explicit:
        return KubeFiles([_load(explicit)])
    listed = os.environ.get("KUBECONFIG", "")
    paths = listed.split(os.pathsep) if listed else [os.path.join(os.path.expanduser("~"), ".kube", "config")]
    return KubeFiles([_load(path) for path in dict.fromkeys(paths) if path and not _missing(path)])


def slurp(path: str) -> str:
    """The text of a file of at most 16 MiB; raises ValueError with the reason where there is none."""
    try:
        with open(path, "rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise ValueError((error.strerror or "cannot be read").lower()) from None
    except ValueError:
        raise ValueError("no file can have such a name") from None
    if len(data) > MAX_BYTES:
        raise ValueError(f"more than {MAX_BYTES >> 20} MiB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError("not UTF-8 text") from None


def text_of(file: Entry, field: str) -> str:
    """A string at the top of a file, empty where absent."""
    found: str = _of_file(file, text, file.value, field)
    return found


def boolean(obj: Mapping[str, Any], field: str) -> bool:
    """The boolean in a field, false where absent."""
    value = obj.get(field)
    if isinstance(value, bool | None):
        return bool(value)
    raise ShapeError((field,), "true or false", value, obj)


def texts(obj: Mapping[str, Any], field: str) -> tuple[str, ...]:
    """The strings in the list of a field, none where absent."""
    found = obj.get(field)
    if not isinstance(found, list | None):
        raise ShapeError((field,), "a list", found, obj)
    for index, entry in enumerate(found or ()):
        if not isinstance(entry, str):
            raise ShapeError((field, index), "a string", entry, obj)
    return tuple(found or ())


def _missing(path: str) -> bool:
    try:
        os.stat(path)
    except FileNotFoundError:
        return True
    except (OSError, ValueError):
        return False  # it is there and cannot be read, which reading it will say
    return False


def _load(path: str) -> Entry:
    """A file, as an entry without a name."""
    try:
        source = slurp(path)
    except ValueError as error:
        raise ConfigError(f"{plain(path)}: {error}", "--kubeconfig or KUBECONFIG names a kubeconfig") from None
    file = Entry("file", "", _parse(path, source), path)
    if (kind := text_of(file, "kind") or "Config") != "Config":
        raise ConfigError(f"{plain(path)}: this is a {plain(kind)}, not a kubeconfig", "its kind must be Config")
    return file


def _parse(path: str, source: str) -> Mapping[str, Any]:
    value = _json(source)
    if value is None:
        value = _yaml(path, source)
    if not isinstance(value, Mapping):
        raise ConfigError(f"{plain(path)}: expected one mapping", "a kubeconfig has clusters, users and contexts")
    return value


def _json(source: str) -> Any:
    """The value of a JSON text, None where it is another text; spares the file YAML's price."""
    if not source.startswith("{"):
        return None
    import json

    try:
        return json.loads(source, object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        return None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _yaml(path: str, source: str) -> Any:
    from mtop_core.api import YamlError, documents

    try:
        found = [value for value, _ in documents(source)]
    except YamlError as error:
        place = f"{plain(path)}:{error.line}" if error.line else plain(path)
        raise ConfigError(f"{place}: not YAML: {error.message}", "a kubeconfig is YAML or JSON") from None
    if not found or found == [None]:
        return {}
    return found[0] if len(found) == 1 else found


def _named(file: Entry, kind: str) -> dict[str, Mapping[str, Any]]:
    """The entries of a kind in one file, by name."""
    found: dict[str, Mapping[str, Any]] = {}
    for entry in _of_file(file, _listed, file.value, f"{kind}s"):
        name = _of_file(file, text, entry, "name")
        if name in found:
            raise ConfigError(f'{plain(file.path)}: {kind} "{plain(name)}" stands there twice', "remove one of the two")
        found[name] = entry
    return found


def _listed(obj: Mapping[str, Any], field: str) -> Iterator[Mapping[str, Any]]:
    return iter([*items(obj, field)])


def _of_file(file: Entry, reader: Callable[..., _T], obj: Mapping[str, Any], field: str) -> _T:
    try:
        return reader(obj, field)
    except ShapeError as error:
        told = error.message.partition(", got ")[0]  # without the value, which may be a secret out of place
        raise ConfigError(f"{plain(file.path)}: {told}", _hint(error)) from None


def _hint(error: ShapeError) -> str:
    if error.expected == "a string":
        return "write it in quotes"
    return "kubectl config view shows how kubectl reads the file"
