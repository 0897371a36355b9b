"""JSON Patch (RFC 6902): what makes one object the other, leaving out all that makes no difference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mtop_snapshot.diff.flags import flag_map, has_flags
from mtop_snapshot.diff.normal import entry, member, prepared, same, server_field
from mtop_snapshot.diff.walk import paired
from mtop_snapshot.diff.where import Where, root

Operation = dict[str, Any]
Pointer = tuple[str | int, ...]


def patch(a: Mapping[str, Any], b: Mapping[str, Any], *, status: bool = False) -> list[Operation]:
    """The operations that turn `a` into `b` as far as they differ in meaning, in the newest version of their API."""
    a, b = prepared(a), prepared(b)
    return list(_mapping(a, b, root(a.get("kind")), (), status))


def apply(obj: Any, operations: list[Operation]) -> Any:
    """An object after the operations `add`, `remove` and `replace`."""
    import copy

    found = copy.deepcopy(obj)
    for operation in operations:
        *above, last = [_unescaped(step) for step in operation["path"].split("/")[1:]]
        holder = found
        for step in above:
            holder = holder[int(step)] if isinstance(holder, list) else holder[step]
        value = copy.deepcopy(operation.get("value"))
        if isinstance(holder, list):
            _in_list(holder, last, operation["op"], value)
        elif operation["op"] == "remove":
            del holder[last]
        else:
            holder[last] = value
    return found


def _in_list(holder: list[Any], step: str, kind: str, value: Any) -> None:
    at = len(holder) if step == "-" else int(step)
    if kind == "remove":
        del holder[at]
    elif kind == "add":
        holder.insert(at, value)
    else:
        holder[at] = value


def _mapping(
    a: Mapping[str, Any], b: Mapping[str, Any], at: Where, pointer: Pointer, status: bool
) -> Iterator[Operation]:
    at = at.of(a, b)
    for key in sorted(a.keys() | b.keys()):
        x, y = a.get(key), b.get(key)
        if type(x) is type(y) and x == y and (key in a) == (key in b):
            continue
        if not pointer and (key == "apiVersion" or (key == "status" and not status)):
            continue
        if all(server_field(key, at, side) for side in (a, b) if key in side):
            continue
        here, place = at.inside(key), (*pointer, key)
        if same(member(x, here, a), member(y, here, b)):
            continue
        if type(x) is dict and type(y) is dict:
            yield from _mapping(x, y, here, place, status)
        elif type(x) is list and type(y) is list:
            yield from _list(x, y, here, place, status)
        elif key not in b:
            yield {"op": "remove", "path": spelled(place)}
        else:
            yield {"op": "replace" if key in a else "add", "path": spelled(place), "value": y}


def _list(x: list[Any], y: list[Any], at: Where, pointer: Pointer, status: bool) -> Iterator[Operation]:
    if at.field in ("args", "command") and (has_flags(x) or has_flags(y)):
        if not (has_flags(x) and has_flags(y)) or flag_map(x) != flag_map(y):
            yield {"op": "replace", "path": spelled(pointer), "value": y}
        return
    pairs = paired(x, y, at)
    if pairs.moved:
        yield {"op": "replace", "path": spelled(pointer), "value": y}
        return
    for i, j in pairs.both:
        if x[i] != y[j] and not same(entry(x[i], at), entry(y[j], at)):
            place = (*pointer, i)
            if type(x[i]) is dict and type(y[j]) is dict:
                yield from _mapping(x[i], y[j], at, place, status)
            else:
                yield {"op": "replace", "path": spelled(place), "value": y[j]}
    for i in sorted(pairs.removed, reverse=True):
        yield {"op": "remove", "path": spelled((*pointer, i))}
    order = [j for _, j in pairs.both]
    in_place = order == sorted(order) and len(pairs.both) + len(pairs.added) == len(y)
    for j in pairs.added:
        yield {"op": "add", "path": spelled((*pointer, j if in_place else "-")), "value": y[j]}


def spelled(pointer: Pointer) -> str:
    """A JSON Pointer as text."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in pointer)


def _unescaped(step: str) -> str:
    return step.replace("~1", "/").replace("~0", "~")
