"""kubectl's JSONPath templates, step by step as client-go reads them.

No library speaks this dialect (`{range .items[*]}{.metadata.name}{"\\n"}{end}`, keys with escaped
dots, filters such as `?(@.type=="Ready")`); a test compares this one with kubectl itself. It differs
where kubectl's answer helps nobody: a path without braces is a path, keys may stand in double quotes,
whole numbers compare with fractions, and a range without an end is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, NoReturn

from mtop_core.errors import UsageError
from mtop_core.objects.text import plain, shorten
from mtop_core.render.values import as_value

MAX_TEMPLATE = 64 * 1024

_FIELD = r"(?:\\.|[^\s\\.,\[\]$@{}])"
_TOKEN = re.compile(
    rf"""(?P<close>\}})|(?P<blank>[ \t]+|[@$])|(?P<filter>\[\?\()|\[(?P<array>[^\]\n]*)\]
       |\.\.(?P<deep>(?:\w{_FIELD}*)?)|\.(?P<field>{_FIELD}*)|(?P<number>[+-]?\d[\d.]*)|(?P<word>\w{_FIELD}*)
       |(?P<quoted>'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")""",
    re.VERBOSE,
)
_CONDITION = re.compile(r"""((?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^)'"\n])*)\)\]""")
_COMPARISON = re.compile(r"([^!<>=]+)([!<>=]+)(.+)", re.DOTALL)
_KEY = re.compile(r"""'([^']*)'|"([^"]*)\"""")
_SLICE = re.compile(r"(-?\d*)(:-?\d*)?(:-?\d*)?")
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|(.?))", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "\\": "\\"}
_RELAXED = re.compile(r"\{\.?([^{}]+)\}|\.?([^{}]+)")
_LONGEST_INDEX = 18
_SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "==": lambda a, b: bool(a == b),
    "!=": lambda a, b: bool(a != b),
    "<": lambda a, b: bool(a < b),
    "<=": lambda a, b: bool(a <= b),
    ">": lambda a, b: bool(a > b),
    ">=": lambda a, b: bool(a >= b),
}


class Step(NamedTuple):
    """One step of a path: what kind, and its argument."""

    kind: str
    value: Any = None


class Slice(NamedTuple):
    """`[start:end:step]`; `[n]` is `[n:n+1]` with `single` set."""

    start: int | None
    end: int | None
    step: int | None
    single: bool


class Filter(NamedTuple):
    """`[?(left sign right)]`; without a sign it asks whether `left` leads anywhere."""

    left: Path
    sign: str = ""
    right: Path | None = None


