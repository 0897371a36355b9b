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
    add_model(
        cluster,
        Model(
            "chat",
            "llama-3-3-70b",
            "hf://meta-llama/Llama-3.3-70B-Instruct",
            "meta-llama/Llama-3.3-70B-Instruct",
            "H100",
            created=ago(days=51),
            internal=True,
            weights_gb=141,
            scaling={"maxReplicas": 4, "minReplicas": 1, "wva": {"hpa": {}, "variantCost": "40.0"}},
            role=Role(
                gpus=4,
                replicas=2,
                cpu="32",
                memory="256Gi",
                parallelism={"tensor": 4},
                args="--max-model-len 65536 --max-num-seqs 256 --kv-cache-dtype fp8",
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
    add_model(
        cluster,
        Model(
            "chat",
            "gemma-3-27b",
            "hf://google/gemma-3-27b-it",
            "google/gemma-3-27b-it",
            "A100",
            created=ago(days=20),
            lora=("support-tone", "legal-summaries"),
            weights_gb=55,
            role=Role(gpus=1, replicas=2, memory="96Gi", args="--max-model-len 16384 --max-loras 4"),
        ),
    )
    add_model(
        cluster,
        Model(
            "chat",
            "mistral-small-24b",
            "hf://mistralai/Mistral-Small-3.2-24B-Instruct-2506",
            "mistral-small",
            "L40S",
            created=ago(days=27),
            lora=("ticket-triage",),
            weights_gb=48,
            role=Role(
                gpus=2,
                replicas=2,
                parallelism={"tensor": 2},
                args="--max-model-len 24576 --tokenizer-mode mistral",
            ),
        ),
    )
    add_model(
        cluster,
        Model(
            "chat",
            "phi-4",
            "hf://microsoft/phi-4",
            "microsoft/phi-4",
            "L40S",
            created=ago(days=88),
            version="v1alpha1",
            weights_gb=29,
            role=Role(gpus=1, replicas=1, args="--max-model-len 16384"),
        ),
    )


def _chat_large(cluster: Cluster) -> None:
    add_model(
        cluster,
        Model(
            "chat",
            "deepseek-v3",
            "hf://deepseek-ai/DeepSeek-V3",
            "deepseek-ai/DeepSeek-V3",
            "H100",
            created=ago(days=16),
            internal=True,
            weights_gb=688,
            role=Role(
                gpus=8,
                size=2,
                cpu="96",
                memory="1200Gi",
                parallelism={"data": 16, "dataLocal": 8, "expert": True, "tensor": 1},
                args="--max-model-len 65536 --all2all-backend deepep_low_latency",
            ),
        ),
    )
    add_model(
        cluster,
        Model(
            "chat",
            "llama-3-1-405b",
            "hf://meta-llama/Llama-3.1-405B-Instruct",
            "meta-llama/Llama-3.1-405B-Instruct",
            "A100",
            created=ago(days=63),
            weights_gb=812,
            role=Role(
                gpus=8,
                size=2,
                cpu="64",
                memory="800Gi",
                parallelism={"pipeline": 2, "tensor": 8},
                args="--max-model-len 32768 --gpu-memory-utilization 0.95",
            ),
        ),
    )
    add_model(
        cluster,
        Model(
            "chat",
            "qwen3-235b",
            "hf://Qwen/Qwen3-235B-A22B-Instruct-2507-FP8",
            "Qwen/Qwen3-235B-A22B",
            "H100",
            created=ago(days=12),
            weights_gb=236,
            internal=True,
            role=Role(
                gpus=4,
                cpu="32",
                memory="300Gi",
                parallelism={"tensor": 4},
                args=_transfer("--max-model-len 65536"),
            ),
            prefill=Role(gpus=4, replicas=1, cpu="24", memory="200Gi", parallelism={"tensor": 4}, args=_transfer("")),
        ),
    )
    add_model(
        cluster,
        Model(
            "chat",
            "kimi-k2",
            "hf://moonshotai/Kimi-K2-Instruct",
            "moonshotai/Kimi-K2-Instruct",
            "H200",
            created=ago(days=10),
            weights_gb=1030,
            role=Role(
                gpus=8,
                size=2,
                cpu="96",
                memory="1200Gi",
                parallelism={"data": 16, "dataLocal": 8, "expert": True, "tensor": 1},
                args=_transfer(""),
            ),
            prefill=Role(gpus=8, cpu="96", memory="1200Gi", parallelism={"tensor": 8}, args=_transfer("")),
        ),
    )
    add_model(
        cluster,
        Model(
            "chat",
            "mistral-large",
            "hf://mistralai/Mistral-Large-Instruct-2411",
            "mistral-large",
            "A100",
            created=ago(days=71),
            weights_gb=246,
            role=Role(gpus=8, cpu="64", memory="400Gi", parallelism={"tensor": 8}, args="--max-model-len 65536"),
        ),
    )


def _transfer(args: str) -> str:
    config_text = '{"kv_connector":"NixlConnector","kv_role":"kv_both"}'
    return f"{args} --kv-transfer-config '{config_text}'".strip()


def _search(cluster: Cluster) -> None:
    add_model(
        cluster,
        Model(
            "search",
            "bge-m3",
            "hf://BAAI/bge-m3",
            "BAAI/bge-m3",
            "L4",
            created=ago(days=97),
            weights_gb=4,
            role=Role(gpus=1, replicas=4, cpu="4", memory="16Gi", args="--runner pooling --max-model-len 8192"),
        ),
    )
    add_model(
        cluster,
        Model(
            "search",
            "qwen3-embedding-8b",
            "hf://Qwen/Qwen3-Embedding-8B",
            "Qwen/Qwen3-Embedding-8B",
            "L4",
            created=ago(days=31),
            weights_gb=16,
            scheduler=False,
            role=Role(gpus=1, replicas=2, memory="32Gi", args="--runner pooling --max-model-len 8192"),
        ),
    )
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
    add_model(
        cluster,
        Model(
            "code",
            "qwen2-5-coder-7b",
            "hf://Qwen/Qwen2.5-Coder-7B-Instruct",
            "Qwen/Qwen2.5-Coder-7B-Instruct",
            "A10G",
            created=ago(days=58),
            role=Role(gpus=1, replicas=3, cpu="6", memory="32Gi", args="--max-model-len 16384"),
        ),
    )
    add_model(
        cluster,
        Model(
            "code",
            "starcoder2-15b",
            "hf://bigcode/starcoder2-15b",
            "bigcode/starcoder2-15b",
            "A10G",
            created=ago(days=110),
            weights_gb=32,
            role=Role(gpus=4, cpu="16", memory="96Gi", parallelism={"tensor": 4}, args="--max-model-len 8192"),
        ),
    )
    claim(cluster, "code", "codestral-weights", "fsx-lustre", "1200Gi", True, 46)
    add_model(
        cluster,
        Model(
            "code",
            "codestral-22b",
            "pvc://codestral-weights/Codestral-22B-v0.1",
            "codestral",
            "L40S",
            created=ago(days=45),
            weights_gb=45,
            role=Role(gpus=2, cpu="12", memory="96Gi", parallelism={"tensor": 2}, args="--max-model-len 32768"),
        ),
    )
    add_model(
        cluster,
        Model(
            "code",
            "deepseek-coder-old",
            "hf://deepseek-ai/deepseek-coder-33b-instruct",
            "deepseek-coder",
            "A100",
            created=ago(days=104),
            stopped=True,
            generation=3,
            weights_gb=67,
            role=Role(gpus=2, cpu="16", memory="128Gi", parallelism={"tensor": 2}, args="--max-model-len 16384"),
        ),
    )


def _platform(cluster: Cluster) -> None:
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
    add_model(
        cluster,
        Model(
            "platform",
            "qwen3-8b",
            "hf://Qwen/Qwen3-8B",
            "Qwen/Qwen3-8B",
            "A10G",
            created=ago(days=18),
            base_refs=("kserve-config-llm-template", "small-models"),
            role=Role(gpus=2, memory="48Gi", parallelism={"tensor": 2}, args="--max-model-len 32768"),
        ),
    )
    add_model(
        cluster,
        Model(
            "platform",
            "llama-3-3-70b-mi300x",
            "hf://meta-llama/Llama-3.3-70B-Instruct",
            "llama-3.3-70b",
            "MI300X",
            created=ago(days=39),
            weights_gb=141,
            role=Role(
                gpus=2,
                replicas=2,
                cpu="16",
                memory="200Gi",
                parallelism={"tensor": 2},
                args="--max-model-len 131072 --disable-log-requests",
            ),
        ),
    )


def _inference_services(cluster: Cluster) -> None:
    standard(
        cluster,
        Predictor(
            "search",
            "bge-reranker",
            "vLLM",
            "kserve-vllmserver",
            "hf://BAAI/bge-reranker-v2-m3",
            "A10G",
            replicas=2,
            args=("--max-model-len=8192",),
        ),
    )
    standard(
        cluster,
        Predictor(
            "platform",
            "llama-guard",
            "huggingface",
            "kserve-huggingfaceserver",
            "hf://meta-llama/Llama-Guard-3-8B",
            "L40S",
            args=("--dtype=bfloat16", "--max_model_len=8192"),
            memory="48Gi",
        ),
    )
    standard(
        cluster,
        Predictor(
            "search",
            "query-classifier",
            "onnx",
            "kserve-tritonserver",
            "s3://acme-models/query-classifier",
            "L4",
        ),
    )
    standard(
        cluster,
        Predictor(
            "platform",
            "whisper-large",
            "triton",
            "kserve-tritonserver",
            "s3://acme-models/whisper-large-v3-trtllm",
            "L4",
            created=ago(days=77),
            memory="32Gi",
        ),
    )
    standard(
        cluster,
        Predictor(
            "platform",
            "intent-router",
            "sklearn",
            "kserve-sklearnserver",
            "s3://acme-models/intent-router",
            cpu="1",
            memory="2Gi",
            replicas=2,
            created=ago(days=101),
        ),
    )
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
