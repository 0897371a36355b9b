"""The chat services of the healthy world."""

from __future__ import annotations

from ..base import ago
from ..model import Model, Role


def _transfer(args: str) -> str:
    config_text = '{"kv_connector":"NixlConnector","kv_role":"kv_both"}'
    return f"{args} --kv-transfer-config '{config_text}'".strip()


CHAT: tuple[Model, ...] = (
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

LARGE: tuple[Model, ...] = (
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
