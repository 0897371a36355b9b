"""Where a setting of a pod stands in its CR, and a command that changes it there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from mtop_core.api import Model, Pod, dig, items, mapping, text
from mtop_doctor.rules.common import kubectl, list_of, spec_of

_TEMPLATES = {
    "main": ("spec", "template"),
    "leader": ("spec", "template"),
    "worker": ("spec", "worker"),
    "prefill": ("spec", "prefill", "template"),
    "prefill-leader": ("spec", "prefill", "template"),
    "prefill-worker": ("spec", "prefill", "worker"),
}
ARGUMENTS = "VLLM_ADDITIONAL_ARGS"


class Field(NamedTuple):
    """A field of a CR: its path as people write it, and its JSON pointer (empty where the CR does not hold it)."""

    words: str
    pointer: str
    value: str = ""


def template(pod: Pod) -> tuple[str, ...]:
    """The path of the pod template in an LLMInferenceService."""
    return _TEMPLATES.get(pod.role, _TEMPLATES["main"])


def in_template(model: Model, pod: Pod, *steps: str) -> Field:
    """A field of the pod template beside its containers; its pointer is empty where the parent is absent."""
    if not model.llm:
        return Field(f"{'.'.join(steps)} of the predictor", "")
    path = template(pod)
    words = f"{'.'.join(path)}.{steps[0]}" + "".join(f'["{step}"]' for step in steps[1:])
    held = isinstance(dig(model.raw, *path, *steps[:-1]), Mapping)
    return Field(words, _pointer(*path, *steps) if held else "")


def in_container(model: Model, pod: Pod, container: str, *steps: str) -> Field:
    """A field of a container in the CR; its pointer is empty where the container comes from a config."""
    last = ".".join(steps)
    if not model.llm:
        return Field(f"{last} of the container {container} of the predictor", "")
    path, kind = template(pod), list_of(pod, container)
    for index, entry in enumerate(items(mapping(model.raw, *path), kind)):
        if text(entry, "name") == container:
            held = isinstance(dig(entry, *steps[:-1]), Mapping)
            place = (*path, kind, str(index), *steps)
            return Field(f"{'.'.join(path)}.{kind}[{index}].{last}", _pointer(*place) if held else "")
    return Field(f"{'.'.join(path)}.{kind}[name={container}].{last}", "")


def engine_arguments(model: Model, pod: Pod, container: str) -> Field:
    """Where a user sets arguments of the engine, with their present value."""
    path = template(pod)
    for index, entry in _containers(model, path) if model.llm else ():
        if text(entry, "name") != container:
            continue
        for position, variable in enumerate(items(entry, "env")):
            if text(variable, "name") == ARGUMENTS:
                pointer = _pointer(*path, "containers", str(index), "env", str(position), "value")
                words = f"{'.'.join(path)}.containers[{index}].env[{ARGUMENTS}]"
                return Field(words, pointer, text(variable, "value"))
        return Field(f"{'.'.join(path)}.containers[{index}].env[{ARGUMENTS}] (or args)", "", _value(pod, container))
    if model.llm:
        return Field(f"{'.'.join(path)}.containers[name={container}].env[{ARGUMENTS}]", "", _value(pod, container))
    return Field(f"the args of the container {container} of the predictor", "")


def with_flag(arguments: str, flag: str, value: str) -> str:
    """Engine arguments with one flag set to a value, replaced where it is there."""
    changed, count = re.subn(rf"(?<!\S){re.escape(flag)}(?:=|\s+)\S+", f"{flag} {value}", arguments)
    return changed if count else f"{arguments} {flag} {value}".strip()


def change(model: Model, field: Field, value: Any) -> str:
    """A command that shows what setting a field would do; an editor where the CR does not hold the field yet."""
    word = "llmisvc" if model.llm else "isvc"
    if not field.pointer:
        return kubectl("edit", word, model.name, "-n", model.namespace)
    patch = json.dumps([{"op": "add", "path": field.pointer, "value": value}])
    return kubectl("patch", word, model.name, "-n", model.namespace, "--dry-run=server", "--type=json", "-p", patch)


def merge(model: Model, patch: Mapping[str, Any]) -> str:
    """A command that shows what a merge patch of a CR would do."""
    word = "llmisvc" if model.llm else "isvc"
    body = json.dumps(patch)
    return kubectl("patch", word, model.name, "-n", model.namespace, "--dry-run=server", "--type=merge", "-p", body)


def _containers(model: Model, path: tuple[str, ...]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    return enumerate(items(mapping(model.raw, *path), "containers"))


def _value(pod: Pod, container: str) -> str:
    variables = items(spec_of(pod, container), "env")
    return next((text(entry, "value") for entry in variables if text(entry, "name") == ARGUMENTS), "")


def _pointer(*steps: str) -> str:
    return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)
