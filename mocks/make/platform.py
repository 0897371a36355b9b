"""What every cluster has before the first service: gateways, controllers, runtimes."""

from __future__ import annotations

from .base import Obj, ago, later
from .cluster import Cluster
from .deployments import deployment
from .deploystatus import Generation, Rollout
from .networking import ENVOY, GATEWAY_GROUP, condition, service
from .nodes import node
from .plans import Life, Plan, init_done
from .pods import pod

AGE = 120
_SELECTOR = {"matchLabels": {"llm.example.com/gateway-access": "true"}}


def namespaces(cluster: Cluster, *names: str, without_access: tuple[str, ...] = ()) -> None:
    """Add the system namespaces and the named ones."""
    for name in ("default", "envoy-gateway-system", "kserve", "kube-system", *names):
        labels = {"kubernetes.io/metadata.name": name}
        if name not in without_access:
            labels["llm.example.com/gateway-access"] = "true"
        obj: Obj = {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": name, "labels": labels},
            "spec": {"finalizers": ["kubernetes"]},
            "status": {"phase": "Active"},
        }
        cluster.add(obj, ago(days=AGE))


def node_pools(cluster: Cluster, **counts: int) -> None:
    """Add the nodes of every pool."""
    for gpu, count in counts.items():
        for number in range(1, count + 1):
            node(cluster, gpu, number, ago(days=AGE - number), ago(seconds=40 + 7 * number))


def base(cluster: Cluster) -> None:
    """Add gateways, controllers, storage classes and serving runtimes."""
    _gateway_class(cluster)
    gateway(cluster, "kserve-ingress-gateway", "a1b2c3d4e5f60718-1204.elb.us-east-1.amazonaws.com", "Hostname")
    gateway(cluster, "kserve-internal-gateway", "10.0.200.14", "IPAddress")
    controller(cluster, "kserve", "kserve-controller-manager", "kserve/kserve-controller:v0.20.0")
    controller(cluster, "kserve", "llmisvc-controller-manager", "kserve/llmisvc-controller:v0.20.0")
    controller(cluster, "envoy-gateway-system", "envoy-gateway", "envoyproxy/gateway:v1.6.1")
    controller(cluster, "envoy-gateway-system", "envoy-kserve-ingress-gateway", "envoyproxy/envoy:distroless-v1.36.2")
    for name, provisioner, default in (
        ("gp3", "ebs.csi.aws.com", True),
        ("fsx-lustre", "fsx.csi.aws.com", False),
    ):
        _storage_class(cluster, name, provisioner, default)


def gateway(cluster: Cluster, name: str, address: str, kind: str) -> Obj:
    """Add one programmed Gateway in the kserve namespace."""
    since = ago(days=AGE - 1)
    good = [("Accepted", ("True", "Accepted", "The Gateway has been scheduled by Envoy Gateway"))]
    text = "Address assigned to the Gateway, 1/1 envoy replicas available"
    good.append(("Programmed", ("True", "Programmed", text)))
    listener = [
        ("Programmed", ("True", "Programmed", "Sending translated listener configuration to the data plane")),
        ("Accepted", ("True", "Accepted", "Listener has been successfully translated")),
        ("ResolvedRefs", ("True", "ResolvedRefs", "Listener references have been resolved")),
    ]
    routes = {"namespaces": {"from": "Selector", "selector": _SELECTOR}}
    obj: Obj = {
        "apiVersion": f"{GATEWAY_GROUP}/v1",
        "kind": "Gateway",
        "metadata": {"name": name, "namespace": "kserve"},
        "spec": {
            "gatewayClassName": "envoy",
            "listeners": [{"allowedRoutes": routes, "name": "http", "port": 80, "protocol": "HTTP"}],
        },
        "status": {
            "addresses": [{"type": kind, "value": address}],
            "conditions": [condition(k, verdict, since) for k, verdict in good],
            "listeners": [
                {
                    "attachedRoutes": 0,
                    "conditions": [condition(k, verdict, since) for k, verdict in listener],
                    "name": "http",
                    "supportedKinds": [{"group": GATEWAY_GROUP, "kind": "HTTPRoute"}],
                }
            ],
        },
    }
    return cluster.add(obj, since)


