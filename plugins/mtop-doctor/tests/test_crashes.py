"""Crashes: each has one cause, found in the log of the failed run, else in the termination message."""

from __future__ import annotations

from typing import Any

import pytest
from mtop_doctor import plugin

from mtop_core.api import Finding, Inventory, load_target
from mtop_core.testing import NOW, found_by, pod, service
from mtop_core.testing import inventory as objects

Obj = dict[str, Any]
SPECS = {spec.id: spec for spec in plugin.mtop_rules()}
CRASHES = [*sorted(spec.id for spec in SPECS.values() if "logs" in spec.needs), "host-oom-killed"]
CORE = "(EngineCore pid=7) ERROR 10-12 09:26:16 [core.py:708] "
WRAPPER = "RuntimeError: Engine core initialization failed. See root cause above. Failed core proc(s): {}"
KV = ("ValueError: To serve at least one request with the models's max seq len (131072), (24.00 GiB KV cache is "
      "needed, which is larger than the available KV cache memory (9.37 GiB). Based on the available memory, "
      "the estimated maximum model length is 51152.")  # fmt: skip
SHARDS = "Loading safetensors checkpoint shards:  50% Completed | 20/40 [05:00<05:00, 15.0s/it]"

# A line as each rule knows it, in each wording there is.
LINES = [
    ("engine-args-unknown", "vllm: error: unrecognized arguments: --enable-chunked-prefil"),
    ("cuda-oom", "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 1.25 GiB."),
    ("cuda-oom", "torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 20.00 MiB."),
    ("cuda-oom", "RuntimeError: CUDA error: out of memory"),
    ("gpu-memory-busy", "ValueError: Free memory on device cuda:0 (10.1/79.3 GiB) on startup is less than desired GPU "
                        "memory utilization (0.9, 71.4 GiB)."),
    ("kv-cache-too-small", KV),
    ("kv-cache-too-small", "ValueError: The model's max seq len (32768) is larger than the maximum number of tokens "
                           "that can be stored in KV cache (9216)."),
    ("kv-cache-none", "ValueError: No available memory for the cache blocks. Try increasing it."),
    ("max-len-exceeds-model", "ValueError: User-specified max_model_len (65536) is greater than the derived "
                              "max_model_len (max_position_embeddings=32768 or model_max_length=None)."),
    ("trust-remote-code", "ValueError: The repository /mnt/models contains custom code which must be executed."),
    ("architecture-unsupported", "ValueError: Model architectures ['NewForCausalLM'] are not supported for now."),
    ("hf-token-missing", "ERROR:root:huggingface_hub.errors.GatedRepoError: 401 Client Error."),
    ("hf-token-no-access", "ERROR:root:huggingface_hub.errors.GatedRepoError: 403 Client Error."),
    ("hf-repo-not-found", "huggingface_hub.errors.RepositoryNotFoundError: 401 Client Error. Repository Not Found."),
]  # fmt: skip


def crashed(code: int = 1, reason: str = "Error", message: str = "", **more: Any) -> Obj:
    """A pod in a crash loop."""
    ended = {"exitCode": code, "reason": reason, "message": message, "startedAt": "2026-10-12T09:10:00Z",
             "finishedAt": "2026-10-12T09:20:00Z"}  # fmt: skip
    container = {"name": "main", "image": "vllm:1", "startupProbe": {"failureThreshold": 60, "periodSeconds": 10},
                 "resources": {"limits": {"memory": "48Gi"}}, **more}  # fmt: skip
    status = {"name": "main", "ready": False, "restartCount": 4, "lastState": {"terminated": ended},
              "state": {"waiting": {"reason": "CrashLoopBackOff"}}}  # fmt: skip
    conditions = [{"type": "Ready", "status": "False", "lastTransitionTime": "2026-10-12T09:00:00Z"}]
    return pod("p-1", service(), spec={"nodeName": "gpu-1", "containers": [container]},
               status={"phase": "Running", "conditions": conditions, "containerStatuses": [status]})  # fmt: skip


def causes(*raw: Obj, **more: Any) -> dict[str, Finding]:
    """What all rules of crashes find, by rule."""
    found = {}
    for rule in CRASHES:
        for finding in found_by(load_target(SPECS[rule].target, "the test"), service(), *raw, **more):
            found[rule] = finding
    return found


def log(*lines: str, container: str = "main.previous") -> dict[tuple[str, str], tuple[str, ...]]:
    return {("p-1", container): lines}


