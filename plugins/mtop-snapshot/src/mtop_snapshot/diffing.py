"""`mtop diff`: what differs between any two sources."""

from __future__ import annotations

from typing import Any

import click

from mtop_core.api import App, Result, command, common_options, kinds, pass_app, reads
from mtop_snapshot.completing import complete_snapshots

FORMS = ("unified", "side-by-side", "brief", "json", "yaml", "json-patch", "markdown", "html", "deepdiff")


@command("diff", access=reads(kinds.CR_KINDS))
@click.argument("sides", nargs=-1, metavar="A [B] [NAME...]", shell_complete=complete_snapshots)
@click.option("-o", "--output", "form", type=click.Choice(FORMS), default="unified", help="How to say it.")
@click.option("--side-by-side", "beside", is_flag=True, help="Two columns, as wide as the terminal.")
@click.option("--brief", is_flag=True, help="One line for each object.")
@click.option("--all", "everything", is_flag=True, help="Every kind, not only services and configs.")
@click.option("--status", is_flag=True, help="Also what is no more than status.")
@click.option("--effective", is_flag=True, help="Compare services with their presets and baseRefs merged in.")
@click.option("--blame", is_flag=True, help="Say who changed each field, and when.")
@click.option(
    "--path", "wanted", multiple=True, metavar="PATH", help="Only changes there, such as spec.template or **.image."
)
@click.option("--ignore", "ignored", multiple=True, metavar="PATH", help="No changes there.")
@click.option("--show-ignored", is_flag=True, help="List what is different and does not count.")
@click.option("--no-pager", is_flag=True, help="Write straight to the terminal.")
@common_options
@pass_app
def diff(app: App, /, **wishes: Any) -> Result:
    """Show what differs between two sources, in what it means and not in how it is written.

    A and B are snapshots, mock worlds, environments of .ldconfig, kubeconfig contexts, live, files, folders,
    standard input (-) or git:REF:PATH. Without B, A is compared with now. Names of services after both narrow it.
    Exit 0 where nothing differs, 1 where something does, 2 and above on errors.

    \b
    mtop diff before                         what has changed since that snapshot
    mtop diff git:main:deploy/ live          what differs from what is in Git
    mtop diff prod staging llama-70b --side-by-side
    kustomize build . | mtop diff - live -o markdown
    """  # fmt: skip
    from mtop_snapshot.differing import run

    return run(app, **wishes)
