"""The command of this plugin: it returns data, and mtop prints it as the user asked."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from mtop_core.api import (
    App,
    Column,
    Model,
    Result,
    ShapeError,
    command,
    common_options,
    kinds,
    output_options,
    pass_app,
    reads,
)

from mtop_example.images import is_mutable, tag_of
from mtop_example.settings import moving_tags

NEEDS = (*kinds.MODEL_KINDS, kinds.DEPLOYMENT, kinds.LEADER_WORKER_SET, kinds.REPLICA_SET, kinds.POD)
COLUMNS = (
    Column("namespace", "NAMESPACE"),
    Column("name", "NAME"),
    Column("image", "IMAGE"),
    Column("tag", "TAG"),
    Column("mutable", "MUTABLE", lambda mutable: "yes" if mutable else "no"),
)


@command("example", access=reads(NEEDS))
@output_options
@common_options
@pass_app
def show(app: App) -> Result:
    """Show which image and tag every model runs.

    \b
    mtop example --mock healthy           a world that needs no cluster
    mtop example -n chat -o json          for programs
    """
    moving = moving_tags(app)
    inventory = app.look(NEEDS)
    rows: list[dict[str, Any]] = []
    errors = []
    for model in inventory.models:
        try:
            rows += _rows(model, moving)
        except ShapeError as error:
            errors.append(f"{model.ref}: {error.message}")
    return Result(
        "ImageList",
        COLUMNS,
        rows,
        source=app.provider.source,
        gaps=inventory.gaps,
        errors=errors,
        exit_code=3 if errors else 0,
        empty="No model runs here.",
    )


def _rows(model: Model, moving: Collection[str]) -> Iterator[dict[str, Any]]:
    for image in sorted({image for pod in model.pods if pod.serving for image in pod.images}):
        yield {
            "namespace": model.namespace,
            "name": model.name,
            "image": image,
            "tag": tag_of(image),
            "mutable": is_mutable(image, moving),
        }
