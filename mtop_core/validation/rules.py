"""All rules that a JSON Schema cannot say, by what they look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from mtop_core.schema import Problem
from mtop_core.validation import inference, model, names, routing, workload
from mtop_core.validation.node import Node

Rule = Callable[[Node], Iterator[Problem]]
CONFIG = "LLMInferenceServiceConfig"


def no_base_refs(spec: Node) -> Iterator[Problem]:
    """A Config cannot build on another one."""
    if spec.has("baseRefs"):
        yield spec.at("baseRefs").problem(f"cannot be set in an {CONFIG}")


def same_scaling(spec: Node) -> Iterator[Problem]:
    """Decode and prefill are scaled by the same means, where both are scaled."""
    decode, prefill = _scaler(spec), _scaler(spec.at("prefill"))
    if decode and prefill and decode != prefill:
        message = f"must use {decode} as spec.scaling does, not {prefill}"
        yield spec.at("prefill", "scaling").problem(message)


def _scaler(part: Node) -> str:
    scaling = part.at("scaling")
    for steps in (("wva", "hpa"), ("wva", "keda"), ("keda",)):
        if scaling.at(*steps).present:
            return ".".join(steps)
    return ""


OBJECT: list[Rule] = [names.object_name, names.namespace]
# A Config is one part of a service: rules that ask for more than it has would be wrong there.
WORKLOAD: list[Rule] = [
    workload.replicas_or_scaling,
    workload.one_scaler,
    workload.replica_limits,
    workload.idle_replicas,
    workload.controller_names_hpa,
    workload.controller_sets_modifiers,
    workload.pipeline_or_data,
    workload.main_container,
    workload.rollout,
]
WHOLE_WORKLOAD: list[Rule] = [workload.data_parallelism, workload.worker_needs_parallelism]
SPEC: list[Rule] = [
    model.model_uri,
    model.adapter_names,
    model.model_resource_id,
    routing.group_is_managed,
    routing.own_or_managed_route,
    routing.own_route_needs_own_gateway,
    routing.scheduler_config,
    routing.scheduler_replicas,
    routing.scheduler_container,
]
WHOLE_SPEC: list[Rule] = [model.model_required, routing.group_and_weight, same_scaling]
INFERENCE: list[Rule] = [
    inference.one_implementation,
    inference.canary_names,
    inference.canary_traffic,
    inference.canary_fields,
    inference.canary_replicas,
    inference.canary_percent,
    inference.replica_limits,
    inference.model_resource_ids,
]
WHOLE_INFERENCE: list[Rule] = [inference.canary_mode]


def broken(root: Node) -> Iterator[Problem]:
    """What the rules for the kind of this object find."""
    spec = root.at("spec")
    yield from _all(OBJECT, root)
    if root.at("kind").text == "InferenceService":
        yield from _all(INFERENCE, spec)
        yield from _all(WHOLE_INFERENCE, root)
        return
    is_config = root.at("kind").text == CONFIG
    for part in (spec, spec.at("prefill")):
        yield from _all(WORKLOAD if is_config else WORKLOAD + WHOLE_WORKLOAD, part)
    yield from _all([*SPEC, no_base_refs] if is_config else SPEC + WHOLE_SPEC, spec)


def _all(rules: list[Rule], node: Node) -> Iterator[Problem]:
    for rule in rules:
        yield from rule(node)
