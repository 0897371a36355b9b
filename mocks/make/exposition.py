"""Prometheus expositions of the engines."""

from __future__ import annotations

from .base import Obj, digest
from .model import Model

_TTFT = (0.02, 0.06, 0.1, 0.25, 0.5, 1.0, 2.5)
_ITL = (0.01, 0.025, 0.05, 0.075, 0.1)
_E2E = (0.3, 1.0, 2.5, 5.0, 10.0, 30.0)


def vllm_metrics(model: Model, pod: Obj) -> str:
    """Return the metrics page of a vLLM pod."""
    seed = int(digest(pod["metadata"]["name"], "metrics", length=6), 16)
    label = f'engine="0",model_name="{model.served}"'
    done = 1200 + seed % 90_000
    rows = [
        *_single("vllm:num_requests_running", "gauge", label, seed % 23),
        *_single("vllm:num_requests_waiting", "gauge", label, seed % 3),
        *_single("vllm:kv_cache_usage_perc", "gauge", label, round((seed % 700) / 1000, 3)),
        *_single(
            "vllm:cache_config_info", "gauge", f'block_size="16",num_gpu_blocks="{9000 + seed % 9000}",{label}', 1
        ),
        *_single("vllm:num_preemptions_total", "counter", label, 0),
        *_single("vllm:prefix_cache_queries_total", "counter", label, done * 610),
        *_single("vllm:prefix_cache_hits_total", "counter", label, done * 227),
        *_single("vllm:prompt_tokens_total", "counter", label, done * 612),
        *_single("vllm:generation_tokens_total", "counter", label, done * 183),
        "# TYPE vllm:request_success_total counter",
        f'vllm:request_success_total{{{label},finished_reason="stop"}} {done * 9 // 10}',
        f'vllm:request_success_total{{{label},finished_reason="length"}} {done - done * 9 // 10}',
        *_histogram("vllm:time_to_first_token_seconds", label, _TTFT, done, 0.11),
        *_histogram("vllm:inter_token_latency_seconds", label, _ITL, done * 183, 0.021),
        *_histogram("vllm:e2e_request_latency_seconds", label, _E2E, done, 4.2),
        "# TYPE http_requests_total counter",
        f'http_requests_total{{handler="/v1/chat/completions",method="POST",status="2xx"}} {done}',
        f'http_requests_total{{handler="/v1/chat/completions",method="POST",status="4xx"}} {done // 400}',
    ]
    return "\n".join(rows) + "\n"


def triton_metrics(model_name: str, pod: Obj) -> str:
    """Return the metrics page of a Triton pod."""
    done = 4000 + int(digest(pod["metadata"]["name"], length=6), 16) % 400_000
    label = f'model="{model_name}",version="1"'
    rows = [
        *_single("nv_inference_request_success", "counter", label, done),
        *_single("nv_inference_request_failure", "counter", label + ',reason="OTHER"', 0),
        *_single("nv_inference_count", "counter", label, done),
        *_single("nv_inference_exec_count", "counter", label, done * 2 // 3),
        *_single("nv_inference_request_duration_us", "counter", label, done * 8123),
        *_single("nv_inference_queue_duration_us", "counter", label, done * 311),
        *_single("nv_inference_pending_request_count", "gauge", label, 0),
        *_single("nv_gpu_utilization", "gauge", f'gpu_uuid="GPU-{digest(model_name, length=12)}"', 0.41),
    ]
    return "\n".join(rows) + "\n"


def _single(name: str, kind: str, label: str, value: float) -> list[str]:
    return [f"# TYPE {name} {kind}", f"{name}{{{label}}} {value}"]


def _histogram(name: str, label: str, bounds: tuple[float, ...], count: int, mean: float) -> list[str]:
    rows = [f"# TYPE {name} histogram"]
    for bound in bounds:
        share = 1 - 2 ** -(bound / mean)
        rows.append(f'{name}_bucket{{{label},le="{bound}"}} {int(count * share)}')
    rows.append(f'{name}_bucket{{{label},le="+Inf"}} {count}')
    return [*rows, f"{name}_sum{{{label}}} {round(count * mean, 3)}", f"{name}_count{{{label}}} {count}"]
