"""The check of a document against a schema."""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping
from typing import Any

from mtop_core.schema.compiled import compiled
from mtop_core.schema.keywords import message
from mtop_core.schema.messages import got
from mtop_core.schema.problem import Path, Problem, ordered
from mtop_core.schema.suggestions import suggested

TOO_DEEP = "is nested too deeply to check"
_MOST_SUGGESTIONS = 50  # edit distances are slow: a hostile document must not buy thousands
_MOST_BITS = 512  # longer integers are taken as infinite: to print them may fail


def check(document: object, schema: str | Mapping[str, Any]) -> list[Problem]:
    """Everything in `document` that a schema refuses; `schema` is a name in schemas/ or the schema itself."""
    ready = compiled(schema)
    found: list[Problem] = []
    try:
        plain = _plain(document, (), found, {})
        errors = list(ready.validator.iter_errors(plain))
    except RecursionError:
        return [Problem((), TOO_DEEP)]
    for error in errors:
        problem = Problem(tuple(error.path), message(error))
        found.append(suggested(problem, error, ready) if len(found) < _MOST_SUGGESTIONS else problem)
    return ordered(dict.fromkeys(found), plain)


def _plain(node: Any, path: Path, problems: list[Problem], seen: dict[int, Any]) -> Any:
    """A copy with JSON types only; keys that are not strings become problems; aliases are copied once."""
    if isinstance(node, int) and node.bit_length() > _MOST_BITS:
        return math.inf if node > 0 else -math.inf
    if isinstance(node, datetime.date):
        return node.isoformat() + ("Z" if getattr(node, "tzinfo", True) is None else "")
    if not isinstance(node, (Mapping, list, tuple)):
        return node
    if id(node) not in seen:
        if isinstance(node, Mapping):
            odd = [key for key in node if not isinstance(key, str)]
            problems += [Problem(path, f"keys must be strings, got {got(key)}") for key in odd]
            items = [(key, value) for key, value in node.items() if isinstance(key, str)]
            seen[id(node)] = {key: _plain(value, (*path, key), problems, seen) for key, value in items}
        else:
            seen[id(node)] = [_plain(item, (*path, at), problems, seen) for at, item in enumerate(node)]
    return seen[id(node)]
