"""The endpoint picker (EPP) of an LLM service: Deployment, pod, Service, log."""

from __future__ import annotations

from .base import Lines, Obj, later
from .cluster import Cluster
from .deployments import deployment
from .deploystatus import Generation, Rollout
from .model import Model
from .networking import service
from .plans import Life, Plan, init_done
from .pods import pod

_PORTS = (("grpc", 9002), ("grpc-health", 9003), ("metrics", 9090), ("zmq", 5557))


def endpoint_picker(cluster: Cluster, model: Model, cr: Obj) -> Obj:
    """Add the EPP Deployment of a CR with one ready pod, and its Service."""
    chosen = {
        "app.kubernetes.io/component": "llminferenceservice-router-scheduler",
        "app.kubernetes.io/name": model.name,
        "app.kubernetes.io/part-of": "llminferenceservice",
    }
    name, created = model.child("-kserve-router-scheduler"), later(model.created, 4)
    rollout = Rollout(name, model.namespace, chosen, 1, created, strategy={"type": "Recreate"})
    template: Obj = {"metadata": {"labels": dict(chosen)}, "spec": _spec(model)}
    plan = Plan(later(created, 2), Life(started=later(created, 9), ready=True), init_done(created, 1))
    ports = [(label, port, port) for label, port in _PORTS]
    service(cluster, cr, model.child("-epp-service"), model.namespace, chosen, chosen, ports, created)

    def make(pod_name: str, pod_template: Obj, fate: Plan, owner: Obj) -> Obj:
        obj = pod(cluster, pod_name, pod_template, fate, owner, "CPU")
        cluster.log(obj, "main", later(created, 9), _log(model))
        return obj

    return deployment(cluster, rollout, [Generation(template, (plan,), created)], cr, make)


def _spec(model: Model) -> Obj:
    return {
        "containers": [_container(model)],
        "dnsPolicy": "ClusterFirst",
        "restartPolicy": "Always",
        "schedulerName": "default-scheduler",
        "securityContext": {},
        "serviceAccount": model.child("-epp-sa"),
        "serviceAccountName": model.child("-epp-sa"),
        "terminationGracePeriodSeconds": 30,
    }


def _container(model: Model) -> Obj:
    probe = {
        "failureThreshold": 3,
        "grpc": {"port": 9003, "service": "envoy.service.ext_proc.v3.ExternalProcessor"},
    }
    probe |= {"initialDelaySeconds": 5, "periodSeconds": 10, "successThreshold": 1, "timeoutSeconds": 1}
    return {
        "args": [
            "--pool-name",
            model.child("-inference-pool"),
            "--pool-namespace",
            model.namespace,
            "--zap-encoder",
            "json",
            "--grpc-port",
            "9002",
            "--grpc-health-port",
            "9003",
        ],
        "image": "ghcr.io/llm-d/llm-d-inference-scheduler:v0.8.0",
        "imagePullPolicy": "IfNotPresent",
        "livenessProbe": probe,
        "name": "main",
        "ports": [{"containerPort": port, "name": label, "protocol": "TCP"} for label, port in _PORTS],
        "readinessProbe": {**probe, "initialDelaySeconds": 30},
        "resources": {"requests": {"cpu": "256m", "memory": "500Mi"}},
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "FallbackToLogsOnError",
    }


def _log(model: Model) -> Lines:
    head = '{"level":"info","logger":"setup","msg":'
    name = model.child("-inference-pool")
    return (
        (0.2, head + '"EPP build","commit-sha":"5b0c1f2","build-ref":"v0.8.0"}'),
        (0.6, head + f'"Initializing","pool":"{model.namespace}/{name}"}}'),
        (0.9, head + '"ExtProc server listening","port":9002}'),
    )
