"""A node: its GPUs, what they are called, and whether it is fit to run pods."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mtop_core.objects.access import items, mapping, strings, text
from mtop_core.objects.cached import cached_property
from mtop_core.objects.conditions import Condition, conditions_of
from mtop_core.objects.pod import is_gpu
from mtop_core.objects.quantity import whole

PRODUCT_LABELS = ("nvidia.com/gpu.product", "amd.com/gpu.product-name", "gpu.intel.com/product")
_PREFIXES = ("NVIDIA-", "TESLA-", "AMD_INSTINCT_", "AMD-INSTINCT-")
_SUFFIXES = ("-SHARED",)


def short_product(label: str) -> str:
    """A GPU product label in the words people use: `NVIDIA-H100-80GB-HBM3` is an `H100`."""
    name = label.upper()
    for _ in _PREFIXES:
        for prefix in _PREFIXES:
            name = name.removeprefix(prefix)
    name = name.partition("-MIG-")[0]
    for suffix in _SUFFIXES:
        name = name.removesuffix(suffix)
    parts = name.replace("_", "-").split("-")
    if parts[0] == "A100":
        return "A100-40" if "40GB" in parts else "A100-80"
    return parts[0]


class Node:
    """A read-only view over one raw node."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self.raw = raw

    @property
    def name(self) -> str:
        """Its name."""
        return text(self.raw, "metadata", "name")

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """Its labels."""
        return strings(self.raw, "metadata", "labels")

    @cached_property
    def conditions(self) -> dict[str, Condition]:
        """Its conditions by type."""
        return conditions_of(self.raw)

    @property
    def ready(self) -> bool:
        """Whether its kubelet says it is ready; a node that says nothing is not."""
        condition = self.conditions.get("Ready")
        return condition is not None and condition.status == "True"

    @property
    def schedulable(self) -> bool:
        """Whether it is not cordoned."""
        return mapping(self.raw, "spec").get("unschedulable") is not True

    @property
    def taints(self) -> list[Mapping[str, Any]]:
        """Its taints."""
        return list(items(self.raw, "spec", "taints"))

    @cached_property
    def gpu_product(self) -> str:
        """The GPU it has, in short, empty where no label says."""
        labels = self.labels
        return next((short_product(labels[name]) for name in PRODUCT_LABELS if labels.get(name)), "")

    @property
    def gpus(self) -> dict[str, int]:
        """Its allocatable accelerators by resource name."""
        allocatable = mapping(self.raw, "status", "allocatable")
        return {name: whole(amount) for name, amount in allocatable.items() if is_gpu(name)}


def tolerates(toleration: Mapping[str, Any], taint: Mapping[str, Any]) -> bool:
    """Whether one toleration of a pod covers one taint of a node, as the scheduler matches them."""
    key, effect = text(toleration, "key"), text(toleration, "effect")
    if effect and effect != text(taint, "effect"):
        return False
    if text(toleration, "operator") == "Exists":
        return not key or key == text(taint, "key")
    return key == text(taint, "key") and text(toleration, "value") == text(taint, "value")
