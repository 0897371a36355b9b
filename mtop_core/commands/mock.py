"""`mtop mock`: which mock worlds there are, which one is current, and back to how they were."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mtop_core.app import App, pass_app
from mtop_core.command import MtopCommand
from mtop_core.errors import MtopError, NotFoundError
from mtop_core.objects.text import plain
from mtop_core.options import output_options, talk_options
from mtop_core.providers.worlds import World, current_world, find_world, shipped_worlds, use_world
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
@pass_app
def list_worlds(app: App) -> Result:
    """Show the mock worlds that come with mtop."""
    worlds = [find_world(name) for name in shipped_worlds()]
    notes, current = [], None
    try:
        current = find_world(_in_force(app))
        if not current.shipped:
            worlds.append(current)
    except NotFoundError as error:
        notes.append(f"the world in force is gone: {error.message}")
    return Result(
        "WorldList",
        (Column("name", "NAME"), Column("current", "CURRENT", _mark), Column("changed", "CHANGED", _mark),
         Column("summary", "SUMMARY")),
        [{"name": _name(world), "current": _same(world, current), "changed": world.changed,
          "summary": world.summary} for world in worlds],
        notes=notes,
        names=lambda row: f"world/{row['name']}",
    )  # fmt: skip


@command.command("use", cls=MtopCommand)
@click.argument("world", shell_complete=_worlds)
@talk_options
@pass_app
def use(app: App, world: str) -> Result:
    """Make WORLD, a name or a folder, the one that commands show."""
    used = use_world(world)
    return Result("Used", rows=[{"world": used.name}], line="world {world} is current", notes=_overruled(app, used))


@command.command("path", cls=MtopCommand, short_help="Print the folder of WORLD.")
@click.argument("world", required=False, default="", shell_complete=_worlds)
@talk_options
@pass_app
def path(app: App, world: str) -> Result:
    """Print the folder of WORLD: the shipped one, or your copy once you changed it."""
    return Result("Path", rows=[{"path": find_world(world or _in_force(app)).root}], line="{path}")


@command.command("reset", cls=MtopCommand)
@click.argument("world", required=False, default="", shell_complete=_worlds)
@talk_options
@pass_app
def reset(app: App, world: str) -> Result:
    """Drop your changes to WORLD, the current one where it is left out."""
    found = find_world(world or _in_force(app))
    did = "is as it was shipped again" if found.reset() else "was not changed"
    return Result("Reset", rows=[{"world": found.name, "did": did}], line="world {world} {did}")


def _in_force(app: App) -> str:
    """The world that `--mock` without a name shows: the configured one, else the one chosen last."""
    return app.config.source("mock")[1] or current_world()


def _overruled(app: App, used: World) -> list[str]:
    """What to know where the configuration names another world than the one just chosen."""
    try:
        configured = app.config.source("mock")[1]
        if not configured or _same(find_world(configured), used):
            return []
    except MtopError:
        return []  # the choice stands; what is wrong with the file is said where it is read
    return [f"{app.config.place(('world',))} names the world {plain(configured)}, which goes before this choice"]


def _name(world: World) -> str:
    """What to call a world in `mock use`: a world of one's own by its folder."""
    return world.name if world.shipped else world.folder


def _same(world: World, other: World | None) -> bool:
    return other is not None and world.folder == other.folder


def _mark(value: bool) -> str:
    return "yes" if value else "-"
