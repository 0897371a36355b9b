"""The keywords that choose between schemas or tie fields together: one error each, at most."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from mtop_core.schema.messages import MESSAGE, NOUNS, Keyword, error, got

_SHAPING = ("required", "additionalProperties", "const")  # what tells the branches of a choice apart


def _choice(*, only_one: bool) -> Keyword:
    def keyword(validator: Any, branches: Any, instance: Any, _schema: Any) -> Iterator[Any]:
        failed = [list(validator.descend(instance, branch)) for branch in branches]
        if all(failed):
            yield _closest(branches, failed, instance)
        elif only_one and failed.count([]) > 1:
            names = _alternatives(branches)
            many = "fits more than one of the allowed forms"
            yield error(f"only one of {names} may be set" if names else many)

    return keyword


def _alternatives(branches: Any) -> str:
    """The names of the fields when the branches only say which field is required."""
    plain = all(isinstance(branch, dict) and branch.keys() == {"required"} for branch in branches)
    return ", ".join(" with ".join(branch["required"]) for branch in branches) if plain else ""


def _closest(branches: Any, failed: list[list[Any]], instance: Any) -> Any:
    """One error for all branches: of the branch that the author most likely meant."""
    names = _alternatives(branches)
    if names and isinstance(instance, dict):
        return error(f"one of {names} is required")
    if all(errors[0].validator == "type" and not errors[0].path for errors in failed):
        wanted = " or ".join(NOUNS.get(str(errors[0].validator_value), "another type") for errors in failed)
        return error(f"expected {wanted}, got {got(instance)}")

    def fit(errors: list[Any]) -> tuple[int, int, int]:
        misfits = sum(not found.path or found.validator in _SHAPING for found in errors)
        return misfits, len(errors), -max(len(found.path) for found in errors)

    return min(failed, key=fit)[0]


def _not(validator: Any, schema: Any, instance: Any, _schema: Any) -> Iterator[Any]:
    if not isinstance(schema, dict) or not _fits(validator, schema, instance):
        return
    names = schema.get("required") if schema.keys() == {"required"} else None
    yield error(f"{' and '.join(names)} cannot be set together" if names else "has a form that is not allowed")


def _if(validator: Any, condition: Any, instance: Any, schema: Any) -> Iterator[Any]:
    branch = "then" if _fits(validator, condition, instance) else "else"
    if branch in schema:
        yield from validator.descend(instance, schema[branch], schema_path=branch)


def _fits(validator: Any, schema: Any, instance: Any) -> bool:
    return bool(validator.evolve(schema=schema).is_valid(instance))


def _dependent(_validator: Any, needs: Any, instance: Any, _schema: Any) -> Iterator[Any]:
    for name in needs if isinstance(instance, dict) else ():
        missing = [other for other in needs[name] if name in instance and other not in instance]
        yield from (error(f"required together with {name}", other) for other in missing)


def _once(keyword: Keyword) -> Keyword:
    """The keyword with one error at most, and with the message that the schema brings along."""

    def once(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[Any]:
        for found in islice(keyword(validator, value, instance, schema), 1):
            yield error(str(schema[MESSAGE])) if MESSAGE in schema else found

    return once


CHOICES: dict[str, Keyword] = {
    "anyOf": _once(_choice(only_one=False)),
    "oneOf": _once(_choice(only_one=True)),
    "not": _once(_not),
    "if": _once(_if),
    "dependentRequired": _once(_dependent),
}
