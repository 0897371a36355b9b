"""What the rules share: which pods are stuck, nearest names, and findings of many pods as one."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from mtop_core.api import Condition, Evidence, Finding, Inventory, Model, Pod, Ref, items, parse_time, text

T = TypeVar("T")
Rule = Callable[[Model, Inventory], Iterator[Finding]]

# What several rules ask of one look is worked out once; the look itself never changes.
_SEEN: WeakKeyDictionary[Inventory, dict[Any, Any]] = WeakKeyDictionary()


def once(inventory: Inventory, key: object, make: Callable[[], T]) -> T:
    """What `make` returns, made once for a look and a key."""
    seen = _SEEN.setdefault(inventory, {})
    if key not in seen:
        seen[key] = make()
    found: T = seen[key]
    return found


def stuck_pods(model: Model) -> list[Pod]:
    """The pods of a model that should serve and do not."""
    return [pod for pod in model.pods if not (pod.ready or pod.deleting or pod.over)]


def unready_since(pod: Pod) -> datetime | None:
    """Since when a pod is not ready."""
    condition = pod.conditions.get("Ready")
    return (condition.since if condition else None) or pod.created


def spec_of(pod: Pod, container: str) -> Mapping[str, Any]:
    """The spec of a container or init container, empty where there is none of that name."""
    return next((entry for _, _, entry in _specs(pod) if text(entry, "name") == container), {})


def path_of(pod: Pod, container: str) -> str:
    """Where the spec of a container stands in its pod."""
    return next((f"spec.{field}[{i}]" for field, i, entry in _specs(pod) if text(entry, "name") == container), "spec")


def list_of(pod: Pod, container: str) -> str:
    """Whether a container is one of `containers` or of `initContainers`."""
    return next((field for field, _, entry in _specs(pod) if text(entry, "name") == container), "containers")


def _specs(pod: Pod) -> Iterator[tuple[str, int, Mapping[str, Any]]]:
    for field in ("containers", "initContainers"):
        for index, entry in enumerate(items(pod.raw, "spec", field)):
            yield field, index, entry


def controller_of(pod: Pod) -> str:
    """The uid of what made a pod, empty where nothing did."""
    owners = (owner for owner in items(pod.meta, "ownerReferences") if owner.get("controller") is True)
    return next((text(owner, "uid") for owner in owners), "")


def nearest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """The known word most like another, empty where none is close."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(word, sorted(set(known)), n=1, cutoff=cutoff)), "")


def said_by(ref: Ref, condition: Condition) -> Evidence:
    """The message of a condition as evidence, its reason where it has no message."""
    part = "message" if condition.message else "reason"
    return Evidence(ref, f"{condition.path}.{part}", condition.message or condition.reason)


def said_in_event(event: Mapping[str, Any], ref: Ref) -> Evidence:
    """The message of an event as evidence."""
    return Evidence(ref, f"event {text(event, 'reason')}", text(event, "message"))


def seen_first(event: Mapping[str, Any]) -> datetime | None:
    """When an event was first seen: scheduler events keep it in another field than the kubelet's."""
    return _time(event.get("firstTimestamp"), event.get("eventTime"), text(event, "metadata", "creationTimestamp"))


def seen_last(event: Mapping[str, Any]) -> datetime | None:
    """When an event was last seen."""
    series = text(event, "series", "lastObservedTime")
    return _time(series, event.get("lastTimestamp"), event.get("eventTime")) or seen_first(event)


def _time(*written: object) -> datetime | None:
    return next((moment for words in written if (moment := parse_time(words)) is not None), None)


def kubectl(*words: str) -> str:
    """A kubectl command line that a shell reads as it is meant, whatever the names are."""
    return shlex.join(("kubectl", *words))


def listed(words: Iterable[str], most: int = 3) -> str:
    """A few words joined by commas, and how many more there are."""
    found = list(words)
    more = f" and {len(found) - most} more" if len(found) > most else ""
    return ", ".join(found[:most]) + more


def folded(rule: Rule) -> Rule:
    """Makes what a rule says alike of several pods of a model one finding: the first, which explains the others."""

    @wraps(rule)
    def one_each(model: Model, inventory: Inventory) -> Iterator[Finding]:
        alike: dict[str, list[Finding]] = {}
        for finding in rule(model, inventory):
            alike.setdefault(finding.summary, []).append(finding)
        for first, *others in alike.values():
            subjects = tuple(dict.fromkeys((*first.explains, *(other.subject for other in others))))
            many = f" ({len(others) + 1} pods)" if others else ""
            starts = [found.since for found in (first, *others) if found.since]
            yield first._replace(summary=first.summary + many, explains=subjects, since=min(starts) if starts else None)

    return one_each
