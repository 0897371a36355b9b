"""kubectl's JSONPath templates and custom columns.

No library speaks this dialect (`{range .items[*]}{.metadata.name}{"\\n"}{end}`, keys with escaped
dots, filters such as `?(@.type=="Ready")`); a test compares this one with kubectl itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, NoReturn

from mtop_core.errors import UsageError
from mtop_core.objects.text import plain

MAX_TEMPLATE = 64 * 1024

_TOKEN = re.compile(
    r"""(?P<deep>\.\.)|(?P<child>\.?\*)|(?P<key>\.(?:[^\s.\[\]{}()'",*\\]|\\.)+)|(?P<root>[$@])|(?P<dot>\.)
       |\[(?P<all>\*)\]|\[(?P<filter>\?\()|\[(?P<slice>-?\d*(?::-?\d*){0,2})\]
       |\[(?P<keys>'(?:[^'\\]|\\.)*'(?:\s*,\s*'(?:[^'\\]|\\.)*')*|"(?:[^"\\]|\\.)*"(?:\s*,\s*"(?:[^"\\]|\\.)*")*)\]
       |\[(?P<indexes>-?\d+(?:\s*,\s*-?\d+)+)\]""",
    re.VERBOSE,
)
_BARE_KEY = re.compile(r"""(?:[^\s.\[\]{}()'",*\\$@]|\\.)+""")
_QUOTED = re.compile(r"""'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)\"""")
_OPERATOR = re.compile(r"\s*(==|!=|<=|>=|<|>)\s*")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}


class Step(NamedTuple):
    """One step of a path: what kind, and its argument."""

    kind: str
    value: Any = None


class Path:
    """A compiled path; `find` gives every value it leads to."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self._steps = steps

    def find(self, root: Any, here: Any = None) -> list[Any]:
        """The values this path leads to, from the root or from `here` where it starts with `@` or a range."""
        values = [root if here is None else here]
        for step in self._steps:
            values = [found for value in values for found in _apply(step, value)]
        return values


def _apply(step: Step, value: Any) -> Iterator[Any]:
    match step.kind:
        case "key":
            if isinstance(value, dict) and step.value in value:
                yield value[step.value]
        case "keys":
            for key in step.value:
                yield from _apply(Step("key", key), value)
        case "all":
            yield from value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        case "deep":
            yield from _descendants(value)
        case "slice":
            yield from _slice(step.value, value)
        case "filter":
            yield from (item for item in (value if isinstance(value, list) else ()) if step.value(item))


def _slice(bounds: tuple[int | None, ...], value: Any) -> Iterator[Any]:
    if not isinstance(value, list):
        return
    if len(bounds) == 1:
        index = bounds[0]
        assert index is not None
        if -len(value) <= index < len(value):
            yield value[index]
    else:
        yield from value[slice(*bounds)]


def _descendants(value: Any) -> Iterator[Any]:
    yield value
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for child in children:
        yield from _descendants(child)


class _Reader:
    """Reads one template; `position` moves over `text`."""

    def __init__(self, text: str) -> None:
        if len(text) > MAX_TEMPLATE:
            raise UsageError(f"the template is longer than {MAX_TEMPLATE} characters")
        self.text = text
        self.position = 0

    def fail(self, what: str) -> NoReturn:
        near = plain(self.text[self.position : self.position + 20])
        raise UsageError(f'JSONPath: {what} at "{near}" (character {self.position + 1})')

    def path(self, closing: str) -> Path:
        """The path that starts here and ends before one of the characters of `closing` or white space."""
        steps: list[Step] = []
        if bare := _BARE_KEY.match(self.text, self.position):
            steps.append(Step("key", _unescaped(bare.group())))
            self.position = bare.end()
        while self.position < len(self.text) and self.text[self.position] not in closing + " \t\n":
            match = _TOKEN.match(self.text, self.position)
            if match is None:
                self.fail("cannot read the path")
            self.position = match.end()
            steps += self._step(match)
        return Path(steps)

    def _step(self, match: re.Match[str]) -> Iterator[Step]:
        kind, value = match.lastgroup, match.group(match.lastgroup or 0)
        match kind:
            case "key":
                yield Step("key", _unescaped(value[1:]))
            case "deep":
                yield Step("deep")
                if bare := _BARE_KEY.match(self.text, self.position):
                    self.position = bare.end()
                    yield Step("key", _unescaped(bare.group()))
            case "child" | "all":
                yield Step("all")
            case "keys":
                yield Step("keys", [_unquoted(found) for found in _QUOTED.finditer(value)])
            case "indexes":
                yield Step("keys", [])  # kubectl refuses index unions on anything but lists; so few use them
            case "slice":
                if value == "":
                    self.fail("an empty index")
                yield Step("slice", tuple(int(part) if part else None for part in value.split(":")))
            case "filter":
                yield Step("filter", self._filter())

    def _filter(self) -> Any:
        left = self._operand()
        operator = _OPERATOR.match(self.text, self.position)
        if operator is None:
            self._end_filter()
            return lambda item: bool(left(item))
        self.position = operator.end()
        right, sign = self._operand(), operator.group(1)
        self._end_filter()
        return lambda item: any(_compare(a, sign, b) for a in left(item) for b in right(item))

    def _end_filter(self) -> None:
        if not self.text.startswith(")]", self.position):
            self.fail("a filter that does not end with )]")
        self.position += 2

    def _operand(self) -> Any:
        self.blank()
        if match := _QUOTED.match(self.text, self.position):
            self.position = match.end()
            value = _unquoted(match)
            return lambda item: [value]
        if match := re.compile(r"-?\d+(?:\.\d+)?|true\b|false\b").match(self.text, self.position):
            self.position = match.end()
            constant = json.loads(match.group())
            return lambda item: [constant]
        path = self.path(")=!<>")
        self.blank()
        return lambda item: path.find(item)

    def blank(self) -> None:
        while self.position < len(self.text) and self.text[self.position].isspace():
            self.position += 1


def _compare(a: Any, sign: str, b: Any) -> bool:
    if sign == "==":
        return bool(a == b)
    if sign == "!=":
        return bool(a != b)
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in (a, b))
    if not numbers and not (isinstance(a, str) and isinstance(b, str)):
        return False
    return bool({"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[sign])


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def _unquoted(match: re.Match[str]) -> str:
    text = match.group(1) if match.group(1) is not None else match.group(2)
    return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found.group(1), found.group(1)), text)


class Template:
    """A compiled `-o jsonpath=` template."""

    def __init__(self, text: str) -> None:
        self._reader = _Reader(text if "{" in text else f"{{{text}}}")
        self._parts = self._body(nested=False)

    def render(self, root: Any) -> str:
        """The text of this template for one document."""
        return "".join(_render(self._parts, root, None))

    def _body(self, *, nested: bool) -> list[Any]:
        """The parts up to the end, or (nested) up to the `{end}` that closes a range."""
        reader = self._reader
        parts: list[Any] = []
        while reader.position < len(reader.text):
            start = reader.text.find("{", reader.position)
            if start < 0:
                start = len(reader.text)
            if start > reader.position:
                parts.append(reader.text[reader.position : start])
            reader.position = start + 1
            if start < len(reader.text) and self._action(parts, nested=nested):
                return parts
        if nested:
            reader.fail("a range without {end}")
        return parts

    def _action(self, parts: list[Any], *, nested: bool) -> bool:
        """Reads one `{...}` into parts; whether it was the `{end}` of the body being read."""
        reader = self._reader
        while True:
            reader.blank()
            if reader.position >= len(reader.text):
                reader.fail("an unclosed {")
            if reader.text[reader.position] == "}":
                reader.position += 1
                return False
            if quoted := _QUOTED.match(reader.text, reader.position):
                reader.position = quoted.end()
                parts.append(_unquoted(quoted))
            elif word := re.compile(r"(range|end)(?=[\s}])").match(reader.text, reader.position):
                reader.position = word.end()
                if word.group() == "end":
                    self._close(nested=nested)
                    return True
                parts.append(self._range())
                return False
            else:
                parts.append(reader.path("}"))

    def _range(self) -> tuple[Path, list[Any]]:
        self._reader.blank()
        path = self._reader.path("}")
        self._close(nested=True)
        return path, self._body(nested=True)

    def _close(self, *, nested: bool) -> None:
        reader = self._reader
        reader.blank()
        if not nested or reader.position >= len(reader.text) or reader.text[reader.position] != "}":
            reader.fail("expected }")
        reader.position += 1


def _render(parts: Sequence[Any], root: Any, here: Any) -> Iterator[str]:
    for part in parts:
        if isinstance(part, str):
            yield part
        elif isinstance(part, Path):
            yield " ".join(as_value(value) for value in part.find(root, here))
        else:
            path, body = part
            for value in path.find(root, here):
                yield from _render(body, root, value)


def as_value(value: Any) -> str:
    """A value as kubectl prints it: text bare, anything with parts as compact JSON."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def relaxed(text: str) -> Path:
    """A path as `--sort-by` and custom columns take it: `{.a.b}`, `.a.b` or `a.b`."""
    inner = text.strip()
    if inner.startswith("{") and inner.endswith("}"):
        inner = inner[1:-1].strip()
    reader = _Reader(inner)
    path = reader.path("")
    if not inner or reader.position != len(inner):
        reader.fail("cannot read the path")
    return path


def custom_columns(template: str, items: Sequence[Any], *, header: bool) -> Iterator[str]:
    """The lines of `-o custom-columns=NAME:.path,...`, `<none>` where a path leads nowhere."""
    from mtop_core.render.result import Column
    from mtop_core.render.table import table

    columns, paths = [], []
    for number, part in enumerate(_columns(template)):
        name, colon, path = part.partition(":")
        if not colon or not name or not path:
            raise UsageError(f'custom-columns: "{plain(part)}" is not NAME:PATH', "write NAME:.metadata.name,...")
        columns.append(Column(str(number), name))
        paths.append(relaxed(path))
    rows = [{str(n): _cell(path.find(item)) for n, path in enumerate(paths)} for item in items]
    yield from (line + "\n" for line in table(columns, rows, header=header))


def _columns(template: str) -> list[str]:
    if "\n" in template.strip() or ":" not in template:  # a file: headings on one line, paths on the next
        lines = [line.split() for line in template.splitlines() if line.strip()]
        if len(lines) == 2 and len(lines[0]) == len(lines[1]):
            return [f"{name}:{path}" for name, path in zip(*lines, strict=True)]
    return re.split(r",(?![^\[(]*[\])])", template)


def _cell(values: list[Any]) -> str:
    return ",".join("<none>" if value is None else as_value(value) for value in values) or "<none>"
