"""Failures that the controllers report: configs, quota, routes, groups, deletion."""

from __future__ import annotations

from ..base import Obj, ago, later
from ..cluster import Cluster
from ..events import emit
from ..llm import add_group, add_model
from ..model import Model, Revision, Role, Verdict
from ..plans import Happening
from ..presets import config

_LLAMA = ("hf://meta-llama/Llama-3.1-8B-Instruct", "meta-llama/Llama-3.1-8B-Instruct")
_LONG = {"name": "VLLM_ADDITIONAL_ARGS", "value": "--max-model-len 32768"}


def add(cluster: Cluster) -> None:
    """Add the services that are held back by a controller, and the healthy ones."""
    _missing_config(cluster)
    _quota(cluster)
    _route(cluster)
    _divergence(cluster)
    _deletion(cluster)
    for name, namespace, gpu in (("llama-8b", "code", "A10G"), ("granite-8b", "platform", "MI300X")):
        uri = "hf://ibm-granite/granite-3.3-8b-instruct" if name == "granite-8b" else _LLAMA[0]
        add_model(cluster, Model(namespace, name, uri, uri.removeprefix("hf://"), gpu, Role(gpus=1), ago(days=40)))


def _missing_config(cluster: Cluster) -> None:
    text = 'failed to get LLMInferenceServiceConfig "h100-tunned": not found in namespaces [chat kserve]'
    verdict: Verdict = ("False", "ConfigNotFound", text)
    tuned: Obj = {"template": {"containers": [{"name": "main", "env": [_LONG]}]}}
    config(cluster, "chat", "h100-tuned", tuned, 19)
    cr = add_model(
        cluster,
        Model(
            "chat",
            "config-missing",
            *_LLAMA,
            "A100",
            Role(gpus=1),
            ago(days=19),
            generation=3,
            base_refs=("h100-tunned",),
            verdicts={"PresetsCombined": verdict},
            verdicts_since=ago(minutes=64),
        ),
    )
    cr["status"]["appliedConfigs"] = [c for c in cr["status"]["appliedConfigs"] if c["source"] == "Preset"]
    event = Happening("Error", f"Reconciliation failed: {text}", ago(minutes=64), ago(minutes=2), 15)
    emit(cluster, cr, event)


def _quota(cluster: Cluster) -> None:
    created = ago(minutes=47)
    quota: Obj = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "gpu-quota", "namespace": "team-b"},
        "spec": {"hard": {"requests.nvidia.com/gpu": "2"}},
        "status": {"hard": {"requests.nvidia.com/gpu": "2"}, "used": {"requests.nvidia.com/gpu": "1"}},
    }
    cluster.add(quota, ago(days=60))
    failure = (
        'pods "{pod}" is forbidden: exceeded quota: gpu-quota, requested: requests.nvidia.com/gpu=2, '
        "used: requests.nvidia.com/gpu=1, limited: requests.nvidia.com/gpu=2"
    )
    add_model(cluster, Model("team-b", "team-small", *_LLAMA, "A10G", Role(gpus=1), ago(days=22)))
    role = Role(
        gpus=2,
        parallelism={"tensor": 2},
        complete=False,
        revisions=(Revision(created, desired=1, failure=failure),),
    )
    add_model(
        cluster,
        Model(
            "team-b",
            "over-quota",
            "hf://google/gemma-3-27b-it",
            "google/gemma-3-27b-it",
            "A100",
            role,
            later(created, -5),
            weights_gb=55,
        ),
    )


def _route(cluster: Cluster) -> None:
    rejected: Verdict = (
        "False",
        "NotAllowedByListeners",
        "No listeners included by this parent ref allowed this attachment.",
    )
    name = "labs/route-rejected-kserve-route"
    routes = f"Some HTTPRoutes are not ready: [{name}]: Accepted=False, reason NotAllowedByListeners"
    verdicts: dict[str, Verdict] = {
        "HTTPRoutesReady": ("False", "HTTPRoutesNotReady", routes),
        "InferencePoolReady": (
            "False",
            "InferencePoolNotReady",
            "Accepted=False, reason HTTPRouteNotAccepted",
        ),
    }
    add_model(
        cluster,
        Model(
            "labs",
            "route-rejected",
            *_LLAMA,
            "A10G",
            Role(gpus=1),
            ago(hours=3),
            verdicts=verdicts,
            route_verdict=rejected,
        ),
    )


def _divergence(cluster: Cluster) -> None:
    uri = "hf://mistralai/Mistral-Small-3.2-24B-Instruct-2506"
    role = Role(gpus=1, args="--max-model-len 16384")
    names = {"mistral-a": "mistral-small", "mistral-b": "mistral-small-2506"}
    models = []
    for own, other in (("mistral-a", "mistral-b"), ("mistral-b", "mistral-a")):
        text = f"peer {other} serves [{names[other]}], not [{names[own]}]: left out of the shared routes"
        degraded: Verdict = ("True", "MemberDivergence", text)
        models.append(
            Model(
                "search",
                own,
                uri,
                names[own],
                "A100",
                role,
                ago(days=2),
                group="mistral",
                weight=50,
                weights_gb=48,
                verdicts={"GroupDegraded": degraded},
                verdicts_since=ago(hours=5),
            )
        )
    for model, cr in zip(models, add_group(cluster, *models), strict=True):
        text = model.verdicts["GroupDegraded"][2]
        emit(cluster, cr, Happening("MemberDivergence", text, ago(hours=5), ago(minutes=5), 60))


def _deletion(cluster: Cluster) -> None:
    role = Role(gpus=1, args="--max-model-len 16384")
    text = "Waiting for the HTTPRoutes of group peers to drop the backend phi-old-inference-pool: [chat/phi-new]"
    waiting: Verdict = ("False", "FinalizationPending", text)
    where = ("hf://microsoft/Phi-4-mini-instruct", "microsoft/Phi-4-mini-instruct", "L4", role)
    add_group(
        cluster,
        Model("chat", "phi-new", *where, ago(days=6), group="phi", weight=100, weights_gb=8),
        Model(
            "chat",
            "phi-old",
            *where,
            ago(days=80),
            group="phi",
            weight=0,
            weights_gb=8,
            generation=3,
            deleted=ago(minutes=25),
            verdicts={"GroupReady": waiting},
            verdicts_since=ago(minutes=25),
        ),
    )
