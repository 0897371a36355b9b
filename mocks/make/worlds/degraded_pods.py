"""Failures before the engine starts: images, scheduling, volumes, configuration."""

from __future__ import annotations

from ..base import Obj, ago, later
from ..cluster import Cluster
from ..events import emit
from ..failures import gated_download, image_pull, secret_missing
from ..llm import add_model
from ..model import Model, Revision, Role
from ..plans import Happening, Plan, pending
from ..platform import claim
from ..scheduling import claim_verdict

_QWEN = ("hf://Qwen/Qwen3-8B", "Qwen/Qwen3-8B")


def add(cluster: Cluster) -> None:
    """Add the services whose pods never get to run an engine."""
    _images(cluster)
    _placement(cluster)
    _volumes(cluster)
    _configuration(cluster)


def one(plan: Plan, container: Obj | None = None, pod: Obj | None = None, wanted: Obj | None = None) -> Role:
    """Return a one-pod role with the given fate, never complete."""
    revision = Revision(later(plan.created, -2), (plan,))
    return Role(
        gpus=1, container=container or {}, pod=pod or {}, selector=wanted, revisions=(revision,), complete=False
    )


def _images(cluster: Cluster) -> None:
    created = ago(minutes=51)
    image = "ghcr.io/llm-d/llm-d-cuda:v0.8.0-hotfix3"
    add_model(
        cluster,
        Model(
            "chat",
            "image-typo",
            *_QWEN,
            "L4",
            one(image_pull(created, image, f"{image}: not found"), {"image": image}),
            later(created, -5),
        ),
    )
    created = ago(minutes=73)
    image = "registry.example.com/ml/vllm-custom:1.4.2"
    token = "https://registry.example.com/service/token?scope=repository%3Aml%2Fvllm-custom%3Apull"
    detail = (
        "failed to authorize: failed to fetch anonymous token: unexpected status from GET request to "
        f"{token}: 401 Unauthorized"
    )
    add_model(
        cluster,
        Model(
            "code",
            "private-image",
            "hf://Qwen/Qwen2.5-Coder-7B-Instruct",
            "qwen2.5-coder-7b",
            "L4",
            one(image_pull(created, image, detail), {"image": image}),
            later(created, -5),
        ),
    )


def _placement(cluster: Cluster) -> None:
    add_model(
        cluster,
        Model(
            "chat",
            "no-gpu-left",
            "hf://Qwen/Qwen3-32B",
            "Qwen/Qwen3-32B",
            "A100",
            Role(
                gpus=4,
                cpu="16",
                memory="128Gi",
                parallelism={"tensor": 4},
                complete=False,
                revisions=(Revision(ago(minutes=44), (pending(ago(minutes=43, seconds=58)),)),),
            ),
            ago(minutes=44, seconds=5),
            weights_gb=66,
        ),
    )
    add_model(
        cluster,
        Model(
            "search",
            "no-toleration",
            "hf://BAAI/bge-m3",
            "BAAI/bge-m3",
            "L4",
            one(pending(ago(minutes=29)), pod={"tolerations": []}),
            ago(minutes=29, seconds=7),
            weights_gb=4,
        ),
    )
    add_model(
        cluster,
        Model(
            "search",
            "wrong-gpu-name",
            "hf://Qwen/Qwen3-Embedding-8B",
            "Qwen/Qwen3-Embedding-8B",
            "H100",
            one(pending(ago(hours=2)), wanted={"nvidia.com/gpu.product": "NVIDIA-H100-SXM5-80GB"}),
            ago(hours=2, seconds=7),
        ),
    )


def _volumes(cluster: Cluster) -> None:
    text = claim_verdict(cluster, 'persistentvolumeclaim "codestral-weigths" not found')
    add_model(
        cluster,
        Model(
            "code",
            "claim-missing",
            "pvc://codestral-weigths/Codestral-22B-v0.1",
            "codestral",
            "L40S",
            one(pending(ago(minutes=35), text)),
            ago(minutes=35, seconds=6),
            weights_gb=45,
        ),
    )
    claim(cluster, "code", "codestral-weights", "fsx-lustre", "1200Gi", True, 30)
    waiting = claim(cluster, "platform", "phi-weights", "fast-nvme", "200Gi", False, 0.1)
    lost = 'storageclass.storage.k8s.io "fast-nvme" not found'
    emit(cluster, waiting, Happening("ProvisioningFailed", lost, ago(hours=2), ago(seconds=12), 481))
    text = claim_verdict(cluster, "pod has unbound immediate PersistentVolumeClaims")
    add_model(
        cluster,
        Model(
            "platform",
            "claim-pending",
            "pvc://phi-weights/phi-4",
            "microsoft/phi-4",
            "L40S",
            one(pending(ago(hours=2), text)),
            ago(hours=2, seconds=6),
            weights_gb=29,
        ),
    )


def _configuration(cluster: Cluster) -> None:
    key: Obj = {"secretKeyRef": {"key": "token", "name": "hf-token-prod"}}
    add_model(
        cluster,
        Model(
            "chat",
            "secret-missing",
            "hf://mistralai/Mistral-7B-Instruct-v0.3",
            "mistral-7b",
            "L4",
            one(
                secret_missing(ago(minutes=26), "hf-token-prod"),
                {"env": [{"name": "HF_TOKEN", "valueFrom": key}]},
            ),
            ago(minutes=26, seconds=6),
            weights_gb=15,
        ),
    )
    uri = "hf://google/gemma-3-27b-it"
    add_model(
        cluster,
        Model(
            "chat",
            "gated-gemma",
            uri,
            "google/gemma-3-27b-it",
            "A100",
            one(gated_download(ago(minutes=33), 10, uri)),
            ago(minutes=33, seconds=6),
            weights_gb=55,
        ),
    )
