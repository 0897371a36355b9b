"""Who makes and removes replicas: towards a number, or from an old pool to a new one by rolling update."""

from __future__ import annotations

from mtop_rollout.machine.lifecycle import allocate, create, first_to_go, remove
from mtop_rollout.machine.pool import Pool
from mtop_rollout.machine.scenario import Pair
from mtop_rollout.machine.states import READY
from mtop_rollout.machine.world import World


class Unit:
    """An old and a new pool under a rolling update, once it is `active`; `reversed` where it goes back.

    `moved` is when it last made progress: a replica made, taken away, or become ready.
    """

    def __init__(self, world: World, pair: Pair, recreate: bool) -> None:
        self.old, self.new = world.pools[pair.old], world.pools[pair.new]
        self.size = world.pools[pair.old].spec.replicas
        self.surge, self.unavailable = pair.surge, pair.unavailable
        self.recreate = recreate
        self.active = False
        self.reversed = False
        self.moved = 0
        self._seen = (-1, -1, -1)

    def start(self, t: int) -> None:
        """Begins the update."""
        self.active = True
        self.moved = t

    def turn(self, t: int) -> None:
        """Goes back: the new pool becomes the one to leave."""
        self.old, self.new = self.new, self.old
        self.reversed = True
        self.active = True
        self.moved = t

    @property
    def complete(self) -> bool:
        """Whether all replicas are new and ready, and no old one is left, not even draining."""
        return self.new.ready >= self.size and not self.old.replicas

    def reconcile(self, world: World) -> None:
        """Goes on until nothing can be done before something else happens."""
        while self._recreate(world) if self.recreate else self._roll(world):
            pass
        now = (self.new.total, self.new.ready, len(self.old.replicas))
        if now != self._seen:
            self._seen, self.moved = now, world.t

    def _roll(self, world: World) -> bool:
        old, new = self.old, self.new
        more = min(self.size - new.total, self.size + self.surge - old.total - new.total)
        if more > 0 and not new.down:
            create(world, new, more)
        going = first_to_go(old)
        spare = old.ready + new.ready - (self.size - self.unavailable)
        # what is not ready costs no availability
        gone = [replica for replica in going if replica.state != READY]
        gone += [replica for replica in going if replica.state == READY][: max(spare, 0)]
        for replica in gone:
            remove(world, replica)
        if gone:
            old.desired = old.total
        new.desired = new.total
        return bool(gone)

    def _recreate(self, world: World) -> bool:
        if self.old.total:
            for replica in first_to_go(self.old):
                remove(world, replica)
            self.old.desired = 0
        if self.old.replicas or self.new.down:
            return False
        missing = self.size - self.new.total
        if missing > 0:
            create(world, self.new, missing)
        self.new.desired = self.size
        return False


def control(world: World, units: list[Unit]) -> None:
    """Brings every pool to the number it should have, and gives what became free to those that wait."""
    if not world.restless:
        return
    world.restless = False
    busy: set[int] = set()
    for unit in units:
        if unit.active:
            busy.update((unit.old.place, unit.new.place))
            if not unit.complete:
                unit.reconcile(world)
    for pool in world.pools:
        if pool.place not in busy:
            _scale(world, pool)
    allocate(world)


def _scale(world: World, pool: Pool) -> None:
    if pool.total < pool.desired and not pool.down:
        create(world, pool, pool.desired - pool.total)
    elif pool.total > pool.desired:
        for replica in first_to_go(pool)[: pool.total - pool.desired]:
            remove(world, replica)
