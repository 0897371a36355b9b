"""What a command receives: the source the user chose, the configuration, and ways to ask and to talk."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection, Iterator
from functools import cached_property, wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

import click

from mtop_core.errors import ConfigError, PluginError, UsageError
from mtop_core.objects.text import plain
from mtop_core.render.output import Output
from mtop_core.specs import Connection

if TYPE_CHECKING:
    from mtop_core.config import Config
    from mtop_core.inventory import Inventory
    from mtop_core.objects.kinds import Kind
    from mtop_core.plugins import Plugins
    from mtop_core.providers.base import Narrow, Provider
    from mtop_core.specs import CommandSpec

P = ParamSpec("P")
R = TypeVar("R")


class App:
    """One run of mtop; the options fill it, commands read it, `main` says what they return."""

    def __init__(self) -> None:
        self.chosen: tuple[str, str] | None = None
        self.at = ""
        self.namespace_given = ""
        self.all_namespaces = False
        self.quiet = False
        self.debug = False
        self.colour = "auto"
        self.no_plugins = False
        self.output = Output()
        self.running: CommandSpec | None = None
        self.connection = Connection()

    @cached_property
    def config(self) -> Config:
        """The configuration in force."""
        from mtop_core.config import find_config

        return find_config()

    @cached_property
    def plugins(self) -> Plugins:
        """The plugins in force; those that are broken or refused are named on stderr once."""
        found = self._discovered()
        for problem in found.problems:
            self.warn(problem)
        return found

    def _discovered(self, only: str = "") -> Plugins:
        """The plugins in force, or those of one name.

        A configuration that cannot be read locks nobody out: it is named, and switches no plugin off.
        """
        from mtop_core.plugins import Plugins

        disabled = set(_words(os.environ.get("MTOP_DISABLE_PLUGINS", "")))
        try:
            disabled.update(self.config.disabled_plugins)
        except ConfigError as error:
            self.warn(f"{error.message}; it switches no plugin off")
        return Plugins(disabled, self.no_plugins, only)

    def _offered_provider(self, name: str) -> Any:
        """The provider of that name: of the plugin called like it, which alone is imported then, else of any."""
        from mtop_core.specs import ProviderSpec

        if "plugins" not in self.__dict__:
            own = self._discovered(only=name)
            if not own.problems and (spec := own.find(ProviderSpec, name)) is not None:
                return spec
        return self.plugins.find(ProviderSpec, name)

    @cached_property
    def provider(self) -> Provider:
        """The source the user chose: by flag, by LLD_MODE, by configuration, else a mock world."""
        name, argument = self._source()
        if self.at and name != "snapshot":
            raise UsageError("--at goes with --snapshot: other sources know their own time")
        return self.open_source(name, argument, self.at)

    def open_source(
        self, name: str, argument: str = "", at: str = "", connection: Connection | None = None
    ) -> Provider:
        """A source by the name of its provider, such as `mock`, `snapshot` or `live`, beside the one chosen."""
        from mtop_core.specs import SourceRequest
        from mtop_core.targets import load_target

        spec = _builtin_provider(name) or self._offered_provider(name)
        if spec is None:
            raise _no_provider(name)
        request = SourceRequest(argument, at, connection or self.connection)
        provider: Provider = load_target(spec.target, f"provider {name}")(request)
        return provider

    @property
    def namespace(self) -> str:
        """The namespace to look in, empty for all: without -n a cluster has a current one, a file has none."""
        if self.all_namespaces:
            if self.namespace_given:
                raise UsageError("-A and -n exclude each other")
            return ""
        return self.namespace_given or self.config.namespace or self.provider.namespace

    def homed(self, obj: dict[str, Any]) -> dict[str, Any]:
        """A manifest in its own namespace, else in the one to look in; UsageError where -n says another."""
        own = obj["metadata"].get("namespace")
        if not own:
            namespace = self.namespace
            return {**obj, "metadata": {**obj["metadata"], "namespace": namespace}} if namespace else obj
        if self.namespace_given and own != self.namespace_given:
            from mtop_core.objects.refs import ref_of

            asked = plain(self.namespace_given)
            raise UsageError(f"{ref_of(obj)}: its namespace is not the one asked for with -n, {asked}")
        return obj

    def look(self, kinds: Collection[Kind], narrow: Narrow | None = None) -> Inventory:
        """One look at the chosen source; `narrow` says what of it the caller will use."""
        from mtop_core.inventory import Inventory

        return Inventory.look(self.provider, kinds, self.namespace, narrow)

    def watch(self, kinds: Collection[Kind], every: float = 0.0) -> Iterator[Inventory]:
        """A look, and another after each change, also where nothing changed for `every` seconds (zero: never)."""
        from mtop_core.inventory import Inventory, log_reader

        for listings in self.provider.watch(kinds, self.namespace, every):
            yield Inventory(listings, self.provider.now(), log_reader(self.provider))

    def warn(self, line: str) -> None:
        """Says something the user should know, on stderr."""
        from mtop_core.render.console import talk

        talk(f"mtop: warning: {plain(line)}")

    def confirm(self, question: str, yes: bool) -> None:
        """Asks before something is lost; raises UsageError where nobody can be asked."""
        if yes:
            return
        if sys.stdin is None or not sys.stdin.isatty():
            raise UsageError(f"{question} Nobody can be asked here", "say --yes, or --dry-run to see what would go")
        if not click.confirm(question, default=False, err=True):
            raise click.Abort

    def _source(self) -> tuple[str, str]:
        cluster = self._cluster_flag()
        if self.chosen is not None and self.chosen[0] in ("mock", "snapshot") and cluster:
            raise UsageError(f"--{cluster} is for clusters, --{self.chosen[0]} reads files", "leave one of them out")
        if self.chosen == ("mock", ""):
            return self.config.source("mock")
        if self.chosen is not None:
            return self.chosen
        if cluster:
            return "live", ""  # who names a context means that cluster
        mode = os.environ.get("LLD_MODE", "")
        if mode not in ("", "mock", "live"):
            raise UsageError(f'LLD_MODE is "{plain(mode)}", expected mock or live')
        return self.config.source(mode)

    def _cluster_flag(self) -> str:
        """The first flag given that says which cluster is meant; empty where there is none."""
        given = self.connection.as_dict()
        return next((flag for field, flag in _WHICH_CLUSTER.items() if given[field]), "")


_WHICH_CLUSTER = {
    "context": "context", "kubeconfig": "kubeconfig", "cluster": "cluster", "user": "user", "server": "server",
    "token": "token", "as_user": "as", "as_groups": "as-group", "as_uid": "as-uid",
    "certificate_authority": "certificate-authority", "client_certificate": "client-certificate",
    "client_key": "client-key", "tls_server_name": "tls-server-name", "insecure": "insecure-skip-tls-verify",
}  # fmt: skip


def pass_app(function: Callable[Concatenate[App, P], R]) -> Callable[P, R]:
    """Gives a command its App as the first argument."""

    @wraps(function)
    def with_app(*args: P.args, **kwargs: P.kwargs) -> R:
        return function(current_app(), *args, **kwargs)

    return with_app


def current_app() -> App:
    """The App of the running command."""
    return click.get_current_context().ensure_object(App)


def _builtin_provider(name: str) -> Any:
    from mtop_core.builtin import PROVIDERS

    return next((spec for spec in PROVIDERS if spec.name == name), None)


def _no_provider(name: str) -> Exception:
    if name == "live":
        return PluginError(
            "live clusters need a provider named live, and none is installed",
            "install the live plugin, or work offline with --mock WORLD or --snapshot PATH",
        )
    return PluginError(f'no provider is named "{plain(name)}"', "mtop plugins shows which there are")


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]
