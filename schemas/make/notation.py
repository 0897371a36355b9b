"""Read the field tables: a compact notation for the objects of the Kubernetes and KServe APIs.

    Name [open]  -- description    starts an object; `open` objects keep unknown fields
      + Other - a b                takes the fields of Other, without a and b
      field! TYPE  -- description  one field, `!` if it is required; no TYPE: its fields follow, indented

TYPE is `string`, `bool`, `number`, `int`, `int32`, `int64`, `date-time`, `nullable-date-time`, `quantity`,
`intOrString`, `object` (any fields), `empty` (no fields), `any`, the name of another object, `[TYPE]`,
`map<TYPE>` or `const:WORD`, and then constraints: `>=1` `<=9` (value), `1..9` `1..` `..9` (length or
count), `~name` (a pattern of patterns.py), `=A|B` (values).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from schemas.make.patterns import PATTERNS, QUANTITY

Schema = dict[str, Any]
INCLUDE = "+"  # where an object schema keeps its not yet resolved includes
_TOKEN = re.compile(r">=-?\d+|<=-?\d+|map<|[\[\]>]|[^\s\[\]<>]+")
_RANGE = re.compile(r"(\d*)\.\.(\d*)")
_COUNTED = {"string": "Length", "array": "Items", "object": "Properties"}
_WORDS: dict[str, Schema] = {
    "string": {"type": "string"},
    "date-time": {"type": "string", "format": "date-time"},
    "bool": {"type": "boolean"},
    "int": {"type": "integer"},
    "number": {"type": "number"},
    "int32": {"type": "integer", "format": "int32"},
    "int64": {"type": "integer", "format": "int64"},
    "quantity": {"type": ["integer", "string"], **QUANTITY},
    "intOrString": {"type": ["integer", "string"]},
    "object": {"type": "object"},
    "nullable-date-time": {"type": ["string", "null"], "format": "date-time"},
    "empty": {
        "type": "object",
        "additionalProperties": False,
        "x-mtop-message": "the API server drops it here",
    },
    "any": {},
}


class Line(NamedTuple):
    """One line of a table."""

    indent: int
    words: str
    doc: str


def parse(text: str) -> dict[str, Schema]:
    """The objects of one table file; references are still plain names."""
    lines = list(_lines(text))
    found: dict[str, Schema] = {}
    while lines:
        head = lines.pop(0)
        name, _, flag = head.words.partition(" ")
        found[name] = _documented(_fields(lines, 0, is_open=flag == "open"), head.doc)
    return found


def _lines(text: str) -> Iterator[Line]:
    for raw in text.splitlines():
        body, _, doc = raw.partition(" -- ")
        if body.strip() and not body.lstrip().startswith("#"):
            yield Line(len(body) - len(body.lstrip()), body.strip(), doc.strip())


def _fields(lines: list[Line], above: int, *, is_open: bool = False) -> Schema:
    """Take the lines that are indented deeper than `above` as the fields of one object."""
    schema: Schema = {"type": "object", INCLUDE: [], "properties": {}, "required": []}
    if not is_open:
        schema["additionalProperties"] = False
    while lines and lines[0].indent > above:
        line = lines.pop(0)
        if line.words.startswith("+ "):
            name, _, without = line.words[2:].partition(" - ")
            schema[INCLUDE].append((name.strip(), without.split()))
            continue
        field, _, words = line.words.partition(" ")
        name = field.rstrip("!")
        if field.endswith("!"):
            schema["required"].append(name)
        tokens = _TOKEN.findall(words)
        schema["properties"][name] = _documented(_type(tokens, lines, line.indent), line.doc)
    return schema


def _documented(schema: Schema, doc: str) -> Schema:
    return {"description": doc, **schema} if doc else schema


def _type(tokens: list[str], lines: list[Line], indent: int) -> Schema:
    """Take one type with its constraints from `tokens` (and a nested object from `lines`)."""
    if not tokens or tokens[0] in ("]", ">"):
        return _fields(lines, indent)
    word = tokens.pop(0)
    if word in ("[", "map<"):
        inner = _type(tokens, lines, indent)
        tokens.pop(0)  # the closing bracket
        schema: Schema = {"type": "array", "items": inner} if word == "[" else _map(inner)
    elif word.startswith("const:"):
        schema = {"const": word.removeprefix("const:")}
    else:
        schema = dict(_WORDS[word]) if word in _WORDS else {"$ref": word}
    while tokens and tokens[0] not in ("]", ">"):
        schema |= _constraint(tokens.pop(0), schema)
    return schema


def _map(inner: Schema) -> Schema:
    return {"type": "object", "additionalProperties": inner}


def _constraint(word: str, schema: Schema) -> Schema:
    if word.startswith(">="):
        return {"minimum": int(word[2:])}
    if word.startswith("<="):
        return {"maximum": int(word[2:])}
    if word.startswith("~"):
        return PATTERNS[word[1:]]
    if word.startswith("="):
        values = word[1:].split("|")
        return {"enum": [int(value) for value in values] if schema["type"] == "integer" else values}
    match = _RANGE.fullmatch(word)
    if match is None:
        raise ValueError(f"not a constraint: {word}")
    noun = _COUNTED[schema["type"]]
    bounds = zip(("min", "max"), match.groups(), strict=True)
    return {side + noun: int(number) for side, number in bounds if number}
