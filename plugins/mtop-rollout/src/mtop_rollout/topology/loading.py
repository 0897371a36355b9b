"""From a document to a scenario, or to one clear line that says what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mtop_core.api import InvalidObjectError, check_schema, dotted, plain
from mtop_rollout.machine.scenario import Scenario
from mtop_rollout.topology.building import scenario_of
from mtop_rollout.topology.checks import Path, troubles
from mtop_rollout.topology.defaults import steps_of, with_revisions
from mtop_rollout.topology.files import Source
from mtop_rollout.topology.overrides import overridden

SCHEMA = "topology"
_SHOWN = 20


class Given:
    """What the command line adds to a document: settings, prices, and how soon a manual pause is approved."""

    def __init__(
        self, settings: Sequence[str] = (), prices: Mapping[str, float] | None = None, approve: float | None = None
    ) -> None:
        self.settings = settings
        self.prices = prices or {}
        self.approve = approve


def scenario(value: Any, source: Source, given: Given) -> Scenario:
    """The scenario of a document; InvalidObjectError with file, line and path of all that is wrong with it."""
    document = overridden(value, given.settings)
    _refuse(source, [(problem.path, problem.message, problem.suggestion) for problem in check_schema(document, SCHEMA)])
    spec = document["spec"]
    models, pairs = with_revisions(spec["strategy"], spec["models"])
    steps = steps_of(spec, models, pairs)
    _refuse(source, list(troubles(spec, models, steps)))
    return scenario_of(document, models, pairs, steps, given.prices, given.approve)


def _refuse(source: Source, found: Sequence[tuple[Path, str, str]]) -> None:
    if not found:
        return
    lines = []
    for path, message, suggestion in found[:_SHOWN]:
        maybe = f"; did you mean {suggestion}?" if suggestion else ""
        lines.append(plain(f"{source.place(path)}: {f'{dotted(path)}: ' if path else ''}{message}{maybe}"))
    if len(found) > _SHOWN:
        lines.append(f"and {len(found) - _SHOWN} more")
    raise InvalidObjectError(lines[0], "docs/rollouts.md describes the document", tuple(lines[1:]))
