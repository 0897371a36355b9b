"""Each world shows what it promises: quiet when healthy, every failure when degraded."""

from __future__ import annotations

import re

import pytest

from tests.mocks.world import Obj, World, load


@pytest.fixture(scope="module")
def degraded() -> World:
    return load("degraded")


@pytest.fixture(scope="module")
def rollout() -> World:
    return load("rollout")


def test_healthy_is_quiet() -> None:
    healthy = load("healthy")
    events = healthy.kind("Event")
    assert {event["type"] for event in events} == {"Normal"}
    assert 2 <= len(events) <= 3
    for pod in healthy.kind("Pod"):
        for entry in pod["status"]["containerStatuses"]:
            if entry["restartCount"]:
                assert entry["lastState"]["terminated"]["finishedAt"] < "2026-10-11T09:30:00Z"


def _pods(world: World, service: str) -> list[Obj]:
    return [
        pod
        for pod in world.kind("Pod")
        if pod["metadata"]["name"].startswith(f"{service}-kserve-")
        and "router-scheduler" not in pod["metadata"]["name"]
    ]


def _evidence(world: World, service: str) -> str:
    texts = []
    for pod in _pods(world, service):
        texts += [str(pod["status"]), str(pod["metadata"])]
        for path in world.folder.glob(f"logs/*/{pod['metadata']['name']}/*.log"):
            texts.append(path.read_text("utf-8"))
    for event in world.kind("Event"):
        if event["involvedObject"]["name"].startswith(service):
            texts.append(f"{event['reason']}: {event['message']}")
    for obj in world.services():
        if obj["metadata"]["name"] == service:
            texts += [str(obj["status"]), str(obj["metadata"])]
    for obj in world.kind("HTTPRoute") + world.kind("ReplicaSet"):
        if obj["metadata"]["name"].startswith(service):
            texts.append(str(obj["status"]))
    return "\n".join(texts)


@pytest.mark.parametrize(
    ("service", "pattern"),
    [
        ("image-typo", r"hotfix3: not found.*ImagePullBackOff"),
        ("private-image", r"failed to fetch anonymous token.*401 Unauthorized"),
        ("no-gpu-left", r"Insufficient nvidia\.com/gpu"),
        ("no-toleration", r"untolerated taint \{nvidia\.com/gpu: present\}"),
        ("wrong-gpu-name", r"11 node\(s\) didn't match Pod's node affinity/selector"),
        ("claim-missing", r'persistentvolumeclaim "codestral-weigths" not found'),
        ("claim-pending", r"unbound immediate PersistentVolumeClaims"),
        ("secret-missing", r'CreateContainerConfigError|secret "hf-token-prod" not found'),
        ("gated-gemma", r"GatedRepoError"),
        ("cuda-oom", r"CUDA out of memory\. Tried to allocate"),
        ("kv-too-small", r"estimated maximum model length is 51152"),
        ("host-oom", r"'exitCode': 137.*'OOMKilled'"),
        ("slow-load", r"failed startup probe, will be restarted"),
        ("stuck-rollout", r"unrecognized arguments: --enable-chunked-prefil"),
        ("config-missing", r"ConfigNotFound.*not found in namespaces \[chat kserve\]|not found in namespaces"),
        ("over-quota", r"exceeded quota: gpu-quota, requested: requests\.nvidia\.com/gpu=2"),
        ("route-rejected", r"NotAllowedByListeners"),
        ("mistral-a", r"MemberDivergence"),
        ("phi-old", r"deletionTimestamp.*llmisvc-finalizer|FinalizationPending"),
        ("on-lost-node", r"DeletionByTaintManager"),
        ("half-on-lost-node", r"DeletionByTaintManager"),
        ("deepseek-half", r"RecreateGroupOnPodRestart"),
    ],
)
def test_degraded_shows_the_evidence(degraded: World, service: str, pattern: str) -> None:
    assert re.search(pattern, _evidence(degraded, service))


