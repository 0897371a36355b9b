"""Files, folders and standard input to Kubernetes objects: JSON, JSON lines and YAML, bounded and checked."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from mtop_core.errors import DataError
from mtop_core.objects.access import Step, describe, spelled
from mtop_core.objects.text import plain, shorten
from mtop_core.record import Record

if TYPE_CHECKING:
    from datetime import datetime

SUFFIXES = (".json", ".jsonl", ".yaml", ".yml")

_BLANK = " \t\r\n"
# Beyond what is allowed at all: what would break a line, a path or a terminal.
_BAD_NAME = r"[\x00-\x20\x7f-\xa0/\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff]"


class Span(Record):
    """Which objects of a file stand in one document: `size` of them from `first`, as items of a List or alone."""

    first: int
    size: int
    line: int
    listed: bool


class LoadedFile:
    """The objects of one file, with what is needed to say later where one of their fields stands."""

    def __init__(self, name: str, text: str, path: str = "") -> None:
        self.name = name
        self.objects: list[dict[str, Any]] = []
        self._spans: list[Span] = []
        self._path = path
        self._text = text
        for value, line in documents_of(name, text):
            self._add(value, line)
        if path:
            self._text = ""  # read again in the rare case that a line has to be named

    def __contains__(self, obj: object) -> bool:
        return any(obj is mine for mine in self.objects)

    @property
    def blank(self) -> bool:
        """Whether there is no document in it, not even an empty List."""
        return not any(span.size or span.listed for span in self._spans)

    @property
    def modified(self) -> datetime | None:
        """When the file was last modified, to the second; None for a stream."""
        from datetime import UTC, datetime

        try:
            return datetime.fromtimestamp(int(os.stat(self._path).st_mtime), UTC) if self._path else None
        except (OSError, ValueError, OverflowError):  # gone meanwhile, or no time a calendar knows
            return None

    def place(self, obj: Mapping[str, Any], path: tuple[Step, ...]) -> str:
        """`FILE:LINE` of a field of one of this file's objects."""
        index = next(i for i, mine in enumerate(self.objects) if mine is obj)
        number = next(n for n, s in enumerate(self._spans) if s.first <= index < s.first + s.size)
        span = self._spans[number]
        full = ("items", index - span.first, *path) if span.listed else path
        return f"{self.name}:{self._line(number, span.line, full)}"

    def _line(self, document: int, line: int, path: tuple[Step, ...]) -> int:
        """The line of a path in the document of that number, which starts at `line`."""
        from mtop_core.providers.reading import text_of
        from mtop_core.providers.yamltext import YamlError, line_of

        text = self._text or text_of(self.name, self._path)
        try:
            if not _looks_like_json(text):
                return line_of(text, document, path)
            return line - 1 + line_of(text.split("\n", line - 1)[-1], 0, path)
        except YamlError:  # JSON that libyaml reads differently: the document's line will do
            return line

    def _add(self, value: Any, line: int) -> None:
        if value is None:
            self._spans.append(Span(len(self.objects), 0, line, False))
            return
        if not isinstance(value, dict):
            raise DataError(f"{self.name}:{line}: a Kubernetes object is a mapping, this is {describe(value)}")
        kind = value.get("kind")
        listed = "items" in value and isinstance(kind, str) and kind.endswith("List")
        first = len(self.objects)
        if listed:
            self._add_items(value, str(kind).removesuffix("List"), line)
        else:
            self._check(value, (), line)
            self.objects.append(value)
        self._spans.append(Span(first, len(self.objects) - first, line, listed))

    def _add_items(self, value: dict[str, Any], kind: str, line: int) -> None:
        items = value["items"]
        if items is None:
            return
        if not isinstance(items, list):
            self._refuse(line, ("items",), f"expected a list, got {describe(items)}")
        for index, item in enumerate(items):
            if not isinstance(item, dict):
                self._refuse(line, ("items", index), f"expected a mapping, got {describe(item)}")
            if kind and "kind" not in item:  # the API server leaves both out of the items of a typed list
                item = {"apiVersion": value.get("apiVersion"), "kind": kind, **item}
            self._check(item, ("items", index), line)
            self.objects.append(item)

    def _check(self, obj: dict[str, Any], at: tuple[Step, ...], line: int) -> None:
        """Refuses what has no apiVersion, kind and usable name; the rest is checked where it is read."""
        meta = obj.get("metadata")
        if meta is not None and not isinstance(meta, dict):
            self._refuse(line, (*at, "metadata"), f"expected a mapping, got {describe(meta)}")
        for holder, path in ((obj, ("apiVersion",)), (obj, ("kind",)), (meta or {}, ("metadata", "name"))):
            value = holder.get(path[-1])
            if value is None or value == "":
                self._refuse(line, (*at, *path), "is missing")
            if type(value) is not str:
                self._refuse(line, (*at, *path), f"expected a string, got {describe(value)}")
        assert meta is not None, "it has a name"
        self._check_name(meta["name"], (*at, "metadata", "name"), line)
        if meta.get("namespace") is not None:
            self._check_name(meta["namespace"], (*at, "metadata", "namespace"), line)

    def _check_name(self, name: object, path: tuple[Step, ...], line: int) -> None:
        if type(name) is not str:
            self._refuse(line, path, f"expected a string, got {describe(name)}")
        if len(name) > 253 or (not _fine(name) and re.search(_BAD_NAME, name)):
            self._refuse(line, path, f'"{shorten(plain(name), 60)}" is no name Kubernetes would accept')

    def _refuse(self, line: int, path: tuple[Step, ...], message: str) -> NoReturn:
        place = self._line(len(self._spans), line, path)
        raise DataError(f"{self.name}:{place}: {spelled(path)}: {message}")


