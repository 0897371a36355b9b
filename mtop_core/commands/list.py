"""`mtop list`: every LLM service in one table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from mtop_core.access import reads
from mtop_core.app import App, pass_app
from mtop_core.choosing import models_named, narrowed
from mtop_core.command import command as mtop_command
from mtop_core.inventory import Inventory
from mtop_core.objects.access import ShapeError
from mtop_core.objects.kinds import (
    DEPLOYMENT,
    INFERENCE_SERVICE,
    LEADER_WORKER_SET,
    LLM_SERVICE,
    MODEL_KINDS,
    NODE,
    POD,
)  # fmt: skip
from mtop_core.objects.model import Model
from mtop_core.objects.refs import ref_of
from mtop_core.objects.text import plain
from mtop_core.objects.times import seconds_between
from mtop_core.options import common, field_selector_option, output_options, selector_option
from mtop_core.render.cells import age, gpus, labels, ready, share, word_colour
from mtop_core.render.result import Column, Frames, Result, as_text
from mtop_core.status import status_of

NEEDS = (*MODEL_KINDS, DEPLOYMENT, LEADER_WORKER_SET, POD, NODE)
SHORT = {LLM_SERVICE: "llmisvc", INFERENCE_SERVICE: "isvc"}

_ALWAYS = (
    Column("name", "NAME", least=16),
    Column("kind", "KIND", lambda kind: next((SHORT[k] for k in MODEL_KINDS if k.name == kind), kind), spare=3),
    Column("label", "STATUS", colour=word_colour),
    Column("ready", "READY", ready, sort=lambda value: (value["ready"] or 0, value["desired"])),
    Column("restarts", "RESTARTS", spare=2),
    Column("gpu", "GPU", gpus, sort=lambda value: (value["count"] or 0, value["product"])),
    Column("model", "MODEL", least=10),
    Column("weight", "WEIGHT", share, sort=lambda value: value["share"] if value else None, spare=1),
    Column("ageSeconds", "AGE", age),
    Column("nodes", "NODES", wide=True),
    Column("images", "IMAGES", wide=True),
    Column("url", "URL", wide=True),
    Column("configs", "CONFIGS", wide=True),
    Column("error", "ERROR", least=48),
)
_NAMESPACE = Column("namespace", "NAMESPACE")
_LABELS = Column("labels", "LABELS", labels)
COLUMNS = (_NAMESPACE, *_ALWAYS)


@mtop_command("list", columns=COLUMNS, access=reads(NEEDS), watched=NEEDS)
@click.option("-w", "--watch", is_flag=True, help="Go on with what changes, until Ctrl-C.")
@click.option("--watch-only", is_flag=True, help="The same without what is there at first.")
@click.option("--show-labels", is_flag=True, help="Add a column of labels.")
@click.option("-L", "--label-columns", multiple=True, metavar="LABELS",
              help="Add a column for each of these labels.")  # fmt: skip
@selector_option
@field_selector_option
@output_options
@common
@pass_app
def command(
    app: App, selector: str, fields: str, label_columns: tuple[str, ...], show_labels: bool, watch: bool,
    watch_only: bool,
) -> Result | Frames:
    """Show every LLM service in one table.

    STATUS is derived from the CR, its workloads, pods and nodes together: ready, rolling n/m, loading,
    degraded, broken, stopped, scaled-to-zero, deleting or unknown. ERROR is its cause in one line.

    \b
    mtop list -A                                      everything in the current source
    mtop list --mock degraded                         a world where much is broken
    mtop list --live -w                               a cluster, drawn anew at each change
    kubectl get llmisvc,isvc,deploy,lws,rs,pods,nodes -A -o yaml | mtop list --snapshot -
    """  # fmt: skip
    narrow = narrowed(selector, fields)
    extra = [label for words in label_columns for label in words.split(",") if label]

    def said(inventory: Inventory) -> Result:
        chosen = models_named(inventory, (), selector, fields=fields)
        return answer(app, inventory, chosen, show_labels=show_labels, label_columns=extra)

    if not (watch or watch_only):
        return said(app.look(NEEDS, narrow))
    from mtop_core.render.frames import check_form, tick

    check_form(app)
    return Frames(
        (said(inventory) for inventory in app.watch(NEEDS, tick())),
        lambda row: (row["kind"], row["namespace"], row["name"]),
        ("ageSeconds",),
        only_changes=watch_only,
        still=f"a {app.provider.source.mode} does not change: there is nothing more to watch",
    )


def answer(
    app: App, inventory: Inventory, models: Sequence[Model], *, show_labels: bool = False,
    label_columns: Sequence[str] = (),
) -> Result:
    """The table of some models."""  # fmt: skip
    source = app.provider.source
    rows, errors = [], []
    for model in models:
        try:
            rows.append(row(model))
        except ShapeError as error:
            rows.append(malformed(model, inventory.rooted(error, model)))
        if problem := rows[-1].pop("problem"):
            errors.append(_placed(app, model, problem))
    first = (_NAMESPACE,) if not app.namespace else ()
    where = f" in {plain(app.namespace)} namespace" if app.namespace else ""
    return Result(
        "ModelList",
        (*first, *_ALWAYS, *map(_label_column, label_columns), *((_LABELS,) if show_labels else ())),
        rows,
        source=source,
        gaps=inventory.gaps,
        empty=f"No resources found{where}.",
        errors=errors,
        exit_code=3 if errors else 0,
        names=lambda found: f"{found['kind'].lower()}.serving.kserve.io/{found['name']}",
    )


def _label_column(label: str) -> Column:
    """A column of one label, under the last part of its name as in kubectl."""
    return Column("labels", label.rpartition("/")[2].upper(), lambda labels: as_text(labels.get(label)))


def _placed(app: App, model: Model, problem: ShapeError) -> str:
    """Where a malformed field stands, whose it is, and what is wrong with it, in one line."""
    place = app.provider.place(problem.holder, problem.path)
    holder = "" if problem.holder is model.raw else f" ({ref_of(problem.holder)})"
    return plain(f"{place + ': ' if place else ''}{model.ref}{holder}: {problem.message}")


def row(model: Model) -> dict[str, Any]:
    """One model as raw typed values; raises ShapeError where a field it needs is malformed."""
    status = status_of(model)
    if status.problem is not None:
        return malformed(model, status.problem)
    pods = [pod for pod in model.pods if not pod.deleting]
    weight = model.weight
    gpu = model.gpus
    return {
        **_identity(model),
        "labels": dict(model.labels),
        "status": status.word,
        "label": status.label,
        "ready": {"ready": status.ready, "desired": status.desired, "updated": status.updated},
        "restarts": sum(pod.restarts for pod in pods) if model.inventory.read(POD) else None,
        "gpu": {"count": gpu.amount, "product": gpu.product},
        "model": model.model_name,
        "weight": weight and {"weight": weight.raw, "share": weight.share, "group": weight.group or None},
        "ageSeconds": seconds_between(model.created, model.inventory.at),
        "nodes": sorted({pod.node for pod in pods if pod.node}),
        "images": sorted({image for pod in pods if pod.serving for image in pod.images}),
        "url": model.url,
        "configs": model.configs,
        "error": status.error,
        "problem": None,
    }


def malformed(model: Model, error: ShapeError) -> dict[str, Any]:
    """The row of a model one of whose fields, or whose pods' fields, has a wrong type."""
    empty: dict[str, Any] = dict.fromkeys(("restarts", "weight", "ageSeconds"))
    return {
        **_identity(model),
        **empty,
        "labels": {},
        "status": "unknown",
        "label": "unknown",
        "ready": {"ready": None, "desired": 0, "updated": None},
        "gpu": {"count": 0, "product": ""},
        "nodes": [], "images": [], "configs": [],
        "model": "", "url": "",
        "error": error.message,
        "problem": error,
    }  # fmt: skip


def _identity(model: Model) -> dict[str, Any]:
    return {
        "apiVersion": model.raw["apiVersion"],
        "kind": model.kind.name,
        "namespace": model.namespace,
        "name": model.name,
        "metadata": {
            "name": model.name,
            "namespace": model.namespace,
            "creationTimestamp": model.meta.get("creationTimestamp"),
        },
    }


