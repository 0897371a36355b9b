"""Plugins: found, loaded one by one, quarantined when broken, refused when their names collide."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from mtop_core.config import CORE_KEYS
from mtop_core.entrypoints import EntryPoint, installed
from mtop_core.objects.text import plain
from mtop_core.specs import (
    SEVERITIES,
    CommandSpec,
    ConfigSpec,
    CostModelSpec,
    NotifierSpec,
    ProviderSpec,
    RuleSpec,
)  # fmt: skip
from mtop_core.targets import import_quietly, reason_of

CORE = "mtop-core"
_WORD = re.compile(r"[a-z][a-z0-9-]*")
Spec = CommandSpec | ProviderSpec | RuleSpec | CostModelSpec | NotifierSpec | ConfigSpec

# Each hook, what it yields, the field that must be unique, and what that thing is called.
HOOKS: tuple[tuple[str, type[Spec], str, str], ...] = (
    ("mtop_commands", CommandSpec, "name", "command"),
    ("mtop_providers", ProviderSpec, "name", "provider"),
    ("mtop_rules", RuleSpec, "id", "rule"),
    ("mtop_cost_models", CostModelSpec, "name", "cost model"),
    ("mtop_notifiers", NotifierSpec, "scheme", "notifier"),
    ("mtop_config", ConfigSpec, "section", "config section"),
)


class Plugin(NamedTuple):
    """One installed plugin: `state` is `loaded`, `broken` or `disabled`; `error` says why in one line."""

    entry: EntryPoint
    state: str
    specs: tuple[Spec, ...] = ()
    error: str = ""


class Plugins:
    """All plugins of one process (with `only`, those of that name) and what they offer, the core's own included."""

    def __init__(self, disabled: Collection[str] = (), everything_off: bool = False, only: str = "") -> None:
        self._taken: dict[tuple[str, str], str] = {}
        self._specs: dict[tuple[type[Spec], str], Spec] = {}
        self.problems: list[str] = []
        self._claim(_core_specs(), CORE)
        self._taken["command", "help"] = CORE
        self._taken.update((("config section", key), CORE) for key in CORE_KEYS)
        wanted = (entry for entry in installed() if only in ("", entry.name))
        self.records = [self._load(entry, disabled, everything_off) for entry in wanted]

    def of(self, kind: type[Any]) -> list[Any]:
        """Every spec of one type, by name."""
        return [spec for (wanted, _), spec in sorted(self._specs.items(), key=_by_name) if wanted is kind]

    def find(self, kind: type[Any], name: str) -> Any:
        """The spec of that type and name, None where nobody offers it."""
        return self._specs.get((kind, name))

    def broken(self, name: str) -> Plugin | None:
        """The broken plugin of that name, None where there is none."""
        return next((record for record in self.records if record.entry.name == name and record.state == "broken"), None)

    def owner(self, spec: Spec) -> Plugin | None:
        """The plugin that offers a spec, None where the core does."""
        return next((record for record in self.records if spec in record.specs), None)

    def _load(self, entry: EntryPoint, disabled: Collection[str], everything_off: bool) -> Plugin:
        if everything_off or entry.name in disabled or entry.package in disabled:
            return Plugin(entry, "disabled")
        try:
            specs = _specs_of(entry)
        except KeyboardInterrupt:
            raise
        except SystemExit:
            return self._quarantine(entry, "it ended the process while being imported")
        except BaseException as error:
            # whatever a stranger's module raises stays a record: one broken plugin must not stop the rest
            return self._quarantine(entry, reason_of(error))
        refused = self._claim(specs, entry.package)
        self.problems += refused
        kept = tuple(spec for spec in specs if self._specs.get(_key(spec)) is spec)
        return Plugin(entry, "loaded", kept, "; ".join(refused))

    def _quarantine(self, entry: EntryPoint, why: str) -> Plugin:
        self.problems.append(f"plugin {entry.name} ({entry.package}) is broken: {why}")
        return Plugin(entry, "broken", (), why)

    def _claim(self, specs: Iterable[Spec], package: str) -> list[str]:
        """Takes the names of specs for a package; says which were taken before, and by whom."""
        refused = []
        for spec in specs:
            for name in names_of(spec):
                what = _what(spec)
                owner = self._taken.setdefault((what, name), package)
                if owner != package or (type(spec), name) in self._specs:
                    refused.append(f"{what} {plain(name)} of {package} is refused: {owner} has one of that name")
                    if name == names_of(spec)[0]:
                        break  # without its name it does not answer to its aliases either
                else:
                    self._specs[type(spec), name] = spec
        return refused