def load(paths: Iterable[str], given: Mapping[str, bytes] | None = None) -> list[LoadedFile]:
    """The objects under every path: a file, a folder (all its manifests, sorted), `-`, or what is `given` already.

    Raises NotFoundError for an absent path, UsageError for a closed stdin, DataError for what is no manifest.
    """
    from mtop_core.providers.reading import STANDARD_INPUT, decode, read_stdin

    files: list[LoadedFile] = []
    for path in paths:
        if (data := (given or {}).get(path)) is not None or path == "-":
            name = STANDARD_INPUT if path == "-" else plain(path)
            files.append(LoadedFile(name, decode(name, read_stdin() if data is None else data)))
        else:
            files += [load_file(file) for file in manifests(path)]
    return files


def manifests(path: str) -> list[str]:
    """The files to read for `path`: itself, or the manifests in that folder and those below it."""
    if not os.path.isdir(path):
        return [path]
    found = manifests_in(path)
    if not found:
        raise DataError(f"{plain(path)}: no {', '.join(SUFFIXES)} file in this folder")
    return found


def manifests_in(folder: str) -> list[str]:
    """The manifests in a folder and those below it, sorted; hidden files and folders are passed over.

    Raises DataError for a pipe, socket or device among them: reading it might never end.
    """
    found: list[str] = []
    try:
        for here, folders, names in os.walk(folder, onerror=_raise):
            folders[:] = [name for name in folders if not name.startswith(".")]
            found += [os.path.join(here, name) for name in names if name.endswith(SUFFIXES) and name[0] != "."]
    except OSError as error:
        from mtop_core.providers.reading import unreadable

        raise unreadable(folder, error) from None
    for path in found:
        if not os.path.isfile(path) and os.path.exists(path):
            raise DataError(f"{plain(path)}: no regular file", "move it out of the folder, or name it by itself")
    return sorted(found)


def load_file(path: str, name: str = "") -> LoadedFile:
    """The objects of one file, called `name` in messages."""
    from mtop_core.providers.reading import decode, read, unreadable

    name = name or plain(path)
    try:
        with open(path, "rb") as stream:
            again = path if stream.seekable() else ""
            data = read(name, stream)
    except OSError as error:
        raise unreadable(name, error) from None
    return LoadedFile(name, decode(name, data), again)


