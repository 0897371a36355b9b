"""The InferenceServices of the healthy world."""

from __future__ import annotations

from ..base import ago
from ..predictor import Predictor

PREDICTORS: tuple[Predictor, ...] = (
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
    Predictor(
        "search",
        "query-classifier",
        "onnx",
        "kserve-tritonserver",
        "s3://acme-models/query-classifier",
        "L4",
    ),
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
