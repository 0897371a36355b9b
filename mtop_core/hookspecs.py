"""The hooks of mtop: each takes no argument and yields described objects."""

from __future__ import annotations

from collections.abc import Iterable

import pluggy

from mtop_core.specs import CommandSpec, ConfigSpec, CostModelSpec, NotifierSpec, ProviderSpec, RuleSpec

PROJECT = "mtop"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def mtop_commands() -> Iterable[CommandSpec]:
    """Commands of `mtop`."""
    return ()


@hookspec
def mtop_providers() -> Iterable[ProviderSpec]:
    """Sources of objects, for `--source NAME`, `LLD_MODE` and the configuration."""
    return ()


@hookspec
def mtop_rules() -> Iterable[RuleSpec]:
    """Diagnostic rules, for every command that diagnoses."""
    return ()


@hookspec
def mtop_cost_models() -> Iterable[CostModelSpec]:
    """Cost models, for every command that shows money."""
    return ()


@hookspec
def mtop_notifiers() -> Iterable[NotifierSpec]:
    """Notifiers, by URL scheme."""
    return ()


@hookspec
def mtop_config() -> Iterable[ConfigSpec]:
    """Sections of `.ldconfig`, each with its schema."""
    return ()
