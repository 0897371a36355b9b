"""What this plugin offers; `mtop --help` reads it, so it imports nothing but mtop_core.api."""

from __future__ import annotations

from mtop_core.api import CommandSpec, ConfigSpec, RuleSpec, hookimpl


@hookimpl
def mtop_commands() -> tuple[CommandSpec, ...]:
    """The command of this plugin."""
    return (CommandSpec("example", "Show which image every model runs", "mtop_example.cli:show"),)


@hookimpl
def mtop_rules() -> tuple[RuleSpec, ...]:
    """The rule of this plugin."""
    return (
        RuleSpec(
            "example-mutable-tag",
            "The image of a model can change under the same name",
            "mtop_example.rules:mutable_tag",
            severity="warning",
            stage="image",
            needs=("pods",),
        ),
    )


@hookimpl
def mtop_config() -> tuple[ConfigSpec, ...]:
    """The section of this plugin in `.ldconfig`."""
    return (ConfigSpec("example", "Which image tags move", "mtop_example.settings:SCHEMA"),)
