"""`--set KEY=VALUE`: values of a document changed from the command line."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from mtop_core.api import UsageError, YamlError, documents, plain

_MOST = 200


def overridden(document: Any, settings: Sequence[str]) -> Any:
    """A copy of a document with some values set; UsageError for a setting that leads nowhere.

    A key is a path from `spec` on; an item of a list is meant by its number or its name: `models.stable.replicas`.
    """
    if not settings:
        return document
    changed = copy.deepcopy(document)
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not equals or not key or len(key) > _MOST:
            wrong = f'--set "{plain(setting[:_MOST])}": expected KEY=VALUE'
            raise UsageError(wrong, "such as load.requestsPerSecond=20")
        _set(changed, key, _value(setting, value))
    return changed


def _value(setting: str, words: str) -> Any:
    try:
        found = [value for value, _ in documents(words)]
    except YamlError as error:
        raise UsageError(f'--set "{plain(setting)}": {error.message}') from None
    return found[0] if found else None


def _set(document: Any, key: str, value: Any) -> None:
    steps = key.replace("[", ".").replace("]", "").split(".")
    if steps[0] not in ("spec", "metadata"):
        steps.insert(0, "spec")
    here = document
    for step in steps[:-1]:
        here = _inside(here, step, key)
    last = steps[-1]
    if isinstance(here, list):
        here[_index(here, last, key)] = value
    elif isinstance(here, dict):
        here[last] = value
    else:
        raise _nowhere(key, last)


def _inside(here: Any, step: str, key: str) -> Any:
    if isinstance(here, list):
        return here[_index(here, step, key)]
    if not isinstance(here, dict):
        raise _nowhere(key, step)
    return here.setdefault(step, {})


def _index(here: list[Any], step: str, key: str) -> int:
    """The place of an item by number or by name; one past the last one adds an item."""
    named = [at for at, item in enumerate(here) if isinstance(item, dict) and item.get("name") == step]
    if named:
        return named[0]
    if step.isdigit() and len(step) < 5 and int(step) <= len(here):
        if int(step) == len(here):
            here.append({})
        return int(step)
    raise _nowhere(key, step)


def _nowhere(key: str, step: str) -> UsageError:
    return UsageError(f'--set {plain(key)}: there is no "{plain(step)}" to go into')
