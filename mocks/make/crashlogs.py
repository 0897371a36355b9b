"""Last words of engines and downloads that fail, shaped like the real ones."""

from __future__ import annotations

from .base import Lines
from .enginelogs import API, CORE, shards, starting
from .model import Model

_ERROR = "(EngineCore pid=247) ERROR {t} [core.py:708] "
_SITE = "/opt/vllm/lib/python3.12/site-packages/vllm"
WRAPPER = "RuntimeError: Engine core initialization failed. See root cause above. Failed core proc(s): {}"
_CLIENT = (
    "(APIServer pid=1) Traceback (most recent call last):",
    f'(APIServer pid=1)   File "{_SITE}/entrypoints/openai/api_server.py", line 1394, in run_server',
    f'(APIServer pid=1)   File "{_SITE}/v1/engine/core_client.py", line 602, in __init__',
    f'(APIServer pid=1)   File "{_SITE}/v1/engine/utils.py", line 732, in launch_core_engines',
    f"(APIServer pid=1) {WRAPPER}",
)
TAIL = "\n".join(line.removeprefix("(APIServer pid=1) ") for line in _CLIENT) + "\n"
OOM = (
    "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 1.25 GiB. GPU 0 has a total capacity of "
    "44.39 GiB of which 874.31 MiB is free. Including non-PyTorch memory, this process has 43.52 GiB memory "
    "in use. Of the allocated memory 42.96 GiB is allocated by PyTorch, and 61.20 MiB is reserved by PyTorch "
    "but unallocated."
)
KV_TOO_SMALL = (
    "ValueError: To serve at least one request with the models's max seq len (131072), (24.00 GiB KV cache "
    "is needed, which is larger than the available KV cache memory (9.37 GiB). Based on the available memory, "
    "the estimated maximum model length is 51152. Try increasing `gpu_memory_utilization` or decreasing "
    "`max_model_len` when initializing the engine."
)
CUSTOM_CODE = (
    "ValueError: The repository /mnt/models contains custom code which must be executed to correctly load "
    "the model. You can inspect the repository content at https://hf.co/mnt/models. Please pass the argument "
    "`trust_remote_code=True` to allow custom code to be run."
)


def engine_failure(model: Model, error: str, percent: int, where: str) -> Lines:
    """Return the log of an engine core that fails after part of the load; it lives 74 seconds."""
    core = (
        "EngineCore failed to start.",
        "Traceback (most recent call last):",
        f'  File "{_SITE}/v1/engine/core.py", line 699, in run_engine_core',
        f'  File "{_SITE}/{where}',
        error,
    )
    rows = [*starting(model), *shards(model, percent)]
    if percent == 100:
        rows += [
            (
                63.0,
                CORE + "[gpu_model_runner.py:3085] Model loading took 62.11 GiB memory and 38.401 seconds",
            ),
            (69.0, CORE + "[gpu_worker.py:298] Available KV cache memory: 9.37 GiB"),
        ]
    rows += [(70 + i / 10, _ERROR + text) for i, text in enumerate(core)]
    rows += [(72 + i / 10, text) for i, text in enumerate(_CLIENT)]
    return tuple(rows)


def argument_failure(flag: str) -> Lines:
    """Return the log of an engine that refuses an argument; it lives 9 seconds."""
    return (
        (7.4, "usage: vllm [-h] [-v] {chat,complete,serve,launch,bench,collect-env,run-batch} ..."),
        (7.5, f"vllm: error: unrecognized arguments: {flag}"),
    )


def killed_while_loading(model: Model, percent: int, seconds_per_shard: float) -> Lines:
    """Return the log of an engine that is killed in the middle of a slow load."""
    total = max(4, model.weights_gb // 5)
    out = list(starting(model))
    for step in range(total + 1):
        done = round(100 * step / total)
        if done <= percent:
            left = int((total - step) * seconds_per_shard)
            bar = f"Loading safetensors checkpoint shards: {done:3d}% Completed | {step}/{total} "
            rate = f"[{int(step * seconds_per_shard) // 60:02d}:{int(step * seconds_per_shard) % 60:02d}"
            bar += f"{rate}<{left // 60:02d}:{left % 60:02d}, {seconds_per_shard:.2f}s/it]"
            out.append((26 + step * seconds_per_shard, bar))
    return tuple(out)


def gated(uri: str) -> Lines:
    """Return the log of a download that the hub refuses; it lives 5 seconds."""
    repo = uri.removeprefix("hf://")
    url = f"https://huggingface.co/api/models/{repo}/revision/main"
    return (
        (0.9, f"INFO:root:Initializing, args: [('{uri}', '/mnt/models')]"),
        (1.0, f"INFO:root:Copying contents of {uri} to local"),
        (
            2.1,
            "ERROR:root:huggingface_hub.errors.GatedRepoError: 401 Client Error. (Request ID: Root=1-"
            "68eb7a31-2c9d1f0a44b7e6a15f3c0d92;8f1f)",
        ),
        (2.2, f"Cannot access gated repo for url {url}."),
        (
            2.3,
            f"Access to model {repo} is restricted. You must have access to it and be authenticated to "
            "access it. Please log in.",
        ),
        (
            2.4,
            "ERROR:root:Storage initialization failed: Failed to download model from Hugging Face: "
            "authentication failed. Set HF_TOKEN to access gated or private repositories.",
        ),
    )


def waiting_for_peers(model: Model) -> Lines:
    """Return the log of a leader whose workers have not joined."""
    return (
        *starting(model)[:4],
        (14.2, API + "[utils.py:704] Started DP Coordinator process (PID: 161)"),
        (31.0, API + "[utils.py:811] Waiting for 8 local, 8 remote core engine proc(s) to connect."),
        (91.0, API + "[utils.py:811] Waiting for 0 local, 8 remote core engine proc(s) to start."),
        (151.0, API + "[utils.py:811] Waiting for 0 local, 8 remote core engine proc(s) to start."),
    )
