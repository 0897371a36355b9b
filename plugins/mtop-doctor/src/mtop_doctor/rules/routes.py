"""Routes that lead nowhere, and groups whose members differ."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from mtop_core.api import (
    Evidence,
    Finding,
    Inventory,
    Model,
    items,
    kinds,
    mapping,
    object_selector,
    parse_time,
    ref_of,
    strings,
    text,
)  # fmt: skip
from mtop_doctor.rules.common import kubectl, said_by

_ACTIONS = {
    "NotAllowedByListeners": "Label the namespace as the listener wants, or widen allowedRoutes of the listener.",
    "NoMatchingParent": "Correct spec.parentRefs: no listener has that section name or port.",
    "NoMatchingListenerHostname": "Correct spec.hostnames, or the hostname of the listener.",
    "UnsupportedValue": "Take out what this gateway does not support.",
    "IncompatibleFilters": "Take out one of the filters that exclude each other.",
}


def httproute_not_accepted(model: Model, inventory: Inventory) -> Iterator[Finding]:
    """The gateway refuses the route of the service, so no request reaches it.

    Evidence: Accepted=False of a parent in the route's status, and what the listener allows.
    Guard: entries without an Accepted condition are of policy controllers and do not count, nor do
    verdicts on an older generation of the route.
    """
    for route in _routes(model, inventory):
        for index, parent in enumerate(items(route, "status", "parents")):
            refusal = _refusal(route, parent)
            if refusal is None:
                continue
            position, condition = refusal
            reason, ref = text(condition, "reason"), ref_of(route)
            gateway = text(parent, "parentRef", "name")
            path = f"status.parents[{index}].conditions[{position}]"
            yield Finding(
                ref, f"The gateway {gateway} does not accept the route {ref.name}: {reason}.",
                (Evidence(ref, f"{path}.reason", reason), Evidence(ref, f"{path}.message", text(condition, "message")),
                 *_allowed(reason, parent, route, inventory)),
                _ACTIONS.get(reason, "Mend the route or the gateway as the message says."),
                _command(reason, parent, route, inventory), since=parse_time(condition.get("lastTransitionTime")),
            )  # fmt: skip


def group_degraded(model: Model, inventory: Inventory) -> Iterator[Finding]:
    """Members of a routing group serve different model names, and those that differ get no traffic.

    Evidence: the condition GroupDegraded is True.
    Guard: True is the bad answer of this condition; False and absent are good.
    """
    condition = model.conditions.get("GroupDegraded")
    if condition is None or not condition.bad:
        return
    members = inventory.members(model.namespace, model.group)
    subject = min((member.ref for member in members), default=model.ref)
    names = sorted({member.served_name for member in members})
    field = "spec.model.name"
    yield Finding(
        subject, f"Members of the routing group {model.group} differ: they serve {', '.join(names) or 'other models'}.",
        (said_by(model.ref, condition), Evidence(model.ref, field, model.served_name)),
        f"Give all members of the group the same {field} and the same adapters, or another group.",
        kubectl("get", "llmisvc", "-n", model.namespace, "-o",
                "custom-columns=NAME:.metadata.name,GROUP:.spec.router.route.group,MODEL:.spec.model.name"),
        since=condition.since,
    )  # fmt: skip


def _routes(model: Model, inventory: Inventory) -> list[Mapping[str, Any]]:
    """The routes of a service: those its status names, else those it owns."""
    refs = {
        (text(route, "namespace") or model.namespace, text(route, "name"))
        for gateway in items(model.raw, "status", "router", "gateways")
        for route in items(gateway, "httpRoutes")
    }
    refs.add((model.namespace, f"{model.name}-kserve-route"))
    found = [route for place in sorted(refs) if (route := inventory.find(kinds.HTTP_ROUTE, *place)) is not None]
    return list(found or inventory.owned(model, kinds.HTTP_ROUTE))


def _refusal(route: Mapping[str, Any], parent: Mapping[str, Any]) -> tuple[int, Mapping[str, Any]] | None:
    generation = mapping(route, "metadata").get("generation")
    for position, condition in enumerate(items(parent, "conditions")):
        stale = generation is not None and condition.get("observedGeneration", generation) != generation
        if text(condition, "type") == "Accepted" and text(condition, "status") == "False" and not stale:
            return position, condition
    return None


def _gateway(parent: Mapping[str, Any], route: Mapping[str, Any], inventory: Inventory) -> Mapping[str, Any] | None:
    namespace = text(parent, "parentRef", "namespace") or text(route, "metadata", "namespace")
    return inventory.find(kinds.GATEWAY, namespace, text(parent, "parentRef", "name"))


def _selectors(gateway: Mapping[str, Any]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """What the listeners of a gateway ask of a namespace, with their positions."""
    for index, listener in enumerate(items(gateway, "spec", "listeners")):
        allowed = mapping(listener, "allowedRoutes", "namespaces")
        if text(allowed, "from") == "Selector":
            yield index, mapping(allowed, "selector")


def _allowed(
    reason: str, parent: Mapping[str, Any], route: Mapping[str, Any], inventory: Inventory
) -> Iterator[Evidence]:
    """What a listener asks of the namespace, where that is why it refuses the route."""
    gateway = _gateway(parent, route, inventory) if reason == "NotAllowedByListeners" else None
    if gateway is None:
        return
    for index, selector in _selectors(gateway):
        path = f"spec.listeners[{index}].allowedRoutes.namespaces.selector"
        yield Evidence(ref_of(gateway), path, json.dumps(selector, sort_keys=True))


def _command(reason: str, parent: Mapping[str, Any], route: Mapping[str, Any], inventory: Inventory) -> str:
    """A command that gives the namespace the labels a listener asks for; one that shows the route otherwise."""
    namespace, name = text(route, "metadata", "namespace"), text(route, "metadata", "name")
    gateway = _gateway(parent, route, inventory) if reason == "NotAllowedByListeners" else None
    here = inventory.find(kinds.NAMESPACE, "", namespace) or {}
    for _, selector in _selectors(gateway) if gateway is not None else ():
        wanted = strings(selector, "matchLabels")
        if wanted and not object_selector(selector)(strings(here, "metadata", "labels")):
            labels = (f"{key}={value}" for key, value in sorted(wanted.items()))
            return kubectl("label", "namespace", namespace, *labels, "--dry-run=server")
    return kubectl("describe", "httproute", name, "-n", namespace)
