"""`mtop delete`: LLM services by name or by manifest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from mtop_core.access import Access
from mtop_core.app import App, pass_app
from mtop_core.choosing import named_objects, narrowed
from mtop_core.command import command as mtop_command
from mtop_core.errors import NotFoundError, SourceError, UsageError
from mtop_core.inventory import Inventory
from mtop_core.objects.kinds import CR_KINDS, Kind, kind_of
from mtop_core.objects.refs import Ref, ref_of
from mtop_core.objects.text import plain
from mtop_core.options import common, complete_models, dry_run_option, format_option, seconds_of, yes_option
from mtop_core.providers.base import Narrow
from mtop_core.providers.load import LoadedFile, load
from mtop_core.render.result import Column, Result

PREFIXES = {kind.name: kind.prefix for kind in CR_KINDS}


@mtop_command("delete", access=tuple(Access(kind, ("list", "delete")) for kind in CR_KINDS))
@click.argument("names", nargs=-1, metavar="[NAME...]", shell_complete=complete_models)
@click.option("-f", "--filename", "paths", multiple=True, metavar="FILE|DIR|-", type=click.Path(),
              help="Delete what these manifests name.")  # fmt: skip
@click.option("--wait", is_flag=False, flag_value="true", default="true", type=click.Choice(["true", "false"]),
              show_default=True, help="Wait until a cluster has let them go.")  # fmt: skip
@click.option("--timeout", default="5m", show_default=True, metavar="DURATION",
              help="How long to wait; 0 for as long as it takes.")  # fmt: skip
@click.option("--ignore-not-found", is_flag=True, help="What is not there counts as deleted.")
@yes_option
@dry_run_option
@format_option
@common
@pass_app
def command(
    app: App, names: tuple[str, ...], paths: tuple[str, ...], wait: str, timeout: str, ignore_not_found: bool,
    yes: bool, dry_run: str,
) -> Result:  # fmt: skip
    """Delete LLM services and all they own.

    It asks first, unless --yes is given. All names are looked up before the first is deleted: one that
    is missing leaves everything as it is.

    \b
    mtop delete llama-3-3-70b -n chat
    mtop delete -f llama.yaml --yes --wait=false
    """
    seconds = (seconds_of("--timeout", timeout) or float("inf")) if wait == "true" else 0.0
    if bool(names) == bool(paths):
        raise UsageError("name what to delete, or give its manifest", "mtop delete NAME, or mtop delete -f FILE")
    found = _by_name(app, names, ignore_not_found) if names else _by_manifest(app, paths, ignore_not_found)
    refs = list(dict.fromkeys(ref_of(obj)._replace(namespace=_namespace(obj)) for obj in found))
    if refs and dry_run == "none":
        app.confirm(_question(app, refs), yes)
    if refs:
        app.provider.delete(refs, "" if dry_run == "none" else dry_run, seconds)
    return _answer(app, refs, dry_run)


def _by_name(app: App, names: Sequence[str], ignore_not_found: bool) -> list[dict[str, Any]]:
    inventory = app.look(CR_KINDS, narrowed("", names=names, bare=CR_KINDS))
    found = []
    for name in names:
        try:
            found += named_objects(inventory, name, app.namespace)
        except NotFoundError:
            if not ignore_not_found:
                named_objects(app.look(CR_KINDS, Narrow(bare=CR_KINDS)), name, app.namespace)  # knows what is near
                raise
    return found


def _by_manifest(app: App, paths: Sequence[str], ignore_not_found: bool) -> list[dict[str, Any]]:
    wanted = [_meant(app, file, obj) for file in load(paths) for obj in file.objects]
    namespaces = {ref.namespace for _, ref in wanted}
    where = namespaces.pop() if len(namespaces) == 1 else ""
    inventory = Inventory.look(app.provider, CR_KINDS, where, Narrow(bare=CR_KINDS))
    found = []
    for kind, ref in wanted:
        there = inventory.find(kind, ref.namespace, ref.name)
        if there is not None:
            found.append(there)
        elif not inventory.read(kind):
            gap = next(gap.reason for gap in inventory.gaps if gap.kind is kind)
            raise SourceError(f"whether there is a {ref} cannot be seen: {gap}; nothing was deleted")
        elif not ignore_not_found:
            raise NotFoundError(f"there is no {ref}; nothing was deleted")
    return found


def _meant(app: App, file: LoadedFile, obj: dict[str, Any]) -> tuple[Kind, Ref]:
    """The kind and name of what a manifest describes."""
    kind = kind_of(obj)
    if kind not in CR_KINDS:
        raise UsageError(f"{file.place(obj, ('kind',))}: mtop does not delete a {plain(obj['kind'])}")
    return kind, Ref(kind.name, _namespace(app.homed(obj)), obj["metadata"]["name"])


def _namespace(obj: dict[str, Any]) -> str:
    return str(obj["metadata"].get("namespace") or "default")


def _question(app: App, refs: Sequence[Ref]) -> str:
    mode, name, _ = app.provider.source
    listed = ", ".join(f"{ref}" for ref in refs[:5]) + (f" and {len(refs) - 5} more" if len(refs) > 5 else "")
    return f"Delete {listed} from {mode} {name}?"


def _answer(app: App, refs: Sequence[Ref], dry_run: str) -> Result:
    suffix = {"none": "", "client": " (dry run)", "server": " (server dry run)"}[dry_run]
    return Result(
        "Deleted",
        (Column("object", "OBJECT"), Column("namespace", "NAMESPACE"), Column("action", "ACTION")),
        [
            {"object": plain(f"{PREFIXES[ref.kind]}/{ref.name}"), "namespace": ref.namespace, "action": "deleted",
             "dryRun": dry_run}
            for ref in refs
        ],
        source=app.provider.source,
        line=f"{{object}} {{action}}{suffix}",
        names=lambda row: row["object"],
    )  # fmt: skip
