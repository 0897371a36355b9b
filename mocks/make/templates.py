"""Pod templates of LLM services, rendered as the well-known presets do."""

from __future__ import annotations

from . import nodes
from .base import Obj, merged
from .model import Model, Revision, Role

ENGINE_PORT = 8000
_SECURITY = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "runAsNonRoot": False,
    "seccompProfile": {"type": "RuntimeDefault"},
}


def pod_template(model: Model, role: Role, part: str, revision: Revision | None = None) -> Obj:
    """Return the template of one workload; part is '', 'prefill', 'leader' or 'worker'."""
    decode = part == "" and model.prefill is not None
    spec: Obj = {
        "containers": [_main(model, role, 8001 if decode else ENGINE_PORT)],
        "dnsPolicy": "ClusterFirst",
        "initContainers": _inits(model, decode),
        "restartPolicy": "Always",
        "schedulerName": "default-scheduler",
        "securityContext": {},
        "serviceAccountName": model.child("-kserve-mn" if role.size > 1 else "-kserve"),
        "terminationGracePeriodSeconds": 60,
        "volumes": _volumes(model),
    }
    spec = merged(spec, {k: v for k, v in (placement(model, role) | role.pod).items() if v != []})
    spec = merged(spec, {"containers": [{"name": "main", **role.container}]})
    if revision is not None:
        spec = merged(spec, {"containers": [{"name": "main", **revision.container}], **revision.pod})
    spec["serviceAccount"] = spec["serviceAccountName"]
    return {"metadata": {"labels": labels(model, role, part)}, "spec": spec}


def placement(model: Model, role: Role) -> Obj:
    """Return the node selector and tolerations that the CR asks for."""
    pool = nodes.POOLS[model.gpu]
    if not pool.gpus:
        return {}
    wanted = nodes.selector(model.gpu) if role.selector is None else role.selector
    toleration = {"effect": "NoSchedule", "key": pool.resource, "operator": "Exists"}
    return {"nodeSelector": wanted, "tolerations": [toleration]}


def labels(model: Model, role: Role, part: str) -> dict[str, str]:
    """Return the labels of the pods of one workload."""
    prefill = role is model.prefill
    suffix = {"": "", "prefill": "-prefill", "leader": "-leader", "worker": "-worker"}[part]
    if prefill and part in ("leader", "worker"):
        suffix += "-prefill"
    out = {
        "app.kubernetes.io/component": f"llminferenceservice-workload{suffix}",
        "app.kubernetes.io/name": model.name,
        "app.kubernetes.io/part-of": "llminferenceservice",
        "llm-d.ai/role": "prefill" if prefill else "decode" if model.prefill else "both",
    }
    if part != "worker":
        out["kserve.io/component"] = "workload"
    return out


