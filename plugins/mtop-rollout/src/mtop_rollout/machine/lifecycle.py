"""What happens to a replica from its creation on: GPUs, the phases of its start, crashes, and its end."""

from __future__ import annotations

from mtop_rollout.machine.pool import WHOLE, Pool, Replica
from mtop_rollout.machine.states import (
    BACK_OFF,
    CAPTURING,
    COMPILING,
    CRASHED,
    DOWNLOADING,
    DRAINING,
    GONE,
    LOADING,
    PENDING,
    PROVISIONING,
    PULLING,
    READY,
    STEADY_AFTER,
    WARMING,
)
from mtop_rollout.machine.world import World

_NEXT = {PROVISIONING: PULLING, PULLING: DOWNLOADING, DOWNLOADING: LOADING, LOADING: COMPILING, COMPILING: CAPTURING,
         CAPTURING: WARMING, WARMING: READY}  # fmt: skip


def create(world: World, pool: Pool, count: int) -> None:
    """New replicas; they get their GPUs in `allocate`."""
    for _ in range(count):
        world.waiting.append(pool.add(world.t))
    world.touch(pool)


def settle(world: World) -> None:
    """The replicas that are there at the start: ready, and warm."""
    for pool in world.pools:
        for _ in range(pool.spec.replicas):
            replica = pool.add(0)
            world.gpus.take(pool.spec.gpu_class, pool.per_replica)
            replica.held = pool.spec.pods
            replica.base = -(1 << 60)
            pool.move(replica, READY, 0)
        world.gpus.grows(pool.spec.gpu_class)
        world.dirty.add(pool.place)


def allocate(world: World) -> None:
    """Gives free GPUs to those that wait, first come first served; a group takes them pod by pod and keeps them."""
    if not world.waiting:
        return
    world.waiting.sort(key=lambda replica: (replica.created, replica.pool.place, replica.index))
    still = []
    for replica in world.waiting:
        if replica.state != PENDING:
            continue
        spec = replica.pool.spec
        while replica.held < spec.pods and world.gpus.take(spec.gpu_class, spec.gpus):
            replica.held += 1
        if replica.held < spec.pods:
            still.append(replica)
            continue
        grows = spec.gpus > 0 and world.gpus.grows(spec.gpu_class)
        _enter(world, replica, PROVISIONING, world.t, world.scenario.provision if grows else 0)
    for replica in still:
        if replica.since == world.t and replica.crashes >= 0:
            spec = replica.pool.spec
            free = world.gpus.free(spec.gpu_class)
            world.say(f"{replica.name} waits for {spec.gpus * (spec.pods - replica.held)} {spec.gpu_class}, "
                      f"{max(free or 0, 0)} free", replica.pool)  # fmt: skip
            replica.crashes = -1  # said once
    world.waiting = still


def advance(world: World) -> None:
    """Moves every replica on whose state has ended."""
    for replica in world.due():
        if replica.state == DRAINING:
            _kill(world, replica)
        elif replica.state == CRASHED:
            _enter(world, replica, LOADING, replica.due)
        elif replica.due == replica.kill and replica.state != READY:
            crash(world, replica, "its startup probe gave up", replica.due)
        elif replica.state == LOADING and replica.pool.crashing:
            crash(world, replica, "crashed while loading", replica.due)
        elif replica.state == PULLING and replica.pool.pull_fails:
            replica.due = -1
            world.say(f"{replica.name} cannot pull its image", replica.pool)
        else:
            _enter(world, replica, _NEXT[replica.state], replica.due)


def _length(replica: Replica, state: int) -> int:
    startup, slow = replica.pool.spec.startup, replica.pool.slow
    if state == PROVISIONING:
        return startup.schedule
    if state == PULLING:
        return startup.pull
    length = {DOWNLOADING: startup.download, LOADING: startup.load, COMPILING: startup.compile,
              CAPTURING: startup.capture, WARMING: startup.warmup}[state]  # fmt: skip
    return length if slow == 1.0 else round(length * slow)


