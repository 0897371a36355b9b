"""All keywords, and those about the fields of an object and the items of a list.

jsonschema calls the keywords and adds the path; their messages are complete.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from mtop_core.schema.choices import CHOICES
from mtop_core.schema.messages import MESSAGE, NOT_ALLOWED, Keyword, error
from mtop_core.schema.values import VALUES

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


@cache
def validator_type() -> Any:
    """jsonschema's validator, with the keywords that speak to people."""
    from jsonschema import Draft202012Validator, validators

    extend: Any = validators.extend  # has no types
    return extend(Draft202012Validator, _KEYWORDS)


def message(found: Any) -> str:
    """What an error of the validator says to people."""
    if found.validator is None:
        return NOT_ALLOWED
    schema = found.schema if isinstance(found.schema, dict) else {}
    if MESSAGE in schema and not schema.keys() & CHOICES.keys():
        return str(schema[MESSAGE])
    if found.validator in _KEYWORDS:
        return str(found.message)
    return _RARE.get(found.validator, f"does not meet the constraint {found.validator}").format(found.validator_value)


def _descend(validator: Any, value: Any, schema: Any, step: str | int) -> Iterator[Any]:
    """What jsonschema's own descend does, without the new validator object for each value: twice as fast."""
    if schema is False:
        yield error(NOT_ALLOWED, step)
    if not isinstance(schema, dict):
        return
    if "$ref" in schema:
        yield from validator.descend(value, schema, path=step)
        return
    for word, argument in schema.items():
        keyword = validator.VALIDATORS.get(word)
        for found in (keyword(validator, argument, value, schema) if keyword else None) or ():
            if not isinstance(found.validator, str):
                found.validator, found.validator_value = word, argument
                found.instance, found.schema = value, schema
            found.path.appendleft(step)
            yield found


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
            yield error("unknown field", name)
        else:
            yield from _descend(validator, value, rest, name)


def _items(validator: Any, schema: Any, instance: Any, parent: Any) -> Iterator[Any]:
    if isinstance(instance, list):
        first = len(parent.get("prefixItems", ()))
        for at in range(first, len(instance)):
            yield from _descend(validator, instance[at], schema, at)


def _required(_validator: Any, names: Any, instance: Any, _schema: Any) -> Iterator[Any]:
    if isinstance(instance, dict):
        yield from (error("required field is missing", name) for name in names if name not in instance)


def _names(validator: Any, schema: Any, instance: Any, _schema: Any) -> Iterator[Any]:
    for name in instance if isinstance(instance, dict) else ():
        for found in validator.descend(name, schema):
            yield error(f"the key is not allowed: {message(found)}", name)


_KEYWORDS: dict[str, Keyword] = {
    "properties": _properties,
    "additionalProperties": _additional,
    "items": _items,
    "required": _required,
    "propertyNames": _names,
    **VALUES,
    **CHOICES,
}
