"""`mtop get`: LLM services and configs as the source holds them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from mtop_core.access import reads
from mtop_core.app import App, pass_app
from mtop_core.choosing import meant, named, narrowed
from mtop_core.command import command as mtop_command
from mtop_core.commands.list import COLUMNS, NEEDS, answer
from mtop_core.errors import NotFoundError
from mtop_core.inventory import Inventory
from mtop_core.objects.access import dig, strings, text
from mtop_core.objects.conditions import conditions_of
from mtop_core.objects.kinds import CR_KINDS, MODEL_KINDS, Kind, kind_by_word
from mtop_core.objects.selectors import parse_field_selector, parse_selector
from mtop_core.objects.times import parse_time, seconds_between
from mtop_core.options import common, complete_models, field_selector_option, output_options, selector_option
from mtop_core.render.cells import age
from mtop_core.render.result import Column, Result

_CONFIG_COLUMNS = (
    Column("namespace", "NAMESPACE"),
    Column("name", "NAME"),
    Column("kind", "KIND", lambda kind: next((k.short[0] for k in CR_KINDS if k.name == kind), kind)),
    Column("ready", "READY"),
    Column("reason", "REASON"),
    Column("ageSeconds", "AGE", age),
)


@mtop_command("get", columns=COLUMNS, access=reads((*CR_KINDS, *NEEDS[len(MODEL_KINDS) :])))
@click.argument("names", nargs=-1, metavar="[NAME...|config [NAME...]]", shell_complete=complete_models)
@selector_option
@field_selector_option
@click.option("--show-managed-fields", is_flag=True, help="Keep metadata.managedFields in JSON and YAML.")
@output_options
@common
@pass_app
def command(app: App, names: tuple[str, ...], selector: str, fields: str, show_managed_fields: bool) -> Result:
    """Print LLM services or configs as they are.

    NAME may say its kind: llmisvc/NAME, isvc/NAME, config/NAME. Without -o the answer is a table; with
    -o json or yaml it is the object itself, or a v1 List of several.

    \b
    mtop get llama-3-3-70b -n chat -o yaml
    mtop get config
    mtop get -o jsonpath='{range .items[*]}{.metadata.name}{"\\n"}{end}'
    """
    kinds, names = _meaning(names)
    wanted = [meant(name, kinds) for name in names]
    asked = tuple(dict.fromkeys(kind for found, _ in wanted for kind in found)) or kinds
    table = app.output.form in ("table", "wide")
    needs = (*asked, *(kind for kind in NEEDS if kind not in asked)) if table else asked
    bare = asked if app.output.form == "name" and not app.output.sort_by else ()
    inventory = app.look(needs, narrowed(selector, fields, names, bare))
    try:
        objects = _objects(inventory, wanted, asked, app.namespace)
    except NotFoundError:
        objects = _objects(app.look(asked), wanted, asked, app.namespace)  # its error knows what names are near
    matches, fits = parse_selector(selector), parse_field_selector(fields)
    objects = [obj for obj in objects if matches(strings(obj, "metadata", "labels")) and fits(obj)]
    if not show_managed_fields and not table:
        objects = [_without_managed_fields(obj) for obj in objects]
    return _answer(app, inventory, objects, single=len(names) == 1 and len(objects) == 1)


def _without_managed_fields(obj: dict[str, Any]) -> dict[str, Any]:
    """An object without the bookkeeping of who wrote which field, which kubectl leaves out as well."""
    if "managedFields" not in obj["metadata"]:
        return obj
    return {**obj, "metadata": {key: value for key, value in obj["metadata"].items() if key != "managedFields"}}


def _meaning(names: tuple[str, ...]) -> tuple[Sequence[Kind], tuple[str, ...]]:
    """Which kinds are meant, and which names: a kind may come first, as in kubectl (`get config NAME`)."""
    kind = kind_by_word(names[0]) if names else None
    return ((kind,), names[1:]) if kind in CR_KINDS else (MODEL_KINDS, names)


def _objects(
    inventory: Inventory, wanted: Sequence[tuple[Sequence[Kind], str]], asked: Sequence[Kind], namespace: str
) -> list[dict[str, Any]]:
    if not wanted:
        return [obj for kind in asked for obj in sorted(inventory.all(kind), key=_place)]
    return [obj for kinds, name in wanted for obj in named(inventory, kinds, name, namespace)]


def _place(obj: dict[str, Any]) -> tuple[str, str]:
    return text(obj, "metadata", "namespace"), text(obj, "metadata", "name")


def _answer(app: App, inventory: Inventory, objects: list[dict[str, Any]], *, single: bool) -> Result:
    names = {id(obj) for obj in objects}
    if app.output.form in ("table", "wide"):
        models = [model for model in inventory.models if id(model.raw) in names]
        if len(models) == len(objects):
            return answer(app, inventory, models)
    gaps = [gap for gap in inventory.gaps if gap.kind in CR_KINDS]
    return Result(
        "ObjectList",
        _CONFIG_COLUMNS,
        [_config_row(obj, inventory) for obj in objects] if app.output.form in ("table", "wide") else
        [_identity(obj, inventory) for obj in objects],
        source=app.provider.source,
        objects=objects,
        single=single,
        gaps=gaps if not objects or any(gap.forbidden for gap in gaps) else (),
        empty="No resources found.",
    )  # fmt: skip


def _config_row(obj: dict[str, Any], inventory: Inventory) -> dict[str, Any]:
    ready = conditions_of(obj).get("Ready")
    return {**_identity(obj, inventory), "ready": ready and ready.status, "reason": ready and ready.reason}


def _identity(obj: dict[str, Any], inventory: Inventory) -> dict[str, Any]:
    """What objects of any kind can be sorted by."""
    return {
        "namespace": dig(obj, "metadata", "namespace") or "default",
        "name": text(obj, "metadata", "name"),
        "kind": text(obj, "kind"),
        "ageSeconds": seconds_between(parse_time(dig(obj, "metadata", "creationTimestamp")), inventory.at),
    }


