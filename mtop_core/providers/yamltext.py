"""YAML text to plain JSON values: one pass over libyaml's events, strict where Kubernetes is.

PyYAML's own constructor builds a node tree first, knows dates and base-60 numbers, keeps the last of
two equal keys and expands aliases without a bound. This builder has none of that and is faster.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from sys import intern
from typing import Any, NoReturn

import yaml
from yaml.cyaml import CParser  # type: ignore[attr-defined]

from mtop_core.objects.access import Step
from mtop_core.objects.text import plain, shorten

MAX_DEPTH = 100
MAX_ALIASED_VALUES = 100_000

_CONSTANTS: dict[str, Any] = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
for _words, _value in (("true yes on y", True), ("false no off n", False)):
    for _word in _words.split():
        _CONSTANTS.update({_word: _value, _word.capitalize(): _value, _word.upper(): _value})

_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_RADIX = re.compile(r"[-+]?0(?:[xX][0-9a-fA-F]{1,16}|[oO]?[0-7]{1,22}|[bB][01]{1,64})")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NUMERIC_START = frozenset("0123456789-+.")
_LINE_END = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
# Below it Kubernetes passes a float without a fraction on as a whole number.
_LARGEST_WHOLE = 1e21

_STR, _INT_TAG, _FLOAT_TAG, _BOOL, _NULL = (
    f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null")
)
_TEXT_TAGS = (_STR, "tag:yaml.org,2002:binary", "tag:yaml.org,2002:timestamp", "!")


class YamlError(Exception):
    """Why a text is not the YAML we accept; `line` counts from 1, zero where unknown."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


def documents(text: str) -> Iterator[tuple[Any, int]]:
    """Every document of `text` with the line it starts at; raises YamlError."""
    with _clear_errors(text):
        yield from _Builder(text).documents()


def line_of(text: str, document: int, path: tuple[Step, ...]) -> int:
    """The line (from 1) where `path` starts in the `document`-th document, or its nearest parent's.

    Raises YamlError where the text is no YAML up to there, as some JSON is not.
    """
    with _clear_errors(text):
        return _Locator(text, path).line(document)


@contextmanager
def _clear_errors(text: str) -> Iterator[None]:
    """Turns what libyaml says of `text` into YamlError."""
    try:
        yield
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        # libyaml also ends lines where Unicode does, and starts one more at the end of the text
        lines = _LINE_END.split(text)
        line = min(mark.line + 1, len(lines)) if mark else 0
        raise YamlError(_reason(error, lines[line - 1]), line) from None
    except yaml.reader.ReaderError as error:
        position = error.position if isinstance(error.position, int) else 0
        line = text.encode()[:position].count(b"\n") + 1
        raise YamlError("a control character that YAML does not allow", line) from None
    except yaml.YAMLError as error:
        raise YamlError(plain(str(error)), 0) from None
    except RecursionError:
        raise YamlError("nested too deeply", 0) from None


def _reason(error: yaml.MarkedYAMLError, line: str) -> str:
    problem = plain(error.problem or "not YAML")
    indented_by_tab = "cannot start any token" in problem and "\t" in line[: len(line) - len(line.lstrip())]
    if indented_by_tab or "tab character" in problem:
        return "a tab where YAML wants spaces"
    context = plain(error.context or "")
    return f"{problem} ({context})" if context else problem


def scalar(value: str) -> Any:
    """What a plain (unquoted) scalar means: null, a boolean, a number, else the text itself."""
    if value in _CONSTANTS:
        return _CONSTANTS[value]
    if value[0] not in _NUMERIC_START:
        return value
    digits = value if value[0] == "." else value.replace("_", "")
    if _INT.fullmatch(digits) and len(digits) < 4000:
        return int(digits)
    if _RADIX.fullmatch(digits):
        octal = digits.lstrip("+-")[1].isdigit()
        return int(digits, 8 if octal else 0)
    if _FLOAT.fullmatch(digits):
        return _float(float(digits), value)
    return value


def _float(number: float, value: str) -> Any:
    """A float as it arrives in JSON: text where it is infinite, an integer where it has no fraction."""
    if number - number != 0:
        return value
    return int(number) if number.is_integer() and abs(number) < _LARGEST_WHOLE else number


