"""Failures of nodes and of groups of nodes."""

from __future__ import annotations

from datetime import datetime

from .. import crashlogs
from ..base import Obj, ago, later
from ..cluster import Cluster
from ..events import emit
from ..failures import lost_with_node
from ..llm import add_model
from ..model import Model, Revision, Role
from ..nodes import lose
from ..plans import Happening, loading, pending, ready

_LOST = "L40S"


def lose_node(cluster: Cluster, since: datetime) -> Obj:
    """Take the last L40S node away."""
    name = [place.name for place in cluster.capacity.places.values() if place.pool == _LOST][-1]
    node = cluster.find("Node", name)
    lose(node, since, later(since, -41))
    text = f"Node {name} status is now: NodeNotReady"
    emit(cluster, node, Happening("NodeNotReady", text, since, since, type="Normal"))
    return node


def add(cluster: Cluster) -> None:
    """Add the services that lost a node or wait for one."""
    _two_on_the_lost_node(cluster)
    _group(cluster)


def _two_on_the_lost_node(cluster: Cluster) -> None:
    name = [place.name for place in cluster.capacity.places.values() if place.pool == _LOST][-1]
    deleted = ago(minutes=33)
    created = ago(days=15)
    gone = lost_with_node(ready(later(created, 2), node=name), deleted)
    for model_name, namespace, gpus in (("on-lost-node", "code", 2), ("half-on-lost-node", "search", 2)):
        plans = [gone, pending(later(deleted, 1))]
        replicas = 1
        if model_name.startswith("half"):
            others = [p.name for p in cluster.capacity.places.values() if p.pool == _LOST and p.name != name]
            plans.append(ready(later(created, 3), node=others[0]))
            replicas = 2
        role = Role(
            gpus=gpus,
            replicas=replicas,
            cpu="12",
            memory="96Gi",
            parallelism={"tensor": gpus},
            revisions=(Revision(created, tuple(plans)),),
        )
        add_model(
            cluster,
            Model(
                namespace,
                model_name,
                "hf://mistralai/Codestral-22B-v0.1",
                f"codestral-{namespace}",
                _LOST,
                role,
                later(created, -5),
                weights_gb=45,
            ),
        )


def _group(cluster: Cluster) -> None:
    created, recreated = ago(days=9), ago(minutes=7)
    base = Model(
        "chat",
        "deepseek-half",
        "hf://deepseek-ai/DeepSeek-V3",
        "deepseek-ai/DeepSeek-V3",
        "H100",
        Role(),
        later(created, -5),
        weights_gb=688,
    )
    leader = loading(recreated, crashlogs.waiting_for_peers(base))
    worker = pending(later(recreated, 1))
    role = Role(
        gpus=8,
        size=2,
        cpu="96",
        memory="1200Gi",
        complete=False,
        parallelism={"data": 16, "dataLocal": 8, "expert": True, "tensor": 1},
        args="--max-model-len 65536",
        revisions=(Revision(recreated, (leader, worker)),),
    )
    add_model(
        cluster,
        Model(
            base.namespace,
            base.name,
            base.uri,
            base.served,
            base.gpu,
            role,
            base.created,
            weights_gb=base.weights_gb,
        ),
    )
    name = "deepseek-half-kserve-mn"
    lws = cluster.find("LeaderWorkerSet", name, "chat")
    text = f"Worker pod {name}-0-1 failed, deleted leader pod {name}-0 to recreate group 0"
    emit(
        cluster,
        lws,
        Happening("RecreateGroupOnPodRestart", text, ago(minutes=7), ago(minutes=7), type="Normal"),
    )
