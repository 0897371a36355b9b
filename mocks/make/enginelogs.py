"""Log texts of healthy engines, downloads and sidecars."""

from __future__ import annotations

import re

from .base import Lines, Obj, digest
from .model import Model

API = "(APIServer pid=1) INFO {t} "
CORE = "(EngineCore pid=247) INFO {t} "
ARCHITECTURES = {
    "qwen": "Qwen3ForCausalLM",
    "llama": "LlamaForCausalLM",
    "deepseek": "DeepseekV3ForCausalLM",
    "gemma": "Gemma3ForConditionalGeneration",
    "gpt-oss": "GptOssForCausalLM",
    "mistral": "MistralForCausalLM",
    "bge": "XLMRobertaModel",
}


def download(model: Model) -> Lines:
    """Return the log of a storage-initializer that succeeded."""
    source = model.uri.removeprefix("hf://")
    return (
        (0.4, f"INFO:root:Initializing, args: [('{model.uri}', '/mnt/models')]"),
        (0.5, f"INFO:root:Copying contents of {model.uri} to local"),
        (0.9, f"INFO:kserve_storage:Downloading: {source} to /mnt/models"),
        (41.2, "INFO:kserve_storage:Fetching 18 files: 56%"),
        (93.7, f"INFO:root:Successfully copied {model.uri} to /mnt/models"),
        (93.8, "INFO:root:Model downloaded in 93.318204911 seconds."),
    )


def sidecar() -> Lines:
    """Return the log of a routing sidecar."""
    head = '{"level":"info","logger":"proxy server","msg":'
    return (
        (0.1, head + '"starting","addr":"[::]:8000","decoder":"http://localhost:8001"}'),
        (0.2, head + '"using connector","connector":"nixlv2"}'),
    )


def architecture(model: Model) -> str:
    """Return the architecture name that the engine resolves."""
    for key, name in ARCHITECTURES.items():
        if key in model.uri.lower():
            return name
    return "LlamaForCausalLM"


def context(model: Model) -> int:
    """Return the context length that the arguments ask for."""
    found = re.search(r"--max-model-len[ =](\d+)", model.role.args)
    return int(found.group(1)) if found else 32768


def starting(model: Model) -> Lines:
    """Return the first lines of an engine, up to the beginning of the load."""
    publisher = f"publishers/{model.namespace}/models/{model.served}"
    return (
        (7.1, API + "[api_server.py:1351] vLLM API server version 0.20.1"),
        (
            7.2,
            API + f"[utils.py:253] non-default args: {{'model': '/mnt/models', 'port': 8000, "
            f"'served_model_name': ['{model.served}', '{publisher}']}}",
        ),
        (12.8, API + f"[model.py:547] Resolved architecture: {architecture(model)}"),
        (12.9, API + f"[model.py:1510] Using max model len {context(model)}"),
        (13.1, API + "[scheduler.py:205] Chunked prefill is enabled with max_num_batched_tokens=8192."),
        (19.6, CORE + "[core.py:93] Initializing a V1 LLM engine (v0.20.1) with config: model='/mnt/models'"),
        (24.3, CORE + "[gpu_model_runner.py:3024] Starting to load model /mnt/models..."),
    )


def shards(model: Model, percent: int = 100) -> Lines:
    """Return the progress lines of the weight load up to a percentage."""
    total = max(4, model.weights_gb // 5)
    out = []
    for step in range(total + 1):
        done = round(100 * step / total)
        if done <= percent:
            bar = f"Loading safetensors checkpoint shards: {done:3d}% Completed | {step}/{total} "
            out.append((25 + step * 36 / total, bar + f"[00:{step * 36 // total:02d}<00:01,  1.21it/s]"))
    keep = max(1, len(out) // 6)
    return tuple(row for index, row in enumerate(out) if index % keep == 0 or index == len(out) - 1)


def serving(model: Model, pod: Obj) -> Lines:
    """Return the log of an engine that came up and serves."""
    tokens = 40_000 + int(digest(pod["metadata"]["name"], length=5), 16) % 400_000
    weights = f"Model loading took {model.weights_gb / 2:.2f} GiB memory and 39.184722 seconds"
    return (
        *starting(model),
        *shards(model),
        (62.4, CORE + "[default_loader.py:314] Loading weights took 36.71 seconds"),
        (63.0, CORE + f"[gpu_model_runner.py:3085] {weights}"),
        (70.5, CORE + "[backends.py:559] Dynamo bytecode transform time: 7.12 s"),
        (85.2, CORE + "[monitor.py:34] torch.compile takes 21.83 s in total"),
        (88.0, CORE + "[gpu_worker.py:298] Available KV cache memory: 31.42 GiB"),
        (88.1, CORE + f"[kv_cache_utils.py:1087] GPU KV cache size: {tokens:,} tokens"),
        (
            88.2,
            CORE + f"[kv_cache_utils.py:1091] Maximum concurrency for {context(model):,} tokens per request: "
            f"{tokens / context(model):.2f}x",
        ),
        (108.9, CORE + "[gpu_model_runner.py:3886] Graph capturing finished in 19 secs, took 0.87 GiB"),
        (
            109.4,
            CORE + "[core.py:210] init engine (profile, create kv cache, warmup model) took 46.19 seconds",
        ),
        (111.7, API + "[api_server.py:1425] Starting vLLM API server 0 on http://0.0.0.0:8000"),
        (112.3, "(APIServer pid=1) INFO:     Started server process [1]"),
        (112.6, "(APIServer pid=1) INFO:     Application startup complete."),
        (
            134.0,
            API + "[loggers.py:127] Engine 000: Avg prompt throughput: 512.4 tokens/s, Avg generation "
            "throughput: 148.9 tokens/s, Running: 3 reqs, Waiting: 0 reqs, GPU KV cache usage: 4.1%, "
            "Prefix cache hit rate: 37.2%",
        ),
    )


def engine_died(model: Model, pod: Obj, lived: float) -> Lines:
    """Return the log of an old run that ended with a dead engine."""
    return (
        *serving(model, pod),
        (lived - 0.9, "(EngineCore pid=247) ERROR {t} [core.py:716] EngineCore encountered a fatal error."),
        (
            lived - 0.8,
            "(EngineCore pid=247) ERROR {t} [core.py:716] torch.AcceleratorError: CUDA error: "
            "unspecified launch failure",
        ),
        (
            lived - 0.2,
            "(APIServer pid=1) vllm.v1.engine.exceptions.EngineDeadError: EngineCore encountered an issue. "
            "See stack trace (above) for the root cause.",
        ),
    )
