"""Nodes: GPU and CPU pools with labels, taints, capacity and conditions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .base import Obj, digest, stamp
from .cluster import Cluster


@dataclass(frozen=True)
class Pool:
    """One kind of machine."""

    instance: str
    product: str
    resource: str
    gpus: int
    cpu: int
    memory_gi: int
    vram_mi: int = 0


POOLS = {
    "H100": Pool("p5.48xlarge", "NVIDIA-H100-80GB-HBM3", "nvidia.com/gpu", 8, 192, 2048, 81559),
    "H200": Pool("p5en.48xlarge", "NVIDIA-H200", "nvidia.com/gpu", 8, 192, 2048, 143771),
    "A100": Pool("p4de.24xlarge", "NVIDIA-A100-SXM4-80GB", "nvidia.com/gpu", 8, 96, 1152, 81920),
    "L40S": Pool("g6e.12xlarge", "NVIDIA-L40S", "nvidia.com/gpu", 4, 48, 384, 46068),
    "L4": Pool("g6.12xlarge", "NVIDIA-L4", "nvidia.com/gpu", 4, 48, 192, 23034),
    "A10G": Pool("g5.12xlarge", "NVIDIA-A10G", "nvidia.com/gpu", 4, 48, 192, 23028),
    "MI300X": Pool("bare-metal-mi300x", "AMD_Instinct_MI300X_OAM", "amd.com/gpu", 8, 192, 2048, 196608),
    "CPU": Pool("m6i.8xlarge", "", "cpu", 0, 32, 128),
}
_HEALTHY = {
    "MemoryPressure": ("False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    "DiskPressure": ("False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    "PIDPressure": ("False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    "Ready": ("True", "KubeletReady", "kubelet is posting ready status"),
}


def selector(gpu: str) -> dict[str, str]:
    """Return the node selector that asks for a GPU class."""
    pool = POOLS[gpu]
    if not pool.gpus:
        return {}
    return {_product_label(pool): pool.product}


def node(cluster: Cluster, gpu: str, number: int, created: datetime, heartbeat: datetime) -> Obj:
    """Add one Ready node of a pool."""
    pool = POOLS[gpu]
    ip = f"10.0.{20 + list(POOLS).index(gpu)}.{10 + number}"
    name = f"ip-{ip.replace('.', '-')}.ec2.internal"
    if gpu == "MI300X":
        name = f"mi300x-{number}.dc1.example.net"
    zone = "us-east-1" + "abc"[number % 3]
    spec: Obj = {"providerID": f"aws:///{zone}/i-{digest(name, length=17)}"}
    if pool.gpus:
        spec["taints"] = [{"effect": "NoSchedule", "key": pool.resource, "value": "present"}]
    obj: Obj = {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": _labels(name, pool, zone, gpu)},
        "spec": spec,
        "status": _status(name, ip, pool, created, heartbeat),
    }
    cluster.capacity.register(name, gpu, ip, pool.resource, pool.gpus)
    return cluster.add(obj, created)


def _product_label(pool: Pool) -> str:
    return "amd.com/gpu.product-name" if pool.resource == "amd.com/gpu" else "nvidia.com/gpu.product"


def _labels(name: str, pool: Pool, zone: str, gpu: str) -> dict[str, str]:
    labels = {
        "beta.kubernetes.io/arch": "amd64",
        "eks.amazonaws.com/capacityType": "ON_DEMAND",
        "eks.amazonaws.com/nodegroup": f"{gpu.lower()}-pool",
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "node.kubernetes.io/instance-type": pool.instance,
        "topology.kubernetes.io/region": "us-east-1",
        "topology.kubernetes.io/zone": zone,
    }
    if pool.gpus:
        labels[_product_label(pool)] = pool.product
    if pool.resource == "nvidia.com/gpu":
        labels |= {
            "nvidia.com/gpu.count": str(pool.gpus),
            "nvidia.com/gpu.memory": str(pool.vram_mi),
            "nvidia.com/gpu.present": "true",
            "nvidia.com/mig.strategy": "single",
        }
    return labels


def _status(name: str, ip: str, pool: Pool, created: datetime, heartbeat: datetime) -> Obj:
    conditions = [
        {
            "lastHeartbeatTime": stamp(heartbeat),
            "lastTransitionTime": stamp(created),
            "message": message,
            "reason": reason,
            "status": status,
            "type": kind,
        }
        for kind, (status, reason, message) in _HEALTHY.items()
    ]
    return {
        "addresses": [{"address": ip, "type": "InternalIP"}, {"address": name, "type": "Hostname"}],
        "allocatable": _resources(pool, reserved=2),
        "capacity": _resources(pool, reserved=0),
        "conditions": conditions,
        "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
        "nodeInfo": _info(name),
    }


def _resources(pool: Pool, reserved: int) -> dict[str, str]:
    out = {
        "cpu": str(pool.cpu - reserved // 2),
        "ephemeral-storage": f"{1800 * 1024 * 1024 - reserved * 1048576}Ki",
        "hugepages-2Mi": "0",
        "memory": f"{(pool.memory_gi - reserved * 2) * 1024 * 1024}Ki",
        "pods": "110",
    }
    if pool.gpus:
        out[pool.resource] = str(pool.gpus)
    return out


def _info(name: str) -> dict[str, str]:
    return {
        "architecture": "amd64",
        "bootID": f"{digest(name, 'boot', length=8)}-7d1c-4e0a-9a55-{digest(name, 'b', length=12)}",
        "containerRuntimeVersion": "containerd://2.1.4",
        "kernelVersion": "6.12.46-66.121.amzn2023.x86_64",
        "kubeProxyVersion": "",
        "kubeletVersion": "v1.34.1-eks-113cf36",
        "machineID": f"ec2{digest(name, 'machine', length=29)}",
        "operatingSystem": "linux",
        "osImage": "Amazon Linux 2023.9.20260929",
        "systemUUID": f"ec2{digest(name, 's', length=5)}-4c1b-4f7e-8a8a-{digest(name, length=12)}",
    }


def lose(obj: Obj, since: datetime, heartbeat: datetime) -> None:
    """Turn a Ready node into one whose kubelet stopped reporting."""
    for condition in obj["status"]["conditions"]:
        condition |= {
            "lastHeartbeatTime": stamp(heartbeat),
            "lastTransitionTime": stamp(since),
            "message": "Kubelet stopped posting node status.",
            "reason": "NodeStatusUnknown",
            "status": "Unknown",
        }
    key = "node.kubernetes.io/unreachable"
    obj["spec"]["taints"] += [
        {"effect": effect, "key": key, "timeAdded": stamp(since)} for effect in ("NoSchedule", "NoExecute")
    ]