def test_the_root_cause_comes_before_the_wrapper(degraded: World) -> None:
    for service in ("cuda-oom", "kv-too-small"):
        paths = list(degraded.folder.glob(f"logs/*/{service}-kserve-*/main.previous.log"))
        text = next(path.read_text("utf-8") for path in paths)
        errors = [line for line in text.splitlines() if re.search(r"\w+Error: ", line)]
        assert "Engine core initialization failed" not in errors[0]
        assert "Engine core initialization failed" in errors[-1]


def test_the_stuck_rollout_still_reads_ready(degraded: World) -> None:
    cr = degraded.find("LLMInferenceService", "chat", "stuck-rollout")
    assert cr is not None
    assert next(c for c in cr["status"]["conditions"] if c["type"] == "Ready")["status"] == "True"
    deployment = degraded.find("Deployment", "chat", "stuck-rollout-kserve")
    assert deployment is not None
    assert "ProgressDeadlineExceeded" in str(deployment["status"])


def test_the_lost_node_is_unknown(degraded: World) -> None:
    lost = [n for n in degraded.kind("Node") if "NodeStatusUnknown" in str(n["status"])]
    assert len(lost) == 1
    names = {p["metadata"]["name"] for p in degraded.kind("Pod") if p["metadata"].get("deletionTimestamp")}
    on_it = {
        p["metadata"]["name"] for p in degraded.kind("Pod") if p["spec"].get("nodeName") == lost[0]["metadata"]["name"]
    }
    assert names == on_it


@pytest.mark.parametrize(("group", "weights"), [("gpt-oss", {70, 30}), ("llama", {100, 0})])
def test_rollout_groups_split_the_traffic(rollout: World, group: str, weights: set[int]) -> None:
    label = "serving.kserve.io/routing-group"
    members = [o for o in rollout.kind("LLMInferenceService") if o["metadata"].get("labels", {}).get(label) == group]
    assert {o["spec"]["router"]["route"]["weight"] for o in members} == weights
    for member in members:
        route = rollout.find("HTTPRoute", "chat", f"{member['metadata']['name']}-kserve-route")
        assert route is not None
        shared = [rule for rule in route["spec"]["rules"] if len(rule["backendRefs"]) == 2]
        assert len(shared) == 5
        assert {backend["weight"] for backend in shared[0]["backendRefs"]} == weights


def test_rollouts_are_where_they_should_be(rollout: World) -> None:
    moving = rollout.find("Deployment", "chat", "qwen3-32b-kserve")
    stuck = rollout.find("Deployment", "chat", "mistral-large-kserve")
    growing = rollout.find("LeaderWorkerSet", "chat", "deepseek-v3-kserve-mn")
    assert moving is not None
    assert stuck is not None
    assert growing is not None
    assert moving["status"]["updatedReplicas"] == 2
    assert "ReplicaSetUpdated" in str(moving["status"])
    assert "ProgressDeadlineExceeded" in str(stuck["status"])
    assert stuck["status"]["readyReplicas"] == 2
    assert growing["status"]["updatedReplicas"] == 1
    logs = [path.read_text("utf-8") for path in rollout.folder.glob("logs/code/qwen3-coder-30b-kserve-*/main.log")]
    assert any(" 43% Completed" in text for text in logs)


def test_canaries_of_inference_services(rollout: World) -> None:
    knative = rollout.find("InferenceService", "platform", "summarizer")
    standard = rollout.find("InferenceService", "platform", "llama-guard")
    assert knative is not None
    assert standard is not None
    traffic = knative["status"]["components"]["predictor"]["traffic"]
    assert [(entry["percent"], entry["latestRevision"]) for entry in traffic] == [(20, True), (80, False)]
    assert standard["status"]["canaryStatuses"][0]["trafficPercent"] == 25
    route = rollout.find("HTTPRoute", "platform", "llama-guard")
    assert route is not None
    assert [b["weight"] for b in route["spec"]["rules"][0]["backendRefs"]] == [75, 25]


def test_empty_has_presets_and_no_service() -> None:
    empty = load("empty")
    assert empty.services() == []
    names = [o["metadata"]["name"] for o in empty.kind("LLMInferenceServiceConfig")]
    assert len(names) == 11
    assert all(name.startswith("kserve-config-llm-") for name in names)
