"""Differences for programs: the document of `-o json`, JSON patches, and what deepdiff makes of each pair."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from mtop_snapshot.diff.compare import Comparison, Difference, count_of, identity
from mtop_snapshot.diff.normal import normal
from mtop_snapshot.diff.patch import patch
from mtop_snapshot.diff.paths import spelled
from mtop_snapshot.diff.walk import Change
from mtop_snapshot.show.texts import is_secret

Blamed = Mapping[tuple[int, int], tuple[str, str]]


def document(
    differences: Sequence[Difference], comparison: Comparison, sides: Sequence[Mapping[str, Any]], blamed: Blamed
) -> dict[str, Any]:
    """The document of `mtop diff -o json`."""
    return {
        "apiVersion": "mtop.dev/v1alpha1",
        "kind": "Diff",
        "sides": list(sides),
        "same": not differences,
        "compared": comparison.compared,
        "counts": count_of(differences),
        "ignored": dict(sorted(comparison.ignored.items())),
        "alike": comparison.alike,
        "unmanaged": comparison.unmanaged,
        "gaps": [{"resource": gap.resource, "reason": gap.reason} for gap in comparison.gaps],
        "items": [_item(number, difference, blamed) for number, difference in enumerate(differences)],
    }


def _item(number: int, difference: Difference, blamed: Blamed) -> dict[str, Any]:
    namespace, _, name = difference.new_key.partition("/")
    return {
        "object": identity(difference),
        "change": difference.what,
        "renamedTo": {"namespace": namespace, "name": name} if difference.new_key else None,
        "fields": [_field(change, blamed.get((number, at))) for at, change in enumerate(difference.changes)],
    }


def _field(change: Change, blame: tuple[str, str] | None) -> dict[str, Any]:
    found: dict[str, Any] = {
        "path": spelled(change.path),
        "pointer": "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in change.pointer),
        "change": change.kind,
        "before": change.before,
        "after": change.after,
        "secret": is_secret(change.before) or is_secret(change.after),
    }
    return found if blame is None else {**found, "manager": blame[0] or None, "time": blame[1] or None}


def patches(differences: Sequence[Difference], *, status: bool, single: bool) -> str:
    """JSON patches from before to after: a bare one for a single object, else one for each with its target."""
    found: list[dict[str, Any]] = [
        {"target": identity(difference) | {"version": str(difference.before["apiVersion"]).rpartition("/")[2]},
         "patch": patch(difference.before, difference.after, status=status)}
        for difference in differences if difference.before is not None and difference.after is not None
    ]  # fmt: skip
    if single and len(found) <= 1:
        return _json(found[0]["patch"] if found else [])
    return _json(found)


def masks(differences: Sequence[Difference]) -> int:
    """How many changes of the patches would write the mask of a secret where the secret belongs."""
    return sum(
        is_secret(change.after if isinstance(change.after, str) else json.dumps(change.after))
        for difference in differences
        if difference.before is not None and difference.after is not None
        for change in difference.changes
    )


def deep(differences: Sequence[Difference], *, status: bool) -> str:
    """What deepdiff says of each changed pair, in their normal forms: types, added and removed items, by path."""
    from deepdiff import DeepDiff

    found = []
    for difference in differences:
        if difference.before is not None and difference.after is not None:
            one, other = (normal(obj, status=status) for obj in (difference.before, difference.after))
            found.append(
                {
                    "object": identity(difference),
                    "deepdiff": json.loads(DeepDiff(one, other, verbose_level=2).to_json()),
                }
            )
    return _json(found)


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=True) + "\n"
