"""What cost models receive and return; the models themselves are plugins."""

from __future__ import annotations

from typing import NamedTuple

from mtop_core.objects.model import Model
from mtop_core.objects.refs import Ref


class Usage(NamedTuple):
    """The accelerators one model holds: how many, of which product (empty where no node says)."""

    model: Ref
    gpus: int
    product: str


class Cost(NamedTuple):
    """What one model costs by the hour, None where the price is unknown; `basis` says where the price is from."""

    model: Ref
    per_hour: float | None
    basis: str


def usage_of(model: Model) -> Usage:
    """What a model holds now."""
    gpus = model.gpus
    return Usage(model.ref, gpus.amount or 0, gpus.product)
