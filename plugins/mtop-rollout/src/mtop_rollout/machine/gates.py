"""Gates: bounds on metrics, looked at in every tick of an analysis."""

from __future__ import annotations

from mtop_rollout.machine.noise import noisy
from mtop_rollout.machine.pool import Pool
from mtop_rollout.machine.scenario import Gate
from mtop_rollout.machine.world import World

METRICS = ("errorRate", "ttftP95", "itlP95", "queue", "utilisation", "readyRatio")


class Gates:
    """The gates of an analysis, and how often in a row each was missed."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._open: tuple[int, ...] = ()
        self._bad: dict[int, int] = {}

    def begin(self, which: tuple[int, ...]) -> None:
        """Starts an analysis of some gates, by their place in the document."""
        self._open = which
        self._bad = dict.fromkeys(which, 0)

    def end(self) -> None:
        """Ends it."""
        self._open = ()

    @property
    def hot(self) -> bool:
        """Whether the next look may say something else though nothing happens."""
        return any(self._bad[which] for which in self._open) or bool(self._open and self._world.scenario.noise)

    def look(self) -> str:
        """Why a gate fails now, empty where none does."""
        for which in self._open:
            gate = self._world.scenario.gates[which]
            found, bound, words = self._measured(gate)
            if found is None or not _misses(gate, found, bound):
                self._bad[which] = 0
                continue
            self._bad[which] += 1
            if self._bad[which] == 1 and gate.failures > 1:
                self._world.say(f"gate {gate.name} missed: {words}", self._world.pools[gate.model])
            if self._bad[which] >= gate.failures:
                return f"gate {gate.name}: {words}"
        return ""

    def _measured(self, gate: Gate) -> tuple[float | None, float | None, str]:
        """The metric, the bound it misses where it does, and both in words."""
        name = self._world.pools[gate.model].spec.name
        found = self._value(gate.model, gate.metric)
        bound = gate.most
        if gate.relative >= 0:
            other = self._value(gate.relative, gate.metric)
            bound = None if other is None else other * gate.factor
        shown = "nothing" if found is None else shorten(found)
        if gate.least is not None and found is not None and found < gate.least:
            return found, bound, f"{gate.metric} of {name} is {shown}, at least {shorten(gate.least)} wanted"
        limit = "nothing" if bound is None else shorten(bound)
        return found, bound, f"{gate.metric} of {name} is {shown}, at most {limit} allowed"

    def _value(self, place: int, metric: str) -> float | None:
        pool = self._world.pools[place]
        value = metric_of(pool, metric)
        scenario = self._world.scenario
        if value is None or not scenario.noise:
            return value
        return noisy(value, scenario.noise, scenario.seed, self._world.t, place, METRICS.index(metric))


def _misses(gate: Gate, found: float, bound: float | None) -> bool:
    return (bound is not None and found > bound) or (gate.least is not None and found < gate.least)


def metric_of(pool: Pool, metric: str) -> float | None:
    """A metric of a pool now; None where nothing is served."""
    if metric == "errorRate":
        lost = pool.lost + pool.cut
        handled = pool.done + lost
        return lost / handled if handled else None
    if metric == "ttftP95":
        return pool.flow.ttft95
    if metric == "itlP95":
        return pool.flow.itl95
    if metric == "queue":
        return pool.queue / 1_000_000
    if metric == "utilisation":
        return pool.flow.utilisation
    return pool.ready / pool.desired if pool.desired else 1.0


def shorten(value: float) -> str:
    """A number as messages show it."""
    return f"{round(value, 3):g}" if abs(value) < 100 else str(round(value))
