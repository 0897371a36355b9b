"""Rules for the model of an LLMInferenceService, and for a confidential one of any kind."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mtop_core.schema import Problem, quoted
from mtop_core.validation.node import Node

SCHEMES = ("hf", "s3", "pvc", "oci", "oci+native", "gs", "https")
_HF = re.compile(r"hf://[A-Za-z0-9][\w.-]*/[\w.-]+(:[\w./-]+)?", re.ASCII)


def rendered_later(text: str) -> bool:
    """Whether a string holds a Go template expression."""
    return "{{" in text


def model_required(spec: Node) -> Iterator[Problem]:
    """Presets bring no model, so it comes from the service itself or from its baseRefs."""
    if isinstance(spec.value, dict) and not spec.has("model") and not spec.at("baseRefs").items:
        yield spec.at("model").problem("required field is missing")


def model_uri(spec: Node) -> Iterator[Problem]:
    """The storage initializer knows a few schemes; models of a hub have an owner and a name."""
    node = spec.at("model", "uri")
    if node.text is None or rendered_later(node.text):
        return
    scheme, separator, rest = node.text.partition("://")
    if not separator or scheme not in SCHEMES:
        allowed = ", ".join(f"{known}://" for known in SCHEMES)
        yield node.problem(f"{quoted(node.text)} has none of the schemes {allowed}", _with_scheme(node.text))
    elif not rest:
        yield node.problem(f"{quoted(node.text)} names no model")
    elif scheme == "hf" and not _HF.fullmatch(node.text):
        yield node.problem(f"{quoted(node.text)} is not of the form hf://OWNER/MODEL or hf://OWNER/MODEL:REVISION")


def _with_scheme(text: str) -> str:
    """`owner/model`, as people copy it from the hub, with its scheme."""
    return f"hf://{text}" if len(text) < 200 and _HF.fullmatch(f"hf://{text}") else ""


def adapter_names(spec: Node) -> Iterator[Problem]:
    """Clients choose an adapter by its name, and its name becomes a folder."""
    base = spec.at("model", "name").text
    seen: set[str] = set()
    adapters = spec.at("model", "lora", "adapters")
    if adapters.present and not isinstance(adapters.value, list):
        yield adapters.problem("expected a list")  # the schema leaves it open
    for adapter in adapters.items:
        name = adapter.at("name")
        if not name.text:
            continue
        if name.text in (".", ".."):
            yield name.problem(f"{quoted(name.text)} is not a name")
        elif name.text == base:
            yield name.problem(f"{quoted(name.text)} is the name of the base model")
        elif name.text in seen:
            yield name.problem(f"{quoted(name.text)} is the name of another adapter already")
        seen.add(name.text)


def resource_id(owner: Node) -> Iterator[Problem]:
    """Keys come from a key broker service, named without a host."""
    node = owner.at("confidential", "resourceId")
    if node.text and not rendered_later(node.text) and not node.text.startswith("kbs:///"):
        yield node.problem(f"{quoted(node.text)} is not of the form kbs:///REPOSITORY/TYPE/TAG")


def model_resource_id(spec: Node) -> Iterator[Problem]:
    """The key of a confidential model."""
    yield from resource_id(spec.at("model"))