def _core_specs() -> list[Spec]:
    from mtop_core.builtin import PROVIDERS
    from mtop_core.commands import COMMANDS

    return [*COMMANDS, *PROVIDERS]


def _specs_of(entry: EntryPoint) -> tuple[Spec, ...]:
    """Imports a plugin's cold module, checks its hooks, and gathers what each yields; what it prints is talk."""
    import sys
    from contextlib import redirect_stdout

    import pluggy

    from mtop_core import hookspecs

    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    name, _, attribute = entry.module.partition(":")
    with redirect_stdout(sys.stderr):
        module = import_quietly(name)
        manager.register(getattr(module, attribute) if attribute else module, entry.name)
        manager.check_pending()
        found: list[Spec] = []
        for hook, kind, _, _ in HOOKS:
            for yielded in getattr(manager.hook, hook)():
                for spec in yielded:
                    found.append(_checked(spec, kind, hook))
    return tuple(found)


def _checked(spec: object, kind: type[Spec], hook: str) -> Spec:
    if not isinstance(spec, kind):
        raise TypeError(f"{hook} yields {type(spec).__name__}, expected {kind.__name__}")
    module, colon, attribute = spec.target.partition(":")
    if not (module and colon and attribute):
        raise ValueError(f'the target "{spec.target}" of {_what(spec)} {names_of(spec)[0]} is not "module:attr"')
    if isinstance(spec, CommandSpec):
        _check_words(spec)
    if isinstance(spec, RuleSpec):
        _check_rule(spec)
    return spec


def _check_words(spec: CommandSpec) -> None:
    for name in (spec.name, *spec.aliases):
        if not _WORD.fullmatch(name):
            raise ValueError(f'"{name}" cannot be a command: expected lower case letters, digits and dashes')


def _check_rule(rule: RuleSpec) -> None:
    from mtop_core.objects.kinds import kind_by_word
    from mtop_core.trouble import STAGES

    if rule.severity not in SEVERITIES:
        raise ValueError(f"rule {rule.id}: severity {rule.severity} is not one of {', '.join(SEVERITIES)}")
    if rule.stage not in STAGES:
        raise ValueError(f"rule {rule.id}: stage {rule.stage} is not one of {', '.join(STAGES)}")
    unknown = [need for need in rule.needs if need != "logs" and kind_by_word(need) is None]
    if unknown:
        raise ValueError(f"rule {rule.id}: mtop cannot read {', '.join(unknown)}")


def _what(spec: Spec) -> str:
    return next(what for _, kind, _, what in HOOKS if kind is type(spec))


def names_of(spec: Spec) -> tuple[str, ...]:
    """What a spec answers to: its name, then its aliases."""
    field = next(field for _, kind, field, _ in HOOKS if kind is type(spec))
    aliases = spec.aliases if isinstance(spec, CommandSpec) else ()
    return (getattr(spec, field), *aliases)


def _key(spec: Spec) -> tuple[type[Spec], str]:
    return type(spec), names_of(spec)[0]


def _by_name(item: tuple[tuple[type[Spec], str], Spec]) -> str:
    return item[0][1]


def offers(plugin: Plugin) -> Mapping[str, tuple[str, ...]]:
    """What a plugin offers: the names of its commands, rules and so on, by what they are."""
    found: dict[str, list[str]] = {}
    for spec in plugin.specs:
        found.setdefault(_what(spec), []).append(names_of(spec)[0])
    return {what: tuple(names) for what, names in found.items()}
