"""What the user wants to see: a topology by name, in a file, of a model, or a recorded timeline."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from mtop_core.api import App, Source, UsageError
from mtop_rollout.machine.engine import Simulation
from mtop_rollout.machine.rows import Frame
from mtop_rollout.machine.scenario import Scenario, Step
from mtop_rollout.machine.states import SUCCEEDED
from mtop_rollout.prices import classes_of, prices_of
from mtop_rollout.recorded import Recording, recording
from mtop_rollout.topology import files
from mtop_rollout.topology.loading import Given, scenario


class Chosen:
    """Frames and what is known about them once they are exhausted."""

    def __init__(self, name: str, frames: Iterable[Frame], summary: Callable[[], Mapping[str, Any]] | None) -> None:
        self.name = name
        self.frames = frames
        self.simulated = summary is not None
        self.source: Source | None = None
        self.notes: Sequence[str] = ()
        self.steps: Sequence[str] = ()
        self.views: Sequence[dict[str, Any]] = ()
        self.advice: Callable[[], list[str]] = list
        self._summary = summary
        self._known: Mapping[str, Any] | None = None

    def summary(self) -> Mapping[str, Any]:
        """What the rollout came to; empty for a recording."""
        if self._known is None:
            self._known = self._summary() if self._summary else {}
        return self._known

    @property
    def exit_code(self) -> int:
        """1 where a simulated rollout did not succeed."""
        return 0 if not self.simulated or self.summary()["phase"] == SUCCEEDED else 1


def chosen(
    app: App, model: str, topology: str, path: str, settings: Sequence[str], approve: float | None
) -> Chosen:
    """What was asked for; UsageError where that is nothing, or more than one thing."""
    if topology and path:
        raise UsageError("--topology and -f exclude each other", "-f reads a topology of your own")
    if model and (topology or path):
        from mtop_rollout.predict import with_model

        return with_model(app, model, _text(topology, path), settings, approve)
    if model:
        from mtop_rollout.predict import predicted

        return predicted(app, model, settings, approve)
    if not topology and not path:
        raise UsageError("nothing to simulate", "give --topology NAME, -f FILE or a MODEL; --list shows the topologies")
    text = _text(topology, path)
    if path and (found := recording(text)) is not None:
        if settings:
            raise UsageError("--set changes topologies; a recorded timeline is shown as it is")
        return of_recording(found)
    value, where = files.the_document(text)
    if _refers(value):
        from mtop_rollout.predict import filled

        return filled(app, value, where, settings, approve)
    return simulated(app, value, where, settings, approve)


def simulated(app: App, value: Any, where: files.Source, settings: Sequence[str], approve: float | None) -> Chosen:
    """A simulation of a document."""
    given = Given(settings, prices_of(app, classes_of(value)), approve)
    run = Simulation(scenario(value, where, given))
    made = Chosen(run.scenario.name, run.frames(), run.summary)
    made.steps = [in_words(step, run.scenario) for step in run.scenario.steps]
    made.notes = [f"topology {run.scenario.name} ({where.name})"]
    return made


def in_words(step: Step, scenario: Scenario) -> str:
    """A step as people read it."""
    names = [model.name for model in scenario.models]
    value = step.value
    match step.action:
        case "setWeight":
            return "weights " + ", ".join(f"{names[place]} {percent:g} %" for place, percent in value.items())
        case "scale":
            return "scale " + ", ".join(f"{names[place]} to {count}" for place, count in value.items())
        case "waitReady":
            return "wait for " + ", ".join(names[place] for place in value)
        case "pause":
            return "pause until it is approved" if value < 0 else f"pause {value // 1000} s"
        case "analyse":
            return f"analyse {value[0] // 1000} s"
        case "mirror":
            return f"mirror {value[2]:g} % of {names[value[0]]} to {names[value[1]]}"
        case "switch":
            return f"switch from {names[value[0]]} to {names[value[1]]}"
    return f"{step.action} {names[value]}"


def of_recording(found: Recording) -> Chosen:
    """A recorded timeline."""
    made = Chosen(found.name, found.frames, None)
    made.notes = [f"recorded timeline {found.name}, not simulated"]
    made.views = found.views
    return made


def _refers(document: Any) -> bool:
    spec = document.get("spec") if isinstance(document, dict) else None
    models = spec.get("models") if isinstance(spec, dict) else None
    return any(isinstance(model, dict) and "ref" in model for model in (models if isinstance(models, list) else ()))


def _text(topology: str, path: str) -> files.Source:
    return files.shipped(topology) if topology else files.given(path)
