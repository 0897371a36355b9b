"""The revisions of a workload: which pods are of which, which is the newest, and what it changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from mtop_core.api import Inventory, Pod, Workload, items, kinds, mapping, plain, strings, text

_HASH = "pod-template-hash"
_LWS_HASH = "leaderworkerset.sigs.k8s.io/template-revision-hash"
_LWS_NAME = "leaderworkerset.sigs.k8s.io/name"
_REVISION = "deployment.kubernetes.io/revision"


class RevisionOf(NamedTuple):
    """One revision: its hash, its number (0 where none is known), whether it is the newest, its pods and template."""

    hash: str
    number: int
    newest: bool
    pods: tuple[Pod, ...]
    template: Mapping[str, Any]


def revisions_of(workload: Workload, pods: Sequence[Pod], inventory: Inventory) -> list[RevisionOf]:
    """The revisions that have pods or are the newest, the newest first."""
    own = [pod for pod in pods if _belongs(pod, workload)]
    if workload.multi_node:
        return _by_age(own, _LWS_HASH)
    sets = [raw for raw in inventory.all(kinds.REPLICA_SET) if _owned(raw, workload)]
    if not sets:
        return _by_age(own, _HASH)
    known = {strings(raw, "metadata", "labels").get(_HASH, ""): raw for raw in sets}
    numbers = {name: _number(raw) for name, raw in known.items()}
    newest = max(numbers, key=lambda name: (numbers[name], name), default="")
    hashes = dict.fromkeys([newest, *(pod.labels.get(_HASH, "") for pod in own)])
    found = [
        RevisionOf(name, numbers.get(name, 0), name == newest, tuple(p for p in own if p.labels.get(_HASH, "") == name),
                   mapping(known[name], "spec", "template", "spec") if name in known else {})
        for name in hashes
    ]  # fmt: skip
    return sorted(found, key=lambda one: (not one.newest, -one.number, one.hash))


def _by_age(pods: Sequence[Pod], label: str) -> list[RevisionOf]:
    """Revisions that only their pods tell of, as those of a LeaderWorkerSet: the newest has the youngest pods."""
    by_hash: dict[str, list[Pod]] = {}
    for pod in pods:
        by_hash.setdefault(pod.labels.get(label, ""), []).append(pod)
    ages = {name: max((pod.created for pod in mine if pod.created), default=None) for name, mine in by_hash.items()}
    order = sorted(by_hash, key=lambda name: (str(ages[name] or ""), name), reverse=True)
    return [
        RevisionOf(name, 0, at == 0, tuple(by_hash[name]), mapping(by_hash[name][0].raw, "spec"))
        for at, name in enumerate(order)
    ]


def difference(new: RevisionOf, old: RevisionOf) -> str:
    """What the template of a newer revision changes: image and arguments, in one line; empty where nothing is seen."""
    now, before = _engine(new.template), _engine(old.template)
    parts = []
    if (image := text(now, "image")) != (was := text(before, "image")) and image and was:
        parts.append(f"image {_tag(was)} to {_tag(image)}")
    gone, come = _arguments(before) - _arguments(now), _arguments(now) - _arguments(before)
    parts += [f"-{word}" for word in sorted(gone)[:3]] + [f"+{word}" for word in sorted(come)[:3]]
    return plain(", ".join(parts))


def _engine(template: Mapping[str, Any]) -> Mapping[str, Any]:
    containers = list(items(template, "containers"))
    named = (one for one in containers if text(one, "name") in ("main", "kserve-container"))
    return next(named, next(iter(containers), {}))


def _arguments(container: Mapping[str, Any]) -> set[str]:
    found: set[str] = set()
    for field in ("args", "command"):
        words = container.get(field)
        for word in words if isinstance(words, list) else ():
            if isinstance(word, str):
                found.update(part for part in word.split() if part.startswith("--"))
    for entry in items(container, "env"):
        if text(entry, "name") == "VLLM_ADDITIONAL_ARGS":
            found.update(part for part in text(entry, "value").split() if part.startswith("--"))
    return found


def _tag(image: str) -> str:
    return image.rpartition("/")[2].partition("@")[0]


def _belongs(pod: Pod, workload: Workload) -> bool:
    if workload.multi_node:
        return pod.labels.get(_LWS_NAME) == workload.ref.name
    wanted = mapping(workload.raw, "spec", "selector", "matchLabels")
    return bool(wanted) and all(pod.labels.get(key) == value for key, value in wanted.items())


def _owned(raw: Mapping[str, Any], workload: Workload) -> bool:
    return any(text(owner, "kind") == "Deployment" and text(owner, "name") == workload.ref.name
               for owner in items(raw, "metadata", "ownerReferences")) and (
        text(raw, "metadata", "namespace") == workload.ref.namespace)  # fmt: skip


def _number(raw: Mapping[str, Any]) -> int:
    words = strings(raw, "metadata", "annotations").get(_REVISION, "")
    return int(words) if words.isdigit() and len(words) < 10 else 0
