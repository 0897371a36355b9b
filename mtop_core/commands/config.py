"""`mtop config`: the configuration in force, checked, or started."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import click

from mtop_core.app import App, pass_app
from mtop_core.command import MtopCommand
from mtop_core.config import FILE_NAME, STARTER, read_config
from mtop_core.errors import ConfigError, UsageError
from mtop_core.objects.text import plain
from mtop_core.options import output_options, talk_options
from mtop_core.render.result import Column, Result


@click.group("config")
def command() -> None:
    """Show, check or start a configuration file."""


@command.command("show", cls=MtopCommand)
@output_options
@talk_options
@pass_app
def show(app: App) -> Result:
    """Show every setting in force, and where it comes from."""
    settings = app.config.settings(os.environ)
    return Result(
        "Settings",
        (Column("key", "KEY"), Column("value", "VALUE", _value), Column("origin", "ORIGIN")),
        [setting.as_dict() for setting in settings],
        notes=(f"file: {plain(app.config.path)}" if app.config.path else f"there is no {FILE_NAME}",),
    )


@command.command("validate", cls=MtopCommand, short_help="Check a configuration file.")
@click.argument("file", required=False, type=click.Path())
@output_options
@talk_options
@pass_app
def validate(app: App, file: str | None) -> Result:
    """Check a configuration file against the schema of the core and of every plugin.

    Without FILE it checks the one in force. Exit 2 where something is wrong.
    """
    from mtop_core.schema import check, dotted

    config = read_config(file) if file else app.config
    if not config.path:
        raise UsageError(f"there is no {FILE_NAME} to check", "mtop config init writes one")
    rows = [
        {
            "place": config.place(problem.path),
            "path": dotted(problem.path),
            "problem": problem.message + (f"; did you mean {problem.suggestion}?" if problem.suggestion else ""),
        }
        for problem in check(config.content, schema(app))
    ]
    return Result(
        "ConfigProblems",
        (Column("place", "PLACE"), Column("path", "PATH"), Column("problem", "PROBLEM")),
        rows,
        line="{place}: {path}: {problem}",
        empty=f"{plain(config.path)} is valid.",
        exit_code=ConfigError.exit_code if rows else 0,
    )


@command.command("init", cls=MtopCommand, short_help="Write a commented starting point.")
@click.argument("file", default=FILE_NAME, type=click.Path())
@talk_options
def init(file: str) -> Result:
    """Write a commented starting point to FILE (./.ldconfig); a file that exists is left alone."""
    try:
        with open(file, "x", encoding="utf-8") as stream:
            stream.write(STARTER)
    except FileExistsError:
        raise UsageError(f"{plain(file)} exists already", "edit it, then: mtop config validate") from None
    except OSError as error:
        raise ConfigError(f"{plain(file)}: {(error.strerror or 'cannot be written').lower()}") from None
    return Result("Written", rows=[{"path": file}], line="{path} written")


def schema(app: App) -> Mapping[str, Any]:
    """The schema of the whole file: the core's settings and a section for every plugin that asked for one."""
    import json

    from mtop_core.data import data_path
    from mtop_core.specs import ConfigSpec
    from mtop_core.targets import load_target

    core: dict[str, Any] = json.loads((data_path("schemas") / "ldconfig.json").read_bytes())
    sections = {
        spec.section: load_target(spec.target, f"the schema of the config section {spec.section}")
        for spec in app.plugins.of(ConfigSpec)
    }
    return {**core, "properties": {**core["properties"], **sections}}


def _value(value: Any) -> str:
    if value is None or value == []:
        return "-"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
