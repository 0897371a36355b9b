"""A simulation of a model of the source."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from typing import Any

from mtop_core.api import App, DataError, Inventory, Model, NotFoundError, ShapeError, kinds, models_named, plain
from mtop_rollout.chosen import Chosen
from mtop_rollout.machine.engine import Simulation
from mtop_rollout.machine.latency import best
from mtop_rollout.machine.pool import Pool
from mtop_rollout.machine.scenario import Scenario
from mtop_rollout.needs import PREDICTS
from mtop_rollout.predict.advice import advice
from mtop_rollout.predict.parts import Part, parts_of
from mtop_rollout.prices import prices_of
from mtop_rollout.topology import files
from mtop_rollout.topology.loading import Given, scenario

Dict = dict[str, Any]
_UNLIMITED = 2_678_400


def predicted(app: App, name: str, settings: Sequence[str], approve: float | None) -> Chosen:
    """The next rolling update of a model, as things are now."""
    inventory = app.look(PREDICTS)
    model = _one(app, inventory, name)
    everywhere, unread = _holders(app, inventory)
    parts = _parts(model, everywhere)
    document = _document(model, parts)
    text = files.Source(f"the rollout of {model.name}", "")
    prices = prices_of(app, (part.product for part in parts))
    given = scenario(document, text, Given(settings, prices, approve))
    if not any(setting.startswith(("load.requestsPerSecond", "spec.load.requestsPerSecond")) for setting in settings):
        given = given._replace(load=given.load._replace(rate=_usual(given)))
    run = Simulation(_own_rules(given, parts))
    made = Chosen(model.name, run.frames(), run.summary)
    made.source = app.provider.source
    made.notes = [*_notes(parts, run.scenario), *_gaps(inventory), *unread]
    made.advice = lambda: advice(run, model, parts)
    return made


def with_model(app: App, name: str, text: files.Source, settings: Sequence[str], approve: float | None) -> Chosen:
    """A topology whose model that is there at the start is one of the source."""
    value, where = files.the_document(text)
    model = _one(app, app.look(PREDICTS), name)
    changed = copy.deepcopy(value)
    for entry in _entries(changed):
        if entry.get("role", "stable") == "stable":
            _fill(entry, model, over=True)
            break
    return _run(app, changed, where, settings, approve)


def filled(app: App, value: Any, where: files.Source, settings: Sequence[str], approve: float | None) -> Chosen:
    """A topology whose models name services of the source."""
    looks: dict[str, Inventory] = {}
    changed = copy.deepcopy(value)
    for entry in _entries(changed):
        ref = entry.get("ref")
        if isinstance(ref, dict) and isinstance(ref.get("name"), str):
            kind = "isvc/" if ref.get("kind") == "InferenceService" else ""
            namespace = str(ref.get("namespace") or app.namespace)
            if namespace not in looks:
                looks[namespace] = Inventory.look(app.provider, PREDICTS, namespace)
            _fill(entry, _named(looks[namespace], f"{kind}{ref['name']}", namespace), over=False)
    return _run(app, changed, where, settings, approve)


def _run(app: App, value: Any, where: files.Source, settings: Sequence[str], approve: float | None) -> Chosen:
    from mtop_rollout.chosen import simulated

    made = simulated(app, value, where, settings, approve)
    made.source = app.provider.source
    return made


def _entries(document: Any) -> Iterator[Dict]:
    spec = document.get("spec") if isinstance(document, dict) else None
    models = spec.get("models") if isinstance(spec, dict) else None
    return (entry for entry in (models if isinstance(models, list) else ()) if isinstance(entry, dict))


def _fill(entry: Dict, model: Model, *, over: bool) -> None:
    """Takes what the source knows of a model into its entry; what the document says stays unless `over`."""
    part = _parts(model, model.inventory)[0]
    found = _entry(part)
    found.pop("role")
    entry.update({key: value for key, value in found.items() if key != "name" and (over or key not in entry)})


def _one(app: App, inventory: Inventory, name: str) -> Model:
    return _named(inventory, name, app.namespace)


def _named(inventory: Inventory, name: str, namespace: str) -> Model:
    return models_named(inventory, [name], "", namespace)[0]


def _holders(app: App, inventory: Inventory) -> tuple[Inventory, list[str]]:
    """A look with the pods of all namespaces, for all of them hold GPUs; and what to say where they are not known."""
    if not app.namespace:
        return inventory, []
    everywhere = Inventory.look(app.provider, (kinds.POD,))
    if everywhere.read(kinds.POD):
        return everywhere, []
    reason = "; ".join(gap.reason for gap in everywhere.gaps)
    return inventory, [f"not checked: pods of other namespaces ({reason}): the GPUs they hold count as free"]


def _parts(model: Model, everywhere: Inventory) -> list[Part]:
    try:
        parts = [part for part in parts_of(model, everywhere) if part.replicas]
    except ShapeError as error:
        raise DataError(plain(f"{model.ref}: {model.inventory.rooted(error, model).message}")) from None
    if not parts:
        raise NotFoundError(
            f"{model.ref} has no Deployment or LeaderWorkerSet with replicas: there is nothing to roll out",
            "mtop list shows how it is",
        )
    return parts


def _document(model: Model, parts: Sequence[Part]) -> Dict:
    limits: dict[str, int] = {}
    for part in parts:
        if part.slots is not None and part.gpus:
            room = (max(part.replicas * part.pods, part.placed) + part.slots) * part.gpus
            limits[part.product] = max(limits.get(part.product, 0), room)
    held: dict[str, int] = {}
    for part in parts:
        held[part.product] = held.get(part.product, 0) + part.replicas * part.pods * part.gpus
    limits = {name: max(limit, held[name]) for name, limit in limits.items()}
    deadlines = [part.deadline for part in parts if part.deadline is not None]
    return {
        "apiVersion": "mtop.dev/v1alpha1",
        "kind": "Topology",
        "metadata": {"name": model.name[:63], "description": f"the next rolling update of {model.ref}"[:300]},
        "spec": {
            "strategy": "recreate" if all(part.recreate for part in parts) else _strategy(parts),
            "maxSeconds": 14_400,
            "cluster": {"gpus": limits},
            "models": [_entry(part) for part in parts],
            "rollout": {"progressDeadlineSeconds": max(deadlines, default=_UNLIMITED)},
        },
    }


def _strategy(parts: Sequence[Part]) -> str:
    if {"prefill"} < {part.role for part in parts}:
        return "disaggregated"
    return "multinode" if any(part.pods > 1 for part in parts) else "rolling"


def _entry(part: Part) -> Dict:
    return {
        "name": part.name[:59],
        "role": "prefill" if part.role == "prefill" else "decode" if part.role == "decode" else "stable",
        "replicas": part.replicas,
        "podsPerReplica": part.pods,
        "gpu": {"class": part.product, "count": part.gpus} if part.gpus else {"class": "CPU", "count": 0},
        "startup": {"schedule": part.start.schedule, "download": part.start.prepare, "load": part.start.load,
                    "probe": part.probe or 0},
        "drainSeconds": part.grace,
        "terminationGracePeriodSeconds": part.grace,
    }  # fmt: skip


def _own_rules(given: Scenario, parts: Sequence[Part]) -> Scenario:
    """Every workload with its own surge; a document has one for all."""
    from mtop_rollout.topology.building import pair_of

    pairs = []
    for pair, part in zip(given.pairs, parts, strict=True):
        rules = {"maxSurge": part.surge, "maxUnavailable": part.unavailable}
        pairs.append(pair_of(rules, part.replicas, pair.old, pair.new, in_groups=part.pods > 1))
    return given._replace(pairs=tuple(pairs))


def _usual(given: Scenario) -> int:
    """Half of what the replicas can do, in micro-requests per second: what is assumed where nobody says."""
    most = 0.0
    for spec in given.models:
        if spec.replicas and spec.role != "prefill":
            work = given.load.prompt / spec.capacity.prefill
            most += spec.replicas * best(given.load.output, Pool(spec, 0), work)
    return round(most * 0.5 * 10) * 100_000


def _notes(parts: Sequence[Part], given: Scenario) -> Iterator[str]:
    for part in parts:
        start = part.start
        how = f"as on {start.measured} of its pods" if start.measured else (
            "at the least: its pods were killed while they loaded" if start.killed
            else "assumed, none of its pods was ever ready")  # fmt: skip
        room = f"room for {part.slots} more pods on {part.candidates} nodes"
        yield (
            f"{part.name}: {start.whole:.0f} s from creation to ready, {how}; "
            f"{'nodes were not read' if part.slots is None else room}"
        )
    rate = given.load.rate / 1_000_000
    yield (
        f"load is {rate:g} requests per second of {given.load.prompt} prompt and {given.load.output} output tokens; "
        "--set load.requestsPerSecond=N changes it"
    )


def _gaps(inventory: Inventory) -> list[str]:
    return [f"not checked: {gap.resource} ({gap.reason})" for gap in inventory.gaps]
