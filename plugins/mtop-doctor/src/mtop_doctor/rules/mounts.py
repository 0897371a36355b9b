"""Volumes that cannot be mounted because what they are made of does not exist."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mtop_core.api import Finding, Inventory, Model, Pod, text
from mtop_doctor.rules.common import folded, kubectl, said_in_event, stuck_pods, unready_since

_MISSING = re.compile(
    r'MountVolume\.SetUp failed for volume "(?P<volume>[^"]+)"\s*: '
    r'(?P<kind>secret|configmap) "(?P<name>[^"]+)" not found',
    re.IGNORECASE,
)
_BEFORE_START = ("ContainerCreating", "PodInitializing", "")


@folded
def mount_secret_missing(model: Model, inventory: Inventory) -> Iterator[Finding]:
    """A pod mounts a Secret that does not exist, so none of its containers starts.

    Evidence: the newest event FailedMount, `secret "x" not found`.
    Guard: not once a container was started or waits for something else, as all is mounted then.
    """
    yield from _missing(model, inventory, "Secret")


@folded
def mount_configmap_missing(model: Model, inventory: Inventory) -> Iterator[Finding]:
    """A pod mounts a ConfigMap that does not exist, so none of its containers starts.

    Evidence: the newest event FailedMount, `configmap "x" not found`.
    Guard: not once a container was started or waits for something else, as all is mounted then.
    """
    yield from _missing(model, inventory, "ConfigMap")


def _missing(model: Model, inventory: Inventory, kind: str) -> Iterator[Finding]:
    for pod in stuck_pods(model):
        failures = [e for e in inventory.events_of(pod.raw) if text(e, "reason") == "FailedMount"]
        newest = {match["volume"]: (match, e) for e in failures if (match := _MISSING.search(text(e, "message")))}
        for match, event in newest.values() if _mounting(pod) else ():
            if match["kind"].lower() != kind.lower():
                continue
            name = match["name"]
            words = ("secret", "generic") if kind == "Secret" else ("configmap",)
            yield Finding(
                pod.ref, f"The {kind} {name} that the volume {match['volume']} is made of does not exist.",
                (said_in_event(event, pod.ref),),
                f"Create the {kind} {name} in {pod.namespace}, or correct its name in the volume {match['volume']} of "
                "the pod template.",
                kubectl("create", *words, name, "-n", pod.namespace, "--from-file=KEY=FILE"),
                since=unready_since(pod),
            )  # fmt: skip


def _mounting(pod: Pod) -> bool:
    """Whether a pod that has a node is still at its volumes: no container of it was ever started."""
    started = any(c.state.get("running") or c.state.get("terminated") or c.restarts for c in pod.containers)
    return bool(pod.node) and not started and all(c.waiting in _BEFORE_START for c in pod.containers)
