"""Failures of engines: memory, arguments, slow loads, failed InferenceServices."""

from __future__ import annotations

from dataclasses import replace

from .. import crashlogs
from ..base import Obj, ago, later, stamp
from ..cluster import Cluster
from ..failures import engine_crash, host_oom, startup_kill
from ..isvc import standard
from ..llm import add_model
from ..model import Model, Revision, Role
from ..plans import Plan, crash_loop, death_before, ready
from ..predictor import Predictor


def add(cluster: Cluster) -> None:
    """Add the services whose engines fail."""
    _memory(cluster)
    _slow(cluster)
    _stuck_rollout(cluster)
    _inference_service(cluster)


def _failing(model: Model, minutes: float, plan: Plan) -> Model:
    revision = Revision(ago(minutes=minutes, seconds=2), (plan,))
    return replace(model, role=replace(model.role, revisions=(revision,), complete=False))


def _memory(cluster: Cluster) -> None:
    base = Model(
        "code",
        "cuda-oom",
        "hf://Qwen/Qwen2.5-Coder-32B-Instruct",
        "qwen2.5-coder-32b",
        "L40S",
        Role(args="--max-model-len 16384 --gpu-memory-utilization 0.98"),
        ago(minutes=68, seconds=6),
        weights_gb=65,
    )
    lines = crashlogs.engine_failure(base, crashlogs.OOM, 62, 'model_executor/layers/linear.py", line 1202, in load')
    plan = engine_crash(ago(minutes=68), 14, lines)
    add_model(cluster, _failing(base, 68, plan))
    base = Model(
        "chat",
        "kv-too-small",
        "hf://Qwen/Qwen3-32B",
        "Qwen/Qwen3-32B-long",
        "A100",
        Role(cpu="12", memory="128Gi", args="--max-model-len 131072"),
        ago(minutes=57, seconds=6),
        weights_gb=66,
    )
    where = 'v1/core/kv_cache_utils.py", line 672, in check_enough_kv_cache_memory'
    lines = crashlogs.engine_failure(base, crashlogs.KV_TOO_SMALL, 100, where)
    add_model(cluster, _failing(base, 57, engine_crash(ago(minutes=57), 12, lines)))
    base = Model(
        "platform",
        "host-oom",
        "hf://deepseek-ai/DeepSeek-R1-Distill-Llama-70B",
        "deepseek-r1-70b",
        "H100",
        Role(gpus=2, cpu="16", memory="48Gi", parallelism={"tensor": 2}),
        ago(minutes=49, seconds=6),
        weights_gb=141,
    )
    add_model(cluster, _failing(base, 49, host_oom(ago(minutes=49), 9, base)))


def _slow(cluster: Cluster) -> None:
    base = Model(
        "chat",
        "slow-load",
        "hf://mistralai/Mistral-Large-Instruct-2411",
        "mistral-large",
        "H100",
        Role(gpus=4, cpu="32", memory="400Gi", parallelism={"tensor": 4}, args="--max-model-len 32768"),
        ago(minutes=43, seconds=6),
        weights_gb=205,
    )
    add_model(cluster, _failing(base, 43, startup_kill(ago(minutes=43), 3, base)))


def _stuck_rollout(cluster: Cluster) -> None:
    old, new = ago(days=12), ago(minutes=46)
    flag = "--enable-chunked-prefil"
    death = death_before(ago(minutes=2, seconds=30), 9, 2, "Error", f"vllm: error: unrecognized arguments: {flag}\n")
    crash = crash_loop(later(new, 2), death, 11, crashlogs.argument_failure(flag))
    args = "--max-model-len 32768"
    previous = {"env": [{"name": "VLLM_ADDITIONAL_ARGS", "value": args}]}
    serving = (ready(later(old, 2)), ready(later(old, 3)))
    role = Role(
        gpus=1,
        replicas=2,
        args=f"{args} {flag}",
        complete=False,
        revisions=(Revision(old, serving, container=previous), Revision(new, (crash,))),
    )
    add_model(
        cluster,
        Model(
            "chat",
            "stuck-rollout",
            "hf://Qwen/Qwen3-8B",
            "Qwen/Qwen3-8B-chat",
            "A10G",
            role,
            later(old, -5),
            generation=2,
        ),
    )


def _inference_service(cluster: Cluster) -> None:
    created = ago(minutes=39)
    predictor = Predictor(
        "platform",
        "custom-code",
        "vLLM",
        "kserve-vllmserver",
        "hf://moonshotai/Kimi-VL-A3B-Instruct",
        "L40S",
        created=later(created, -5),
        complete=False,
        memory="64Gi",
    )
    model = predictor.as_model()
    where = 'transformers_utils/config.py", line 588, in get_config'
    lines = crashlogs.engine_failure(model, crashlogs.CUSTOM_CODE, -1, where)
    death = death_before(ago(minutes=3, seconds=10), 74, 1, "Error")
    plan = crash_loop(created, death, 9, lines)
    failure: Obj = {"exitCode": 1, "modelRevisionName": "custom-code-predictor", "reason": "ModelLoadFailed"}
    failure |= {"time": stamp(death.finished)}
    standard(cluster, replace(predictor, plans=(plan,), failure=failure))
