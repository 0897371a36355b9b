"""The well-known LLMInferenceServiceConfigs and the shipped serving runtimes."""

from __future__ import annotations

from .base import Obj, ago, stamp
from .cluster import Cluster

_NAME = "{{ .ObjectMeta.Name }}"
_MODEL = "{{ .Spec.Model.Name }}"
_TRACING = {
    "exporter": "otlp",
    "exporterEndpoint": "http://otel-collector:4317",
    "sampler": "parentbased_traceidratio",
    "samplerArg": "0.05",
}
_PUBLISHER = "publishers/{{ .ObjectMeta.Namespace }}/models/{{ .Spec.Model.Name }}"


def presets(cluster: Cluster) -> None:
    """Add the well-known configs of the controller namespace."""
    for name, spec in _specs().items():
        config(cluster, "kserve", f"kserve-config-llm-{name}", spec, 119)


def config(cluster: Cluster, namespace: str, name: str, spec: Obj, days: float, users: tuple[str, ...] = ()) -> Obj:
    """Add one LLMInferenceServiceConfig; users are names of CRs in the same namespace."""
    since = stamp(ago(days=days))
    used = ("True", "InUse", f"Referenced by {len(users)} LLMInferenceService(s)")
    free = ("False", "NotInUse", "No LLMInferenceService references this config")
    in_use = used if users else free
    conditions = [
        {
            "lastTransitionTime": since,
            "message": in_use[2],
            "reason": in_use[1],
            "severity": "Info",
            "status": in_use[0],
            "type": "ConfigInUse",
        },
        {"lastTransitionTime": since, "status": "True", "type": "Ready"},
    ]
    status: Obj = {"conditions": conditions, "observedGeneration": 1}
    if users:
        status["referencedBy"] = [{"name": user, "namespace": namespace} for user in users]
    obj: Obj = {
        "apiVersion": "serving.kserve.io/v1alpha2",
        "kind": "LLMInferenceServiceConfig",
        "metadata": {"name": name, "namespace": namespace},
        "spec": spec,
        "status": status,
    }
    obj["metadata"]["finalizers"] = ["serving.kserve.io/llmisvcconfig-finalizer"]
    return cluster.add(obj, ago(days=days))


def _specs() -> dict[str, Obj]:
    parallel = "--data-parallel-size {{ .Spec.Parallelism.Data }} --data-parallel-address ${LWS_LEADER_ADDRESS}"
    several = {"template": _template(8000, parallel), "worker": _template(8000, parallel)}
    return {
        "template": {"template": _template(8000, "")},
        "decode-template": {"template": _template(8001, "")},
        "prefill-template": {"prefill": {"template": _template(8000, "")}},
        "worker-data-parallel": several,
        "decode-worker-data-parallel": {
            "template": _template(8001, parallel),
            "worker": _template(8000, parallel),
        },
        "prefill-worker-data-parallel": {"prefill": several},
        "scheduler": {"router": {"scheduler": {"template": _scheduler()}}},
        "scheduler-latency-predictor": {"router": {"scheduler": {"template": _scheduler()}}},
        "tokenizer": {"router": {"scheduler": {"tokenizer": {"template": _tokenizer()}}}},
        "tracing": {"tracing": _TRACING},
        "router-route": {"router": {"route": {"http": {"spec": {"rules": [_rule()]}}}}},
    }


def _template(port: int, extra: str) -> Obj:
    command = f"exec vllm serve /mnt/models --served-model-name {_MODEL} {_PUBLISHER} --port {port} {extra}"
    probe = {"httpGet": {"path": "/health", "port": port, "scheme": "HTTP"}, "periodSeconds": 10}
    container: Obj = {
        "args": [f"{command.rstrip()} ${{VLLM_ADDITIONAL_ARGS}}"],
        "command": ["/bin/bash", "-c"],
        "env": [{"name": "HOME", "value": "/home"}, {"name": "VLLM_LOGGING_LEVEL", "value": "INFO"}],
        "image": "ghcr.io/llm-d/llm-d-cuda:v0.8.0",
        "livenessProbe": {**probe, "failureThreshold": 10, "timeoutSeconds": 10},
        "name": "main",
        "ports": [{"containerPort": port, "protocol": "TCP"}],
        "startupProbe": {**probe, "failureThreshold": 60, "initialDelaySeconds": 10, "timeoutSeconds": 10},
        "terminationMessagePolicy": "FallbackToLogsOnError",
    }
    return {"containers": [container], "terminationGracePeriodSeconds": 60}


def _scheduler() -> Obj:
    pool = "{{ ChildName .ObjectMeta.Name `-inference-pool` }}"
    args = ["--pool-name", pool, "--pool-namespace", "{{ .ObjectMeta.Namespace }}", "--zap-encoder", "json"]
    image = "ghcr.io/llm-d/llm-d-inference-scheduler:v0.8.0"
    return {"containers": [{"args": args, "image": image, "name": "main"}]}


def _tokenizer() -> Obj:
    port = {"containerPort": 8000, "protocol": "TCP"}
    image = "ghcr.io/llm-d/llm-d-tokenizer:v0.8.0"
    return {"containers": [{"image": image, "name": "main", "ports": [port]}]}


def _rule() -> Obj:
    path = f"/{{{{ .ObjectMeta.Namespace }}}}/{_NAME}/v1/completions"
    name = "{{ ChildName .ObjectMeta.Name `-inference-pool` }}"
    backend = {"group": "inference.networking.k8s.io", "kind": "InferencePool", "name": name, "port": 8000}
    return {"backendRefs": [backend], "matches": [{"path": {"type": "PathPrefix", "value": path}}]}


def runtimes(cluster: Cluster) -> None:
    """Add the shipped ClusterServingRuntimes that the worlds use."""
    for name, (formats, image, port) in RUNTIMES.items():
        container = {"image": image, "name": "kserve-container", "args": list(ARGS[name])}
        obj: Obj = {
            "apiVersion": "serving.kserve.io/v1alpha1",
            "kind": "ClusterServingRuntime",
            "metadata": {"name": name},
            "spec": {
                "annotations": {
                    "prometheus.kserve.io/path": "/metrics",
                    "prometheus.kserve.io/port": str(port),
                },
                "containers": [container],
                "protocolVersions": ["v2"],
                "supportedModelFormats": [{"autoSelect": True, "name": f, "priority": 1} for f in formats],
            },
            "status": {},
        }
        cluster.add(obj, ago(days=119))


RUNTIMES: dict[str, tuple[tuple[str, ...], str, int]] = {
    "kserve-huggingfaceserver": (("huggingface",), "kserve/huggingfaceserver:v0.20.0-gpu", 8080),
    "kserve-vllmserver": (("vLLM",), "vllm/vllm-openai:v0.20.1", 8080),
    "kserve-tritonserver": (("triton", "tensorrt", "onnx"), "nvcr.io/nvidia/tritonserver:26.07-py3", 8002),
    "kserve-sklearnserver": (("sklearn",), "kserve/sklearnserver:v0.20.0", 8080),
}
ARGS: dict[str, tuple[str, ...]] = {
    "kserve-huggingfaceserver": ("--model_name={{.Name}}",),
    "kserve-vllmserver": ("--model=/mnt/models", "--port=8080", "--served-model-name={{.Name}}"),
    "kserve-tritonserver": (
        "tritonserver",
        "--model-store=/mnt/models",
        "--grpc-port=9000",
        "--http-port=8080",
        "--allow-grpc=true",
        "--allow-http=true",
    ),
    "kserve-sklearnserver": ("--model_name={{.Name}}", "--model_dir=/mnt/models", "--http_port=8080"),
}
