"""Logs and metrics of predictor pods."""

from __future__ import annotations

from . import enginelogs
from .base import Lines, Obj, later
from .cluster import Cluster
from .exposition import triton_metrics, vllm_metrics
from .plans import Plan
from .podlogs import keep_life
from .predictor import Predictor


def keep(cluster: Cluster, predictor: Predictor, pod: Obj, plan: Plan) -> None:
    """Keep the logs of every container of a predictor pod that has run, and its metrics."""
    if not plan.placed:
        return
    model = predictor.as_model()
    lines = plan.init_log or enginelogs.download(model)
    keep_life(cluster, pod, "storage-initializer", plan.init, lines, plan.init_previous)
    keep_life(cluster, pod, "kserve-container", plan.main, plan.log or serving(predictor, pod), plan.previous)
    if len(pod["spec"]["containers"]) > 1 and plan.main.started:
        cluster.log(pod, "queue-proxy", later(plan.main.started, 1), _queue_proxy())
    if not plan.main.ready:
        return
    if predictor.runtime == "kserve-tritonserver":
        cluster.measure(pod, triton_metrics(predictor.name, pod))
    elif predictor.gpu != "CPU":
        cluster.measure(pod, vllm_metrics(model, pod))


def serving(predictor: Predictor, pod: Obj) -> Lines:
    """Return the log of a predictor that came up."""
    if predictor.runtime == "kserve-tritonserver":
        return _triton(predictor)
    if predictor.gpu == "CPU":
        return _python(predictor)
    return enginelogs.serving(predictor.as_model(), pod)


def _triton(predictor: Predictor) -> Lines:
    head = "I1012 0{n} 1 "
    table = f"| {predictor.name} | 1 | READY |"
    return (
        (0.8, head.replace("0{n}", "08:11:02.401") + 'cache_manager.cc:480] "Create CacheManager"'),
        (
            1.9,
            head.replace("0{n}", "08:11:03.512") + f'model_lifecycle.cc:473] "loading: {predictor.name}:1"',
        ),
        (
            9.4,
            head.replace("0{n}", "08:11:11.019")
            + f"model_lifecycle.cc:849] \"successfully loaded '{predictor.name}'\"",
        ),
        (9.5, "| Model | Version | Status |"),
        (9.5, table),
        (
            9.9,
            head.replace("0{n}", "08:11:11.530")
            + 'grpc_server.cc:2562] "Started GRPCInferenceService at 0.0.0.0:9000"',
        ),
        (
            9.9,
            head.replace("0{n}", "08:11:11.533") + 'http_server.cc:4789] "Started HTTPService at 0.0.0.0:8080"',
        ),
        (
            10.0,
            head.replace("0{n}", "08:11:11.574") + 'http_server.cc:358] "Started Metrics Service at 0.0.0.0:8002"',
        ),
    )


def _python(predictor: Predictor) -> Lines:
    return (
        (1.1, f"INFO:kserve:Registering model: {predictor.name}"),
        (1.2, "INFO:kserve:Setting max asyncio worker threads as 8"),
        (1.4, "INFO:kserve:Starting uvicorn with 1 workers"),
        (1.9, "INFO:     Uvicorn running on http://0.0.0.0:8080 (Press CTRL+C to quit)"),
    )


def _queue_proxy() -> Lines:
    head = '{"severity":"INFO","logger":"queueproxy","message":'
    return (
        (0.1, head + '"Starting queue-proxy"}'),
        (0.4, head + '"Starting http server main:8012"}'),
    )
