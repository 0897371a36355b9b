"""A cluster in motion: rollouts, canaries, scale-ups, and one rollout that cannot move."""

from __future__ import annotations

from datetime import datetime

from ..base import Obj, ago, later
from ..cluster import Cluster
from ..enginelogs import shards, starting
from ..isvc import standard
from ..knative import Step, serverless
from ..llm import add_model
from ..model import Model, Revision, Role
from ..plans import Plan, loading, pending, ready
from ..platform import base, count_routes, namespaces, node_pools
from ..predictor import Predictor
from ..presets import presets, runtimes
from . import rollout_groups

_OLD_IMAGE: Obj = {"image": "ghcr.io/llm-d/llm-d-cuda:v0.6.0"}


def build() -> Cluster:
    """Return the rollout world."""
    cluster = Cluster("rollout", "14 services: canaries, rolling updates and scale-ups in flight, one deadlocked")
    namespaces(cluster, "chat", "code", "platform", "search")
    node_pools(cluster, CPU=3, H100=7, L40S=2, A10G=2, L4=2)
    base(cluster)
    presets(cluster)
    runtimes(cluster)
    rollout_groups.add(cluster)
    _deadlocked(cluster)
    _rolling(cluster)
    _several_nodes(cluster)
    _starting(cluster)
    _scaling_up(cluster)
    _inference_services(cluster)
    _stable(cluster)
    count_routes(cluster)
    return cluster


def _loading(model: Model, age: float, percent: int) -> Plan:
    return loading(ago(seconds=age), (*starting(model), *shards(model, percent)))


def _serving(since: datetime, count: int) -> tuple[Plan, ...]:
    return tuple(ready(later(since, 2 + index)) for index in range(count))


def _rolling(cluster: Cluster) -> None:
    old, new = ago(days=21), ago(minutes=7)
    model = Model("chat", "qwen3-32b", "hf://Qwen/Qwen3-32B", "Qwen/Qwen3-32B", "L40S", Role(), old, weights_gb=33)
    first, second = ready(later(new, 2)), _loading(model, 149, 43)
    role = Role(
        gpus=1,
        replicas=4,
        memory="80Gi",
        args="--max-model-len 32768 --quantization fp8",
        complete=False,
        revisions=(Revision(old, _serving(old, 3), _OLD_IMAGE), Revision(new, (first, second))),
    )
    add_model(
        cluster,
        Model(
            "chat",
            "qwen3-32b",
            model.uri,
            model.served,
            "L40S",
            role,
            later(old, -5),
            weights_gb=33,
            generation=2,
        ),
    )


def _deadlocked(cluster: Cluster) -> None:
    old, new = ago(days=17), ago(minutes=22)
    role = Role(
        gpus=8,
        replicas=2,
        cpu="64",
        memory="400Gi",
        parallelism={"tensor": 8},
        complete=False,
        args="--max-model-len 65536",
        revisions=(Revision(old, _serving(old, 2), _OLD_IMAGE), Revision(new, (pending(later(new, 2)),))),
    )
    add_model(
        cluster,
        Model(
            "chat",
            "mistral-large",
            "hf://mistralai/Mistral-Large-Instruct-2411",
            "mistral-large",
            "H100",
            role,
            later(old, -5),
            weights_gb=246,
            generation=2,
        ),
    )


def _several_nodes(cluster: Cluster) -> None:
    old, new = ago(days=8), ago(seconds=152)
    model = Model(
        "chat",
        "deepseek-v3",
        "hf://deepseek-ai/DeepSeek-V3",
        "deepseek-ai/DeepSeek-V3",
        "H100",
        Role(),
        old,
        weights_gb=688,
    )
    fresh = (_loading(model, 150, 40), _loading(model, 149, 37))
    role = Role(
        gpus=8,
        replicas=2,
        size=2,
        cpu="96",
        memory="1200Gi",
        args="--max-model-len 65536",
        complete=False,
        parallelism={"data": 16, "dataLocal": 8, "expert": True, "tensor": 1},
        revisions=(Revision(old, _serving(old, 2), _OLD_IMAGE), Revision(new, fresh)),
    )
    add_model(
        cluster,
        Model(
            model.namespace,
            model.name,
            model.uri,
            model.served,
            "H100",
            role,
            later(old, -5),
            weights_gb=688,
            generation=2,
        ),
    )


