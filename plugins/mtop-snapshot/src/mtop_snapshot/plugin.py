"""What mtop-snapshot offers."""

from __future__ import annotations

from mtop_core.api import CommandSpec, ConfigSpec, hookimpl


@hookimpl
def mtop_commands() -> tuple[CommandSpec, ...]:
    """The commands `mtop snapshot` and `mtop diff`."""
    return (
        CommandSpec(
            "snapshot", "Save, check and replay what there is, without secrets", "mtop_snapshot.cli:snapshot", "Look"
        ),
        CommandSpec("diff", "Show what differs between any two sources", "mtop_snapshot.diffing:diff", "Look"),
    )


@hookimpl
def mtop_config() -> tuple[ConfigSpec, ...]:
    """The section `environments` of `.ldconfig`."""
    return (ConfigSpec("environments", "Names for what mtop diff compares", "mtop_snapshot.settings:SCHEMA"),)
