"""`mtop plugins`: what is installed, in which state, and a new one to start from."""

from __future__ import annotations

from collections.abc import Mapping

import click

from mtop_core import __version__
from mtop_core.app import App, pass_app
from mtop_core.command import MtopCommand
from mtop_core.options import output_options, talk_options
from mtop_core.plugins import CORE, offers
from mtop_core.render.result import Column, Result

FEW = 3  # as many names of one thing as the table spells out


@click.group("plugins", invoke_without_command=True)
@output_options
@talk_options
@click.pass_context
def command(ctx: click.Context) -> Result | None:
    """Show the plugins installed: version, state, what each offers, and why one failed."""
    return None if ctx.invoked_subcommand else _shown(ctx.ensure_object(App))


@command.command("list", cls=MtopCommand)
@output_options
@talk_options
@pass_app
def list_plugins(app: App) -> Result:
    """Show the plugins installed."""
    return _shown(app)


@command.command("new", cls=MtopCommand, short_help="Write a working plugin package.")
@click.argument("name")
@click.option("--into", "folder", default=".", type=click.Path(), metavar="DIR", help="Where to put its folder.")
@talk_options
def new(name: str, folder: str) -> Result:
    """Write a working plugin package mtop-NAME: a command, a rule, their tests and a README."""
    from mtop_core.scaffold import write_plugin

    path = write_plugin(name, folder)
    return Result("Written", rows=[{"path": str(path)}],
                  line="{path} written; next: pip install -e {path} && mtop plugins")  # fmt: skip


def _shown(app: App) -> Result:
    rows = [
        {
            "name": record.entry.name,
            "package": record.entry.package,
            "version": record.entry.version,
            "state": record.state,
            "offers": offers(record),
            "error": record.error,
        }
        for record in app.plugins.records
    ]
    return Result(
        "PluginList",
        (Column("name", "NAME"), Column("package", "PACKAGE"), Column("version", "VERSION"), Column("state", "STATE"),
         Column("offers", "OFFERS", _offers if app.output.form == "wide" else _counted, least=24),
         Column("error", "ERROR", least=48)),
        rows,
        empty=f"No plugins are installed beside {CORE} {__version__}.",
    )  # fmt: skip


def _counted(offered: Mapping[str, tuple[str, ...]]) -> str:
    """What a plugin offers, only counted where it is a lot of one thing."""
    few = {what: names for what, names in offered.items() if len(names) <= FEW}
    parts = [_offers({what: few[what]}) if what in few else f"{len(offered[what])} {what}s" for what in offered]
    return "; ".join(parts) or "-"


def _offers(offered: Mapping[str, tuple[str, ...]]) -> str:
    return "; ".join(f"{what} {', '.join(names)}" for what, names in offered.items()) or "-"
