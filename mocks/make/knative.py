"""InferenceServices in Knative mode: Knative Service, Revisions and their Deployments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from . import isvclogs
from .base import Obj, later, stamp
from .cluster import Cluster
from .deployments import deployment
from .deploystatus import Generation, Rollout
from .isvc import GOOD, cr_conditions, model_status, predictor_spec, resource
from .networking import service
from .plans import Plan, ready
from .pods import pod
from .predictor import Predictor, pod_spec

_KNATIVE = "serving.knative.dev/"


@dataclass(frozen=True)
class Step:
    """One revision of a Knative predictor and its share of the traffic."""

    predictor: Predictor
    created: datetime
    percent: int
    replicas: int
    tag: str = ""


def serverless(cluster: Cluster, steps: Sequence[Step], canary_percent: int | None = None) -> Obj:
    """Add one InferenceService in Knative mode; the last step is the latest revision."""
    newest = steps[-1].predictor
    spec = {"predictor": predictor_spec(newest)}
    if canary_percent is not None:
        spec["predictor"]["canaryTrafficPercent"] = canary_percent
    cr = resource(cluster, newest, spec, "Knative")
    traffic = _traffic(newest, steps)
    owner = _service(cluster, newest, cr, traffic, len(steps))
    for number, step in enumerate(steps, 1):
        _revision(cluster, step, number, owner)
    cr["status"] = _status(newest, steps, traffic)
    return cr


def _name(predictor: Predictor, number: int) -> str:
    return f"{predictor.name}-predictor-{number:05d}"


def _traffic(newest: Predictor, steps: Sequence[Step]) -> list[Obj]:
    out: list[Obj] = []
    for number, step in reversed(list(enumerate(steps, 1))):
        if step.percent or step.tag:
            entry: Obj = {"latestRevision": number == len(steps), "percent": step.percent}
            entry["revisionName"] = _name(newest, number)
            if step.tag:
                entry["tag"] = step.tag
            out.append(entry)
    return out


def _host(predictor: Predictor, suffix: str = "") -> str:
    return f"http://{predictor.name}{suffix}.{predictor.namespace}.llm.example.com"


def _service(cluster: Cluster, newest: Predictor, cr: Obj, traffic: list[Obj], last: int) -> Obj:
    since = stamp(later(newest.created, 190))
    kinds = ("ConfigurationsReady", "Ready", "RoutesReady")
    obj: Obj = {
        "apiVersion": f"{_KNATIVE}v1",
        "kind": "Service",
        "metadata": {
            "name": f"{newest.name}-predictor",
            "namespace": newest.namespace,
            "generation": last,
            "labels": {"component": "predictor", "serving.kserve.io/inferenceservice": newest.name},
        },
        "spec": {
            "template": {"spec": {**pod_spec(newest), "containerConcurrency": 0, "timeoutSeconds": 300}},
            "traffic": traffic,
        },
        "status": {
            "address": {"url": f"http://{newest.name}-predictor.{newest.namespace}.svc.cluster.local"},
            "conditions": [{"lastTransitionTime": since, "status": "True", "type": kind} for kind in kinds],
            "latestCreatedRevisionName": _name(newest, last),
            "latestReadyRevisionName": _name(newest, last),
            "observedGeneration": last,
            "traffic": traffic,
            "url": _host(newest, "-predictor"),
        },
    }
    return cluster.add(obj, later(newest.created, 3), cr)


def _revision(cluster: Cluster, step: Step, number: int, owner: Obj) -> None:
    predictor, name = step.predictor, _name(step.predictor, number)
    labels = _labels(predictor, name, number)
    kinds = ("Active", "ContainerHealthy", "Ready", "ResourcesAvailable")
    since = stamp(later(step.created, 160))
    obj: Obj = {
        "apiVersion": f"{_KNATIVE}v1",
        "kind": "Revision",
        "metadata": {"name": name, "namespace": predictor.namespace, "labels": labels},
        "spec": {**pod_spec(predictor), "containerConcurrency": 0, "timeoutSeconds": 300},
        "status": {
            "actualReplicas": step.replicas,
            "conditions": [_active(kind, since, step.replicas) for kind in kinds],
            "desiredReplicas": step.replicas,
            "observedGeneration": 1,
        },
    }
    obj["metadata"]["annotations"] = {f"{_KNATIVE}routes": owner["metadata"]["name"]}
    cluster.add(obj, later(step.created, 4), owner)
    _deployment(cluster, step, name, labels, obj)


def _labels(predictor: Predictor, name: str, number: int) -> dict[str, str]:
    service_name = f"{predictor.name}-predictor"
    return {
        "component": "predictor",
        f"{_KNATIVE}configuration": service_name,
        f"{_KNATIVE}configurationGeneration": str(number),
        f"{_KNATIVE}revision": name,
        f"{_KNATIVE}service": service_name,
        "serving.kserve.io/inferenceservice": predictor.name,
    }


def _active(kind: str, since: str, replicas: int) -> Obj:
    out: Obj = {"lastTransitionTime": since, "status": "True", "type": kind}
    if kind == "Active" and not replicas:
        out |= {"reason": "NoTraffic", "message": "The target is not receiving traffic.", "status": "False"}
        out["severity"] = "Info"
    return out


def _deployment(cluster: Cluster, step: Step, name: str, labels: dict[str, str], owner: Obj) -> None:
    predictor = step.predictor
    spec = pod_spec(predictor)
    spec["containers"].append(_queue_proxy())
    template: Obj = {"metadata": {"labels": {**labels, "app": name}}, "spec": spec}
    chosen = {f"{_KNATIVE}revision": name}
    created = later(step.created, 5)
    plans = predictor.plans or tuple(ready(later(created, 2 + i)) for i in range(step.replicas))
    rollout = Rollout(
        f"{name}-deployment",
        predictor.namespace,
        {**labels, "app": name},
        step.replicas,
        created,
        selector=chosen,
    )
    ports = [("http", 80, 8012)]
    service(cluster, owner, f"{name}-private", predictor.namespace, labels, chosen, ports, created)

    def make(pod_name: str, pod_template: Obj, plan: Plan, replicaset: Obj) -> Obj:
        obj = pod(cluster, pod_name, pod_template, plan, replicaset, predictor.gpu)
        isvclogs.keep(cluster, predictor, obj, plan)
        return obj

    deployment(cluster, rollout, [Generation(template, plans, created)], owner, make)


def _queue_proxy() -> Obj:
    ports = (
        ("http-queueadm", 8022),
        ("http-autometric", 9090),
        ("http-usermetric", 9091),
        ("queue-port", 8012),
    )
    probe = {
        "httpGet": {"path": "/", "port": 8012, "scheme": "HTTP"},
        "periodSeconds": 10,
        "timeoutSeconds": 1,
    }
    return {
        "image": "gcr.io/knative-releases/knative.dev/serving/cmd/queue:v1.21.0",
        "imagePullPolicy": "IfNotPresent",
        "name": "queue-proxy",
        "ports": [{"containerPort": port, "name": name, "protocol": "TCP"} for name, port in ports],
        "readinessProbe": {**probe, "failureThreshold": 3, "successThreshold": 1},
        "resources": {"requests": {"cpu": "25m"}},
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
    }


def _status(newest: Predictor, steps: Sequence[Step], traffic: list[Obj]) -> Obj:
    latest = _name(newest, len(steps))
    split = len(traffic) > 1
    component: Obj = {
        "address": {"url": f"http://{newest.name}-predictor.{newest.namespace}.svc.cluster.local"},
        "latestCreatedRevision": latest,
        "latestReadyRevision": latest,
        "latestRolledoutRevision": traffic[-1]["revisionName"] if split else latest,
        "traffic": traffic,
        "url": _host(newest, "-predictor"),
    }
    if len(steps) > 1:
        component["previousRolledoutRevision"] = _name(newest, len(steps) - 1)
    kinds = (
        "IngressReady",
        "LatestDeploymentReady",
        "PredictorConfigurationReady",
        "PredictorReady",
        "PredictorRouteReady",
        "Ready",
        "RoutesReady",
    )
    conditions = dict.fromkeys(kinds, GOOD) | {"Stopped": ("False", "", "")}
    return {
        "address": {"url": f"http://{newest.name}.{newest.namespace}.svc.cluster.local"},
        "clusterServingRuntimeName": newest.runtime,
        "components": {"predictor": component},
        "conditions": cr_conditions(newest, conditions),
        "deploymentMode": "Knative",
        "modelStatus": model_status(newest, steps[-1].replicas),
        "observedGeneration": newest.generation,
        "url": _host(newest),
    }