@pytest.mark.parametrize(("rule", "line"), LINES)
def test_a_line_has_one_cause(rule: str, line: str) -> None:
    lines = log("INFO 10-12 09:26:01 [api_server.py:1] starting", CORE + line, WRAPPER)
    found = causes(crashed(), logs=lines)
    assert set(found) == {rule}
    assert found[rule].evidence[0][1:] == ("log main.previous:2", CORE + line)
    assert found[rule].since is not None


@pytest.mark.parametrize(("rule", "line"), LINES)
def test_without_the_line_the_cause_is_unknown(rule: str, line: str) -> None:
    assert set(causes(crashed(), logs=log("INFO starting", WRAPPER))) == {"crash-loop-unknown"}


@pytest.mark.parametrize(("rule", "line"), LINES)
def test_the_termination_message_stands_in_for_a_log(rule: str, line: str) -> None:
    found = causes(crashed(message=f"Traceback\n{line}\n"))
    assert set(found) == {rule}
    assert found[rule].evidence[0].path == "status.containerStatuses[0].lastState.terminated.message:2"


@pytest.mark.parametrize(("rule", "line"), LINES)
def test_a_pod_that_recovered_has_no_cause(rule: str, line: str) -> None:
    ready = crashed()
    ready["status"]["conditions"][0]["status"] = "True"
    assert not causes(ready, logs=log(line))


@pytest.mark.parametrize("prefix", ["INFO 10-12 09:26 ", "(EngineCore pid=1) WARNING 10-12 ", "[DEBUG] "])
def test_a_line_that_is_no_error_does_not_count(prefix: str) -> None:
    assert set(causes(crashed(), logs=log(prefix + "CUDA out of memory"))) == {"crash-loop-unknown"}


def test_the_first_error_of_a_run_is_the_cause() -> None:
    lines = log(CORE + KV, CORE + "torch.OutOfMemoryError: CUDA out of memory.")
    assert set(causes(crashed(), logs=lines)) == {"kv-cache-too-small"}


def test_a_run_before_the_last_does_not_count() -> None:
    lines = {("p-1", "main.previous"): ("vllm: error: unrecognized arguments: --x",), ("p-1", "main"): (KV,)}
    assert set(causes(crashed(2), logs=lines)) == {"engine-args-unknown"}


def test_a_container_that_ended_just_now_has_its_current_log_read() -> None:
    raw = crashed()
    status = raw["status"]["containerStatuses"][0]
    status["state"], status["lastState"] = status.pop("lastState"), {}
    found = causes(raw, logs=log(KV, container="main"))
    assert found["kv-cache-too-small"].evidence[0].path == "log main:1"


def test_a_crash_of_long_ago_does_not_count() -> None:
    raw = crashed()
    status = raw["status"]["containerStatuses"][0]
    status["state"] = {"running": {"startedAt": "2026-10-12T09:20:02Z"}}
    assert causes(raw, logs=log(KV))
    status["lastState"]["terminated"]["finishedAt"] = "2026-10-12T08:00:00Z"
    assert not causes(raw, logs=log(KV))


def test_kv_cache_sets_the_length_that_fits() -> None:
    variable = {"name": "VLLM_ADDITIONAL_ARGS", "value": "--max-model-len=131072 --seed 1"}
    cr = service(template={"containers": [{"name": "main", "env": [variable]}]})
    rule = load_target(SPECS["kv-cache-too-small"].target, "the test")
    finding = found_by(rule, cr, crashed(), logs=log(KV))[0]
    assert finding.summary == "A context of 131072 tokens needs 24.00 GiB of KV cache, and the GPUs have 9.37 GiB left."
    assert '"/spec/template/containers/0/env/0/value", "value": "--max-model-len 51152 --seed 1"' in finding.command


def test_cuda_oom_tells_load_from_later() -> None:
    line = "torch.OutOfMemoryError: CUDA out of memory."
    assert "weights do not fit" in causes(crashed(), logs=log(line))["cuda-oom"].summary
    after = log("INFO Model loading took 60.1 GiB memory and 38.4 seconds", line)
    assert "after the weights" in causes(crashed(), logs=after)["cuda-oom"].summary


def test_an_unknown_argument_gets_the_nearest_flag() -> None:
    lines = log("vllm: error: unrecognized arguments: --enable-chunked-prefil")
    assert "Did you mean --enable-chunked-prefill" in causes(crashed(2), logs=lines)["engine-args-unknown"].action


