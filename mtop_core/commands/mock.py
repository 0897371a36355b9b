"""`mtop mock`: which mock worlds there are, which one is current, and back to how they were."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mtop_core.command import MtopCommand
from mtop_core.options import output_options, talk_options
from mtop_core.providers.worlds import current_world, find_world, shipped_worlds, use_world
from mtop_core.render.result import Column, Result

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


def _worlds(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from mtop_core.completing import worlds

    return worlds(incomplete)


@click.group("mock")
def command() -> None:
    """Choose, find or reset a mock world: a whole cluster in files."""


@command.command("list", cls=MtopCommand)
@output_options
@talk_options
def list_worlds() -> Result:
    """Show the mock worlds that come with mtop."""
    current = current_world()
    worlds = [find_world(name) for name in shipped_worlds()]
    return Result(
        "WorldList",
        (Column("name", "NAME"), Column("current", "CURRENT", _mark), Column("changed", "CHANGED", _mark),
         Column("summary", "SUMMARY")),
        [{"name": world.name, "current": world.name == current, "changed": world.changed, "summary": world.summary}
         for world in worlds],
        names=lambda row: f"world/{row['name']}",
    )  # fmt: skip


@command.command("use", cls=MtopCommand)
@click.argument("world", shell_complete=_worlds)
@talk_options
def use(world: str) -> Result:
    """Make WORLD, a name or a folder, the one that commands show."""
    return Result("Used", rows=[{"world": use_world(world).name}], line="world {world} is current")


@command.command("path", cls=MtopCommand, short_help="Print the folder of WORLD.")
@click.argument("world", required=False, default="", shell_complete=_worlds)
@talk_options
def path(world: str) -> Result:
    """Print the folder of WORLD: the shipped one, or your copy once you changed it."""
    return Result("Path", rows=[{"path": find_world(world).root}], line="{path}")


@command.command("reset", cls=MtopCommand)
@click.argument("world", required=False, default="", shell_complete=_worlds)
@talk_options
def reset(world: str) -> Result:
    """Drop your changes to WORLD, the current one where it is left out."""
    found = find_world(world)
    did = "is as it was shipped again" if found.reset() else "was not changed"
    return Result("Reset", rows=[{"world": found.name, "did": did}], line="world {world} {did}")


def _mark(value: bool) -> str:
    return "yes" if value else "-"
