"""The root command: core commands from a table, plugin commands from their specs, each loaded when used."""

from __future__ import annotations

import os
import sys
from typing import Any

import click

from mtop_core.app import App
from mtop_core.command import ClusterOption, QuickParser, is_world, settled
from mtop_core.commands import BY_NAME, COMMANDS
from mtop_core.errors import PluginError, UsageError
from mtop_core.objects.text import plain
from mtop_core.options import common, no_plugins_option, show_help, version_option
from mtop_core.specs import CommandSpec

HELP = "help"


class StandIn(click.Command):
    """A command known by its spec only; it becomes the real one when a context is made for it."""

    def __init__(self, spec: CommandSpec) -> None:
        super().__init__(spec.name, help=spec.summary, short_help=spec.summary)
        self.spec = spec

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """The context of the real command; raises PluginError where it cannot be loaded."""
        if parent is not None:
            parent.ensure_object(App).running = self.spec
        return self.real().make_context(info_name, args, parent, **extra)

    def real(self) -> click.Command:
        """The real command."""
        from mtop_core.targets import load_target

        found = load_target(self.spec.target, f"the command {self.spec.name}")
        if not isinstance(found, click.Command):
            raise PluginError(f"the command {self.spec.name} cannot be loaded: {self.spec.target} is no click command")
        return found


class ReaderGoneError(Exception):
    """The reader of our output went away; click would turn a BrokenPipeError into an exit of its own."""


class MtopGroup(QuickParser, click.Group):
    """The root group; a core command never costs the discovery of plugins."""

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise ReaderGoneError from error

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Reads the options before the command; after `--mock` a command's name is no world.

        A plugin's command is not known yet: where no core command follows, only a world that exists is one.
        """
        first = next((i for i, word in enumerate(args) if word in BY_NAME), len(args))
        args = [*settled(args[:first], lambda word: first < len(args) or is_world(word)), *args[first:]]
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Core commands, then those of plugins by name."""
        plugged = [spec.name for spec in ctx.ensure_object(App).plugins.of(CommandSpec) if spec.name not in BY_NAME]
        return [*(spec.name for spec in COMMANDS), *dict.fromkeys(plugged)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The stand-in for a command, None where nobody offers it."""
        spec = BY_NAME.get(cmd_name) or ctx.ensure_object(App).plugins.find(CommandSpec, cmd_name)
        return StandIn(spec) if spec else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the first word names, `help COMMAND` being its --help; UsageError for any other word."""
        if args[0] == HELP and not ctx.resilient_parsing:
            args = [*(word for word in args if word != HELP and not word.startswith("-")), "--help"]
            if len(args) == 1:
                show_help(ctx)
        if args[0] not in BY_NAME and not ctx.resilient_parsing and not {"-h", "--help"}.intersection(args):
            _ = ctx.ensure_object(App).config.disabled_plugins  # what may be switched off is not run: ConfigError
        found = self.get_command(ctx, args[0])
        if found is not None:
            return args[0], found, args[1:]
        if ctx.resilient_parsing:
            return None, None, args[1:]
        raise self._unknown(ctx, args[0])

    def _unknown(self, ctx: click.Context, word: str) -> Exception:
        plugins = ctx.ensure_object(App).plugins
        broken = plugins.broken(word) or plugins.broken(f"mtop-{word}")
        if broken is not None:
            return PluginError(f"the plugin {plain(word)} is broken: {broken.error}", "mtop plugins shows more")
        disabled = any(record.entry.name == word and record.state == "disabled" for record in plugins.records)
        if disabled:
            return PluginError(f"the plugin {plain(word)} is switched off", "see MTOP_DISABLE_PLUGINS and --no-plugins")
        from difflib import get_close_matches

        near = get_close_matches(word, self.list_commands(ctx), n=3)
        maybe = f"; did you mean {' or '.join(near)}?" if near else ""
        return UsageError(f'unknown command "{plain(word)}"{maybe}', f"{ctx.command_path} --help lists all commands")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options, those of clusters under a heading of their own, then the commands."""
        rows: dict[bool, list[tuple[str, str]]] = {False: [], True: []}
        for param in self.get_params(ctx):
            if isinstance(param, click.Option) and (record := param.get_help_record(ctx)):
                rows[isinstance(param, ClusterOption)].append(record)
        for of_clusters, title in ((False, "Options"), (True, "Options for clusters, with every command")):
            with formatter.section(title):
                formatter.write_dl(rows[of_clusters])
        self.format_commands(ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands under their headings, from the specs alone."""
        app = ctx.ensure_object(App)
        sections: dict[str, list[tuple[str, str]]] = {}
        for name in self.list_commands(ctx):
            spec = BY_NAME.get(name) or app.plugins.find(CommandSpec, name)
            sections.setdefault(spec.section, []).append((spec.name, plain(spec.summary)))
        for title, rows in sections.items():
            with formatter.section(title):
                formatter.write_dl(rows)


def program_name() -> str:
    """How the user called us: `kubectl mtop` as a kubectl plugin, else `mtop`."""
    return "kubectl mtop" if os.path.basename(sys.argv[0] or "").startswith("kubectl-") else "mtop"


@click.command(
    "mtop",
    cls=MtopGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Environment: LLD_MODE=mock|live, MTOP_CONFIG, MTOP_STATE_DIR, MTOP_DISABLE_PLUGINS, NO_COLOR.",
)
@common
@no_plugins_option
@version_option
def root() -> None:
    """LLM services on Kubernetes: what runs, what is wrong, and why.

    Works the same on a cluster, on kubectl's output and on mock worlds that need no cluster.
    """
