"""Check documents against JSON Schemas, with messages for people instead of jsonschema's own."""

from __future__ import annotations

import datetime
import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from difflib import get_close_matches
from functools import cache, lru_cache
from itertools import islice
from typing import Any, NamedTuple

from mtop_core.data import data_path

Path = tuple[str | int, ...]
Keyword = Callable[[Any, Any, Any, Any], Iterator[Any]]
MESSAGE = "x-mtop-message"  # annotation: the message to show when the constraint next to it fails
TOO_DEEP = "is nested too deeply to check"
_MOST_SUGGESTIONS = 50  # edit distances are slow: a hostile document must not buy thousands
_MOST_PLACES = 3  # places to name for a misplaced field
_LONGEST = 60
_MOST_BITS = 512  # longer integers are taken as infinite: to print them may fail
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,99}")
_NOUNS = {
    "integer": "an integer",
    "number": "a number",
    "string": "a string",
    "boolean": "a boolean",
    "array": "a list",
    "object": "an object",
    "null": "null",
}
_SHAPING = ("required", "additionalProperties", "const")  # what tells the branches of a choice apart
_EXACT = {"string": str, "object": dict, "array": list, "boolean": bool, "integer": int}
_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_FORMATS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "int32": ("a 32-bit integer", lambda value: abs(value) <= 2**31 - (value > 0)),
    "int64": ("a 64-bit integer", lambda value: abs(value) <= 2**63 - (value > 0)),
    "date-time": ("a time such as 2026-01-31T12:00:00Z", lambda value: bool(_TIME.fullmatch(value))),
}
_COUNTS: list[tuple[str, str, type[Sized]]] = [
    ("Length", "character", str),
    ("Items", "item", list),
    ("Properties", "field", dict),
]
# Constraints that only schemas of plugins use keep jsonschema's check and get their words here.
_RARE = {
    "exclusiveMinimum": "must be more than {}",
    "exclusiveMaximum": "must be less than {}",
    "multipleOf": "must be a multiple of {}",
    "uniqueItems": "the items must differ from each other",
    "contains": "an item that is required is missing",
    "minContains": "an item that is required is missing",
    "maxContains": "has too many items of one form",
}


class Problem(NamedTuple):
    """One thing that is wrong in a document."""

    path: Path
    message: str
    suggestion: str = ""


def dotted(path: Sequence[str | int]) -> str:
    """A path as people write it: spec.template.containers[0].image."""
    text = ""
    for step in path:
        if isinstance(step, str) and _NAME.fullmatch(step):
            text += f".{step}" if text else step
        else:
            text += f"[{step if isinstance(step, int) else quoted(step)}]"
    return text


def quoted(text: str) -> str:
    """A string in quotes: shortened, without anything that a terminal would interpret."""
    shown = text if len(text) <= _LONGEST else text[:_LONGEST] + "..."
    escaped = "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in shown)
    return '"' + escaped.replace('"', '\\"') + '"'


def check(document: object, schema: str | Mapping[str, Any]) -> list[Problem]:
    """Everything in `document` that a schema refuses; `schema` is a name in schemas/ or the schema itself."""
    compiled = _named(schema) if isinstance(schema, str) else _given(json.dumps(schema, default=dict))
    found: list[Problem] = []
    try:
        plain = _plain(document, (), found, {})
        errors = list(compiled.validator.iter_errors(plain))
    except RecursionError:
        return [Problem((), TOO_DEEP)]
    for error in errors:
        suggest = len(found) < _MOST_SUGGESTIONS
        found.append(_problem(error, compiled) if suggest else Problem(tuple(error.path), _message(error)))
    return ordered(dict.fromkeys(found), plain)


class _Compiled:
    """A schema ready for use, and where its fields are."""

    def __init__(self, body: dict[str, Any]) -> None:
        self.body = body
        self.validator = _validator()(body)

    def places(self, name: str) -> list[Path]:
        """Where a field of this name exists, list items as a step "[]"."""
        if not hasattr(self, "_places"):
            self._places: dict[str, list[Path]] = {}
            for path in _field_paths(self.body, ()):
                self._places.setdefault(str(path[-1]), []).append(path)
        return self._places.get(name, [])


@cache
def _named(name: str) -> _Compiled:
    return _Compiled(_inlined(_file(name), name))


@lru_cache(maxsize=32)
def _given(text: str) -> _Compiled:
    return _Compiled(json.loads(text))


