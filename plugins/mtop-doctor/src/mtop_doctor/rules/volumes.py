"""Claims and environment sources that are not there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from mtop_core.api import (
    Evidence,
    Finding,
    Inventory,
    Model,
    Pod,
    Ref,
    items,
    kinds,
    mapping,
    parse_time,
    text,
)  # fmt: skip
from mtop_doctor.rules.common import (
    folded,
    kubectl,
    nearest,
    said_by,
    said_in_event,
    spec_of,
    stuck_pods,
    unready_since,
)
from mtop_doctor.rules.fields import in_container
from mtop_doctor.rules.placement import unplaced

_MISSING_CLAIM = re.compile(r'persistentvolumeclaim "([^"]+)" not found', re.IGNORECASE)
_MISSING_SOURCE = re.compile(r'\b(secret|configmap) "([^"]+)" not found', re.IGNORECASE)
_VOLUMES = re.compile(r"persistentvolumeclaim|volume", re.IGNORECASE)
_PATIENCE = timedelta(minutes=5)
_SOURCES = {"secret": ("Secret", "secretKeyRef"), "configmap": ("ConfigMap", "configMapKeyRef")}


def pvc_missing(model: Model, inventory: Inventory) -> Iterator[Finding]:
    """A pod cannot start because its claim is absent.

    Evidence: the scheduler's `persistentvolumeclaim "x" not found`, else the claim name in the spec of a
    pod that is not scheduled.
    Guard: not where claims could not be read, and not where the claim exists by now.
    """
    for verdict in unplaced(model):
        told = _MISSING_CLAIM.search(verdict.words)
        for index, name in _claims(verdict.pod):
            if inventory.find(kinds.PVC, verdict.pod.namespace, name) is not None:
                continue
            claim = Ref(kinds.PVC.name, verdict.pod.namespace, name)
            near = nearest(name, _known_claims(verdict.pod.namespace, inventory))
            hint = f" There is {near}." if near else ""
            where = Evidence(verdict.pod.ref, f"spec.volumes[{index}].persistentVolumeClaim.claimName", name)
            direct = model.uri.startswith("pvc://")
            field = "spec.model.uri" if model.llm else "the storageUri of the predictor"
            yield Finding(
                claim, f"The claim {name} does not exist in {claim.namespace}.{hint}",
                (said_by(verdict.pod.ref, verdict.condition), where) if told else (where,),
                f"Correct {field} ({model.uri}), or create the claim." if direct else f"Create the claim {name}.",
                kubectl("get", "pvc", "-n", claim.namespace), since=verdict.condition.since,
                explains=(verdict.pod.ref,),
            )  # fmt: skip


def pvc_storageclass_missing(model: Model, inventory: Inventory) -> Iterator[Finding]:
    """A claim is pending because its class does not exist.

    Evidence: the claim's storageClassName, and the event ProvisioningFailed where there is one.
    Guard: not where the class exists, and not where no pod waits for the claim.
    """
    for pod, claim in _waiting_claims(model, inventory):
        name = _missing_class(claim, inventory)
        if not name:
            continue
        ref = _ref(claim)
        known = [text(entry, "metadata", "name") for entry in inventory.all(kinds.STORAGE_CLASS)]
        near = nearest(name, known)
        proof = [Evidence(ref, "spec.storageClassName", name)]
        proof += [said_in_event(event, ref) for event in _failures(claim, inventory)]
        yield Finding(
            ref, f"The claim {ref.name} waits for the storage class {name}, which does not exist.", tuple(proof[:2]),
            f"Create the claim anew with one of the classes there are: {', '.join(sorted(known)) or 'none'}"
            f"{f' (nearest: {near})' if near else ''}; spec.storageClassName of a claim cannot be changed.",
            kubectl("get", "storageclass"), since=parse_time(claim["metadata"].get("creationTimestamp")),
            explains=(pod.ref,),
        )  # fmt: skip


def pvc_pending(model: Model, inventory: Inventory) -> Iterator[Finding]:
    """A claim that a pod waits for has had no volume for more than five minutes.

    Evidence: the claim's phase, and its last ProvisioningFailed event where there is one.
    Guard: not where its class is missing (pvc-storageclass-missing), and not where the class binds with
    the first consumer and the pod is held up by something else.
    """
    for pod, claim in _waiting_claims(model, inventory):
        since = parse_time(claim["metadata"].get("creationTimestamp"))
        if _missing_class(claim, inventory) or (since is not None and inventory.at - since < _PATIENCE):
            continue
        if _binds_late(claim, inventory) and not _blames_volumes(model, pod):
            continue
        ref = _ref(claim)
        proof = [Evidence(ref, "status.phase", "Pending")]
        proof += [said_in_event(event, ref) for event in _failures(claim, inventory)]
        yield Finding(
            ref, f"The claim {ref.name} gets no volume.", tuple(proof[:2]),
            "Look at the events of the claim and the provisioner of its storage class: quota, zone, access mode.",
            kubectl("describe", "pvc", ref.name, "-n", ref.namespace), since=since, explains=(pod.ref,),
        )  # fmt: skip


@folded
def env_secret_missing(model: Model, inventory: Inventory) -> Iterator[Finding]:
    """A container cannot be created because a Secret or ConfigMap it reads is absent.

    Evidence: CreateContainerConfigError with `secret "x" not found` (or configmap).
    Guard: not for references that are optional: the kubelet does not wait for those.
    """
    for pod in stuck_pods(model):
        for container in pod.containers:
            message = text(container.state, "waiting", "message")
            match = _MISSING_SOURCE.search(message) if container.waiting == "CreateContainerConfigError" else None
            if match is None:
                continue
            kind, name = _SOURCES[match.group(1).lower()][0], match.group(2)
            key = _key(pod, container.name, match.group(1).lower(), name)
            field = in_container(model, pod, container.name, "env")
            yield Finding(
                pod.ref, f"The {kind} {name} that the container {container.name} reads does not exist.",
                (Evidence(pod.ref, f"{container.path}.state.waiting.message", message),),
                f"Create the {kind} {name} in {pod.namespace}, or correct its name in {field.words}.",
                kubectl("create", "secret" if kind == "Secret" else "configmap",
                        *(("generic",) if kind == "Secret" else ()), name, "-n", pod.namespace,
                        f"--from-literal={key or 'KEY'}=..."),
                since=unready_since(pod),
            )  # fmt: skip


def _claims(pod: Pod) -> Iterator[tuple[int, str]]:
    for index, volume in enumerate(items(pod.raw, "spec", "volumes")):
        name = text(volume, "persistentVolumeClaim", "claimName")
        if name:
            yield index, name


def _known_claims(namespace: str, inventory: Inventory) -> list[str]:
    return [ref.name for ref in map(_ref, inventory.all(kinds.PVC)) if ref.namespace == namespace]


def _waiting_claims(model: Model, inventory: Inventory) -> Iterator[tuple[Pod, Mapping[str, Any]]]:
    """The pending claims that pods of a model wait for."""
    for pod in stuck_pods(model):
        for _, name in _claims(pod) if not pod.node else ():
            claim = inventory.find(kinds.PVC, pod.namespace, name)
            if claim is not None and text(claim, "status", "phase") == "Pending":
                yield pod, claim


def _missing_class(claim: Mapping[str, Any], inventory: Inventory) -> str:
    name = text(claim, "spec", "storageClassName")
    return name if name and inventory.find(kinds.STORAGE_CLASS, "", name) is None else ""


def _binds_late(claim: Mapping[str, Any], inventory: Inventory) -> bool:
    found = inventory.find(kinds.STORAGE_CLASS, "", text(claim, "spec", "storageClassName"))
    return found is not None and text(found, "volumeBindingMode") == "WaitForFirstConsumer"


def _blames_volumes(model: Model, pod: Pod) -> bool:
    return any(_VOLUMES.search(verdict.words) for verdict in unplaced(model) if verdict.pod.ref == pod.ref)


def _failures(claim: Mapping[str, Any], inventory: Inventory) -> list[Mapping[str, Any]]:
    """The events that say why provisioning failed, the newest first."""
    return [e for e in reversed(inventory.events_of(claim)) if text(e, "reason") == "ProvisioningFailed"]


def _key(pod: Pod, container: str, word: str, name: str) -> str:
    """The key that a container reads of a Secret or ConfigMap, empty where it reads them all."""
    _, one = _SOURCES[word]
    for entry in items(spec_of(pod, container), "env"):
        source = mapping(entry, "valueFrom", one)
        if text(source, "name") == name:
            return text(source, "key")
    return ""


def _ref(claim: Mapping[str, Any]) -> Ref:
    return Ref(kinds.PVC.name, text(claim, "metadata", "namespace"), text(claim, "metadata", "name"))
