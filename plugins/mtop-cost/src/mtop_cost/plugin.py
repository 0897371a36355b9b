"""What mtop-cost offers."""

from __future__ import annotations

from mtop_core.api import CommandSpec, ConfigSpec, CostModelSpec, hookimpl


@hookimpl
def mtop_commands() -> tuple[CommandSpec, ...]:
    """The command `mtop cost`."""
    return (CommandSpec("cost", "Show what every model costs by the hour and month", "mtop_cost.cli:cost", "Look"),)


@hookimpl
def mtop_cost_models() -> tuple[CostModelSpec, ...]:
    """The cost model `list-price`."""
    return (CostModelSpec("list-price", "Public on-demand prices by GPU product", "mtop_cost.prices:list_price"),)


@hookimpl
def mtop_config() -> tuple[ConfigSpec, ...]:
    """The section `cost` of `.ldconfig`."""
    return (ConfigSpec("cost", "Your own prices per GPU-hour, and a discount", "mtop_cost.settings:SCHEMA"),)
