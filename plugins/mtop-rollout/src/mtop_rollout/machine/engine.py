"""One tick after the other, in a fixed order; ticks in which nothing can change are passed over at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mtop_rollout.machine import lifecycle
from mtop_rollout.machine.faults import Faults, out_of_memory, too_full
from mtop_rollout.machine.gates import Gates
from mtop_rollout.machine.latency import evaluate, evaluate_prefill, evaluate_split
from mtop_rollout.machine.load import next_change, rate_at
from mtop_rollout.machine.pool import Pool
from mtop_rollout.machine.rows import Frame, frame
from mtop_rollout.machine.scenario import Scenario
from mtop_rollout.machine.slowstart import weigh
from mtop_rollout.machine.states import (
    CRASHED,
    ENDS,
    FAILED,
    INITIALISED,
    LOADING,
    PAUSED,
    PENDING,
    PULLING,
    ROLLED_BACK,
    ROLLING_BACK,
    SUCCEEDED,
    TIMED_OUT,
)
from mtop_rollout.machine.steps import NEVER, Steps
from mtop_rollout.machine.summary import Tally
from mtop_rollout.machine.traffic import Traffic
from mtop_rollout.machine.units import Unit, control
from mtop_rollout.machine.world import World

EVERY = 10_000  # milliseconds between rows where nothing changes


def stuck(pool: Pool) -> str:
    """What keeps a pool from getting on, as the end of a sentence."""
    for state, words in ((PENDING, "waiting for GPUs"), (CRASHED, "in a crash loop"), (LOADING, "loading"),
                         (PULLING, "pulling their image")):  # fmt: skip
        if count := pool.counts[state]:
            crashed = state == LOADING and any(replica.crashes > 0 for replica in pool.replicas)
            return f", {count} of {pool.total} {'in a crash loop' if crashed else words}"
    return ""


class Simulation:
    """One run of a scenario: iterate over `frames`, then ask for the `summary`."""

    def __init__(self, scenario: Scenario) -> None:
        self.world = World(scenario)
        self.scenario = scenario
        lifecycle.settle(self.world)
        recreate = scenario.strategy == "recreate"
        self.units = [Unit(self.world, pair, recreate) for pair in scenario.pairs]
        self._traffic = Traffic(self.world)
        self._gates = Gates(self.world)
        self._faults = Faults(self.world)
        self._steps = Steps(self.world, self.units, self._traffic, self._gates)
        self._tally = Tally(self.world)
        self._split = any(spec.role == "prefill" for spec in scenario.models)
        self._moving: set[int] = set()
        self._full: list[Pool] = []  # of them one replica each runs out of memory in the next tick
        self._load_due = 0
        self._frozen = False
        self._again = False  # a step was entered late in this tick: the next one has to look
        self._passed_over = ""
        self._back_at = NEVER

    def frames(self) -> Iterator[Frame]:
        """Every frame until the rollout ends or its time is over."""
        world, every, shown_at = self.world, max(EVERY, self.scenario.tick), 0
        if self.scenario.once and not self.scenario.weighted:
            for unit in self.units:
                unit.start(0)
        while True:
            self._tick()
            self._tally.look()
            if world.changed or world.t >= shown_at or world.phase in ENDS:
                shown_at = (world.t // every + 1) * every
                seen = frame(world)
                yield seen if world.t or world.phase in ENDS else seen._replace(phase=INITIALISED)
            world.changed = False
            world.events.clear()
            if world.phase in ENDS:
                return
            self._go_to(self._next())

    def summary(self) -> dict[str, Any]:
        """What the rollout came to, once `frames` is exhausted."""
        return self._tally.summary()

    def _tick(self) -> None:
        world = self.world
        if self._faults.next <= world.t:
            self._faults.turn()
        self._change_load()
        for pool in world.cut:
            pool.cut, pool.row = 0, None
        world.cut = []
        for pool in self._full:
            out_of_memory(world, pool)
        self._full = []
        lifecycle.advance(world)
        lifecycle.allocate(world)
        control(world, self.units)
        self._walk()
        weigh(self.world)
        self._traffic.spread()
        self._measure()
        self._judge()
        self._finish()

    def _change_load(self) -> None:
        world, load = self.world, self.scenario.load
        if world.t < self._load_due:
            return
        rate = rate_at(load, world.t)
        if rate != world.rate:
            world.rate = rate
            world.reshare = True
        self._load_due = next_change(load, world.t, self.scenario.tick) or NEVER

    def _walk(self) -> None:
        """Moves the steps on."""
        if self.scenario.once or self.world.phase == ROLLING_BACK or self._frozen:
            return
        phase = self.world.phase
        for step in self._steps.advance():
            self._faults.entered(step)
        if phase != self.world.phase:
            self.world.changed = True
        control(self.world, self.units)

    def _measure(self) -> None:
        world, pools = self.world, self.world.pools
        places = sorted(world.dirty | self._moving)
        if not places:
            return
        if self._split:
            places = sorted(range(len(pools)), key=lambda place: (pools[place].prefill, place))
        world.dirty = set()
        for place in places:
            pool = pools[place]
            if self._split and pool.prefill:
                evaluate_prefill(world, pool)
                continue
            moving = (evaluate_split if self._split else evaluate)(world, pool)
            (self._moving.add if moving else self._moving.discard)(place)
            self._tally.slow(pool)
            if too_full(pool):
                self._full.append(pool)

    def _judge(self) -> None:
        """Gates, deadlines and budgets; then what a failure leads to."""
        world = self.world
        if world.phase == ROLLING_BACK or self._frozen:
            return
        of_step = world.failure or self._gates.look()
        reason = of_step or self._hard_gate() or self._overdue() or self._spent()
        world.failure = ""
        if not reason:
            self._passed_over = ""
        elif self.scenario.on_failure == "continue":
            self._pass_over(reason, bool(of_step))
        else:
            self._fail(reason)

    def _pass_over(self, reason: str, of_step: bool) -> None:
        """Goes on all the same: says so once, and leaves a step that can never be done."""
        if reason != self._passed_over:
            self.world.say(reason)
        self._passed_over = reason
        if of_step:
            self._steps.skip()
            self._again = True
        for unit in self.units:
            if self.world.t >= unit.moved + self.scenario.deadline:
                unit.moved = self.world.t

    def _hard_gate(self) -> str:
        if self.scenario.weighted:
            for pool in self.world.pools:
                if pool.share and not pool.ready and self.world.t:
                    return f"{pool.spec.name} has traffic and no ready replica"
        return ""

    def _overdue(self) -> str:
        for unit in self.units:
            if unit.active and not unit.complete and self.world.t >= unit.moved + self.scenario.deadline:
                seconds, why = self.scenario.deadline // 1000, stuck(unit.new)
                return f"ProgressDeadlineExceeded: {unit.new.spec.name} made no progress for {seconds} s{why}"
        return ""

    def _spent(self) -> str:
        if self.scenario.budget < 0:
            return ""
        failed = 0
        for pool in self.world.pools:
            pool.count(self.world.tick)
            failed += 0 if pool.shadow else pool.failed
        return f"the error budget of {self.scenario.budget // 1_000_000:,} requests is spent" if (
            failed > self.scenario.budget) else ""  # fmt: skip

    def _fail(self, reason: str) -> None:
        world, rule = self.world, self.scenario.on_failure
        self._tally.reason = reason
        world.say(reason)
        if rule == "pause":
            if self.scenario.weighted:
                self._frozen = True
                self._set_phase(PAUSED)
            else:
                self._set_phase(FAILED)
        else:
            self._roll_back()

    def _roll_back(self) -> None:
        """The weights of the start at once; what was added stays while it drains, and goes then."""
        world = self.world
        self._set_phase(ROLLING_BACK)
        self._gates.end()
        world.mirror = None
        if self.scenario.weighted:
            self._traffic.set(list(self.scenario.traffic))
            self._traffic.place()
            for pool in world.pools:
                if pool.desired < pool.spec.replicas:
                    pool.desired, pool.row = pool.spec.replicas, None
                    world.restless = True
            longest = max(pool.spec.drain for pool in world.pools)
            self._back_at = world.t + longest
            return
        for unit in self.units:
            if unit.active and not unit.complete:
                unit.turn(world.t)
        world.restless = True

    def _finish(self) -> None:
        world = self.world
        if world.phase == ROLLING_BACK:
            self._finish_rollback()
        elif not self._frozen and world.phase not in ENDS and self._done():
            self._set_phase(SUCCEEDED)
        if world.t >= self.scenario.end and world.phase not in ENDS:
            self._set_phase(TIMED_OUT)
            self._tally.reason = self._tally.reason or self._unfinished()
            world.say(f"not done within {self.scenario.end // 1000} s")

    def _done(self) -> bool:
        if self.scenario.once:
            return all(unit.complete for unit in self.units)
        return self._steps.over

    def _finish_rollback(self) -> None:
        world = self.world
        if self.scenario.weighted:
            if world.t >= self._back_at:
                self._back_at = NEVER
                for pool in world.pools:
                    pool.desired, pool.row = pool.spec.replicas, None
                world.restless = True
                control(world, self.units)
            settled = all(len(pool.replicas) == pool.spec.replicas for pool in world.pools)
            if self._back_at == NEVER and settled:
                self._set_phase(ROLLED_BACK)
        elif all(unit.complete for unit in self.units if unit.reversed):
            self._set_phase(ROLLED_BACK)

    def _unfinished(self) -> str:
        steps, at = self.scenario.steps, self.world.step
        if not 0 <= at < len(steps):
            return ""
        waits = "waits for approval" if steps[at].action == "pause" and steps[at].value < 0 else steps[at].action
        return f"step {at + 1} of {len(steps)}, {waits}"

    def _set_phase(self, phase: str) -> None:
        self.world.phase = phase
        self.world.changed = True

    def _next(self) -> int:
        """The next time at which anything can happen or is to be shown, on a whole tick."""
        world, tick = self.world, self.scenario.tick
        soon, again = world.t + tick, self._again
        self._again = False
        if again or self._moving or self._full or world.dirty or world.restless or world.reshare or self._gates.hot:
            return soon
        if world.cut or any(pool.young for pool in world.pools):
            return soon
        if self.scenario.budget >= 0 and any(pool.lost for pool in world.pools):
            return soon
        every = max(EVERY, tick)
        timer = world.next_timer()
        wanted = min(
            self._faults.next, self._load_due, self._steps.wake, self._back_at, self.scenario.end,
            (world.t // every + 1) * every, NEVER if timer is None else timer,
            *(unit.moved + self.scenario.deadline for unit in self.units if unit.active and not unit.complete),
        )  # fmt: skip
        return max(soon, -(-wanted // tick) * tick)

    def _go_to(self, t: int) -> None:
        self.world.tick += (t - self.world.t) // self.scenario.tick
        self.world.t = t
