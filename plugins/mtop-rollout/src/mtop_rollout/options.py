"""What the options of both commands have in common."""

from __future__ import annotations

from collections.abc import Callable

import click
from click.shell_completion import CompletionItem

from mtop_core.api import UsageError
from mtop_rollout.topology import files

Callback = Callable[[click.Context, click.Parameter, float | None], float | None]


def between(least: float, most: float) -> Callback:
    """A callback that takes numbers from `least` to `most`, and no NaN, which is neither below nor above anything."""

    def checked(ctx: click.Context, param: click.Parameter, value: float | None) -> float | None:
        if value is not None and not least <= value <= most:
            raise UsageError(f"{param.opts[0]} must be from {least:g} to {most:,.15g}, got {value:g}")
        return value

    return checked


def complete_topologies(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The names of the shipped topologies."""
    return [CompletionItem(name) for name in files.names() if name.startswith(incomplete)]
