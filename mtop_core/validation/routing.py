"""Rules for spec.router of an LLMInferenceService."""

from __future__ import annotations

from collections.abc import Iterator

from mtop_core.schema import Problem
from mtop_core.validation.node import Node
from mtop_core.validation.workload import exclusive, named_main, together


def group_and_weight(spec: Node) -> Iterator[Problem]:
    """A member of a traffic group has a weight."""
    yield from together(spec.at("router", "route"), "group", "weight")


def group_is_managed(spec: Node) -> Iterator[Problem]:
    """The controller writes the routes of a group, so they cannot be the user's own."""
    router = spec.at("router")
    group = router.at("route", "group")
    if not group.present:
        return
    if router.has("ingress"):
        yield group.problem("cannot be set together with spec.router.ingress")
    if router.at("route", "http", "refs").items:
        yield group.problem("cannot be set together with spec.router.route.http.refs")


def own_or_managed_route(spec: Node) -> Iterator[Problem]:
    """HTTPRoutes are either the user's own or written from spec."""
    http = spec.at("router", "route", "http")
    if http.at("refs").items and http.has("spec"):
        yield http.at("spec").problem("cannot be set together with refs")


def own_route_needs_own_gateway(spec: Node) -> Iterator[Problem]:
    """An own HTTPRoute names its gateway itself: a managed one would not be used."""
    router = spec.at("router")
    refs = router.at("route", "http", "refs")
    if refs.items and router.at("gateway").value == {}:
        yield refs.problem("cannot be set together with a managed gateway (spec.router.gateway: {})")


def scheduler_config(spec: Node) -> Iterator[Problem]:
    """The configuration of the scheduler is inline or in a ConfigMap."""
    yield from exclusive(spec.at("router", "scheduler", "config"), "inline", "ref")


def scheduler_replicas(spec: Node) -> Iterator[Problem]:
    """A scheduler runs at least once."""
    replicas = spec.at("router", "scheduler", "replicas")
    if replicas.number is not None and replicas.number < 1:
        yield replicas.problem(f"must be at least 1, got {replicas.number}")


def scheduler_container(spec: Node) -> Iterator[Problem]:
    """The endpoint picker is the container `main` as well."""
    yield from named_main(spec.at("router", "scheduler", "template", "containers"))
