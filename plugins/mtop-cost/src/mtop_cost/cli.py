"""`mtop cost`: what the accelerators of every model cost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import click

from mtop_core.api import (
    App,
    Column,
    CostModelSpec,
    Model,
    Result,
    ShapeError,
    UsageError,
    command,
    common_options,
    complete_models,
    kinds,
    load_target,
    models_named,
    output_options,
    pass_app,
    plain,
    reads,
    ref_of,
    selector_option,
)
from mtop_cost.bill import Bill, Holding, bills, holding_of, total
from mtop_cost.settings import settings_of

NEEDS = (*kinds.MODEL_KINDS, kinds.DEPLOYMENT, kinds.LEADER_WORKER_SET, kinds.REPLICA_SET, kinds.POD, kinds.NODE)
HOURS = 720


@command("cost", access=reads(NEEDS))
@click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=complete_models)
@click.option("--model", "cost_model", default="list-price", metavar="COSTMODEL", help="Where prices come from.")
@selector_option
@output_options
@common_options
@pass_app
def cost(app: App, names: tuple[str, ...], selector: str, cost_model: str) -> Result:
    """Show what the accelerators of every model cost by the hour and by 30 days.

    A price nobody knows is `-`, never a guess. Your own prices go into the section cost of .ldconfig.

    \b
    mtop cost -A                           every model of the source
    mtop cost llama-70b -n chat -o wide    one model, and where its price is from
    """
    spec = _cost_model(app, cost_model)
    settings = settings_of(app)
    inventory = app.look(NEEDS)
    holdings, errors = _holdings(models_named(inventory, names, selector, app.namespace))
    price = load_target(spec.target, f"cost model {spec.name}")
    found = bills(holdings, price, settings)
    everything = total(float(bill.per_hour) for bill in found if bill.per_hour is not None) or Decimal(0)
    return Result(
        "CostList",
        _columns(spec.currency, namespaced=not app.namespace),
        [_row(bill, spec.currency, everything) for bill in found],
        source=app.provider.source,
        gaps=inventory.gaps,
        notes=list(_notes(found, spec, everything)),
        errors=errors,
        exit_code=3 if errors else 0,
        empty="No resources found.",
        names=lambda row: f"{row['kind'].lower()}.serving.kserve.io/{row['name']}",
    )


def _cost_model(app: App, name: str) -> CostModelSpec:
    spec: CostModelSpec | None = app.plugins.find(CostModelSpec, name)
    if spec is None:
        known = ", ".join(spec.name for spec in app.plugins.of(CostModelSpec)) or "none"
        raise UsageError(f'no cost model is named "{plain(name)}"', f"there are: {known}")
    return spec


def _holdings(models: Sequence[Model]) -> tuple[list[Holding], list[str]]:
    """What each model holds; models with malformed pods become errors."""
    found, errors = [], []
    for model in models:
        try:
            found.append(holding_of(model))
        except ShapeError as error:
            rooted = model.inventory.rooted(error, model)
            place = "" if rooted is error or rooted.holder is model.raw else f"{ref_of(rooted.holder)}: "
            errors.append(plain(f"{model.ref}: {place}{rooted.message}"))
    return found, errors


def _row(bill: Bill, currency: str, everything: Decimal) -> dict[str, Any]:
    model, per_hour = bill.holding.model, bill.per_hour
    return {
        "namespace": model.namespace,
        "name": model.name,
        "kind": model.kind.name,
        "gpus": bill.holding.gpus,
        "waiting": bill.holding.waiting,
        "products": [
            {"product": usage.product or None, "gpus": usage.gpus, "perHour": cost.per_hour, "basis": cost.basis}
            for usage, cost in zip(bill.holding.usages, bill.costs, strict=True)
        ],
        "currency": currency,
        "perHour": _number(per_hour),
        "per30Days": _number(per_hour and per_hour * HOURS),
        "share": _number(per_hour / everything) if per_hour is not None and everything else None,
    }


def _number(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)


def _columns(currency: str, *, namespaced: bool) -> tuple[Column, ...]:
    return (
        *((Column("namespace", "NAMESPACE"),) if namespaced else ()),
        Column("name", "NAME"),
        Column("gpus", "GPUS"),
        Column("products", "PRODUCT", _products, sort=_products),
        Column("perHour", f"{currency}/HOUR", _money),
        Column("per30Days", f"{currency}/30D", _money),
        Column("share", "SHARE", lambda share: "-" if share is None else f"{share:.0%}"),
        Column("products", "BASIS", _basis, wide=True),
    )


def _products(products: Sequence[dict[str, Any]]) -> str:
    if len(products) == 1:
        return products[0]["product"] or "-"
    return ",".join(f"{part['gpus']}x{part['product'] or '?'}" for part in products) or "-"


def _basis(products: Sequence[dict[str, Any]]) -> str:
    return "; ".join(dict.fromkeys(part["basis"] for part in products if part["basis"])) or "-"


def _money(amount: float | None) -> str:
    return "-" if amount is None else f"{amount:,.2f}"


def _notes(found: Sequence[Bill], spec: CostModelSpec, everything: Decimal) -> Iterator[str]:
    """The sum, and all that is not in it."""
    unknown = [bill for bill in found if bill.per_hour is None]
    without = f", without {len(unknown)} of unknown price" if unknown else ""
    count = len(found) - len(unknown)
    yield (
        f"total of {_models(count)}{without}: {everything:,.2f} {spec.currency} per hour, "
        f"{everything * HOURS:,.2f} {spec.currency} per 30 days (cost model {spec.name})"
    )
    lacking: dict[str, int] = {}
    for bill in found:
        for usage, cost in zip(bill.holding.usages, bill.costs, strict=True):
            if cost.per_hour is None:
                lacking[usage.product] = lacking.get(usage.product, 0) + usage.gpus
    for product, gpus in sorted(lacking.items()):
        if product:
            yield plain(f"no price for {gpus}x{product}: set cost.prices.{product} in .ldconfig")
        else:
            yield f"no price for {_gpus(gpus)}: no node says which product"
    if unread := sum(not bill.holding.known for bill in found):
        holds = "holds" if unread == 1 else "hold"
        yield f"what {_models(unread)} {holds} is not known: neither pods nor workloads were read"
    if waiting := sum(bill.holding.waiting for bill in found):
        yield f"{_gpus(waiting)} not counted: the pods wait for a node"


def _models(count: int) -> str:
    return f"{count} {'model' if count == 1 else 'models'}"


def _gpus(count: int) -> str:
    return f"{count} {'GPU' if count == 1 else 'GPUs'}"
