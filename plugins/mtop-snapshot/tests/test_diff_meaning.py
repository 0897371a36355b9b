"""What is a difference and what is none."""

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
from mtop_snapshot.diff.paths import Filter, spelled
from mtop_snapshot.diff.walk import Walk

from mtop_core.testing import pod, service

WORLDS = Path(__file__).parents[3] / "mocks"
Obj = dict[str, Any]


def changes(a: Obj, b: Obj, **options: bool) -> list[str]:
    """Every change in words."""
    found = Walk(**options).changes(a, b)
    return [f"{change.kind} {spelled(change.path)}: {change.before!r} -> {change.after!r}" for change in found]


def ignored(a: Obj, b: Obj) -> dict[str, int]:
    walk = Walk()
    assert walk.changes(a, b) == []
    return dict(walk.counted())


def made(**container: Any) -> Obj:
    return service(template={"containers": [{"name": "main", "image": "vllm:1", **container}]})


NOISE: dict[str, tuple[Obj, Obj, str]] = {
    "quantities": (made(resources={"limits": {"cpu": "1000m", "memory": "0.5Gi"}}),
                   made(resources={"limits": {"cpu": 1, "memory": "512Mi"}}), "spelling"),
    "int or string": (made(livenessProbe={"httpGet": {"port": "8000"}}), made(livenessProbe={"httpGet": {"port": 8000}}), "spelling"),
    "flags in another order": (made(args=["--a", "1", "--b=2", "--c"]), made(args=["--c", "--b", "2", "--a=1"]), "spelling"),
    "flags with dashes": (made(args=["--max_model_len", "1"]), made(args=["--max-model-len=1"]), "spelling"),
    "flags in a variable": (made(env=[{"name": "VLLM_ADDITIONAL_ARGS", "value": "--a 1 --b 2"}]),
                            made(env=[{"name": "VLLM_ADDITIONAL_ARGS", "value": "--b=2  --a=1"}]), "spelling"),
    "flags in a script": (made(args=["exec vllm serve /m --a 1 --b 2"]), made(args=["exec vllm serve /m --b=2 --a=1"]), "spelling"),
    "env in another order": (made(env=[{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]),
                             made(env=[{"name": "B", "value": "2"}, {"name": "A", "value": "1"}]), "order"),
    "an empty variable": (made(env=[{"name": "A", "value": ""}]), made(env=[{"name": "A"}]), "defaults"),
    "defaults of a container": (made(), made(terminationMessagePath="/dev/termination-log", imagePullPolicy="IfNotPresent",
                                             resources={}, securityContext={}), "defaults"),
    "defaults of a port": (made(ports=[{"containerPort": 1}]), made(ports=[{"containerPort": 1, "protocol": "TCP"}]), "defaults"),
    "defaults of a probe": (made(readinessProbe={"httpGet": {"path": "/", "port": 1}}),
                            made(readinessProbe={"httpGet": {"path": "/", "port": 1, "scheme": "HTTP"}, "timeoutSeconds": 1,
                                                 "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3}), "defaults"),
    "null and nothing": (service(prefill=None), service(), "defaults"),
    "the model's own name": (service("x"), service("x", model={"uri": "hf://meta-llama/Llama-3.1-8B-Instruct"}), "defaults"),
    "one replica": ({**service(), "spec": {**service()["spec"], "replicas": 1}},
                    {**service(), "spec": {key: value for key, value in service()["spec"].items() if key != "replicas"}}, "defaults"),
    "replicas beside scaling": (service(replicas=3, scaling={"maxReplicas": 5}), service(replicas=4, scaling={"maxReplicas": 5}),
                                "replicas set by their owner"),
}  # fmt: skip


@pytest.mark.parametrize("name", NOISE)
def test_what_makes_no_noise(name: str) -> None:
    a, b, reason = NOISE[name]
    for one, other in ((a, b), (b, a)):
        assert changes(one, other) == []
        assert reason in ignored(one, other), ignored(one, other)
        assert digests(one)[0] == digests(other)[0]
        assert patch(one, other) == []


def with_meta(**meta: Any) -> Obj:
    obj = service()
    obj["metadata"] |= meta
    return obj


SERVER: dict[str, Obj] = {
    "uid": with_meta(uid="other"), "resourceVersion": with_meta(resourceVersion="9"), "generation": with_meta(generation=7),
    "creationTimestamp": with_meta(creationTimestamp="2026-01-01T00:00:00Z"), "managedFields": with_meta(managedFields=[{}]),
    "finalizers": with_meta(finalizers=["serving.kserve.io/llmisvc-finalizer"]),
    "annotations": with_meta(annotations={"kubectl.kubernetes.io/last-applied-configuration": "{}"}),
    "labels": with_meta(labels={"serving.kserve.io/routing-group": "g"}),
}  # fmt: skip


@pytest.mark.parametrize("name", SERVER)
def test_fields_of_the_server(name: str) -> None:
    assert ignored(service(), SERVER[name])
    assert digests(service())[0] == digests(SERVER[name])[0]


DIFFERENT: dict[str, tuple[Obj, Obj, list[str]]] = {
    "replicas": (service(), service(replicas=2), ["changed spec.replicas: 1 -> 2"]),
    "zero replicas": (service(), service(replicas=0), ["changed spec.replicas: 1 -> 0"]),
    "a flag": (made(args=["--a", "1", "--b"]), made(args=["--b", "--a", "2"]),
               ["changed spec.template.containers[main].args[--a]: '1' -> '2'"]),
    "a flag more": (made(args=["--a"]), made(args=["--a", "--c=3"]),
                    ["added spec.template.containers[main].args[--c]: None -> '3'"]),
    "a variable": (made(env=[{"name": "A", "value": "1"}]), made(env=[{"name": "A", "value": "2"}]),
                   ["changed spec.template.containers[main].env[A].value: '1' -> '2'"]),
    "managed or not wanted": (service(router={"route": {}}), service(router={}), ["removed spec.router.route: {} -> None"]),
    "containers' order is none, init's is": (
        service(template={"initContainers": [{"name": "a"}, {"name": "b"}], "containers": []}),
        service(template={"initContainers": [{"name": "b"}, {"name": "a"}], "containers": []}),
        ["moved spec.template.initContainers: ['a', 'b'] -> ['b', 'a']"]),
    "baseRefs' order counts": (service(baseRefs=[{"name": "a"}, {"name": "b"}]), service(baseRefs=[{"name": "b"}, {"name": "a"}]),
                               ["moved spec.baseRefs: ['a', 'b'] -> ['b', 'a']"]),
    "a toleration": (service(template={"tolerations": [{"key": "a"}], "containers": []}),
                     service(template={"tolerations": [{"key": "a"}, {"key": "b"}], "containers": []}),
                     ["added spec.template.tolerations[1]: None -> {'key': 'b'}"]),
    "a type": (made(env=[{"name": "A", "value": "1"}]), made(env=[{"name": "A", "value": 1}]),
               ["changed spec.template.containers[main].env[A].value: '1' -> 1"]),
    "a label": (with_meta(labels={"a": "1"}), with_meta(labels={"a": ""}), ["changed metadata.labels.a: '1' -> ''"]),
    "a label with dots": (with_meta(), with_meta(labels={"a.b/c": "1"}), ["added metadata.labels: None -> {'a.b/c': '1'}"]),
}  # fmt: skip


@pytest.mark.parametrize("name", DIFFERENT)
def test_what_is_a_difference(name: str) -> None:
    a, b, expected = DIFFERENT[name]
    assert changes(a, b) == expected
    assert digests(a)[0] != digests(b)[0]
    assert normal(apply(a, patch(a, b))) == normal(b)


def test_status_only_where_asked() -> None:
    a, b = service(), service()
    a["status"] = {"conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"}]}
    b["status"] = {"conditions": [{"type": "Ready", "status": "False", "lastTransitionTime": "2026-01-02T00:00:00Z"}]}
    assert changes(a, b) == []
    assert changes(a, b, status=True) == ["changed status.conditions[Ready].status: 'True' -> 'False'"]
    assert digests(a)[0] == digests(b)[0]
    assert digests(a)[1] != digests(b)[1]


def test_being_deleted_is_status() -> None:
    a, b, c = service(), with_meta(deletionTimestamp="2026-01-01T00:00:00Z"), with_meta(deletionTimestamp="2026-01-02T00:00:00Z")
    assert changes(a, b) == []
    assert changes(a, b, status=True) == ["added metadata.deletionTimestamp: None -> '2026-01-01T00:00:00Z'"] or changes(a, b, status=True)
    assert changes(b, c, status=True) == []
    assert digests(a)[1] != digests(b)[1] == digests(c)[1]


def test_two_versions_of_one_api() -> None:
    pool = {"selector": {"app": "x"}, "targetPortNumber": 8000, "extensionRef": {"name": "epp", "portNumber": 9002}}
    old = service(
        model={"uri": "hf://a/b", "name": "m", "criticality": "Critical"},
        router={"scheduler": {"pool": {"spec": pool}}},
    )
    old["apiVersion"] = "serving.kserve.io/v1alpha1"
    fresh = {"selector": {"matchLabels": {"app": "x"}}, "targetPorts": [{"number": 8000}],
             "endpointPickerRef": {"name": "epp", "port": {"number": 9002}}}  # fmt: skip
    new = service(model={"uri": "hf://a/b", "name": "m"}, router={"scheduler": {"pool": {"spec": fresh}}},
                  kvCacheOffloading={"cpu": "1Gi"})  # fmt: skip
    new["metadata"]["annotations"] = {"internal.serving.kserve.io/model-criticality": "Critical"}
    assert ignored(old, new) == {"versions of one API": 1, "lost in v1alpha1": 1}
    assert ignored(new, old)
    new["spec"]["model"]["uri"] = "hf://a/c"
    assert changes(old, new) == ["changed spec.model.uri: 'hf://a/b' -> 'hf://a/c'"]


def test_what_a_server_puts_into_pods() -> None:
    bare = pod("x", service())
    full = copy.deepcopy(bare)
    full["spec"] |= {
        "volumes": [{"name": "kube-api-access-x1y2z", "projected": {}}],
        "tolerations": [{"key": "node.kubernetes.io/not-ready", "effect": "NoExecute", "tolerationSeconds": 300}],
        "serviceAccountName": "default", "serviceAccount": "default", "dnsPolicy": "ClusterFirst", "restartPolicy": "Always",
        "terminationGracePeriodSeconds": 30, "schedulerName": "default-scheduler", "priority": 0,
    }  # fmt: skip
    mount = {
        "name": "kube-api-access-x1y2z",
        "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount",
        "readOnly": True,
    }
    full["spec"]["containers"][0]["volumeMounts"] = [mount]
    assert changes(bare, full) == []
    assert digests(bare) == digests(full)


@pytest.mark.parametrize(
    ("wanted", "unwanted", "expected"),
    [
        ((), (), 3), (("spec.replicas",), (), 1), (("/spec/replicas",), (), 1), (("spec",), (), 3), (("**.image",), (), 1),
        (("spec.template.containers[name=main].image",), (), 1), (("spec.template.containers[main]",), (), 2),
        ((), ("spec.template.*",), 1), ((), ("spec.template.containers[*].env[A].value", "**.replicas"), 1), (("spec.rep",), (), 0),
    ],
)  # fmt: skip
def test_paths(wanted: tuple[str, ...], unwanted: tuple[str, ...], expected: int) -> None:
    a, b = made(env=[{"name": "A", "value": "1"}]), made(env=[{"name": "A", "value": "2"}])
    b["spec"]["template"]["containers"][0]["image"] = "vllm:2"
    b["spec"]["replicas"] = 3
    found = Walk().changes(a, b)
    assert len([change for change in found if Filter(wanted, unwanted)(change)]) == expected


# A world of objects to draw from: the shapes that lists, flags and defaults come in.
WORDS = st.sampled_from(["a", "b", "c", "1", "1.0", "1000m", "1Gi", "8000", "--x", "--x=1", "--y", "", "TCP", "true"])
SCALARS = st.one_of(
    WORDS, st.integers(-2, 9000), st.booleans(), st.none(), st.floats(allow_nan=False, allow_infinity=False)
)
NAMED = st.dictionaries(
    st.sampled_from(["name", "value", "key", "image", "containerPort", "protocol", "type"]), SCALARS, max_size=4
)
FIELDS = st.sampled_from(["containers", "env", "args", "command", "ports", "tolerations", "volumes", "initContainers", "replicas",
                          "limits", "labels", "route", "values", "template", "spec", "rules", "backendRefs", "weight", "port"])  # fmt: skip
TREES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(st.one_of(inner, NAMED, WORDS), max_size=4), st.dictionaries(FIELDS, inner, max_size=4)),
    max_leaves=20,
)  # fmt: skip
SPECS = st.dictionaries(FIELDS, TREES, max_size=5)


def service_of(spec: Obj) -> Obj:
    return {"apiVersion": "serving.kserve.io/v1alpha2", "kind": "LLMInferenceService",
            "metadata": {"name": "x", "namespace": "y"}, "spec": spec}  # fmt: skip


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
    field = data.draw(st.sampled_from(["env", "volumes", "tolerations", "containers", "ports", "imagePullSecrets", "matchExpressions",
                                       "values", "accessModes", "finalizers", "hostnames", "backendRefs", "volumeMounts"]))  # fmt: skip
    entry = {
        "env": {"name": "N", "value": "v"}, "ports": {"containerPort": 1}, "tolerations": {"key": "k"}, "values": "v",
        "accessModes": "m", "finalizers": "f", "hostnames": "h", "matchExpressions": {"key": "k", "operator": "In"},
        "volumeMounts": {"mountPath": "/p"},
    }.get(field, {"name": "n"})  # fmt: skip

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
        elif (*path, key)[:2] not in (("metadata", "name"), ("metadata", "namespace")) and path + (key,) not in (
            ("kind",),
            ("apiVersion",),
        ):
            yield (*path, key), value, key