class _Builder:
    """Builds values from events; `anchors` keeps each anchored value with how many values it holds."""

    def __init__(self, text: str) -> None:
        self._next: Callable[[], Any] = CParser(text).get_event
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._aliased = 0
        self._built = 0

    def documents(self) -> Iterator[tuple[Any, int]]:
        self._next()
        while isinstance(event := self._next(), yaml.DocumentStartEvent):
            self._anchors.clear()
            first = self._next()
            yield self._value(first, 0), first.start_mark.line + 1
            self._next()
        assert isinstance(event, yaml.StreamEndEvent)

    def _value(self, event: Any, depth: int) -> Any:
        kind = type(event)
        self._built += 1
        if kind is yaml.ScalarEvent:
            value = scalar(event.value) if event.implicit[0] else self._tagged(event)
            if event.anchor:
                self._anchors[event.anchor] = (value, 1)
            return value
        if kind is yaml.AliasEvent:
            return self._alias(event)
        if depth > MAX_DEPTH:
            self._fail(event, f"nested more than {MAX_DEPTH} levels deep")
        before = self._built
        if kind is yaml.MappingStartEvent:
            value = self._mapping(depth + 1)
        else:
            value = self._sequence(depth + 1)
        if event.anchor:
            self._anchors[event.anchor] = (value, self._built - before + 1)
        return value

    def _sequence(self, depth: int) -> list[Any]:
        values = []
        while type(event := self._next()) is not yaml.SequenceEndEvent:
            values.append(self._value(event, depth))
        return values

    def _mapping(self, depth: int) -> dict[str, Any]:
        values: dict[str, Any] = {}
        merged: list[dict[str, Any]] = []
        following = self._next
        while type(event := following()) is not yaml.MappingEndEvent:
            if type(event) is not yaml.ScalarEvent:
                self._fail(event, "a key that is no text")
            key = event.value
            if key == "<<" and event.implicit[0]:
                merged += self._merged(depth)
                continue
            if key in values:
                self._fail(event, f'the key "{shorten(plain(key), 60)}" stands twice in one mapping')
            if event.anchor:
                self._anchors[event.anchor] = (key, 1)
            values[intern(key)] = self._value(following(), depth)
        if merged:
            base: dict[str, Any] = {}
            for other in reversed(merged):  # the first one wins
                base.update(other)
            values = {**base, **values}
        return values

    def _merged(self, depth: int) -> list[dict[str, Any]]:
        event = self._next()
        value = self._value(event, depth)
        parts = value if isinstance(value, list) else [value]
        if not all(isinstance(part, dict) for part in parts):
            self._fail(event, '"<<" must merge mappings')
        return parts

    def _alias(self, event: Any) -> Any:
        if event.anchor not in self._anchors:
            self._fail(event, f'the alias "*{shorten(plain(event.anchor), 60)}" has no anchor before it')
        value, size = self._anchors[event.anchor]
        self._aliased += size
        self._built += size
        if self._aliased > MAX_ALIASED_VALUES:
            self._fail(event, f"aliases that unfold to more than {MAX_ALIASED_VALUES:,} values")
        return value

    def _tagged(self, event: Any) -> Any:
        tag = event.tag
        if tag is None or tag in _TEXT_TAGS:
            return event.value
        value = scalar(event.value)
        if tag == _FLOAT_TAG and isinstance(value, int) and not isinstance(value, bool):
            return float(value)
        wanted = {_INT_TAG: int, _FLOAT_TAG: float, _BOOL: bool, _NULL: type(None)}.get(tag)
        if wanted is None:
            self._fail(event, f'the tag "{shorten(plain(tag), 60)}", which no Kubernetes object has')
        if type(value) is not wanted:
            self._fail(event, f'"{shorten(plain(event.value), 60)}" does not fit its tag')
        return value

    def _fail(self, event: Any, message: str) -> NoReturn:
        raise YamlError(message, event.start_mark.line + 1)


class _Locator:
    """Walks the events to the value at a path, remembering the last line that still matched it."""

    def __init__(self, text: str, path: tuple[Step, ...]) -> None:
        self._next: Callable[[], Any] = CParser(text).get_event
        self._path = path

    def line(self, document: int) -> int:
        self._next()
        for _ in range(document):
            self._next()
            self._skip(self._next())
            self._next()
        self._next()
        event = self._next()
        best: int = event.start_mark.line + 1
        for step in self._path:
            found = self._enter(event, step)
            if found is None:
                break
            best, event = found
        return best

    def _enter(self, event: Any, step: Step) -> tuple[int, Any] | None:
        """The line of the member `step` of the collection that `event` opens, and the member's event."""
        if type(event) is yaml.MappingStartEvent:
            while type(key := self._next()) is not yaml.MappingEndEvent:
                value = self._next()
                if getattr(key, "value", None) == step:
                    return key.start_mark.line + 1, value
                self._skip(value)
        elif type(event) is yaml.SequenceStartEvent:
            index = 0
            while type(value := self._next()) is not yaml.SequenceEndEvent:
                if index == step:
                    return value.start_mark.line + 1, value
                self._skip(value)
                index += 1
        return None

    def _skip(self, event: Any) -> None:
        depth = int(isinstance(event, yaml.CollectionStartEvent))
        while depth:
            event = self._next()
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
