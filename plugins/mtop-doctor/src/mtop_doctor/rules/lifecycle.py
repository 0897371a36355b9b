"""Services that come or go and do not get there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

from mtop_core.api import Evidence, Finding, Inventory, Model, parse_time
from mtop_doctor.rules.common import kubectl, said_by

_PATIENCE = timedelta(minutes=5)


def cr_stuck_deleting(model: Model, inventory: Inventory) -> Iterator[Finding]:
    """A service was deleted more than five minutes ago and a finalizer still holds it.

    Evidence: its deletionTimestamp and finalizers, and why the controller waits (GroupReady).
    Guard: not in the first five minutes, and not without a finalizer.
    """
    since = parse_time(model.meta.get("deletionTimestamp"))
    finalizers = model.meta.get("finalizers")
    if since is None or not finalizers or inventory.at - since < _PATIENCE:
        return
    proof = [Evidence(model.ref, "metadata.deletionTimestamp", str(model.meta["deletionTimestamp"])),
             Evidence(model.ref, "metadata.finalizers", json.dumps(finalizers))]  # fmt: skip
    group = model.conditions.get("GroupReady")
    why = ""
    if group is not None and group.bad:
        why = f": {group.reason}"
        proof.append(said_by(model.ref, group))
    pending = group is not None and group.bad and group.reason == "FinalizationPending"
    action, command = _way_out(model, pending)
    yield Finding(
        model.ref, f"The service is being deleted, and its finalizers hold it{why}.", tuple(proof),
        f"{action} Remove a finalizer by hand only when nothing of the service is left.", command, since=since,
    )  # fmt: skip


def _way_out(model: Model, pending: bool) -> tuple[str, str]:
    """What to do, and a command that shows where: the routes of the group's peers, or the controller."""
    logs = kubectl("get", "deployments,pods", "-n", "kserve")
    if model.llm and model.group and pending:
        routes = kubectl("get", "httproutes", "-n", model.namespace, "-o", "yaml")
        return f"Take the backend out of the routes of its peers in the routing group {model.group}.", routes
    if model.llm and model.group:
        return (
            f"See that the KServe controller runs: it has not said that it takes the service out of the routing group "
            f"{model.group}.", logs,
        )  # fmt: skip
    return "See that the controller that sets the finalizers runs, and what its log says of the service.", logs
