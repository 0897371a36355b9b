"""A cluster in trouble: every service but three fails in its own way."""

from __future__ import annotations

from ..base import ago
from ..cluster import Cluster
from ..platform import base, count_routes, namespaces, node_pools
from ..presets import presets, runtimes
from . import degraded_controller, degraded_engines, degraded_nodes, degraded_pods

LABS = "labs"


def build() -> Cluster:
    """Return the degraded world."""
    cluster = Cluster("degraded", "28 services: 4 healthy, the others each broken or at risk by a different cause")
    namespaces(cluster, "chat", "code", "platform", "search", LABS, "team-b", without_access=(LABS,))
    node_pools(cluster, CPU=3, H100=2, A100=1, L40S=2, L4=2, A10G=2, MI300X=1)
    base(cluster)
    presets(cluster)
    runtimes(cluster)
    degraded_nodes.lose_node(cluster, ago(minutes=38))
    degraded_pods.add(cluster)
    degraded_engines.add(cluster)
    degraded_controller.add(cluster)
    degraded_nodes.add(cluster)
    count_routes(cluster)
    return cluster
