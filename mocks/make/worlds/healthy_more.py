"""The search, code and platform services of the healthy world."""

from __future__ import annotations

from ..base import ago
from ..model import Model, Role

SEARCH: tuple[Model, ...] = (
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

CODE: tuple[Model, ...] = (
    Model(
        "code",
        "qwen2-5-coder-7b",
        "hf://Qwen/Qwen2.5-Coder-7B-Instruct",
        "Qwen/Qwen2.5-Coder-7B-Instruct",
        "A10G",
        created=ago(days=58),
        role=Role(gpus=1, replicas=3, cpu="6", memory="32Gi", args="--max-model-len 16384"),
    ),
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

PLATFORM: tuple[Model, ...] = (
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
