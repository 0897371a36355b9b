"""What is a difference and what is none."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from mtop_snapshot.diff.normal import digests, normal
from mtop_snapshot.diff.patch import apply, patch
from mtop_snapshot.diff.paths import Filter, spelled
from mtop_snapshot.diff.walk import Walk

from mtop_core.testing import pod, service

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
    "quantities": (
        made(resources={"limits": {"cpu": "1000m", "memory": "0.5Gi"}}),
        made(resources={"limits": {"cpu": 1, "memory": "512Mi"}}),
        "spelling",
    ),
    "int or string": (
        made(livenessProbe={"httpGet": {"port": "8000"}}),
        made(livenessProbe={"httpGet": {"port": 8000}}),
        "spelling",
    ),
    "flags in another order": (
        made(args=["--a", "1", "--b=2", "--c"]),
        made(args=["--c", "--b", "2", "--a=1"]),
        "spelling",
    ),
    "flags with dashes": (made(args=["--max_model_len", "1"]), made(args=["--max-model-len=1"]), "spelling"),
    "flags in a variable": (
        made(env=[{"name": "VLLM_ADDITIONAL_ARGS", "value": "--a 1 --b 2"}]),
        made(env=[{"name": "VLLM_ADDITIONAL_ARGS", "value": "--b=2  --a=1"}]),
        "spelling",
    ),
    "flags in a script": (
        made(args=["exec vllm serve /m --a 1 --b 2"]),
        made(args=["exec vllm serve /m --b=2 --a=1"]),
        "spelling",
    ),
    "env in another order": (
        made(env=[{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]),
        made(env=[{"name": "B", "value": "2"}, {"name": "A", "value": "1"}]),
        "order",
    ),
    "an empty variable": (made(env=[{"name": "A", "value": ""}]), made(env=[{"name": "A"}]), "defaults"),
    "defaults of a container": (
        made(),
        made(
            terminationMessagePath="/dev/termination-log",
            imagePullPolicy="IfNotPresent",
            resources={},
            securityContext={},
        ),
        "defaults",
    ),
    "defaults of a port": (
        made(ports=[{"containerPort": 1}]),
        made(ports=[{"containerPort": 1, "protocol": "TCP"}]),
        "defaults",
    ),
    "defaults of a probe": (
        made(readinessProbe={"httpGet": {"path": "/", "port": 1}}),
        made(
            readinessProbe={
                "httpGet": {"path": "/", "port": 1, "scheme": "HTTP"},
                "timeoutSeconds": 1,
                "periodSeconds": 10,
                "successThreshold": 1,
                "failureThreshold": 3,
            }
        ),
        "defaults",
    ),
    "null and nothing": (service(prefill=None), service(), "defaults"),
    "the model's own name": (
        service("x"),
        service("x", model={"uri": "hf://meta-llama/Llama-3.1-8B-Instruct"}),
        "defaults",
    ),
    "one replica": (
        {**service(), "spec": {**service()["spec"], "replicas": 1}},
        {**service(), "spec": {key: value for key, value in service()["spec"].items() if key != "replicas"}},
        "defaults",
    ),
    "replicas beside scaling": (
        service(replicas=3, scaling={"maxReplicas": 5}),
        service(replicas=4, scaling={"maxReplicas": 5}),
        "replicas set by their owner",
    ),
}


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
    "uid": with_meta(uid="other"),
    "resourceVersion": with_meta(resourceVersion="9"),
    "generation": with_meta(generation=7),
    "creationTimestamp": with_meta(creationTimestamp="2026-01-01T00:00:00Z"),
    "managedFields": with_meta(managedFields=[{}]),
    "finalizers": with_meta(finalizers=["serving.kserve.io/llmisvc-finalizer"]),
    "annotations": with_meta(annotations={"kubectl.kubernetes.io/last-applied-configuration": "{}"}),
    "labels": with_meta(labels={"serving.kserve.io/routing-group": "g"}),
}


@pytest.mark.parametrize("name", SERVER)
def test_fields_of_the_server(name: str) -> None:
    assert ignored(service(), SERVER[name])
    assert digests(service())[0] == digests(SERVER[name])[0]


DIFFERENT: dict[str, tuple[Obj, Obj, list[str]]] = {
    "replicas": (service(), service(replicas=2), ["changed spec.replicas: 1 -> 2"]),
    "zero replicas": (service(), service(replicas=0), ["changed spec.replicas: 1 -> 0"]),
    "a flag": (
        made(args=["--a", "1", "--b"]),
        made(args=["--b", "--a", "2"]),
        ["changed spec.template.containers[main].args[--a]: '1' -> '2'"],
    ),
    "a flag more": (
        made(args=["--a"]),
        made(args=["--a", "--c=3"]),
        ["added spec.template.containers[main].args[--c]: None -> '3'"],
    ),
    "a variable": (
        made(env=[{"name": "A", "value": "1"}]),
        made(env=[{"name": "A", "value": "2"}]),
        ["changed spec.template.containers[main].env[A].value: '1' -> '2'"],
    ),
    "managed or not wanted": (
        service(router={"route": {}}),
        service(router={}),
        ["removed spec.router.route: {} -> None"],
    ),
    "containers' order is none, init's is": (
        service(template={"initContainers": [{"name": "a"}, {"name": "b"}], "containers": []}),
        service(template={"initContainers": [{"name": "b"}, {"name": "a"}], "containers": []}),
        ["moved spec.template.initContainers: ['a', 'b'] -> ['b', 'a']"],
    ),
    "baseRefs' order counts": (
        service(baseRefs=[{"name": "a"}, {"name": "b"}]),
        service(baseRefs=[{"name": "b"}, {"name": "a"}]),
        ["moved spec.baseRefs: ['a', 'b'] -> ['b', 'a']"],
    ),
    "a toleration": (
        service(template={"tolerations": [{"key": "a"}], "containers": []}),
        service(template={"tolerations": [{"key": "a"}, {"key": "b"}], "containers": []}),
        ["added spec.template.tolerations[1]: None -> {'key': 'b'}"],
    ),
    "a type": (
        made(env=[{"name": "A", "value": "1"}]),
        made(env=[{"name": "A", "value": 1}]),
        ["changed spec.template.containers[main].env[A].value: '1' -> 1"],
    ),
    "a label": (with_meta(labels={"a": "1"}), with_meta(labels={"a": ""}), ["changed metadata.labels.a: '1' -> ''"]),
    "a label with dots": (
        with_meta(),
        with_meta(labels={"a.b/c": "1"}),
        ["added metadata.labels: None -> {'a.b/c': '1'}"],
    ),
}


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
    a, b, c = (
        service(),
        with_meta(deletionTimestamp="2026-01-01T00:00:00Z"),
        with_meta(deletionTimestamp="2026-01-02T00:00:00Z"),
    )
    assert changes(a, b) == []
    assert len(changes(a, b, status=True)) == 1
    assert changes(b, c, status=True) == []
    assert digests(a)[1] != digests(b)[1] == digests(c)[1]


def test_two_versions_of_one_api() -> None:
    pool = {"selector": {"app": "x"}, "targetPortNumber": 8000, "extensionRef": {"name": "epp", "portNumber": 9002}}
    old = service(
        model={"uri": "hf://a/b", "name": "m", "criticality": "Critical"},
        router={"scheduler": {"pool": {"spec": pool}}},
    )
    old["apiVersion"] = "serving.kserve.io/v1alpha1"
    fresh = {
        "selector": {"matchLabels": {"app": "x"}},
        "targetPorts": [{"number": 8000}],
        "endpointPickerRef": {"name": "epp", "port": {"number": 9002}},
    }
    new = service(
        model={"uri": "hf://a/b", "name": "m"},
        router={"scheduler": {"pool": {"spec": fresh}}},
        kvCacheOffloading={"cpu": "1Gi"},
    )
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
        "serviceAccountName": "default",
        "serviceAccount": "default",
        "dnsPolicy": "ClusterFirst",
        "restartPolicy": "Always",
        "terminationGracePeriodSeconds": 30,
        "schedulerName": "default-scheduler",
        "priority": 0,
    }
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
        ((), (), 3),
        (("spec.replicas",), (), 1),
        (("/spec/replicas",), (), 1),
        (("spec",), (), 3),
        (("**.image",), (), 1),
        (("spec.template.containers[name=main].image",), (), 1),
        (("spec.template.containers[main]",), (), 2),
        ((), ("spec.template.*",), 1),
        ((), ("spec.template.containers[*].env[A].value", "**.replicas"), 1),
        (("spec.rep",), (), 0),
    ],
)
def test_paths(wanted: tuple[str, ...], unwanted: tuple[str, ...], expected: int) -> None:
    a, b = made(env=[{"name": "A", "value": "1"}]), made(env=[{"name": "A", "value": "2"}])
    b["spec"]["template"]["containers"][0]["image"] = "vllm:2"
    b["spec"]["replicas"] = 3
    found = Walk().changes(a, b)
    assert len([change for change in found if Filter(wanted, unwanted)(change)]) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (["sh", "-c", "foo --a 1 && bar --b 2"], ["sh", "-c", "foo --b 2 && bar --a 1"]),
        (["sh", "-c", "foo --a 1 | bar --b 2"], ["sh", "-c", "foo --b 2 | bar --a 1"]),
        (["sh", "-c", "vllm serve --x 1"], ["sh", "-c", "vllm", "serve", "--x", "1"]),
        (["sh", "-c", "vllm serve --x '$A'"], ["sh", "-c", 'vllm serve --x "$A"']),
        (["vllm", "--a 1 --b 2"], ["vllm", "--a", "1", "--b", "2"]),
    ],
)
def test_command_lines_that_do_something_else_differ(one: list[str], other: list[str]) -> None:
    assert changes(made(command=one), made(command=other))
    assert digests(made(command=one)) != digests(made(command=other))


def test_a_script_of_one_command_and_json_in_flags_may_be_written_in_other_ways() -> None:
    one = made(command=["sh", "-c", "vllm serve $(MODEL) --port 8000 --kv '{\"a\": 1, \"b\": \"x;y\"}'"])
    other = made(command=["sh", "-c", "vllm serve $(MODEL) --kv='{\"b\":\"x;y\",\"a\":1}' --port=8000"])
    assert ignored(one, other) == {"spelling": 1}