class ShippedFile(LoadedFile):
    """JSON or JSON lines of a shipped world, which tests have checked: read at the speed of the parser alone."""

    def __init__(self, name: str, path: str) -> None:
        self.name = name
        self._path = path
        self._text = ""
        with open(path, "rb", buffering=0) as stream:
            joined = stream.readall().decode().rstrip().replace("\n{", ",{")
        self.objects = json.loads(f"[{joined}]")
        self._spans = [Span(number, 1, number + 1, False) for number in range(len(self.objects))]


def place_of(files: Sequence[LoadedFile], obj: Mapping[str, Any], path: tuple[Step, ...] = ()) -> str:
    """`FILE:LINE` of a field of `obj` in whichever file holds it, empty where none does."""
    return next((file.place(obj, path) for file in files if obj in file), "")


def _fine(name: str) -> bool:
    """Whether a name is plain at a glance, as nearly all are."""
    return name.isascii() and name.replace("-", "").isalnum()


def _raise(error: OSError) -> None:
    raise error


def _looks_like_json(text: str) -> bool:
    return text[:4096].lstrip(_BLANK)[:1] in ("{", "[")


def documents_of(name: str, text: str) -> Iterator[tuple[Any, int]]:
    """Every document of a text with its first line; raises DataError that names file and line."""
    if _looks_like_json(text):
        try:
            yield from list(_json_documents(name, text))
            return
        except json.JSONDecodeError as error:
            if name.endswith((".json", ".jsonl")) or _is_json_throughout(text):
                raise DataError(f"{name}:{error.lineno}: not JSON: {error.msg} (column {error.colno})") from None
    yield from _yaml_documents(name, text)


def _is_json_throughout(text: str) -> bool:
    """Whether a text that starts as JSON would rather be JSON than a YAML flow collection."""
    return re.match(r'[\[{\s]*"[^"\n]*"\s*:', text) is not None


def _yaml_documents(name: str, text: str) -> Iterator[tuple[Any, int]]:
    from mtop_core.providers import yamltext

    try:
        yield from yamltext.documents(text)
    except yamltext.YamlError as error:
        where = f"{name}:{error.line}" if error.line else name
        raise DataError(f"{where}: not YAML: {error.message}") from None


def _json_documents(name: str, text: str) -> Iterator[tuple[Any, int]]:
    """JSON values one after the other, as `kubectl -o json`, JSON lines and `jq` write them."""
    position, line, counted = 0, 1, 0
    end = len(text)
    while True:
        while position < end and text[position] in _BLANK:
            position += 1
        if position == end:
            return
        line += text.count("\n", counted, position)
        counted = position
        try:
            value, position = _DECODER.raw_decode(text, position)
        except RecursionError:
            raise DataError(f"{name}:{line}: nested too deeply") from None
        except json.JSONDecodeError:
            raise
        except ValueError as error:
            what = str(error) if isinstance(error, _Refused) else "a number with thousands of digits"
            line += _lines_before(text[position:])
            raise DataError(f"{name}:{line}: not JSON: {what}") from None
        yield value, line


def _lines_before(text: str) -> int:
    """How many lines stand before what `_unique` or `_no_constant` refused in the JSON value at the start of `text`."""
    from mtop_core.providers.yamltext import YamlError, documents

    tokens = re.finditer(r'"(?:[^"\\]|\\.)*"|(NaN|-?Infinity)', text)
    constant = next((token for token in tokens if token.group(1)), None)
    end = constant.start() if constant else len(text)
    try:
        next(documents(text[:end]), None)
    except YamlError as error:
        if "stands twice" in error.message:
            return error.line - 1
    return text.count("\n", 0, end) if constant else 0


class _Refused(ValueError):
    """What Python would take and JSON, as we accept it, is not."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise _Refused(f'the key "{shorten(plain(twice), 60)}" stands twice in one object')
    return values


def _no_constant(name: str) -> NoReturn:
    raise _Refused(f"{name} is no number that JSON knows")


def _finite(digits: str) -> float:
    number = float(digits)
    if number - number != 0:
        raise _Refused("a number beyond what JSON's readers hold")
    return number


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite)
