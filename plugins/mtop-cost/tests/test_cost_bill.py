"""What models hold, and what that costs, on small objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pytest
from mtop_cost.bill import Holding, bills, holding_of, total
from mtop_cost.prices import MACHINES, list_price
from mtop_cost.settings import Settings

from mtop_core.api import Cost, PluginError, Ref, Usage
from mtop_core.testing import inventory, pod, service

LLAMA = Ref("LLMInferenceService", "chat", "llama")
PLAIN = Settings({}, Decimal(0))


def node(name: str, product: str) -> dict[str, Any]:
    labels = {"nvidia.com/gpu.product": product}
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels}}


def gpu_pod(name: str, on: str, amount: int = 1, resource: str = "nvidia.com/gpu", **parts: Any) -> dict[str, Any]:
    container = {"name": "main", "image": "vllm", "resources": {"limits": {resource: str(amount)}}}
    spec = {"containers": [container], **({"nodeName": on} if on else {})}
    return pod(name, service(), spec=spec, **parts)


def holding(*objects: Mapping[str, Any], without: Sequence[str] = ()) -> Holding:
    (model,) = inventory(service(), *objects, without=without).models
    return holding_of(model)


def test_products_are_counted_apart() -> None:
    found = holding(
        node("a", "NVIDIA-A10G"),
        node("h", "NVIDIA-H100-80GB-HBM3"),
        gpu_pod("one", "h", 4),
        gpu_pod("two", "a"),
        gpu_pod("three", "h", 4),
    )
    assert found.usages == (Usage(LLAMA, 1, "A10G"), Usage(LLAMA, 8, "H100"))
    assert (found.gpus, found.waiting) == (9, 0)


def test_pods_without_a_node_wait_and_ended_ones_hold_nothing() -> None:
    found = holding(gpu_pod("one", "", 4), gpu_pod("two", "h", 4, status={"phase": "Failed"}))
    assert (found.usages, found.waiting) == ((), 4)


@pytest.mark.parametrize(
    ("label", "resource", "product"),
    [
        ("NVIDIA-H100-80GB-HBM3", "nvidia.com/mig-3g.40gb", "H100-MIG-3g.40gb"),
        ("NVIDIA-H100-80GB-HBM3-MIG-3g.40gb", "nvidia.com/gpu", "H100-MIG-3g.40gb"),
        ("NVIDIA-A10G-SHARED", "nvidia.com/gpu", "A10G-SHARED"),
    ],
)
def test_a_part_of_a_gpu_is_a_product_nobody_prices(label: str, resource: str, product: str) -> None:
    found = holding(node("n", label), gpu_pod("one", "n", resource=resource))
    assert found.usages == (Usage(LLAMA, 1, product),)
    (bill,) = bills([found], list_price, PLAIN)
    assert bill.per_hour is None


def test_nodes_that_were_not_read_leave_the_product_open() -> None:
    assert holding(gpu_pod("one", "n", 2), without=["nodes"]).usages == (Usage(LLAMA, 2, ""),)


def deployment(replicas: int) -> dict[str, Any]:
    owner = service()
    labels = {"app.kubernetes.io/part-of": "llminferenceservice", "app.kubernetes.io/name": "llama",
              "app.kubernetes.io/component": "llminferenceservice-workload"}  # fmt: skip
    container = {"name": "main", "image": "vllm", "resources": {"limits": {"nvidia.com/gpu": "2"}}}
    return {"apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "llama-kserve", "namespace": owner["metadata"]["namespace"], "labels": labels},
            "spec": {"replicas": replicas, "template": {"spec": {"containers": [container]}}}}  # fmt: skip


def test_without_pods_the_workloads_count() -> None:
    found = holding(deployment(3), without=["pods"])
    assert (found.usages, found.gpus, found.known) == ((Usage(LLAMA, 6, ""),), 6, True)


def test_without_pods_and_workloads_nobody_knows() -> None:
    found = holding(without=["pods"])
    assert (found.usages, found.gpus, found.waiting, found.known) == ((), None, 0, False)
    (bill,) = bills([found], list_price, PLAIN)
    assert bill.per_hour is None


def test_the_count_is_that_of_the_model() -> None:
    given = (
        node("h", "NVIDIA-H100-80GB-HBM3"),
        gpu_pod("one", "h", 2, "nvidia.com/mig-1g.10gb"),
        gpu_pod("two", "", 2),
    )
    (model,) = inventory(service(), *given).models
    found = holding_of(model)
    assert (found.gpus or 0) + found.waiting == model.gpus.amount == 4
    assert [usage.product for usage in found.usages] == [model.gpus.product] == ["H100-MIG-1g.10gb"]


def test_list_price_is_the_share_of_a_machine() -> None:
    costs = list_price([Usage(LLAMA, 3, "H100"), Usage(LLAMA, 0, ""), Usage(LLAMA, 2, "RTX4090"), Usage(LLAMA, 1, "")])
    assert [cost.per_hour for cost in costs] == [20.64, 0.0, None, None]
    assert costs[0].basis == "list price of 2026-07: AWS p5.48xlarge, us-east-1"


def test_every_price_is_positive_and_says_where_it_is_from() -> None:
    assert all(machine.usd > 0 and machine.gpus > 0 and machine.name for machine in MACHINES.values())


def test_own_prices_come_first_and_the_discount_is_for_the_others() -> None:
    nodes = (node("a", "NVIDIA-A10G"), node("h", "NVIDIA-H100-80GB-HBM3"))
    found = holding(*nodes, gpu_pod("one", "h", 2), gpu_pod("two", "a"))
    settings = Settings({"H100": Decimal("2.5")}, Decimal("0.1"), "settings")
    (bill,) = bills([found], list_price, settings)
    assert [(cost.per_hour, cost.basis) for cost in bill.costs] == [
        (0.9054, "list price of 2026-07: AWS g5.xlarge, us-east-1; less 10%"),
        (5.0, "cost.prices.H100 of settings"),
    ]
    assert bill.per_hour == Decimal("5.9054")


def test_one_unknown_price_makes_the_sum_unknown() -> None:
    assert total([1.0, None]) is None
    assert total([0.1, 0.2]) == Decimal("0.3")
    assert total([]) == 0


def test_a_cost_model_must_answer_usage_by_usage() -> None:
    found = holding(node("h", "NVIDIA-H100-80GB-HBM3"), gpu_pod("one", "h"))

    def nothing(usages: Sequence[Usage]) -> Sequence[Cost]:
        return []

    with pytest.raises(PluginError, match="did not return one cost for each usage"):
        bills([found], nothing, PLAIN)