def resources(model: Model, role: Role) -> Obj:
    """Return the resources of the main container."""
    pool = nodes.POOLS[model.gpu]
    share = min(64, pool.memory_gi * 7 // 8 // max(1, pool.gpus)) * role.gpus
    amounts = {"cpu": role.cpu, "memory": role.memory or f"{share}Gi"}
    if pool.gpus:
        amounts[pool.resource] = str(role.gpus)
    return {"limits": dict(amounts), "requests": dict(amounts)}


def image(model: Model) -> str:
    """Return the engine image that the preset picks for the accelerator."""
    return f"ghcr.io/llm-d/llm-d-{'rocm' if model.gpu == 'MI300X' else 'cuda'}:v0.8.0"


def _main(model: Model, role: Role, port: int) -> Obj:
    return {
        "args": [_serve(model, role, port)],
        "command": ["/bin/bash", "-c"],
        "env": _env(role),
        "image": image(model),
        "imagePullPolicy": "IfNotPresent",
        "lifecycle": {"preStop": {"sleep": {"seconds": 15}}},
        "livenessProbe": _probe(port, 10, 10, 10),
        "name": "main",
        "ports": [{"containerPort": port, "protocol": "TCP"}],
        "readinessProbe": _probe(port, 1, 2, 1),
        "resources": resources(model, role),
        "securityContext": _SECURITY,
        "startupProbe": {**_probe(port, 10, 60, 10), "initialDelaySeconds": 10},
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "volumeMounts": [
            {"mountPath": "/home", "name": "home"},
            {"mountPath": "/dev/shm", "name": "dshm"},
            {"mountPath": "/models", "name": "model-cache"},
            {"mountPath": "/mnt/models", "name": "kserve-provision-location", "readOnly": True},
        ],
    }


def _serve(model: Model, role: Role, port: int) -> str:
    words = ["exec vllm serve /mnt/models --served-model-name"]
    words += [model.served, f"publishers/{model.namespace}/models/{model.served}", f"--port {port}"]
    par = role.parallelism
    if par.get("tensor"):
        words.append(f"--tensor-parallel-size {par['tensor']}")
    if par.get("pipeline"):
        words.append(f"--pipeline-parallel-size {par['pipeline']}")
    if par.get("data"):
        words.append(f"--data-parallel-size {par['data']} --data-parallel-size-local {par['dataLocal']}")
        words.append("--data-parallel-address ${LWS_LEADER_ADDRESS} --data-parallel-rpc-port 5555")
    if par.get("expert"):
        words.append("--enable-expert-parallel")
    if model.lora:
        modules = " ".join(f"{name}=/mnt/lora/{name}" for name in model.lora)
        words.append(f"--enable-lora --max-lora-rank 16 --lora-modules {modules}")
    return " ".join([*words, "${VLLM_ADDITIONAL_ARGS}"])


def _env(role: Role) -> list[Obj]:
    values = [("HOME", "/home"), ("VLLM_LOGGING_LEVEL", "INFO"), ("HF_HUB_CACHE", "/models")]
    if role.args:
        values.append(("VLLM_ADDITIONAL_ARGS", role.args))
    return [{"name": name, "value": value} for name, value in values]


def _probe(port: int, period: int, failures: int, timeout: int) -> Obj:
    return {
        "failureThreshold": failures,
        "httpGet": {"path": "/health", "port": port, "scheme": "HTTP"},
        "periodSeconds": period,
        "successThreshold": 1,
        "timeoutSeconds": timeout,
    }


def _inits(model: Model, decode: bool) -> list[Obj]:
    storage: Obj = {
        "args": [model.uri, "/mnt/models"],
        "env": [{"name": "HF_HUB_ENABLE_HF_TRANSFER", "value": "1"}],
        "image": "kserve/storage-initializer:v0.20.0",
        "imagePullPolicy": "IfNotPresent",
        "name": "storage-initializer",
        "resources": {
            "limits": {"cpu": "4", "memory": "16Gi"},
            "requests": {"cpu": "100m", "memory": "512Mi"},
        },
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "volumeMounts": [{"mountPath": "/mnt/models", "name": "kserve-provision-location"}],
    }
    if model.uri.startswith("pvc://"):
        return [_sidecar()] if decode else []
    return [storage, _sidecar()] if decode else [storage]


def _sidecar() -> Obj:
    return {
        "args": ["--port=8000", "--vllm-port=8001", "--connector=nixlv2", "--zap-encoder=json"],
        "image": "ghcr.io/llm-d/llm-d-routing-sidecar:v0.8.0",
        "imagePullPolicy": "IfNotPresent",
        "name": "llm-d-routing-sidecar",
        "ports": [{"containerPort": 8000, "protocol": "TCP"}],
        "resources": {"requests": {"cpu": "200m", "memory": "256Mi"}},
        "restartPolicy": "Always",
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "FallbackToLogsOnError",
    }


def _volumes(model: Model) -> list[Obj]:
    source: Obj = {"emptyDir": {}}
    if model.uri.startswith("pvc://"):
        claim = model.uri.removeprefix("pvc://").split("/")[0]
        source = {"persistentVolumeClaim": {"claimName": claim, "readOnly": True}}
    return [
        {"emptyDir": {}, "name": "home"},
        {"emptyDir": {"medium": "Memory", "sizeLimit": "16Gi"}, "name": "dshm"},
        {"emptyDir": {}, "name": "model-cache"},
        {**source, "name": "kserve-provision-location"},
    ]
