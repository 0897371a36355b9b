"""`mtop version`: what runs here."""

from __future__ import annotations

import platform

from mtop_core import __version__
from mtop_core.app import App, pass_app
from mtop_core.command import command as mtop_command
from mtop_core.options import output_options, talk_options
from mtop_core.render.result import Column, Result


@mtop_command("version")
@output_options
@talk_options
@pass_app
def command(app: App) -> Result:
    """Print the versions of mtop, Python and every plugin."""
    rows = [
        {"name": "mtop", "version": __version__},
        {"name": "python", "version": platform.python_version()},
        *({"name": record.entry.package, "version": record.entry.version} for record in app.plugins.records),
    ]
    return Result("Versions", (Column("name", "NAME"), Column("version", "VERSION")), rows, line="{name} {version}")
