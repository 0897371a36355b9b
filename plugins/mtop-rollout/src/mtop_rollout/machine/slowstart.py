"""Slow start: a gateway sends a replica that has just become ready less than its warm peers, and more by and by."""

from __future__ import annotations

from mtop_rollout.machine.maths import exp, log
from mtop_rollout.machine.pool import WHOLE
from mtop_rollout.machine.world import World

_LEAST = WHOLE // 10


def factor(age: int, window: int, aggression: float) -> int:
    """The weight at an age, in millionths: (age / window) ^ (1 / aggression), at least a tenth."""
    if age >= window:
        return WHOLE
    if age <= 0:
        return _LEAST
    part = age / window
    return max(_LEAST, round(WHOLE * (part if aggression == 1.0 else exp(log(part) / aggression))))


def weigh(world: World) -> None:
    """Sets the weights of this tick; says of which replicas the slow start is over."""
    for pool in world.pools:
        if not pool.young:
            continue
        capacity, still = pool.spec.capacity, []
        for replica in pool.young:
            age = world.t - replica.since
            replica.weight = factor(age, capacity.window, capacity.aggression)
            if age < capacity.window:
                still.append(replica)
            else:
                world.say(f"slow start of {replica.name} over", pool)
        pool.young = still
        pool.row = None
        world.dirty.add(pool.place)
        world.reshare = True