def test_a_token_decides_which_rule_a_gated_model_is() -> None:
    raw = crashed(env=[{"name": "HF_TOKEN", "value": "x"}])
    assert set(causes(raw, logs=log("GatedRepoError: 401 Client Error."))) == {"hf-token-no-access"}


def test_the_kernel_killed_it() -> None:
    found = causes(crashed(137, "OOMKilled"), logs=log(SHARDS))
    assert set(found) == {"host-oom-killed"}
    assert "its memory limit of 48Gi" in found["host-oom-killed"].summary
    assert found["host-oom-killed"].evidence[1].path == "spec.containers[0].resources.limits.memory"
    assert "host-oom-killed" not in causes(crashed(137, "Error"))


def test_the_field_of_an_init_container_is_named_as_such() -> None:
    raw = crashed(137, "OOMKilled")
    raw["spec"]["initContainers"] = [{**raw["spec"]["containers"].pop(), "name": "storage-initializer"}]
    raw["status"]["initContainerStatuses"] = raw["status"].pop("containerStatuses")
    raw["status"]["initContainerStatuses"][0]["name"] = "storage-initializer"
    finding = causes(raw)["host-oom-killed"]
    assert "spec.template.initContainers[name=storage-initializer].resources.limits.memory" in finding.action
    assert finding.evidence[1].path == "spec.initContainers[0].resources.limits.memory"


def killing() -> Obj:
    message = "Container main failed startup probe, will be restarted"
    about = {"kind": "Pod", "namespace": "chat", "name": "p-1"}
    return {"apiVersion": "v1", "kind": "Event", "metadata": {"name": "e", "namespace": "chat"}, "reason": "Killing",
            "message": message, "lastTimestamp": "2026-10-12T09:20:00Z", "involvedObject": about}  # fmt: skip


def test_the_startup_probe_killed_it_while_it_loaded() -> None:
    found = causes(crashed(137), killing(), logs=log(SHARDS))
    assert set(found) == {"startup-probe-too-short"}
    finding = found["startup-probe-too-short"]
    assert finding.summary == (
        "The startup probe allows 600 s, and the load takes about 1200 s: the engine is killed while it loads."
    )
    assert "failureThreshold to 180 (x 10 s)" in finding.action
    assert finding.confidence == "proved"
    assert finding.evidence[0].path == "event Killing"


def test_without_the_event_the_probe_is_likely() -> None:
    assert causes(crashed(137), logs=log(SHARDS))["startup-probe-too-short"].confidence == "likely"


@pytest.mark.parametrize("lines", [
    (SHARDS, "RuntimeError: something else"), (SHARDS, "INFO: Application startup complete."),
])  # fmt: skip
def test_the_probe_is_not_blamed_for_an_error_or_after_the_start(lines: tuple[str, ...]) -> None:
    assert "startup-probe-too-short" not in causes(crashed(137), killing(), logs=log(*lines))


def test_a_crash_that_nobody_knows_shows_what_there_is() -> None:
    found = causes(crashed(139), logs=log("INFO fine", "ValueError: the moon is full", WRAPPER))
    finding = found["crash-loop-unknown"]
    assert finding.summary == "The container main crashes with exit code 139: a segmentation fault."
    assert [(proof.path, proof.text) for proof in finding.evidence] == [
        ("status.containerStatuses[0].lastState.terminated", "Error, exit code 139"),
        ("log main.previous:2", "ValueError: the moon is full"),
    ]
    assert finding.severity == "error"
    assert finding.command == "kubectl logs p-1 -n chat -c main --previous"


def test_an_unknown_crash_beside_replicas_that_serve_is_a_warning() -> None:
    assert causes(crashed(), pod("p-2", service()))["crash-loop-unknown"].severity == "warning"


def test_a_log_is_read_once_for_all_rules() -> None:
    reads = []
    there = objects(service(), crashed())
    listings = there._listings

    def read(namespace: str, name: str, container: str, previous: bool) -> list[bytes]:
        reads.append((name, container, previous))
        return [KV.encode()]

    look = Inventory(listings, NOW, read)
    for rule in CRASHES:
        list(load_target(SPECS[rule].target, "the test")(look.models[0], look))
    assert reads == [("p-1", "main", True)]


def test_few_pods_of_many_are_read() -> None:
    many = []
    for number in range(30):
        raw = crashed()
        raw["metadata"]["name"] = f"p-{number}"
        many.append(raw)
    finding = causes(*many, logs={(f"p-{n}", "main.previous"): (KV,) for n in range(30)})["kv-cache-too-small"]
    assert finding.summary.endswith("(8 pods)")
