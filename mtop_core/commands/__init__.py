"""The commands of the core: this table is all that help, completion and look-up need."""

from __future__ import annotations

from mtop_core.specs import CommandSpec

LOOK, CHANGE, SETUP = "Look", "Change", "Set up"

COMMANDS: tuple[CommandSpec, ...] = (
    CommandSpec("list", "Show every LLM service: status, replicas, GPUs, cause", "mtop_core.commands.list:command",
                LOOK, ("ls",)),
    CommandSpec("get", "Print LLM services or configs as they are", "mtop_core.commands.get:command", LOOK),
    CommandSpec("create", "Create LLM services from manifests, checked first", "mtop_core.commands.create:command",
                CHANGE),
    CommandSpec("delete", "Delete LLM services by name or manifest", "mtop_core.commands.delete:command", CHANGE),
    CommandSpec("config", "Show, check or start a .ldconfig", "mtop_core.commands.config:command", SETUP),
    CommandSpec("mock", "Choose, find or reset a mock world", "mtop_core.commands.mock:command", SETUP),
    CommandSpec("rbac", "Print the roles that commands need on a cluster", "mtop_core.commands.rbac:command", SETUP),
    CommandSpec("plugins", "Show plugins, or start a new one", "mtop_core.commands.plugins:command", SETUP),
    CommandSpec("completion", "Print shell completion for bash, zsh or fish",
                "mtop_core.commands.completion:command", SETUP),
    CommandSpec("version", "Print the versions of mtop, Python and plugins", "mtop_core.commands.version:command",
                SETUP),
)  # fmt: skip

BY_NAME = {name: spec for spec in COMMANDS for name in (spec.name, *spec.aliases)}
