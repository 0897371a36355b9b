"""What mtop-rollout offers; nothing here is loaded but names."""

from __future__ import annotations

from mtop_core.api import CommandSpec, hookimpl


@hookimpl
def mtop_commands() -> tuple[CommandSpec, ...]:
    """The commands `mtop simulate` and `mtop watch`."""
    return (
        CommandSpec("simulate", "Play a rollout before it happens, and say how it ends",
                    "mtop_rollout.simulate:simulate", "Look"),
        CommandSpec("watch", "Watch a rollout as it happens, or play one", "mtop_rollout.watch:watch", "Look"),
    )  # fmt: skip
