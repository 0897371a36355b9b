"""Placeholder."""

from __future__ import annotations

from ..cluster import Cluster
from . import empty


def build() -> Cluster:
    """Return an empty cluster for now."""
    cluster = empty.build()
    cluster.name = "rollout"
    return cluster
