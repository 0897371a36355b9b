"""Objects without what is secret in them: variables, arguments, Secrets, and whatever gives itself away."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from mtop_snapshot.redact.masks import MASK, Masker
from mtop_snapshot.redact.names import (
    is_safe_variable,
    is_secret_annotation,
    is_secret_flag,
    is_secret_header,
    is_secret_key,
    looks_secret,
    sounds_measured,
    sounds_secret,
    takes_several,
)
from mtop_snapshot.redact.patterns import is_plain, is_reference, masked, suspect, without

# Where kubectl, Rancher, kapp and an operator keep a whole object, some of them packed and out of reach of any rule.
_APPLIED = (
    "last-applied-configuration",
    "objectset.rio.cattle.io/applied",
    "kapp.k14s.io/original",
    "banzaicloud.com/last-applied",
)


def structured(obj: Mapping[str, Any], masker: Masker) -> dict[str, Any]:
    """A copy of an object with masked variables, arguments and fields, without managedFields and what was applied last.

    What needs no change is shared with the original.
    """
    meta = obj["metadata"]
    place = masker.place = f"{obj.get('kind')} {meta.get('namespace') or ''}/{meta.get('name')}"
    found = dict(obj)
    annotations = meta.get("annotations")
    if "managedFields" in meta or (isinstance(annotations, dict) and _has_applied(annotations)):
        found["metadata"] = _without_history(meta, masker)
    if found.get("kind") == "Secret":
        return _secret(found, masker)
    copy: dict[str, Any] = _walked(found, masker)
    masker.place = place
    return copy


def finished(obj: dict[str, Any], text: str, masker: Masker) -> dict[str, Any]:
    """An object whose JSON is `text` without secrets of known forms, and without those met anywhere before."""
    known = masker.found
    if masker.guesses and obj.get("kind") == "Event":
        known = tuple(sorted({*known, *masker.guesses}, key=lambda value: (-len(value), value)))
    if not suspect(text) and not any(value in text for value in known):
        return obj
    meta = obj["metadata"]
    masker.place = f"{obj.get('kind')} {meta.get('namespace') or ''}/{meta.get('name')}"
    result: dict[str, Any] = _plain(obj, masker, known)
    return result


def named(obj: Mapping[str, Any]) -> Iterator[str]:
    """The names an object gives in plain words (its own, its labels, its containers, its arguments): no secrets."""
    if obj.get("kind") in ("Event", "Secret"):
        return
    yield from _leaves({"spec": obj.get("spec"), "labels": obj["metadata"].get("labels")})
    yield from (str(obj["metadata"].get(key) or "") for key in ("name", "namespace"))


def _leaves(value: Any) -> Iterator[str]:
    kind = type(value)
    if kind is str:
        yield value.partition("=")[2] if value.startswith("--") else value
    elif kind is dict:
        for key, part in value.items():
            if key != "annotations":  # notes rather than names
                yield from _leaves(part)
    elif kind is list:
        for part in value:
            yield from _leaves(part)


def redacted(obj: Mapping[str, Any], masker: Masker) -> dict[str, Any]:
    """An object without anything secret."""
    return _plain(structured(obj, masker), masker, masker.found)  # type: ignore[no-any-return]


def _without_history(meta: Mapping[str, Any], masker: Masker) -> dict[str, Any]:
    kept = {key: value for key, value in meta.items() if key != "managedFields"}
    if "managedFields" in meta:
        masker.count("managed-fields")
    annotations = kept.get("annotations")
    if isinstance(annotations, dict) and _has_applied(annotations):
        kept["annotations"] = _without_applied(annotations, masker)
        if not kept["annotations"]:
            del kept["annotations"]
    return kept


def _has_applied(annotations: Mapping[str, Any]) -> bool:
    return any(key.endswith(_APPLIED) for key in annotations)


def _without_applied(annotations: Mapping[str, Any], masker: Masker) -> dict[str, Any]:
    kept = {key: value for key, value in annotations.items() if not key.endswith(_APPLIED)}
    masker.count("last-applied", len(annotations) - len(kept))
    return kept


def _annotations(annotations: dict[str, Any], masker: Masker) -> dict[str, Any]:
    """Annotations, also those of a template; what one holds as JSON is masked as an object is."""
    if _has_applied(annotations):
        annotations = _without_applied(annotations, masker)
    changed = {}
    for key, value in annotations.items():
        if type(value) is not str or not value:
            continue
        fresh = value
        if is_secret_annotation(key) and not is_plain(value):
            fresh = masker.mask(value, "field", known=True)
        elif value[0] in "{[":
            fresh = _json(value, masker)
        if fresh != value:
            changed[key] = fresh
    return {**annotations, **changed} if changed else annotations


def _json(text: str, masker: Masker) -> str:
    """A text that is JSON with what is secret in it masked; itself where it is none or holds nothing."""
    with suppress(ValueError, RecursionError):
        value = json.loads(text)
        fresh = _walked(value, masker)
        return text if fresh is value else json.dumps(fresh, separators=(",", ":"), ensure_ascii=False)
    return text


def _secret(obj: dict[str, Any], masker: Masker) -> dict[str, Any]:
    """A Secret with its keys and no value."""
    for field in ("data", "stringData"):
        values = obj.get(field)
        if isinstance(values, dict):
            obj[field] = {key: _secret_value(field, value, masker) for key, value in values.items()}
    return obj


def _secret_value(field: str, value: Any, masker: Masker) -> str:
    import base64
    import binascii

    text = str(value)
    if field == "data" and not MASK.fullmatch(text):
        with suppress(binascii.Error, ValueError):  # the same secret is the same mask, however it is written
            text = base64.b64decode(text, validate=True).decode()
        masker.known.update(word for word in (str(value),) if len(word) >= 12)
    return masker.mask(text, "secret", known=True)


def _walked(value: Any, masker: Masker) -> Any:
    """A value with variables, arguments and secret fields masked; itself where there are none."""
    if type(value) is dict:
        changed: dict[str, Any] = {}
        for key, part in value.items():
            kind = type(part)
            if kind is str:
                if part and is_secret_key(key):
                    changed[key] = masker.mask(part, "field", known=True)
            elif kind is dict or kind is list:
                fresh = _part(key, part, masker)
                if fresh is not part:
                    changed[key] = fresh
        if _is_header(value):
            changed["value"] = masker.mask(value["value"], "header", known=True)
        return {**value, **changed} if changed else value
    if type(value) is list:
        fresh_items = [_walked(part, masker) if type(part) in (dict, list) else part for part in value]
        same = all(new is old for new, old in zip(fresh_items, value, strict=True))
        return value if same else fresh_items
    return value


def _part(key: str, value: Any, masker: Masker) -> Any:
    """An object or list below a key."""
    if type(value) is list:
        return _list(key, value, masker)
    return _annotations(value, masker) if key == "annotations" else _walked(value, masker)


def _is_header(value: Mapping[str, Any]) -> bool:
    """Whether an object is a header or a setting by name and value, of a probe or a route for instance, and secret."""
    name, said = value.get("name"), value.get("value")
    if type(name) is not str or type(said) is not str or not said or is_plain(said) or is_reference(said):
        return False
    return is_secret_header(name)


def _list(key: str, value: list[Any], masker: Masker) -> list[Any]:
    if key == "env" and all(type(entry) is dict for entry in value):
        found = [_variable(entry, masker) for entry in value]
    elif key in ("args", "command"):
        found = arguments(value, masker)
    else:
        walked: list[Any] = _walked(value, masker)
        return walked
    return value if all(new is old for new, old in zip(found, value, strict=True)) else found


def _variable(entry: dict[str, Any], masker: Masker) -> dict[str, Any]:
    """An environment variable; its value is kept where its name is known to be safe and it looks like no secret."""
    name, value = entry.get("name"), entry.get("value")
    if type(name) is not str or value in (None, "") or type(value) in (bool, dict, list):
        return entry
    if type(value) is not str:  # no server takes a number, but files hold some
        return entry if is_safe_variable(name) else {**entry, "value": masker.mask(str(value), "variable")}
    if is_safe_variable(name) and not looks_secret(value) and (is_plain(value) or not sounds_measured(name)):
        fresh = masked(value, masker) if suspect(value) else value
        return entry if fresh == value else {**entry, "value": fresh}
    if MASK.fullmatch(value):
        return entry
    known = sounds_secret(name) or looks_secret(value)
    if not known:
        masker.guess(value)
    return {**entry, "value": masker.mask(value, "variable", known=known)}


def arguments(words: Sequence[Any], masker: Masker) -> list[Any]:
    """Words of a command line; what follows a flag that takes a secret is masked: `--x v`, `--x=v`, and in scripts."""
    found: list[Any] = []
    secret = several = user = False
    for word in words:
        if type(word) is not str:
            found.append(word)
        elif secret and not (word.startswith("--") and len(word) > 2):
            found.append(word if is_reference(word) else masker.mask(word, "argument", known=True))
            secret = several
            continue
        elif user and (colon := word.find(":")) > 0 and not word[colon + 1 :].isdigit():
            found.append(f"{word[: colon + 1]}{masker.mask(word[colon + 1 :], 'url-user', known=True)}")
        else:
            found.append(_word(word, masker))
        secret = (
            type(word) is str and word.startswith("-") and "=" not in word and " " not in word and is_secret_flag(word)
        )
        several = secret and takes_several(word)
        user = word in ("-u", "--user", "--proxy-user")
    return found


def _word(word: str, masker: Masker) -> str:
    flag, equals, value = word.partition("=")
    if (
        equals
        and flag.startswith("-")
        and " " not in flag
        and is_secret_flag(flag)
        and value
        and not is_reference(value)
    ):
        return f"{flag}={masker.mask(value, 'argument', known=True)}"
    return masked(word, masker) if suspect(word) else word


def _plain(value: Any, masker: Masker, known: Sequence[str]) -> Any:
    """A value with every string in it searched for secrets; itself where there are none."""
    if type(value) is str:
        text = without(value, known, masker) if known else value
        return masked(text, masker) if suspect(text) else text
    if type(value) is dict:
        fresh = {key: _plain(part, masker, known) for key, part in value.items()}
        return value if all(fresh[key] is part for key, part in value.items()) else fresh
    if type(value) is list:
        items = [_plain(part, masker, known) for part in value]
        return value if all(new is old for new, old in zip(items, value, strict=True)) else items
    return value
