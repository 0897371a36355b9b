"""The rule, tried on small objects."""

from __future__ import annotations

import pytest
from mtop_core.testing import found_by, pod, service

from mtop_example.images import tag_of
from mtop_example.rules import mutable_tag


def with_image(image: str) -> list[dict[str, object]]:
    """One model with one pod of that image."""
    owner = service()
    return [owner, pod("llama-1", owner, spec={"containers": [{"name": "main", "image": image}]})]


@pytest.mark.parametrize(
    ("image", "tag"),
    [
        ("vllm", ""),
        ("vllm:latest", "latest"),
        ("registry.test:5000/team/vllm", ""),
        ("registry.test:5000/team/vllm:v1", "v1"),
        ("vllm:latest@sha256:0123", "sha256:0123"),
    ],
)
def test_tag(image: str, tag: str) -> None:
    assert tag_of(image) == tag


@pytest.mark.parametrize("image", ["vllm", "registry.test:5000/vllm", "vllm:latest"])
def test_found(image: str) -> None:
    (finding,) = found_by(mutable_tag, *with_image(image))
    assert finding.summary == f"llama runs {image}, which can change under the same name"
    (evidence,) = finding.evidence
    assert (str(evidence.ref), evidence.path, evidence.text) == ("Pod chat/llama-1", "spec.containers[0].image", image)


@pytest.mark.parametrize("image", ["vllm:v0.8.0", "vllm:latest@sha256:0123"])
def test_not_found(image: str) -> None:
    assert found_by(mutable_tag, *with_image(image)) == []


def test_replicas_are_one_finding() -> None:
    owner = service()
    pods = [pod(f"llama-{n}", owner, spec={"containers": [{"name": "main", "image": "vllm"}]}) for n in range(3)]
    (finding,) = found_by(mutable_tag, owner, *pods)
    assert len(finding.evidence) == 1
