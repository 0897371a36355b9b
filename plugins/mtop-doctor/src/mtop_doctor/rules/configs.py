"""Configs that a service is built on."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mtop_core.api import Evidence, Finding, Inventory, Model, Ref, kinds, text
from mtop_doctor.rules.common import nearest, said_by
from mtop_doctor.rules.fields import Field, change

_NAME = re.compile(r'LLMInferenceServiceConfig "([^"]+)"')


def base_config_not_found(model: Model, inventory: Inventory) -> Iterator[Finding]:
    """The controller stopped because a config is missing, so every other condition is stale.

    Evidence: the condition PresetsCombined is False with reason ConfigNotFound, and the baseRefs entry.
    Guard: not where the config exists by now.
    """
    condition = model.conditions.get("PresetsCombined") if model.llm else None
    if condition is None or not condition.bad or condition.reason != "ConfigNotFound":
        return
    match = _NAME.search(condition.message)
    name = match.group(1) if match else ""
    configs = list(inventory.all(kinds.LLM_CONFIG))
    if name and any(_ref(raw) in _places(model, name) for raw in configs):
        return
    position = model.configs.index(name) if name in model.configs else -1
    proof = [said_by(model.ref, condition)]
    if position >= 0:
        proof.append(Evidence(model.ref, f"spec.baseRefs[{position}].name", name))
    near = nearest(name, (text(raw, "metadata", "name") for raw in configs), 0.7)
    field = Field(f"spec.baseRefs[{max(position, 0)}].name", f"/spec/baseRefs/{position}/name" if near else "")
    hint = f" The nearest is {near}." if near else ""
    yield Finding(
        model.ref,
        f"The config {name or 'it is built on'} does not exist: the controller stopped, and what the other "
        "conditions say is from before.",
        tuple(proof), f"Correct {field.words}, or create the config.{hint}",
        change(model, field if position >= 0 else field._replace(pointer=""), near), since=condition.since,
    )  # fmt: skip


def _places(model: Model, name: str) -> tuple[Ref, Ref]:
    """Where the controller looks for a config: beside the service, then among the shipped ones."""
    kind = kinds.LLM_CONFIG.name
    return Ref(kind, model.namespace, name), Ref(kind, "kserve", name)


def _ref(raw: dict[str, object]) -> Ref:
    return Ref(kinds.LLM_CONFIG.name, text(raw, "metadata", "namespace"), text(raw, "metadata", "name"))