class Path:
    """A compiled path; `find` gives every value it leads to."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self._steps = steps

    def find(self, root: Any) -> list[Any]:
        """The values this path leads to; raises UsageError where a step does not fit the data."""
        values = [root]
        for step in self._steps:
            values = list(_STEPS[step.kind](values, step.value))
        return values


def _field(values: list[Any], name: str) -> Iterator[Any]:
    return (value[name] for value in values if isinstance(value, dict) and name in value)


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _wildcard(values: list[Any], _: None) -> Iterator[Any]:
    return (child for value in values for child in _children(value))


def _deep(values: list[Any], _: None) -> Iterator[Any]:
    for value in values:
        if value and isinstance(value, dict | list | str):
            yield value
            yield from _deep(_children(value), None)


def _slice(values: list[Any], wanted: Slice) -> Iterator[Any]:
    for value in values:
        if value is not None:
            yield from _part(_listed(value, "indexed"), wanted)


def _part(value: list[Any], wanted: Slice) -> list[Any]:
    size = len(value)
    start, end = wanted.start or 0, size if wanted.end is None else wanted.end
    start += size if start < 0 else 0
    end += size if end < 0 or (end == 0 and wanted.single) else 0
    if start == end:
        return []
    if not 0 <= start < size or not 0 <= end <= size:
        index = end - 1 if 0 <= start < size else start
        raise UsageError(f"JSONPath: index {index} is out of bounds: the list has {size} items")
    if start > end:
        raise UsageError(f"JSONPath: a slice cannot run from {start} back to {end}")
    if wanted.step is not None and wanted.step <= 0:
        raise UsageError("JSONPath: the step of a slice must be more than 0")
    return value[start : end : wanted.step]


def _listed(value: Any, verb: str) -> list[Any]:
    if isinstance(value, list):
        return value
    what = f"{_sort(value)} cannot be {verb}, only a list can"
    raise UsageError(f"JSONPath: {what}: {shorten(plain(as_value(value)), 40)}")


def _union(values: list[Any], paths: Sequence[Path]) -> Iterator[Any]:
    return (found for path in paths for value in values for found in path.find(value))


def _filter(values: list[Any], wanted: Filter) -> Iterator[Any]:
    return (item for value in values for item in _listed(value, "filtered") if _passes(item, wanted))


def _passes(item: Any, wanted: Filter) -> bool:
    left = wanted.left.find(item)
    if wanted.right is None:
        return bool(left)
    right = wanted.right.find(item) if left else []
    if len(left) > 1 or len(right) > 1:
        raise UsageError("JSONPath: a filter compares one value with one other, and there are more")
    return bool(left and right) and _compare(left[0], wanted.sign, right[0])


def _compare(a: Any, sign: str, b: Any) -> bool:
    one, other = _sort(a), _sort(b)
    ordered = sign in ("==", "!=") or one != "a boolean"
    if one != other or one not in ("a boolean", "a number", "a string") or not ordered:
        raise UsageError(f"JSONPath: {one} and {other} cannot be compared with {sign}")
    return _SIGNS[sign](a, b)


def _sort(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case _:
            return "a mapping" if isinstance(value, dict) else "a list"


_STEPS: dict[str, Callable[[list[Any], Any], Iterator[Any]]] = {
    "field": _field,
    "wildcard": _wildcard,
    "deep": _deep,
    "slice": _slice,
    "union": _union,
    "filter": _filter,
    "text": lambda values, text: iter([text]),
    "number": lambda values, number: iter([number] * len(values)),
}


class _Reader:
    """Reads the inside of one `{...}` after another; `position` moves over `text`."""

    def __init__(self, text: str, position: int = 0) -> None:
        self.text = text
        self.position = position

    def fail(self, what: str) -> NoReturn:
        near = plain(self.text[self.position : self.position + 20])
        raise UsageError(f'JSONPath: {what} at "{near}" (character {self.position + 1})')

    def action(self) -> tuple[str, list[Step]]:
        """The word that leads an action (`range`, `end` or none), and its steps, up to the closing brace."""
        leading, steps = "", list[Step]()
        while True:
            match = _TOKEN.match(self.text, self.position)
            if match is None or match.lastgroup is None:
                self.fail(self._trouble())
            kind, value = match.lastgroup, match.group(match.lastgroup)
            if kind == "word" and value not in ("true", "false"):
                if value not in ("range", "end") or leading or steps:
                    self.fail(f"the word {plain(value)} means nothing here; a field is .{plain(value)}")
                leading = value
            if kind == "deep" and steps and steps[-1].kind == "deep":
                self.fail("a second .. right after the first")
            self.position = match.end()
            if kind == "close":
                return leading, steps
            if kind not in ("blank", "word") or value in ("true", "false"):
                steps += self._steps(kind, value)

    def _trouble(self) -> str:
        rest = self.text[self.position :]
        if not rest or rest[0] in "\r\n":
            return "an unclosed {"
        if rest[0] in "'\"":
            return "an unclosed quote"
        return "an unclosed [" if rest[0] == "[" else "an unexpected character"

    def _steps(self, kind: str, value: str) -> Iterator[Step]:
        match kind:
            case "field":
                yield _named(value)
            case "deep":
                yield Step("deep")
                if value:
                    yield _named(value)
            case "filter":
                yield Step("filter", self._filter())
            case "array":
                yield from self._array(value)
            case "quoted":
                yield Step("text", self._unquoted(value))
            case "word":
                yield Step("number", value == "true")
            case "number":
                yield Step("number", self._number(value))

    def _array(self, inside: str) -> Iterator[Step]:
        parts = inside.split(",")
        if len(parts) > 1:
            yield Step("union", [Path(list(self._array(part.strip(" ")))) for part in parts])
        elif key := _KEY.fullmatch(inside):
            yield from _inner(f".{key.group(1) or key.group(2) or ''}")
        elif found := _SLICE.fullmatch("::" if inside == "*" else inside):
            yield Step("slice", self._slice(found))
        else:
            self.fail(f"[{plain(inside)}] is neither an index nor a quoted key, before")

    def _slice(self, found: re.Match[str]) -> Slice:
        first, second, third = (part if part is None else part.removeprefix(":") for part in found.groups())
        start = self._index(first)
        end = (start or 0) + 1 if second is None else self._index(second)
        return Slice(start, end, self._index(third), second is None)

    def _index(self, text: str | None) -> int | None:
        if not text:
            return None
        if text == "-" or len(text) > _LONGEST_INDEX:
            self.fail(f"{shorten(text, 20)} is no index, before")
        return int(text)

    def _number(self, text: str) -> int | float:
        try:
            return float(text) if "." in text else int(text)
        except ValueError:
            self.fail(f"{plain(shorten(text, 20))} is no number, before")

    def _filter(self) -> Filter:
        condition = _CONDITION.match(self.text, self.position)
        if condition is None:
            self.fail("a filter that does not end with )]")
        self.position = condition.end()
        comparison = _COMPARISON.fullmatch(condition.group(1))
        if comparison is None:
            return Filter(Path(_inner(condition.group(1))))
        left, sign, right = comparison.groups()
        if sign not in _SIGNS:
            self.fail(f"{sign} is no operator, before")
        return Filter(Path(_inner(left)), sign, Path(_inner(right)))

    def _unquoted(self, quoted: str) -> str:
        def meant(escape: re.Match[str]) -> str:
            code, char = escape.group(1) or escape.group(2), escape.group(3)
            if code:
                return chr(int(code, 16))
            if char not in _ESCAPES and char != quoted[0]:
                self.fail(f"\\{plain(char)} is no escape, before")
            return _ESCAPES.get(char, char)

        return _ESCAPE.sub(meant, quoted[1:-1])


def _named(field: str) -> Step:
    return Step("wildcard") if field == "*" else Step("field", field.replace("\\", ""))


def _inner(text: str) -> list[Step]:
    """The steps of a path inside another."""
    reader = _Reader(f"{text}}}")
    leading, steps = reader.action()
    if leading or reader.position != len(reader.text):
        reader.fail("cannot read the path")
    return steps


class Template:
    """A compiled `-o jsonpath=` template."""

    def __init__(self, text: str) -> None:
        if len(text) > MAX_TEMPLATE:
            raise UsageError(f"the template is longer than {MAX_TEMPLATE} characters")
        if "{" not in text and text.startswith((".", "$", "@")):
            text = f"{{{text}}}"
        self._parts = _body(_Reader(text), nested=False)

    def render(self, root: Any) -> str:
        """The text of this template for one document; UsageError where a path does not fit it."""
        return "".join(_render(self._parts, root))


def _body(reader: _Reader, *, nested: bool) -> list[Any]:
    """The parts up to the end, or (nested) up to the `{end}` that closes a range."""
    parts: list[Any] = []
    while reader.position < len(reader.text):
        start = reader.text.find("{", reader.position)
        if start < 0:
            start = len(reader.text)
        parts.append(reader.text[reader.position : start])
        reader.position = start + 1
        if start == len(reader.text):
            break
        leading, steps = reader.action()
        if leading == "end":
            if not nested or steps:
                reader.fail("an {end} without a range, before")
            return parts
        parts.append((Path(steps), _body(reader, nested=True)) if leading else Path(steps))
    if nested:
        reader.fail("a range without {end}")
    return parts


def _render(parts: Sequence[Any], here: Any) -> Iterator[str]:
    for part in parts:
        if isinstance(part, str):
            yield part
        elif isinstance(part, Path):
            yield " ".join(map(as_value, part.find(here)))
        else:
            path, body = part
            for value in path.find(here):
                yield from _render(body, value)


def relaxed(text: str) -> Path:
    """A path as `--sort-by` and custom columns take it: `{.a.b}`, `.a.b` or `a.b`."""
    match = _RELAXED.fullmatch(text.strip())
    if match is None:
        known = "write .metadata.name or {.metadata.name}"
        raise UsageError(f'JSONPath: "{plain(shorten(text, 60))}" is no path', known)
    return Path(_inner(f".{match.group(1) or match.group(2)}"))
