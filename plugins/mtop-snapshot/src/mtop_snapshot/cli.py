"""`mtop snapshot`: take what there is, keep it, check it, and go through it again."""

from __future__ import annotations

from typing import Any

import click

from mtop_core.api import (
    Access,
    App,
    MtopCommand,
    Result,
    common_options,
    kinds,
    output_options,
    pass_app,
    reads,
    yes_option,
)
from mtop_core.api import selector_option as selector_of_models
from mtop_snapshot.completing import complete_snapshots

ACCESS = (*reads(kinds.KINDS), Access(kinds.POD_LOG, ("get",)))


class SnapshotGroup(click.Group):
    """The group, which says what saving asks of a cluster, for `mtop rbac snapshot`."""

    access = ACCESS


@click.group("snapshot", cls=SnapshotGroup)
def snapshot() -> None:
    """Save what there is without its secrets, and look at it again whenever you like.

    \b
    mtop snapshot save before -n chat
    mtop list --snapshot before
    mtop diff before
    """


@snapshot.command("save", cls=MtopCommand, access=ACCESS, short_help="Save what belongs to the models in scope.")
@click.argument("name", required=False, default="")
@click.option("-o", "--output", default="", metavar="PATH|URL", help="Write to a folder, a .tar.gz or a URL instead.")
@click.option("--archive", is_flag=True, help="Make one .tar.gz of it.")
@click.option("--model", "models", multiple=True, metavar="NAME", help="Only this model; may be given more than once.")
@selector_of_models
@click.option("--all-models", is_flag=True, help="The models of all namespaces, as with -A.")
@click.option("--everything", "whole", is_flag=True, help="Everything that can be read, whoever it belongs to.")
@click.option("--no-logs", is_flag=True, help="Leave the logs out.")
@click.option(
    "--log-lines", type=click.IntRange(1), default=10_000, show_default=True, help="The most lines of one log."
)
@click.option(
    "--log-bytes", type=click.IntRange(1), default=5_000_000, show_default=True, help="The most bytes of one log."
)
@click.option("--since", default="", metavar="DURATION", help="Only log lines of the last while, such as 1h.")
@click.option("--every", default="", metavar="DURATION", help="Save again and again, this far apart.")
@click.option("--for", "lasting", default="", metavar="DURATION", help="With --every: for how long; else until Ctrl-C.")
@click.option("--pseudonyms", is_flag=True, help="Other names for hosts, IP and mail addresses, the same for the same.")
@click.option("--preview", is_flag=True, help="Show what would be masked, save nothing.")
@click.option("--force", is_flag=True, help="Replace a snapshot of the same name.")
@common_options
@pass_app
def save(app: App, /, **wishes: Any) -> Result:
    """Save the models in scope with all that belongs to them, logs included, secrets not.

    Taken in one look: services, configs, workloads, pods, events, claims, routes, pools, gateways, the nodes they
    run on, current and previous logs. It is kept under NAME, by default the time, or written to --output.

    \b
    mtop snapshot save                             the namespace in force, named by time
    mtop snapshot save incident-42 -n chat --archive
    mtop snapshot save --model llama-70b -o s3://bucket/llama.tar.gz
    mtop snapshot save --every 30s --for 10m       a film of what happens
    """
    from mtop_snapshot.saving import save as run

    return run(app, **wishes)


@snapshot.command("list", cls=MtopCommand, short_help="List the snapshots that are kept.")
@output_options
@common_options
@pass_app
def list_(app: App) -> Result:
    """List the snapshots that are kept, with what they are of and when they were taken."""
    from mtop_snapshot.keeping import listed

    return listed()


@snapshot.command("show", cls=MtopCommand, short_help="Show what is in a snapshot.")
@click.argument("name", shell_complete=complete_snapshots)
@output_options
@common_options
@pass_app
def show(app: App, name: str) -> Result:
    """Show what is in a snapshot, what could not be read, and what was masked; -o json prints its manifest."""
    from mtop_snapshot.keeping import shown

    return shown(app, name)


@snapshot.command("delete", cls=MtopCommand, short_help="Delete snapshots that are kept.")
@click.argument("names", nargs=-1, required=True, metavar="NAME...", shell_complete=complete_snapshots)
@yes_option
@common_options
@pass_app
def delete(app: App, names: tuple[str, ...], yes: bool) -> Result:
    """Delete snapshots that are kept, all named or none."""
    from mtop_snapshot.keeping import deleted

    return deleted(app, names, yes)


@snapshot.command("verify", cls=MtopCommand, short_help="Check that no bit of a snapshot changed.")
@click.argument("name", shell_complete=complete_snapshots)
@output_options
@common_options
@pass_app
def verify(app: App, name: str) -> Result:
    """Check that no bit of a snapshot has changed since it was saved; exit 3 where one has."""
    from mtop_snapshot.keeping import verified

    return verified(name)


@snapshot.command("replay", cls=MtopCommand, short_help="Step through snapshots, change by change.")
@click.argument("names", nargs=-1, required=True, metavar="NAME|FOLDER...", shell_complete=complete_snapshots)
@click.option("--play", default="", metavar="DURATION", help="Go on by itself, this long after each step.")
@click.option("--all/--models", "everything", default=True, help="Every kind, or services and configs only.")
@click.option("--no-status", is_flag=True, help="Leave out what is no more than status.")
@click.option(
    "-o", "--output", "form", type=click.Choice(["table", "json", "yaml"]), default="table", help="How to say it."
)
@common_options
@pass_app
def replay(app: App, names: tuple[str, ...], play: str, everything: bool, no_status: bool, form: str) -> Result:
    """Step through snapshots in the order they were taken: what changed from each to the next.

    On a terminal: space or n goes on, p back, q ends. Elsewhere all steps are printed.

    \b
    mtop snapshot replay before during after
    mtop snapshot replay incident/ --play 2s
    """
    from mtop_snapshot.replaying import replay as run

    return run(app, names, play, everything, not no_status, form)
