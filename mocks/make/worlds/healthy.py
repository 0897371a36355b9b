"""A busy cluster with nothing wrong: every shape of service, all of them ready."""

from __future__ import annotations

from ..base import ago, later
from ..cluster import Cluster
from ..events import emit, normal
from ..isvc import standard
from ..knative import Step, serverless
from ..llm import add_group, add_model
from ..model import Model, Revision, Role
from ..plans import ready
from ..platform import base, claim, count_routes, namespaces, node_pools
from ..predictor import Predictor
from ..presets import config, presets, runtimes
from .healthy_chat import CHAT, LARGE
from .healthy_isvc import PREDICTORS
from .healthy_more import CODE, PLATFORM, SEARCH

_LONG = "--max-model-len 32768 --gpu-memory-utilization 0.92"


def build() -> Cluster:
    """Return the healthy world."""
    cluster = Cluster("healthy", "27 services of every shape on seven kinds of GPU, all of them as intended")
    namespaces(cluster, "chat", "code", "platform", "search")
    node_pools(cluster, CPU=4, H100=5, H200=3, A100=4, L40S=3, L4=2, A10G=3, MI300X=1)
    base(cluster)
    presets(cluster)
    runtimes(cluster)
    _chat(cluster)
    _chat_large(cluster)
    _search(cluster)
    _code(cluster)
    _platform(cluster)
    _inference_services(cluster)
    count_routes(cluster)
    _events(cluster)
    return cluster


def _chat(cluster: Cluster) -> None:
    for item in CHAT:
        add_model(cluster, item)
    created = ago(days=34, hours=3)
    restarted = (
        ready(later(created, 5), restarted=ago(days=9, hours=4), restarts=1),
        ready(later(created, 6)),
    )
    add_model(
        cluster,
        Model(
            "chat",
            "qwen3-32b",
            "hf://Qwen/Qwen3-32B",
            "Qwen/Qwen3-32B",
            "H100",
            created=created,
            internal=True,
            weights_gb=66,
            role=Role(
                gpus=2,
                replicas=2,
                cpu="16",
                memory="128Gi",
                parallelism={"tensor": 2},
                args=f"{_LONG} --enable-auto-tool-choice --tool-call-parser hermes",
                revisions=(Revision(later(created, 5), restarted),),
            ),
        ),
    )
    stable = Role(gpus=1, replicas=2, cpu="12", memory="96Gi", args="--max-model-len 131072 --async-scheduling")
    canary = Role(gpus=1, cpu="12", memory="96Gi", args="--max-model-len 131072 --async-scheduling --max-num-seqs 512")
    where = ("hf://openai/gpt-oss-120b", "openai/gpt-oss-120b", "H100")
    add_group(
        cluster,
        Model("chat", "gpt-oss-120b", *where, stable, ago(days=44), group="gpt-oss", weight=90, weights_gb=65),
        Model(
            "chat",
            "gpt-oss-120b-next",
            *where,
            canary,
            ago(days=4),
            group="gpt-oss",
            weight=10,
            weights_gb=65,
        ),
    )


def _chat_large(cluster: Cluster) -> None:
    for item in LARGE:
        add_model(cluster, item)


def _search(cluster: Cluster) -> None:
    for item in SEARCH:
        add_model(cluster, item)
    keda = {
        "cooldownPeriod": 900,
        "idleReplicaCount": 0,
        "pollingInterval": 30,
        "triggers": [
            {
                "metadata": {
                    "query": 'sum(rate(vllm:request_success_total{namespace="search"}[5m]))',
                    "serverAddress": "http://prometheus-operated.monitoring:9090",
                    "threshold": "5",
                },
                "type": "prometheus",
            }
        ],
    }
    created = ago(days=25)
    add_model(
        cluster,
        Model(
            "search",
            "mixtral-8x7b-batch",
            "hf://mistralai/Mixtral-8x7B-Instruct-v0.1",
            "mixtral-8x7b",
            "A100",
            created=created,
            scaling={"keda": keda, "maxReplicas": 2, "minReplicas": 1},
            weights_gb=94,
            role=Role(
                gpus=2,
                replicas=0,
                cpu="16",
                memory="160Gi",
                parallelism={"tensor": 2},
                args=_LONG,
                revisions=(Revision(later(created, 5)),),
            ),
        ),
    )


def _code(cluster: Cluster) -> None:
    for item in CODE:
        add_model(cluster, item)
    claim(cluster, "code", "codestral-weights", "fsx-lustre", "1200Gi", True, 46)


def _platform(cluster: Cluster) -> None:
    for item in PLATFORM:
        add_model(cluster, item)
    small = {
        "template": {
            "containers": [
                {
                    "name": "main",
                    "env": [{"name": "VLLM_ADDITIONAL_ARGS", "value": "--max-model-len 32768"}],
                }
            ]
        }
    }
    config(cluster, "platform", "small-models", small, 80, ("qwen3-8b",))


def _inference_services(cluster: Cluster) -> None:
    for item in PREDICTORS:
        standard(cluster, item)
    summarizer = Predictor(
        "platform",
        "summarizer",
        "vLLM",
        "kserve-vllmserver",
        "hf://Qwen/Qwen3-4B-Instruct-2507",
        "A10G",
        created=ago(days=33),
        generation=2,
        args=("--max-model-len=16384",),
    )
    serverless(
        cluster,
        [
            Step(summarizer, ago(days=33), 0, 0),
            Step(summarizer, ago(days=8), 100, 1),
        ],
        canary_percent=100,
    )


def _events(cluster: Cluster) -> None:
    cr = cluster.find("LLMInferenceService", "gpt-oss-120b", "chat")
    emit(cluster, cr, normal("Updated", "Updated HTTPRoute chat/gpt-oss-120b-kserve-route", ago(minutes=52)))
    pods = [o for o in cluster.objects.values() if o["kind"] == "Pod" and o["metadata"]["namespace"] == "search"]
    text = 'Container image "{0}" already present on machine'
    for obj in pods[:2]:
        image = obj["spec"]["containers"][0]["image"]
        happening = normal("Pulled", text.format(image), ago(minutes=58), "spec.containers{main}")
        emit(cluster, obj, happening, obj["spec"]["nodeName"])
