"""Careful steps into raw objects: absent is a default, a wrong type is an error that names the path."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from mtop_core.errors import DataError
from mtop_core.objects.text import plain, shorten

_EMPTY: Mapping[str, Any] = {}

Step = str | int


class ShapeError(DataError):
    """A field holds another type than its API says; `path` leads to it from `holder`, a raw object or a part of one."""

    def __init__(self, path: tuple[Step, ...], expected: str, got: object, holder: Mapping[str, Any]) -> None:
        self.path = path
        self.expected = expected
        self.got = got
        self.holder = holder
        super().__init__(f"{spelled(path)}: expected {expected}, got {describe(got)}")

    def within(self, root: Mapping[str, Any]) -> ShapeError | None:
        """The same error with its path from `root`, None where `root` does not hold the field."""
        above = _path_to(root, self.holder)
        return None if above is None else ShapeError((*above, *self.path), self.expected, self.got, root)


def _path_to(root: object, wanted: object) -> tuple[Step, ...] | None:
    """Where in `root` the very object `wanted` is."""
    if root is wanted:
        return ()
    members: Iterable[tuple[Step, Any]] = ()
    if isinstance(root, Mapping):
        members = root.items()
    elif isinstance(root, list):
        members = enumerate(root)
    for step, member in members:
        below = _path_to(member, wanted)
        if below is not None:
            return (step, *below)
    return None


def spelled(path: Sequence[Step]) -> str:
    """A path as people write it: `spec.containers[0].image`, odd keys as `["a.b/c"]`."""
    parts: list[str] = []
    for step in path:
        if isinstance(step, int):
            parts.append(f"[{step}]")
        elif step.replace("-", "").replace("_", "").isalnum():
            parts.append(f".{step}" if parts else step)
        else:
            parts.append(f'["{plain(step)}"]')
    return "".join(parts)


def describe(value: object) -> str:
    """A wrong value in a few words, such as `the string "two"`."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return f'the string "{shorten(plain(value), 40)}"'
        case int() | float():
            return f"the number {shorten(str(value), 40)}"
        case Mapping():
            return "a mapping"
        case _:
            return "a list"


def dig(obj: Mapping[str, Any], *path: str) -> Any:
    """What stands at `path`, None where a step is absent; raises ShapeError where a step is no mapping."""
    here: Any = obj
    for step in path:
        if type(here) is dict:
            here = here.get(step)
        else:
            return _dig_carefully(obj, path)
    return here


def _dig_carefully(obj: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    here: Any = obj
    for depth, step in enumerate(path):
        if here is None:
            return None
        if not isinstance(here, Mapping):
            raise ShapeError(path[:depth], "a mapping", here, obj)
        here = here.get(step)
    return here


def text(obj: Mapping[str, Any], *path: str) -> str:
    """The string at `path`, empty where absent."""
    here: Any = obj
    for step in path:
        if type(here) is not dict:
            here = _dig_carefully(obj, path)
            break
        here = here.get(step)
    if type(here) is str:
        return here
    if here is None:
        return ""
    raise ShapeError(path, "a string", here, obj)


def number(obj: Mapping[str, Any], *path: str, default: int = 0) -> int:
    """The whole number at `path`, `default` where absent."""
    value = dig(obj, *path)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int):
        raise ShapeError(path, "an integer", value, obj)
    return value


def mapping(obj: Mapping[str, Any], *path: str) -> Mapping[str, Any]:
    """The mapping at `path`, empty where absent."""
    value = dig(obj, *path)
    if type(value) is dict:
        return value
    if value is None:
        return _EMPTY
    if not isinstance(value, Mapping):
        raise ShapeError(path, "a mapping", value, obj)
    return value


def strings(obj: Mapping[str, Any], *path: str) -> Mapping[str, str]:
    """The mapping of strings at `path`, as labels and annotations are."""
    found = mapping(obj, *path)
    try:
        "".join(found.values())
    except TypeError:
        key = next(key for key, value in found.items() if not isinstance(value, str))
        raise ShapeError((*path, key), "a string", found[key], obj) from None
    return found


def items(obj: Mapping[str, Any], *path: str) -> Iterator[Mapping[str, Any]]:
    """The mappings in the list at `path`, none where absent."""
    for index, entry in enumerate(sequence(obj, *path)):
        if type(entry) is not dict and not isinstance(entry, Mapping):
            raise ShapeError((*path, index), "a mapping", entry, obj)
        yield entry


def sequence(obj: Mapping[str, Any], *path: str) -> Sequence[Any]:
    """The list at `path`, empty where absent."""
    value = dig(obj, *path)
    if value is None:
        return ()
    if not isinstance(value, list):
        raise ShapeError(path, "a list", value, obj)
    return value


def texts(obj: Mapping[str, Any], *path: str) -> tuple[str, ...]:
    """The strings in the list at `path`, none where absent."""
    found = sequence(obj, *path)
    for index, entry in enumerate(found):
        if not isinstance(entry, str):
            raise ShapeError((*path, index), "a string", entry, obj)
    return tuple(found)