@cache
def _file(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((data_path("schemas") / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


def _inlined(node: Any, name: str) -> Any:
    """The schema with the referenced objects in the place of `$ref`: to look them up is slow."""
    if isinstance(node, list):
        return [_inlined(item, name) for item in node]
    if not isinstance(node, dict):
        return node
    made = {key: _inlined(value, name) for key, value in node.items() if key not in ("$ref", "$defs")}
    if isinstance(node.get("$ref"), str):
        file, _, key = node["$ref"].partition("#/$defs/")
        return _definition(file.removesuffix(".json") or name, key) | made
    return made


@cache
def _definition(name: str, key: str) -> dict[str, Any]:
    found: dict[str, Any] = _inlined(_file(name)["$defs"][key], name)
    return found


def _field_paths(node: Any, path: Path) -> Iterator[Path]:
    if not isinstance(node, dict):
        return
    for name, child in node.get("properties", {}).items():
        if not path and name == "status":
            continue  # nobody writes a status
        yield (*path, name)
        yield from _field_paths(child, (*path, name))
    yield from _field_paths(node.get("items"), (*path, "[]"))


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
            problems += [Problem(path, f"keys must be strings, got {_got(key)}") for key in odd]
            items = [(key, value) for key, value in node.items() if isinstance(key, str)]
            seen[id(node)] = {key: _plain(value, (*path, key), problems, seen) for key, value in items}
        else:
            seen[id(node)] = [_plain(item, (*path, at), problems, seen) for at, item in enumerate(node)]
    return seen[id(node)]


def ordered(problems: Iterable[Problem], document: Any) -> list[Problem]:
    """The problems in the order of the document; missing fields after the present ones."""
    numbers: dict[int, dict[str, int]] = {}

    def position(problem: Problem) -> list[int]:
        found, node = [], document
        for step in problem.path:
            if isinstance(node, dict):
                if id(node) not in numbers:
                    numbers[id(node)] = {key: at for at, key in enumerate(node)}
                found.append(numbers[id(node)].get(str(step), len(node)))
                node = node.get(step)
            elif isinstance(node, list) and isinstance(step, int):
                found.append(step)
                node = node[step]
        return found

    return sorted(problems, key=position)


def _problem(error: Any, compiled: _Compiled) -> Problem:
    path, message = tuple(error.path), _message(error)
    if error.validator == "additionalProperties" and message == "unknown field":
        return _unknown(path, error.schema.get("properties", {}), compiled)
    if error.validator == "enum" and isinstance(error.instance, str) and len(error.instance) <= _LONGEST:
        values = [str(value) for value in error.schema["enum"]]
        return Problem(path, message, _nearest(error.instance, values))
    return Problem(path, message)


def _message(error: Any) -> str:
    if error.validator is None:
        return "is not allowed here"
    schema = error.schema if isinstance(error.schema, dict) else {}
    if MESSAGE in schema and not schema.keys() & _LOGICAL.keys():
        return str(schema[MESSAGE])
    if error.validator in _LOGICAL or error.validator in _SIMPLE:
        return str(error.message)
    return _RARE.get(error.validator, f"does not meet the constraint {error.validator}").format(error.validator_value)


def _unknown(path: Path, siblings: Mapping[str, Any], compiled: _Compiled) -> Problem:
    """An unknown field with the nearest sibling, or else the place where the field exists."""
    name = str(path[-1])
    near = _nearest(name, list(siblings)) if len(name) <= _LONGEST else ""
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


def _got(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return f"the boolean {str(value).lower()}"
    if isinstance(value, str):
        return f"the string {quoted(value)}"
    if isinstance(value, int):
        return f"the integer {value}"
    if isinstance(value, float):
        return f"the number {value}" if math.isfinite(value) else "a number that is too large"
    if isinstance(value, (dict, list)):
        return "an object" if isinstance(value, dict) else "a list"
    return f"a value of the type {type(value).__name__}"


def _words(values: Sequence[Any]) -> str:
    shown = [quoted(value) if isinstance(value, str) and not value else str(value) for value in values]
    return ", ".join(shown)


# The keywords. jsonschema calls them and adds the path; their messages are complete.


@cache
def _error_type() -> Any:
    from jsonschema.exceptions import ValidationError

    return ValidationError


def _error(message: str, *path: str | int) -> Any:
    return _error_type()(message, path=path)


@cache
def _validator() -> Any:
    from jsonschema import Draft202012Validator, validators

    extend: Any = validators.extend  # has no types
    return extend(Draft202012Validator, {**_SIMPLE, **_LOGICAL})


def _descend(validator: Any, value: Any, schema: Any, step: str | int) -> Iterator[Any]:
    """What jsonschema's own descend does, without the new validator object for each value: twice as fast."""
    if schema is False:
        yield _error("is not allowed here", step)
    if not isinstance(schema, dict):
        return
    if "$ref" in schema:
        yield from validator.descend(value, schema, path=step)
        return
    for word, argument in schema.items():
        keyword = validator.VALIDATORS.get(word)
        for error in (keyword(validator, argument, value, schema) if keyword else None) or ():
            if not isinstance(error.validator, str):
                error.validator, error.validator_value = word, argument
                error.instance, error.schema = value, schema
            error.path.appendleft(step)
            yield error


def _properties(validator: Any, fields: Any, instance: Any, _schema: Any) -> Iterator[Any]:
    if isinstance(instance, dict):
        for name, value in instance.items():
            if name in fields:
                yield from _descend(validator, value, fields[name], name)


def _additional(validator: Any, rest: Any, instance: Any, schema: Any) -> Iterator[Any]:
    if not isinstance(instance, dict) or rest is True:
        return
    known, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    for name, value in instance.items():
        if name in known or any(re.search(pattern, name) for pattern in patterns):
            continue
        if rest is False:
            yield _error("unknown field", name)
        else:
            yield from _descend(validator, value, rest, name)


def _items(validator: Any, schema: Any, instance: Any, parent: Any) -> Iterator[Any]:
    if isinstance(instance, list):
        first = len(parent.get("prefixItems", ()))
        for at in range(first, len(instance)):
            yield from _descend(validator, instance[at], schema, at)


def _required(_validator: Any, names: Any, instance: Any, _schema: Any) -> Iterator[Any]:
    if isinstance(instance, dict):
        yield from (_error("required field is missing", name) for name in names if name not in instance)


def _type(validator: Any, types: Any, instance: Any, _schema: Any) -> Iterator[Any]:
    if isinstance(types, str) and type(instance) is _EXACT.get(types):
        return  # the common case, without the detour through jsonschema's type checker
    wanted = [types] if isinstance(types, str) else types
    if not any(validator.is_type(instance, word) for word in wanted):
        yield _error(f"expected {' or '.join(_NOUNS[word] for word in wanted)}, got {_got(instance)}")


def _enum(_validator: Any, values: Any, instance: Any, _schema: Any) -> Iterator[Any]:
    if not any(_same(instance, value) for value in values):
        shown = quoted(instance) if isinstance(instance, str) else _got(instance)
        yield _error(f"{shown} is not one of {_words(values)}")


def _const(_validator: Any, value: Any, instance: Any, _schema: Any) -> Iterator[Any]:
    if not _same(instance, value):
        yield _error(f"must be {_words([value])}, got {_got(instance)}")


def _same(left: Any, right: Any) -> bool:
    # In JSON true is not 1.
    return bool(left == right and isinstance(left, bool) == isinstance(right, bool))


def _pattern(_validator: Any, pattern: Any, instance: Any, schema: Any) -> Iterator[Any]:
    if not isinstance(instance, str) or (not instance and schema.get("minLength")):
        return  # to be empty is one mistake, not two
    # In Python `$` also fits before a last line break: then a second break must fit as well.
    texts = [instance, instance + "\n"] if instance.endswith("\n") else [instance]
    if not all(re.search(pattern, text) for text in texts):
        example = f" (e.g. {schema['examples'][0]})" if schema.get("examples") else ""
        shown = pattern if len(pattern) <= _LONGEST or not example else "of this field"
        yield _error(f"{quoted(instance)} does not match the pattern {shown}{example}")


def _format(_validator: Any, name: Any, instance: Any, _schema: Any) -> Iterator[Any]:
    if name not in _FORMATS or isinstance(instance, bool):
        return
    noun, fits = _FORMATS[name]
    if isinstance(instance, str if name == "date-time" else int) and not fits(instance):
        yield _error(f"must be {noun}, got {_got(instance)}")


def _bound(words: str, fits: Callable[[Any, Any], bool]) -> Keyword:
    def keyword(_validator: Any, bound: Any, instance: Any, _schema: Any) -> Iterator[Any]:
        number = isinstance(instance, (int, float)) and not isinstance(instance, bool)
        if number and (math.isnan(instance) or not fits(instance, bound)):
            yield _error(f"must be {words} {bound}, got {instance}")

    return keyword


def _count(noun: str, kind: type[Sized], sign: int) -> Keyword:
    words = "at least" if sign > 0 else "at most"

    def keyword(_validator: Any, bound: Any, instance: Any, _schema: Any) -> Iterator[Any]:
        if isinstance(instance, kind) and (len(instance) - bound) * sign < 0:
            yield _error(f"must have {words} {bound} {noun}{'' if bound == 1 else 's'}, has {len(instance)}")

    return keyword


def _names(validator: Any, schema: Any, instance: Any, _schema: Any) -> Iterator[Any]:
    for name in instance if isinstance(instance, dict) else ():
        for error in validator.descend(name, schema):
            yield _error(f"the key is not allowed: {_message(error)}", name)


def _dependent(_validator: Any, needs: Any, instance: Any, _schema: Any) -> Iterator[Any]:
    for name in needs if isinstance(instance, dict) else ():
        missing = [other for other in needs[name] if name in instance and other not in instance]
        yield from (_error(f"required together with {name}", other) for other in missing)


def _any_of(validator: Any, branches: Any, instance: Any, _schema: Any) -> Iterator[Any]:
    failed = [list(validator.descend(instance, branch)) for branch in branches]
    if all(failed):
        yield _closest(branches, failed, instance)


def _one_of(validator: Any, branches: Any, instance: Any, _schema: Any) -> Iterator[Any]:
    failed = [list(validator.descend(instance, branch)) for branch in branches]
    if all(failed):
        yield _closest(branches, failed, instance)
    elif failed.count([]) > 1:
        names = _alternatives(branches)
        many = "fits more than one of the allowed forms"
        yield _error(f"only one of {names} may be set" if names else many)


def _alternatives(branches: Any) -> str:
    """The names of the fields when the branches only say which field is required."""
    plain = all(isinstance(branch, dict) and branch.keys() == {"required"} for branch in branches)
    return ", ".join(" with ".join(branch["required"]) for branch in branches) if plain else ""


def _closest(branches: Any, failed: list[list[Any]], instance: Any) -> Any:
    """One error for all branches: of the branch that the author most likely meant."""
    names = _alternatives(branches)
    if names and isinstance(instance, dict):
        return _error(f"one of {names} is required")
    if all(errors[0].validator == "type" and not errors[0].path for errors in failed):
        wanted = " or ".join(_NOUNS.get(str(branch["type"]), "another type") for branch in branches)
        return _error(f"expected {wanted}, got {_got(instance)}")

    def fit(errors: list[Any]) -> tuple[int, int, int]:
        misfits = sum(not error.path or error.validator in _SHAPING for error in errors)
        return misfits, len(errors), -max(len(error.path) for error in errors)

    return min(failed, key=fit)[0]


def _not(validator: Any, schema: Any, instance: Any, _schema: Any) -> Iterator[Any]:
    if not isinstance(schema, dict) or not validator.evolve(schema=schema).is_valid(instance):
        return
    names = schema.get("required") if schema.keys() == {"required"} else None
    yield _error(f"{' and '.join(names)} cannot be set together" if names else "has a form that is not allowed")


def _if(validator: Any, condition: Any, instance: Any, schema: Any) -> Iterator[Any]:
    branch = "then" if validator.evolve(schema=condition).is_valid(instance) else "else"
    if branch in schema:
        yield from validator.descend(instance, schema[branch], schema_path=branch)


def _once(keyword: Keyword) -> Keyword:
    """The keyword with one error at most, and with the message that the schema brings along."""

    def once(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[Any]:
        for error in islice(keyword(validator, value, instance, schema), 1):
            yield _error(str(schema[MESSAGE])) if MESSAGE in schema else error

    return once


_SIMPLE: dict[str, Keyword] = {
    "properties": _properties,
    "additionalProperties": _additional,
    "items": _items,
    "required": _required,
    "type": _type,
    "enum": _enum,
    "const": _const,
    "pattern": _pattern,
    "format": _format,
    "minimum": _bound("at least", lambda value, bound: value >= bound),
    "maximum": _bound("at most", lambda value, bound: value <= bound),
    **{f"min{word}": _count(noun, kind, 1) for word, noun, kind in _COUNTS},
    **{f"max{word}": _count(noun, kind, -1) for word, noun, kind in _COUNTS},
    "propertyNames": _names,
}
_LOGICAL: dict[str, Keyword] = {
    "anyOf": _once(_any_of),
    "oneOf": _once(_one_of),
    "not": _once(_not),
    "if": _once(_if),
    "dependentRequired": _once(_dependent),
}
