"""What mtop-logs offers."""

from __future__ import annotations

from mtop_core.api import CommandSpec, hookimpl


@hookimpl
def mtop_commands() -> tuple[CommandSpec, ...]:
    """The command `mtop logs`."""
    return (CommandSpec("logs", "Show the logs of every container of a model, in order", "mtop_logs.cli:logs", "Look"),)
