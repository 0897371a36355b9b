"""The test kit, for our plugins and for strangers': run commands, build objects, try rules."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from mtop_core.diagnosis import Finding
from mtop_core.inventory import Inventory
from mtop_core.main import main
from mtop_core.objects.kinds import KINDS, Kind, kind_by_word, kind_of
from mtop_core.providers.base import Listing, Provider

NOW = datetime(2026, 10, 12, 9, 30, tzinfo=UTC)


class Outcome(NamedTuple):
    """What one command line did: its exit code and both streams."""

    exit_code: int
    stdout: str
    stderr: str


class _Stdin(io.TextIOWrapper):
    """A standard input that is no terminal and holds given bytes."""

    def __init__(self, data: bytes) -> None:
        super().__init__(io.BytesIO(data), encoding="utf-8")


def run(*args: str, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> Outcome:
    """Runs `mtop ARGS...` in this process, streams caught, with `env` laid over the environment."""
    out, err = io.StringIO(), io.StringIO()
    before, stdin_before = dict(os.environ), sys.stdin
    os.environ.update(env or {})
    sys.stdin = _Stdin(stdin)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main(list(args))
    finally:
        sys.stdin = stdin_before
        os.environ.clear()
        os.environ.update(before)
    return Outcome(code, out.getvalue(), err.getvalue())


def inventory(
    *objects: Mapping[str, Any],
    at: datetime = NOW,
    without: Sequence[str] = (),
    logs: Mapping[tuple[str, str], Sequence[str]] | None = None,
) -> Inventory:
    """An Inventory of some raw objects; kinds named in `without` are gaps.

    `logs` maps (pod, container) to lines; a container called `NAME.previous` is its previous run.
    """
    unread = {kind_by_word(word) for word in without}
    listings = {kind: _listing(kind, objects, unread) for kind in KINDS}
    lines = logs or {}

    def read(namespace: str, pod: str, container: str, previous: bool) -> Iterator[bytes]:
        name = f"{container}.previous" if previous else container
        return (f"{line}\n".encode() for line in lines.get((pod, name), ()))

    return Inventory(listings, at, read)


def _listing(kind: Kind, objects: Iterable[Mapping[str, Any]], unread: set[Kind | None]) -> Listing:
    if kind in unread:
        return Listing((), "forbidden")
    return Listing([dict(obj) for obj in objects if kind_of(obj) == kind])


def world(name: str) -> Provider:
    """A mock world as a Provider, as shipped."""
    from mtop_core.builtin import mock
    from mtop_core.specs import SourceRequest

    return mock(SourceRequest(name))


def found_by(
    rule: Callable[..., Iterable[Finding]], *objects: Mapping[str, Any], **more: Any
) -> list[Finding]:
    """What one rule finds over all models among some raw objects; takes the keywords of `inventory`."""
    there = inventory(*objects, **more)
    return [finding for model in there.models for finding in rule(model, there)]


def service(name: str = "llama", namespace: str = "chat", **spec: Any) -> dict[str, Any]:
    """A small valid LLMInferenceService; keywords replace parts of its spec."""
    return {
        "apiVersion": "serving.kserve.io/v1alpha2",
        "kind": "LLMInferenceService",
        "metadata": {"name": name, "namespace": namespace, "uid": f"uid-{name}"},
        "spec": {"model": {"uri": "hf://meta-llama/Llama-3.1-8B-Instruct", "name": name}, "replicas": 1, **spec},
    }


def pod(name: str, owner: Mapping[str, Any], **parts: Any) -> dict[str, Any]:
    """A pod of a service, running and ready; keywords replace its `spec` and `status`."""
    meta = owner["metadata"]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": meta["namespace"],
            "uid": f"uid-{name}",
            "creationTimestamp": "2026-10-12T09:00:00Z",
            "labels": {
                "app.kubernetes.io/part-of": "llminferenceservice",
                "app.kubernetes.io/name": meta["name"],
                "app.kubernetes.io/component": "llminferenceservice-workload",
            },
        },
        "spec": {"nodeName": "gpu-1", "containers": [{"name": "main", "image": "vllm"}]},
        "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]},
        **parts,
    }
