"""The step machine: one action after the other, each entered once and left when it is done."""

from __future__ import annotations

from mtop_rollout.machine.gates import Gates
from mtop_rollout.machine.maths import SCALE, apportioned
from mtop_rollout.machine.scenario import Step
from mtop_rollout.machine.states import ANALYSING, PAUSED, PROGRESSING, PROMOTING
from mtop_rollout.machine.traffic import Traffic
from mtop_rollout.machine.units import Unit
from mtop_rollout.machine.world import World

NEVER = 1 << 62
_PHASES = {"pause": PAUSED, "analyse": ANALYSING, "promote": PROMOTING, "switch": PROMOTING, "drain": PROMOTING}


class Steps:
    """Where a rollout is in its steps; `wake` is when the current one ends or gives up, if nothing else happens."""

    def __init__(self, world: World, units: list[Unit], traffic: Traffic, gates: Gates) -> None:
        self._world = world
        self._units = units
        self._traffic = traffic
        self._gates = gates
        self._entered = -1
        self.wake = NEVER

    @property
    def over(self) -> bool:
        """Whether all are done."""
        return self._world.step >= len(self._world.scenario.steps)

    def advance(self) -> list[int]:
        """Goes on while the current step is complete; the steps entered. `world.failure` says why one gives up."""
        world, steps = self._world, self._world.scenario.steps
        entered = []
        if world.step < 0:
            entered.append(self._enter(0))
        while not self.over and self._done(steps[world.step]):
            entered.append(self._enter(world.step + 1))
        return entered

    def skip(self) -> None:
        """Leaves the current step as it is, where a failure is to be passed over."""
        self._enter(self._world.step + 1)

    def _enter(self, index: int) -> int:
        world, steps = self._world, self._world.scenario.steps
        world.step, self._entered, self.wake = index, world.t, NEVER
        world.changed = True
        self._gates.end()
        if index < len(steps):
            step = steps[index]
            world.phase = _PHASES.get(step.action, PROGRESSING)
            getattr(self, f"_{step.action}")(step)
        return index

    def _done(self, step: Step) -> bool:
        finished = getattr(self, f"_{step.action}_done", None)
        return finished is None or bool(finished(step))

    def _setWeight(self, step: Step) -> None:
        world = self._world
        self._traffic.set(merged(world.weights, step.value, world.scenario.traffic))
        shown = ", ".join(f"{world.pools[place].spec.name} {_percent(weight)} %"
                          for place, weight in enumerate(world.weights) if weight or place in step.value)  # fmt: skip
        world.say(f"weights: {shown}")

    def _scale(self, step: Step) -> None:
        for place, count in step.value.items():
            self._want(place, count)

    def _want(self, place: int, count: int) -> None:
        pool = self._world.pools[place]
        if pool.desired != count:
            self._world.say(f"{pool.spec.name} scaled from {pool.desired} to {count}", pool)
            pool.desired = count
            pool.row = None
            self._world.restless = True

    def _waitReady(self, step: Step) -> None:
        self.wake = self._world.t + step.timeout

    def _waitReady_done(self, step: Step) -> bool:
        pools = self._world.pools
        if all(pools[place].ready >= (pools[place].desired if count < 0 else count)
               for place, count in step.value.items()):  # fmt: skip
            return True
        return self._late("not ready within", step)

    def _late(self, words: str, step: Step) -> bool:
        if self._world.t >= self.wake and not self._world.failure:
            self._world.failure = f"{step.action}: {words} {step.timeout // 1000} s"
        return False

    def _pause(self, step: Step) -> None:
        manual = step.value < 0
        wait = self._world.scenario.approve if manual else step.value
        self.wake = self._world.t + wait if wait >= 0 else NEVER
        if manual:
            self._world.say("waits for approval")

    def _pause_done(self, step: Step) -> bool:
        if self._world.t < self.wake:
            return False
        if step.value < 0:
            self._world.say("approved")
        return True

    def _mirror(self, step: Step) -> None:
        source, target, percent = step.value
        world = self._world
        world.pools[target].shadow = True
        world.mirror = (source, target, percent) if percent else None
        world.reshare = True
        names = f"{world.pools[source].spec.name} to {world.pools[target].spec.name}"
        world.say(f"mirrors {percent:g} % of {names}")

    def _analyse(self, step: Step) -> None:
        length, gates = step.value
        self.wake = self._world.t + length
        self._gates.begin(gates)

    def _analyse_done(self, step: Step) -> bool:
        return self._world.t >= self.wake

    def _promote(self, step: Step) -> None:
        world, place = self._world, step.value
        self.wake = world.t + step.timeout
        unit = self._unit(place)
        if unit and not world.scenario.weighted:
            unit.start(world.t)
            world.restless = True
            self.wake = NEVER
            world.say(f"rolls out {world.pools[place].spec.name}", unit.new)
            return
        world.say(f"promotes {world.pools[place].spec.name}", world.pools[place])
        size = unit.size if unit else max(pool.desired for pool in world.pools)
        self._want(place, max(size, world.pools[place].desired))

    def _promote_done(self, step: Step) -> bool:
        world, place = self._world, step.value
        unit = self._unit(place)
        if unit and not world.scenario.weighted:
            return unit.complete
        pool = world.pools[place]
        if pool.ready < pool.desired:
            return self._late("not ready within", step)
        self._traffic.set([SCALE if other == place else 0 for other in range(len(world.pools))])
        return True

    def _unit(self, place: int) -> Unit | None:
        return next((unit for unit in self._units if place in (unit.new.place, unit.old.place)), None)

    def _switch(self, step: Step) -> None:
        source, target = step.value
        world = self._world
        weights = list(world.weights)
        weights[target] += weights[source]
        weights[source] = 0
        self._traffic.set(weights)
        world.say(f"switches traffic from {world.pools[source].spec.name} to {world.pools[target].spec.name}")

    def _drain(self, step: Step) -> None:
        self._want(step.value, 0)

    def _drain_done(self, step: Step) -> bool:
        return not self._world.pools[step.value].replicas


def merged(weights: list[int], given: dict[int, float], initial: tuple[int, ...]) -> list[int]:
    """Weights with some set to percents; the others keep their relative shares of the rest."""
    parts = [0] * len(weights)
    used = 0
    for place, percent in given.items():
        parts[place] = min(round(percent * (SCALE // 100)), SCALE)
        used += parts[place]
    rest = SCALE - used
    others = [0 if place in given else weight for place, weight in enumerate(weights)]
    if not any(others):
        others = [0 if place in given else weight for place, weight in enumerate(initial)]
    if rest <= 0 or not any(others):
        return apportioned(SCALE, parts)
    return [part + more for part, more in zip(parts, apportioned(rest, others), strict=True)]


def _percent(weight: int) -> str:
    return f"{round(weight * 100 / SCALE, 1):g}"