def _starting(cluster: Cluster) -> None:
    created = ago(seconds=155)
    model = Model(
        "code",
        "qwen3-coder-30b",
        "hf://Qwen/Qwen3-Coder-30B-A3B-Instruct",
        "qwen3-coder",
        "L40S",
        Role(),
        created,
        weights_gb=36,
    )
    plan = _loading(model, 150, 43)
    role = Role(
        gpus=2,
        parallelism={"tensor": 2},
        memory="96Gi",
        complete=False,
        args="--max-model-len 65536",
        revisions=(Revision(later(created, 3), (plan,)),),
    )
    add_model(
        cluster,
        Model(
            "code",
            model.name,
            model.uri,
            model.served,
            "L40S",
            role,
            created,
            weights_gb=36,
        ),
    )


def _scaling_up(cluster: Cluster) -> None:
    old = ago(days=30)
    model = Model("search", "bge-m3", "hf://BAAI/bge-m3", "BAAI/bge-m3", "L4", Role(), old, weights_gb=20)
    young = (_loading(model, 140, 60), _loading(model, 139, 20))
    role = Role(
        gpus=1,
        replicas=4,
        cpu="4",
        memory="16Gi",
        args="--runner pooling",
        complete=True,
        revisions=(Revision(old, (*_serving(old, 2), *young)),),
    )
    add_model(
        cluster,
        Model(
            "search",
            "bge-m3",
            model.uri,
            model.served,
            "L4",
            role,
            later(old, -5),
            weights_gb=20,
            generation=2,
        ),
    )


def _inference_services(cluster: Cluster) -> None:
    uri = "hf://Qwen/Qwen3-4B-Instruct-2507"
    first = Predictor(
        "platform",
        "summarizer",
        "vLLM",
        "kserve-vllmserver",
        uri,
        "A10G",
        created=ago(days=26),
        generation=2,
        args=("--max-model-len=8192",),
    )
    second = Predictor(
        "platform",
        "summarizer",
        "vLLM",
        "kserve-vllmserver",
        uri,
        "A10G",
        created=ago(days=26),
        generation=2,
        args=("--max-model-len=16384",),
    )
    serverless(
        cluster,
        [
            Step(first, ago(days=26), 80, 1, tag="prev"),
            Step(second, ago(hours=2), 20, 1),
        ],
        canary_percent=20,
    )
    stable = Predictor(
        "platform",
        "llama-guard",
        "huggingface",
        "kserve-huggingfaceserver",
        "hf://meta-llama/Llama-Guard-3-8B",
        "A10G",
        replicas=3,
        created=ago(days=31),
        args=("--dtype=bfloat16",),
        generation=2,
    )
    canary = Predictor(
        "platform",
        "llama-guard",
        "huggingface",
        "kserve-huggingfaceserver",
        "hf://meta-llama/Llama-Guard-4-12B",
        "A10G",
        created=ago(hours=3),
        args=("--dtype=bfloat16", "--quantization=fp8"),
        variant="guard4",
    )
    standard(cluster, stable, [(canary, 25)])


def _stable(cluster: Cluster) -> None:
    role = Role(gpus=1, args="--max-model-len 16384")
    for namespace, name, uri, served in (
        ("search", "qwen3-embedding", "hf://Qwen/Qwen3-Embedding-4B", "Qwen/Qwen3-Embedding-4B"),
        ("code", "qwen2-5-coder-7b", "hf://Qwen/Qwen2.5-Coder-7B-Instruct", "Qwen/Qwen2.5-Coder-7B-Instruct"),
        ("platform", "granite-8b", "hf://ibm-granite/granite-3.3-8b-instruct", "ibm-granite/granite-3.3-8b-instruct"),
    ):
        add_model(cluster, Model(namespace, name, uri, served, "L4", role, ago(days=50)))
