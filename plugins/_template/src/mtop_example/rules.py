"""The rule of this plugin: a pure function of one model and what was read beside it."""

from __future__ import annotations

from collections.abc import Iterator

from mtop_core.api import Evidence, Finding, Inventory, Model, items, text

from mtop_example.images import is_mutable


def mutable_tag(model: Model, inventory: Inventory) -> Iterator[Finding]:
    """A restart of such a model may run another image than its neighbours."""
    found = {evidence.text: evidence for evidence in _mutable(model)}
    if found:
        yield Finding(
            model.ref,
            f"{model.name} runs {', '.join(found)}, which can change under the same name",
            tuple(found.values()),
            "name a version tag or a digest in the image of the service",
        )


def _mutable(model: Model) -> Iterator[Evidence]:
    for pod in model.pods:
        if not pod.serving:
            continue
        for index, container in enumerate(items(pod.raw, "spec", "containers")):
            image = text(container, "image")
            if image and is_mutable(image):
                yield Evidence(pod.ref, f"spec.containers[{index}].image", image)
