"""What is true of every difference: nothing differs from itself, a patch makes one the other, digests never lie."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mtop_snapshot.diff.normal import digests, normal, text_of
from mtop_snapshot.diff.patch import apply, patch
from mtop_snapshot.diff.walk import Walk

WORLDS = Path(__file__).parents[3] / "mocks"
Obj = dict[str, Any]

# A world of objects to draw from: the shapes that lists, flags and defaults come in.
WORDS = st.sampled_from(["a", "b", "c", "1", "1.0", "1000m", "1Gi", "8000", "--x", "--x=1", "--y", "", "TCP", "true"])
SCALARS = st.one_of(
    WORDS, st.integers(-2, 9000), st.booleans(), st.none(), st.floats(allow_nan=False, allow_infinity=False)
)
NAMED = st.dictionaries(
    st.sampled_from(["name", "value", "key", "image", "containerPort", "protocol", "type"]), SCALARS, max_size=4
)
FIELDS = st.sampled_from(
    [
        "containers",
        "env",
        "args",
        "command",
        "ports",
        "tolerations",
        "volumes",
        "initContainers",
        "replicas",
        "limits",
        "labels",
        "route",
        "values",
        "template",
        "spec",
        "rules",
        "backendRefs",
        "weight",
        "port",
    ]
)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(st.one_of(inner, NAMED, WORDS), max_size=4), st.dictionaries(FIELDS, inner, max_size=4)
    ),
    max_leaves=20,
)
SPECS = st.dictionaries(FIELDS, TREES, max_size=5)


def service_of(spec: Obj) -> Obj:
    return {
        "apiVersion": "serving.kserve.io/v1alpha2",
        "kind": "LLMInferenceService",
        "metadata": {"name": "x", "namespace": "y"},
        "spec": spec,
    }


@settings(max_examples=300, deadline=None)
@given(SPECS)
def test_nothing_differs_from_itself(spec: Obj) -> None:
    obj = service_of(spec)
    assert Walk(status=True).changes(obj, json.loads(json.dumps(obj))) == []
    assert patch(obj, copy.deepcopy(obj)) == []


@settings(max_examples=600, deadline=None)
@given(SPECS, SPECS)
def test_digests_say_what_the_walk_says(one: Obj, other: Obj) -> None:
    a, b = service_of(one), service_of(other)
    assert (digests(a) == digests(b)) == (Walk().changes(a, b) == []), text_of([normal(a), normal(b)])


@settings(max_examples=600, deadline=None)
@given(SPECS, SPECS)
def test_a_patch_makes_one_the_other(one: Obj, other: Obj) -> None:
    a, b = service_of(one), service_of(other)
    made_of_a = apply(a, patch(a, b))
    assert normal(made_of_a) == normal(b)
    assert Walk().changes(made_of_a, b) == []


PLAIN = st.recursive(
    st.text("abcxyz", min_size=1, max_size=3),
    lambda inner: st.dictionaries(st.sampled_from(["p", "q", "r", "s~/t"]), inner, min_size=1, max_size=4),
    max_leaves=15,
)


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(st.sampled_from(["k", "l", "m"]), PLAIN), st.dictionaries(st.sampled_from(["k", "l", "m"]), PLAIN)
)
def test_where_nothing_is_noise_a_patch_gives_the_very_object(one: Obj, other: Obj) -> None:
    a, b = service_of(one), service_of(other)
    assert apply(a, patch(a, b)) == b


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_order_of_sets_never_shows(data: st.DataObject) -> None:
    field = data.draw(
        st.sampled_from(
            [
                "env",
                "volumes",
                "tolerations",
                "containers",
                "ports",
                "imagePullSecrets",
                "matchExpressions",
                "values",
                "accessModes",
                "finalizers",
                "hostnames",
                "backendRefs",
                "volumeMounts",
            ]
        )
    )
    entry = {
        "env": {"name": "N", "value": "v"},
        "ports": {"containerPort": 1},
        "tolerations": {"key": "k"},
        "values": "v",
        "accessModes": "m",
        "finalizers": "f",
        "hostnames": "h",
        "matchExpressions": {"key": "k", "operator": "In"},
        "volumeMounts": {"mountPath": "/p"},
    }.get(field, {"name": "n"})

    def numbered(number: int) -> Any:
        if isinstance(entry, str):
            return f"{entry}{number}"
        key = next(iter(entry))
        return {**entry, key: number if key == "containerPort" else f"{entry[key]}{number}"}

    entries = [numbered(number) for number in range(data.draw(st.integers(2, 6)))]
    shuffled = data.draw(st.permutations(entries))
    a, b = service_of({"template": {field: entries}}), service_of({"template": {field: list(shuffled)}})
    assert Walk().changes(a, b) == []
    assert digests(a) == digests(b)


def _objects(world: str) -> list[Obj]:
    found = [json.loads(path.read_text()) for path in sorted((WORLDS / world / "crs").rglob("*.json"))]
    for path in sorted((WORLDS / world / "cluster").glob("*.jsonl")):
        found += [json.loads(line) for line in path.read_text().splitlines()]
    return found


@pytest.mark.parametrize("world", ["degraded", "healthy", "rollout"])
def test_every_change_of_a_real_object_is_found(world: str) -> None:
    """deepdiff is the oracle: where it sees a change in normal forms the walk does, at one leaf after another."""
    from deepdiff import DeepDiff

    for obj in _objects(world)[::23]:
        for path, holder, key in list(_leaves(obj, ()))[::17]:
            before = holder[key]
            original = copy.deepcopy(obj)
            holder[key] = f"{before}x" if isinstance(before, str) else "changed"
            found = Walk(status=True).changes(original, obj)
            one, other = normal(original, status=True), normal(obj, status=True)
            assert bool(found) == bool(DeepDiff(one, other)), path
            assert normal(apply(original, patch(original, obj, status=True)), status=True) == other, path
            holder[key] = before


def _leaves(value: Any, path: tuple[Any, ...]) -> Any:
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in members:
        if isinstance(part, dict | list):
            yield from _leaves(part, (*path, key))
        elif (*path, key)[:2] not in (("metadata", "name"), ("metadata", "namespace")) and (*path, key) not in (
            ("kind",),
            ("apiVersion",),
        ):
            yield (*path, key), value, key
