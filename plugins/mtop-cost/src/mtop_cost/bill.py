"""What a model holds and what that costs: pure functions of one look, a cost model and the user's prices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from itertools import islice
from typing import NamedTuple

from mtop_core.api import Cost, Model, Node, PluginError, Usage, kinds, usage_of
from mtop_cost.settings import Settings

CostModel = Callable[[Sequence[Usage]], Sequence[Cost]]
_PRODUCT = "nvidia.com/gpu.product"
_MIG = "nvidia.com/mig-"


class Holding(NamedTuple):
    """What one model holds, one Usage per GPU product, and how many GPUs its pods wait for.

    Where neither pods nor workloads were read nobody can know what it holds: `known` is False then.
    """

    model: Model
    usages: tuple[Usage, ...]
    waiting: int
    known: bool = True

    @property
    def gpus(self) -> int | None:
        """How many accelerators it holds, None where nobody can know."""
        return sum(usage.gpus for usage in self.usages) if self.known else None


class Bill(NamedTuple):
    """A holding, and one cost for each of its usages."""

    holding: Holding
    costs: tuple[Cost, ...]

    @property
    def per_hour(self) -> Decimal | None:
        """The sum of its costs, None where one of them or what it holds is unknown."""
        if not self.holding.known:
            return None
        return total(cost.per_hour for cost in self.costs)


def holding_of(model: Model) -> Holding:
    """What a model holds of the GPUs that `mtop list` counts, the rest waiting; raises ShapeError for a malformed pod.

    Pods without a node hold nothing yet; where pods were not read, what the workloads ask for counts as held.
    """
    amount = model.gpus.amount
    if amount is None:
        return Holding(model, (), 0, known=False)
    if not model.inventory.read(kinds.POD):
        return Holding(model, (usage_of(model),) if amount else (), 0)
    held: Counter[str] = Counter()
    for pod in model.pods:
        if pod.node and not pod.over:
            node = model.inventory.node(pod.node)
            for resource, count in pod.gpus.items():
                held[product_of(resource, node)] += count
    usages = (Usage(model.ref, count, product) for product, count in sorted(held.items()) if count)
    return Holding(model, tuple(usages), amount - held.total())


def bills(holdings: Sequence[Holding], price: CostModel, settings: Settings) -> list[Bill]:
    """The bill of every holding; raises PluginError where the cost model does not answer usage by usage."""
    usages = [usage for holding in holdings for usage in holding.usages]
    costs = price(usages)
    if [cost.model for cost in costs] != [usage.model for usage in usages]:
        raise PluginError("the cost model did not return one cost for each usage, in order")
    settled = iter([_settled(usage, cost, settings) for usage, cost in zip(usages, costs, strict=True)])
    return [Bill(holding, tuple(islice(settled, len(holding.usages)))) for holding in holdings]


def product_of(resource: str, node: Node | None) -> str:
    """The product a resource name means on a node: a slice or a share of a GPU is a product of its own."""
    name = node.gpu_product if node else ""
    if node is None or not name:
        return ""
    label = node.labels.get(_PRODUCT, "")
    if resource.startswith(_MIG):
        return f"{name}-MIG-{resource.removeprefix(_MIG)}"
    if "-MIG-" in label:
        return f"{name}-MIG-{label.partition('-MIG-')[2].removesuffix('-SHARED')}"
    return f"{name}-SHARED" if label.endswith("-SHARED") else name


def total(amounts: Iterable[float | None]) -> Decimal | None:
    """The exact sum of some amounts, None where one of them is unknown."""
    known = [None if amount is None else Decimal(str(amount)) for amount in amounts]
    return None if None in known else sum((amount for amount in known if amount is not None), Decimal(0))


def _settled(usage: Usage, cost: Cost, settings: Settings) -> Cost:
    """A cost with the user's own price in its place, or with the discount taken off."""
    own = settings.prices.get(usage.product)
    if own is not None:
        return Cost(usage.model, float(own * usage.gpus), f"cost.prices.{usage.product} of {settings.file}")
    if cost.per_hour is None or not settings.discount:
        return cost
    reduced = Decimal(str(cost.per_hour)) * (1 - settings.discount)
    return cost._replace(per_hour=float(reduced), basis=f"{cost.basis}; less {settings.discount:%}")
