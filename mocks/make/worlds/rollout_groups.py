"""Routing groups whose traffic is being moved."""

from __future__ import annotations

from ..base import ago
from ..cluster import Cluster
from ..events import emit, normal
from ..llm import add_group
from ..model import Model, Role

_GPT = ("hf://openai/gpt-oss-120b", "openai/gpt-oss-120b", "H100")
_LLAMA = ("hf://meta-llama/Llama-3.3-70B-Instruct", "meta-llama/Llama-3.3-70B-Instruct", "H100")


def add(cluster: Cluster) -> None:
    """Add a canary group in the middle of its shift, and a blue/green pair."""
    stable = Role(gpus=1, replicas=3, cpu="12", memory="96Gi", args="--max-model-len 131072")
    canary = Role(gpus=1, cpu="12", memory="96Gi", args="--max-model-len 131072 --async-scheduling")
    crs = add_group(
        cluster,
        Model(
            "chat",
            "gpt-oss-stable",
            *_GPT,
            stable,
            ago(days=44),
            group="gpt-oss",
            weight=70,
            generation=4,
            weights_gb=65,
        ),
        Model(
            "chat",
            "gpt-oss-canary",
            *_GPT,
            canary,
            ago(hours=6),
            group="gpt-oss",
            weight=30,
            generation=3,
            weights_gb=65,
        ),
    )
    for cr in crs:
        name = f"chat/{cr['metadata']['name']}-kserve-route"
        emit(cluster, cr, normal("Updated", f"Updated HTTPRoute {name}", ago(minutes=11)))
    role = Role(gpus=2, cpu="24", memory="200Gi", parallelism={"tensor": 2}, args="--quantization fp8")
    add_group(
        cluster,
        Model("chat", "llama-blue", *_LLAMA, role, ago(days=60), group="llama", weight=100, weights_gb=71),
        Model("chat", "llama-green", *_LLAMA, role, ago(hours=9), group="llama", weight=0, weights_gb=71),
    )
