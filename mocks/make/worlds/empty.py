"""A prepared cluster without any service."""

from __future__ import annotations

from ..cluster import Cluster
from ..platform import base, namespaces, node_pools
from ..presets import presets, runtimes


def build() -> Cluster:
    """Return a cluster with nodes, gateways, controllers and presets, but no service."""
    cluster = Cluster("empty", "A prepared cluster: nodes, gateways, KServe and its presets, no service yet")
    namespaces(cluster, "chat")
    node_pools(cluster, CPU=2, H100=1, L4=1)
    base(cluster)
    presets(cluster)
    runtimes(cluster)
    return cluster
