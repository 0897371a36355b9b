"""Label selectors as kubectl's `-l` takes them and as objects carry them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from mtop_core.errors import UsageError
from mtop_core.objects.access import items, mapping, strings, text, texts
from mtop_core.objects.text import plain

Labels = Mapping[str, str]
Selector = Callable[[Labels], bool]

_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_KEY = rf"(?:{_NAME}/)?{_NAME}"
_VALUE = r"(?:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)?"
_EQUAL = re.compile(rf"({_KEY})\s*(==|=|!=)\s*({_VALUE})")
_SET = re.compile(rf"({_KEY})\s+(in|notin)\s*\(\s*({_VALUE}(?:\s*,\s*{_VALUE})*)\s*\)")
_EXISTS = re.compile(rf"(!?)\s*({_KEY})")
_COMMA = re.compile(r",(?![^(]*\))")


def parse_selector(words: str) -> Selector:
    """A selector such as `app=x,tier!=y,env in (a,b),!old`; raises UsageError where it is malformed."""
    parts = _COMMA.split(words) if words.strip() else []
    tests = [_requirement(part.strip(), words) for part in parts]
    return lambda labels: all(test(labels) for test in tests)


def _requirement(part: str, words: str) -> Selector:
    if match := _EQUAL.fullmatch(part):
        key, operator, value = match.groups()
        if operator == "!=":
            return lambda labels: labels.get(key) != value
        return lambda labels: labels.get(key) == value
    if match := _SET.fullmatch(part):
        key, operator, listed = match.groups()
        values = frozenset(re.split(r"\s*,\s*", listed))
        if operator == "notin":
            return lambda labels: labels.get(key) not in values
        return lambda labels: labels.get(key) in values
    if match := _EXISTS.fullmatch(part):
        absent, key = bool(match.group(1)), match.group(2)
        return lambda labels: (key in labels) is not absent
    raise UsageError(
        f'label selector "{plain(words)}": cannot read "{plain(part)}"',
        "write key=value, key!=value, key in (a,b), key notin (a,b), key or !key, joined by commas",
    )


def parse_field_selector(words: str) -> Callable[[Mapping[str, Any]], bool]:
    """A field selector such as `metadata.name=x,metadata.namespace!=y`, of the fields that every CR can be selected by.

    Raises UsageError where it is malformed or names another field.
    """
    tests = [_field_test(part.strip(), words) for part in words.split(",") if part.strip()]
    return lambda obj: all(test(mapping(obj, "metadata")) for test in tests)


def _field_test(part: str, words: str) -> Callable[[Mapping[str, Any]], bool]:
    match = re.fullmatch(rf"metadata\.(name|namespace)\s*(==|=|!=)\s*({_VALUE})", part)
    if match is None:
        raise UsageError(
            f'field selector "{plain(words)}": cannot read "{plain(part)}"',
            "write metadata.name=NAME or metadata.namespace!=NS, joined by commas",
        )
    field, operator, value = match.groups()
    return lambda meta: (meta.get(field) == value) is (operator != "!=")


def object_selector(holder: Mapping[str, Any]) -> Selector:
    """The selector of an object: `matchLabels` and `matchExpressions`, or a plain map of labels."""
    if "matchLabels" not in holder and "matchExpressions" not in holder:
        wanted = dict(strings(holder))
    else:
        wanted = dict(strings(holder, "matchLabels"))
    tests = [_expression(entry) for entry in items(holder, "matchExpressions")] if mapping(holder) else []

    def matches(labels: Labels) -> bool:
        return all(labels.get(key) == value for key, value in wanted.items()) and all(t(labels) for t in tests)

    return matches


def _expression(entry: Mapping[str, Any]) -> Selector:
    key, operator = text(entry, "key"), text(entry, "operator")
    values = frozenset(texts(entry, "values"))
    match operator:
        case "In":
            return lambda labels: labels.get(key) in values
        case "NotIn":
            return lambda labels: labels.get(key) not in values
        case "DoesNotExist":
            return lambda labels: key not in labels
        case _:
            return lambda labels: key in labels
