"""Which logs and metrics a serving pod leaves behind."""

from __future__ import annotations

from . import enginelogs
from .base import Lines, Obj, later
from .cluster import Cluster
from .exposition import vllm_metrics
from .model import Model
from .plans import Life, Plan


def keep(cluster: Cluster, model: Model, pod: Obj, plan: Plan) -> None:
    """Keep the logs of every container of the pod that has run, and its metrics."""
    if not plan.placed:
        return
    inits = [c["name"] for c in pod["spec"].get("initContainers", [])]
    if "storage-initializer" in inits:
        lines = plan.init_log or enginelogs.download(model)
        keep_life(cluster, pod, "storage-initializer", plan.init, lines, plan.init_previous)
    if "llm-d-routing-sidecar" in inits and plan.initialized:
        cluster.log(pod, "llm-d-routing-sidecar", later(plan.created, 102), enginelogs.sidecar())
    last = plan.main.last
    lived = (last.finished - last.started).total_seconds() if last else 0.0
    previous = plan.previous or enginelogs.engine_died(model, pod, lived)
    keep_life(cluster, pod, "main", plan.main, plan.log or enginelogs.serving(model, pod), previous)
    worker = pod["metadata"]["labels"].get("leaderworkerset.sigs.k8s.io/worker-index", "0") != "0"
    if plan.main.ready and not worker and not plan.lost:
        cluster.measure(pod, vllm_metrics(model, pod))


def keep_life(cluster: Cluster, pod: Obj, container: str, life: Life, lines: Lines, previous: Lines) -> None:
    """Keep the current and the previous log of one container."""
    run = life.ended or life.last
    start = life.started or (run.started if run else None)
    if start is not None:
        cluster.log(pod, container, start, lines)
    if life.last is not None:
        cluster.log(pod, container, life.last.started, previous, previous=True)
