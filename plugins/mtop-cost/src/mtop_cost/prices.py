"""The cost model `list-price`: public on-demand prices of cloud machines, shared out over their GPUs."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from mtop_core.api import Cost, Usage


class Machine(NamedTuple):
    """A cloud machine with its price per hour in USD and its GPUs."""

    usd: Decimal
    gpus: int
    name: str


# Linux, on demand, without any commitment, as the clouds publish them.
AS_OF = "2026-07"
MACHINES = {
    "A10": Machine(Decimal("3.20"), 1, "Azure NV36ads_A10_v5, East US"),
    "A100-40": Machine(Decimal("21.957642"), 8, "AWS p4d.24xlarge, us-east-1"),
    "A100-80": Machine(Decimal("27.44705"), 8, "AWS p4de.24xlarge, us-east-1"),
    "A10G": Machine(Decimal("1.006"), 1, "AWS g5.xlarge, us-east-1"),
    "B200": Machine(Decimal("113.9328"), 8, "AWS p6-b200.48xlarge, us-east-1"),
    "H100": Machine(Decimal("55.04"), 8, "AWS p5.48xlarge, us-east-1"),
    "H200": Machine(Decimal("63.296"), 8, "AWS p5en.48xlarge, us-east-1"),
    "L4": Machine(Decimal("0.8048"), 1, "AWS g6.xlarge, us-east-1"),
    "L40S": Machine(Decimal("1.861"), 1, "AWS g6e.xlarge, us-east-1"),
    "MI300X": Machine(Decimal("48.00"), 8, "Azure ND96isr_MI300X_v5, not confirmed by a second source"),
    "T4": Machine(Decimal("0.526"), 1, "AWS g4dn.xlarge, us-east-1"),
    "V100": Machine(Decimal("3.06"), 1, "AWS p3.2xlarge, us-east-1"),
}


def list_price(usages: Sequence[Usage]) -> list[Cost]:
    """The cost of each usage in USD per hour; None for a product the table does not hold."""
    return [_cost(usage) for usage in usages]


def _cost(usage: Usage) -> Cost:
    if not usage.gpus:
        return Cost(usage.model, 0.0, "holds no GPU")
    machine = MACHINES.get(usage.product)
    if machine is None:
        return Cost(usage.model, None, "")
    per_hour = machine.usd / machine.gpus * usage.gpus
    return Cost(usage.model, float(per_hour), f"list price of {AS_OF}: {machine.name}")
