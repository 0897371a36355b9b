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
    yield Finding(
        model.ref, f"The service is being deleted, and its finalizers hold it{why}.", tuple(proof),
        "Take the backend out of the routes of its group peers, and see that the KServe controller runs; remove a "
        "finalizer by hand only when nothing of the service is left.",
        kubectl("get", "httproutes", "-n", model.namespace, "-o", "yaml"), since=since,
    )  # fmt: skip
