"""What an InferenceService is made of, and the pod template of its predictor."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from . import nodes, presets
from .base import Obj, ago, merged
from .model import Model, Role, Verdict
from .plans import Plan

FORTY_DAYS_AGO = ago(days=40)


@dataclass(frozen=True)
class Predictor:
    """One InferenceService (its stable predictor, or the revision of a canary)."""

    namespace: str
    name: str
    format: str
    runtime: str
    uri: str
    gpu: str = "CPU"
    gpus: int = 1
    replicas: int = 1
    created: datetime = FORTY_DAYS_AGO
    args: tuple[str, ...] = ()
    cpu: str = "4"
    memory: str = "24Gi"
    plans: tuple[Plan, ...] = ()
    container: Obj = field(default_factory=dict)
    complete: bool = True
    variant: str = ""
    generation: int = 1
    verdict: Verdict | None = None
    failure: Obj = field(default_factory=dict)
    env: tuple[tuple[str, str], ...] = ()

    @property
    def workload(self) -> str:
        """Return the name of the Deployment in Standard mode."""
        middle = f"-{self.variant}" if self.variant else ""
        return f"{self.name}{middle}-predictor"

    def as_model(self) -> Model:
        """Return a model description that the log and metric texts can use."""
        return Model(self.namespace, self.name, self.uri, self.name, self.gpu, Role(gpus=self.gpus))


def labels(predictor: Predictor) -> dict[str, str]:
    """Return the labels of the predictor pods in Standard mode."""
    return {
        "app": f"isvc.{predictor.workload}",
        "component": "predictor",
        "serving.kserve.io/inferenceservice": predictor.name,
    }


def pod_spec(predictor: Predictor) -> Obj:
    """Return the pod spec of a predictor."""
    pool = nodes.POOLS[predictor.gpu]
    spec: Obj = {
        "containers": [merged(_container(predictor), predictor.container)],
        "dnsPolicy": "ClusterFirst",
        "initContainers": [_storage(predictor)],
        "restartPolicy": "Always",
        "schedulerName": "default-scheduler",
        "securityContext": {},
        "serviceAccount": "default",
        "serviceAccountName": "default",
        "terminationGracePeriodSeconds": 300,
        "volumes": [{"emptyDir": {}, "name": "kserve-provision-location"}],
    }
    if pool.gpus:
        spec["nodeSelector"] = nodes.selector(predictor.gpu)
        spec["tolerations"] = [{"effect": "NoSchedule", "key": pool.resource, "operator": "Exists"}]
    return spec


def resources(predictor: Predictor) -> Obj:
    """Return the resources of the predictor container."""
    amounts = {"cpu": predictor.cpu, "memory": predictor.memory}
    if nodes.POOLS[predictor.gpu].gpus:
        amounts[nodes.POOLS[predictor.gpu].resource] = str(predictor.gpus)
    return {"limits": dict(amounts), "requests": dict(amounts)}


def _container(predictor: Predictor) -> Obj:
    args = [text.replace("{{.Name}}", predictor.name) for text in presets.ARGS[predictor.runtime]]
    out: Obj = {
        "args": [*args, *predictor.args],
        "image": presets.RUNTIMES[predictor.runtime][1],
        "imagePullPolicy": "IfNotPresent",
        "name": "kserve-container",
        "ports": [{"containerPort": 8080, "protocol": "TCP"}],
        "readinessProbe": {
            "failureThreshold": 3,
            "periodSeconds": 10,
            "successThreshold": 1,
            "tcpSocket": {"port": 8080},
            "timeoutSeconds": 1,
        },
        "resources": resources(predictor),
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
        "volumeMounts": [{"mountPath": "/mnt/models", "name": "kserve-provision-location", "readOnly": True}],
    }
    if predictor.env:
        out["env"] = [{"name": name, "value": value} for name, value in predictor.env]
    return out


def _storage(predictor: Predictor) -> Obj:
    return {
        "args": [predictor.uri, "/mnt/models"],
        "image": "kserve/storage-initializer:v0.20.0",
        "imagePullPolicy": "IfNotPresent",
        "name": "storage-initializer",
        "resources": {
            "limits": {"cpu": "1", "memory": "4Gi"},
            "requests": {"cpu": "100m", "memory": "100Mi"},
        },
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "volumeMounts": [{"mountPath": "/mnt/models", "name": "kserve-provision-location"}],
    }