def _enter(world: World, replica: Replica, state: int, t: int, more: int = 0) -> None:
    """Puts a replica into a state of its start, or past those that take no time."""
    pool = replica.pool
    while state != READY:
        if state == LOADING:
            probe = pool.spec.startup.probe
            replica.kill = t + probe if probe else -1
        length = _length(replica, state) + (more if state == PROVISIONING else 0)
        blocked = (state == LOADING and pool.crashing) or (state == PULLING and pool.pull_fails)
        if length or blocked:
            pool.move(replica, state, t)
            end = t + max(length, 1)
            world.plan(replica, min(end, replica.kill) if replica.kill > t else end)
            world.touch(pool)
            return
        state = _NEXT[state]
    replica.due = replica.kill = -1
    replica.base = pool.each
    pool.cold.append(replica)
    replica.weight = WHOLE
    pool.move(replica, READY, t)
    if pool.spec.capacity.window:
        pool.young.append(replica)
    world.touch(pool)
    world.say(f"{replica.name} ready after {(t - replica.created) // 1000} s", pool)


def crash(world: World, replica: Replica, why: str, t: int) -> None:
    """A container that died waits out its back-off before it loads again."""
    pool = replica.pool
    if replica.state == READY and t - replica.since >= STEADY_AFTER:
        replica.crashes = 0
    wait = BACK_OFF[min(max(replica.crashes, 0), len(BACK_OFF) - 1)]
    replica.crashes = max(replica.crashes, 0) + 1
    replica.kill = -1
    _cool(replica)
    pool.move(replica, CRASHED, t)
    world.plan(replica, t + wait)
    world.touch(pool)
    world.say(f"{replica.name} {why}, back in {wait // 1000} s (crash {replica.crashes})", pool)


def remove(world: World, replica: Replica) -> None:
    """Ends a replica: one that was ready finishes its requests first."""
    drain = _draining(world, replica) if replica.state == READY else 0
    if not drain:
        _kill(world, replica)
        return
    _cool(replica)
    replica.pool.move(replica, DRAINING, world.t)
    world.plan(replica, world.t + drain)
    world.touch(replica.pool)


def _draining(world: World, replica: Replica) -> int:
    """How long a replica drains: until it has finished its requests, but only so long; notes what will be left.

    Requests in flight are at any point of their stay with the same chance, so the part that is left falls evenly.
    """
    pool, flow = replica.pool, replica.pool.flow
    drain, grace = pool.spec.drain, pool.spec.grace
    if grace < 0:
        return drain
    if world.t - replica.since < world.scenario.tick:
        return min(drain, grace)  # it has no requests yet
    stay = round(flow.stay * 1000) if flow.batch else 0
    if stay > grace:
        working = flow.batch * (replica.weight / WHOLE) * (1_000_000 - pool.errors)
        replica.unfinished = int(working * (1.0 - grace / stay))
    return min(max(drain, stay), grace)


def _kill(world: World, replica: Replica) -> None:
    """Ends a replica; what it has not finished fails."""
    pool = replica.pool
    if replica.unfinished:
        failed = pool.cut_off(world.tick, replica.unfinished)
        if pool not in world.cut:
            world.cut.append(pool)
        if failed:
            what = f"{round(failed / 1_000_000, 1):g} requests in flight"
            world.say(f"{replica.name} killed with {what}", pool)
    _end(world, replica)


def lose(world: World, replica: Replica) -> None:
    """Ends a replica at once, as a lost node does."""
    _end(world, replica)


def _end(world: World, replica: Replica) -> None:
    pool = replica.pool
    if replica.held:
        world.gpus.give(pool.spec.gpu_class, replica.held * pool.spec.gpus)
        replica.held = 0
    _cool(replica)
    replica.due = -1
    pool.move(replica, GONE, world.t)
    world.touch(pool)


def _cool(replica: Replica) -> None:
    for some in (replica.pool.cold, replica.pool.young):
        if replica in some:
            some.remove(replica)


def first_to_go(pool: Pool) -> list[Replica]:
    """Its replicas that do not drain yet in the order in which they are taken away: not ready ones, then the newest."""
    there = [replica for replica in pool.replicas if replica.state != DRAINING]
    return sorted(there, key=lambda replica: (replica.state == READY, -replica.index))
