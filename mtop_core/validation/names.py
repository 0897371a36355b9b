"""Rules for metadata that hold for every kind."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mtop_core.schema import Problem, quoted
from mtop_core.validation.node import Node

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_LABEL_WORDS = "lower case letters, digits and '-', with a letter or digit at both ends"
_CONFIG = "LLMInferenceServiceConfig"


def object_name(root: Node) -> Iterator[Problem]:
    """A service's name becomes part of host names; a Config's name may have dots."""
    metadata, name = root.at("metadata"), root.at("metadata", "name")
    if isinstance(metadata.value, dict) and not name.present and not metadata.has("generateName"):
        yield name.problem("required field is missing")
    elif root.at("kind").text == _CONFIG:
        yield from _name(name, _SUBDOMAIN, 253, f"{_LABEL_WORDS}, in parts separated by '.'")
    else:
        yield from _name(name, _LABEL, 63, _LABEL_WORDS)


def namespace(root: Node) -> Iterator[Problem]:
    """Namespaces are host name labels."""
    yield from _name(root.at("metadata", "namespace"), _LABEL, 63, _LABEL_WORDS)


def _name(node: Node, form: re.Pattern[str], most: int, words: str) -> Iterator[Problem]:
    if node.text is None:
        return
    if len(node.text) > most:
        yield node.problem(f"must have at most {most} characters, has {len(node.text)}")
    elif not form.fullmatch(node.text):
        lowered = re.sub(r"[^a-z0-9]+", "-", node.text.lower()).strip("-")
        yield node.problem(f"{quoted(node.text)} is not a name: use {words}", lowered)