def count_routes(cluster: Cluster) -> None:
    """Set attachedRoutes of every Gateway listener from the accepted routes."""
    routes = [obj for obj in cluster.objects.values() if obj["kind"] == "HTTPRoute"]
    for obj in cluster.objects.values():
        if obj["kind"] == "Gateway":
            name = obj["metadata"]["name"]
            obj["status"]["listeners"][0]["attachedRoutes"] = sum(_attached(route, name) for route in routes)


def _attached(route: Obj, gateway_name: str) -> bool:
    return any(
        parent["parentRef"]["name"] == gateway_name and parent["conditions"][0]["status"] == "True"
        for parent in route["status"]["parents"]
    )


def controller(cluster: Cluster, namespace: str, name: str, image: str) -> Obj:
    """Add a system Deployment with one ready pod, and its Service."""
    labels = {"app.kubernetes.io/name": name, "control-plane": name}
    container: Obj = {
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "name": "manager",
        "ports": [{"containerPort": 8443, "name": "https", "protocol": "TCP"}],
        "resources": {"limits": {"memory": "1Gi"}, "requests": {"cpu": "100m", "memory": "300Mi"}},
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
    }
    spec: Obj = {"containers": [container], "dnsPolicy": "ClusterFirst", "restartPolicy": "Always"}
    spec |= {"schedulerName": "default-scheduler", "securityContext": {"runAsNonRoot": True}}
    spec |= {"serviceAccount": name, "serviceAccountName": name, "terminationGracePeriodSeconds": 10}
    created = ago(days=AGE - 3)
    plan = Plan(created, Life(started=later(created, 14), ready=True), init_done(created, 1))
    rollout = Rollout(name, namespace, labels, 1, created)
    service(cluster, None, name, namespace, labels, labels, [("https", 8443, "https")], created)

    def make(pod_name: str, template: Obj, fate: Plan, owner: Obj) -> Obj:
        return pod(cluster, pod_name, template, fate, owner, "CPU")

    generation = Generation({"metadata": {"labels": dict(labels)}, "spec": spec}, (plan,), created)
    return deployment(cluster, rollout, [generation], None, make)


def _gateway_class(cluster: Cluster) -> None:
    since = ago(days=AGE - 1)
    verdict = ("True", "Accepted", "Valid GatewayClass")
    obj: Obj = {
        "apiVersion": f"{GATEWAY_GROUP}/v1",
        "kind": "GatewayClass",
        "metadata": {"name": "envoy"},
        "spec": {"controllerName": ENVOY},
        "status": {"conditions": [condition("Accepted", verdict, since)]},
    }
    cluster.add(obj, since)


def _storage_class(cluster: Cluster, name: str, provisioner: str, default: bool) -> None:
    obj: Obj = {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": name},
        "allowVolumeExpansion": True,
        "provisioner": provisioner,
        "reclaimPolicy": "Delete",
        "volumeBindingMode": "WaitForFirstConsumer" if default else "Immediate",
    }
    if default:
        obj["metadata"]["annotations"] = {"storageclass.kubernetes.io/is-default-class": "true"}
    cluster.add(obj, ago(days=AGE))


def claim(cluster: Cluster, namespace: str, name: str, storage: str, size: str, bound: bool, days: float) -> Obj:
    """Add a PersistentVolumeClaim, bound or pending."""
    created = ago(days=days)
    obj: Obj = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": name, "namespace": namespace, "finalizers": ["kubernetes.io/pvc-protection"]},
        "spec": {
            "accessModes": ["ReadWriteMany"],
            "resources": {"requests": {"storage": size}},
            "storageClassName": storage,
            "volumeMode": "Filesystem",
        },
        "status": {"phase": "Bound" if bound else "Pending"},
    }
    cluster.add(obj, created)
    if bound:
        obj["spec"]["volumeName"] = f"pvc-{obj['metadata']['uid']}"
        obj["status"] |= {"accessModes": ["ReadWriteMany"], "capacity": {"storage": size}}
        obj["metadata"]["annotations"] = {"pv.kubernetes.io/bind-completed": "yes"}
    return obj
