"""What the author of a document may have meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from mtop_core.schema.compiled import Compiled
from mtop_core.schema.problem import LONGEST, Path, Problem, dotted

_MOST_PLACES = 3  # places to name for a misplaced field


def suggested(problem: Problem, error: Any, compiled: Compiled) -> Problem:
    """The problem with a suggestion, if there is one: the field or the value that comes nearest."""
    if error.validator == "additionalProperties" and problem.message == "unknown field":
        return _unknown(problem.path, error.schema.get("properties", {}), compiled)
    if error.validator == "enum" and isinstance(error.instance, str) and len(error.instance) <= LONGEST:
        values = [str(value) for value in error.schema["enum"]]
        return problem._replace(suggestion=_nearest(error.instance, values))
    return problem


def _unknown(path: Path, siblings: Mapping[str, Any], compiled: Compiled) -> Problem:
    """An unknown field with the nearest sibling, or else the place where the field exists."""
    name = str(path[-1])
    near = _nearest(name, list(siblings)) if len(name) <= LONGEST else ""
    if near:
        return Problem(path, "unknown field", dotted((*path[:-1], near)))
    here = tuple("[]" if isinstance(step, int) else step for step in path)
    ranked = sorted(compiled.places(name), key=lambda place: _distance(place, here))
    if not ranked:
        return Problem(path, "unknown field")
    best = [_shown(place) for place in ranked if _distance(place, here) == _distance(ranked[0], here)]
    if len(ranked) <= _MOST_PLACES:
        best = [_shown(place) for place in ranked]
    if len(best) > _MOST_PLACES:
        return Problem(path, f"unknown field, belongs at {best[0]} for example", best[0])
    return Problem(path, f"unknown field, belongs at {' or '.join(best)}", best[0])


def _distance(place: Path, here: Path) -> int:
    """How many steps lead from one object of the document to the other."""
    common = 0
    while common < min(len(place), len(here)) - 1 and place[common] == here[common]:
        common += 1
    return len(place) + len(here) - 2 * common


def _shown(place: Path) -> str:
    return ".".join(str(step) for step in place).replace(".[]", "[]")


def _nearest(word: str, known: Sequence[str]) -> str:
    folded = {other.lower(): other for other in reversed(known)}
    # One letter of three may differ: url is meant as uri.
    found = get_close_matches(word.lower(), folded, 1, 0.7 if len(word) > 3 else 0.6)
    return folded[found[0]] if found else ""
