"""How long requests take: the closed form of a batching server per replica, a queue above it, a cache that warms up.

The tail (P95) is a rule of thumb over the utilisation, not a measurement.
"""

from __future__ import annotations

from mtop_rollout.machine.maths import exp
from mtop_rollout.machine.pool import WARM_AFTER, WHOLE, Flow, Pool
from mtop_rollout.machine.scenario import ModelSpec
from mtop_rollout.machine.world import World

_Z95 = 1.645
_BUSIEST = 0.98  # of prefill: beyond it the formula has no answer
_MILLION = 1_000_000


def hit_ratio(pool: Pool) -> float:
    """The prefix cache hit ratio over all ready replicas: those that became ready lately are still cold."""
    steady, warm = pool.spec.hit, pool.spec.warm
    if not pool.cold or not steady or not warm:
        pool.cold.clear()
        return steady
    lacking, still = 0.0, []
    for replica in pool.cold:
        served = pool.each - replica.base
        if served < WARM_AFTER * warm:
            still.append(replica)
            lacking += exp(-served / warm) * (replica.weight / WHOLE)
    pool.cold = still
    return steady * (1.0 - lacking / (pool.weight / WHOLE))


def evaluate(world: World, pool: Pool) -> bool:
    """What a pool does in this tick; whether the next one may differ though nothing happens."""
    pool.count(world.tick)
    pool.row = None
    if not pool.ready:
        return _nobody(world, pool)
    hit = hit_ratio(pool)
    if world.epp == "failOpen":
        hit /= pool.ready
    if world.epp == "failClose":
        return _nobody(world, pool)
    work = world.scenario.load.prompt * (1.0 - hit) / pool.spec.capacity.prefill * pool.latency
    most = best(world.scenario.load.output, pool, work)
    rate = _queued(world, pool, most, pool.errors)
    flow = pool.flow = Flow()
    flow.hit = hit
    flow.utilisation = pool.arriving * 1000 / world.scenario.tick / _MILLION / pool.width / most
    _aggregated(world, pool, min(rate / pool.width, most), work, most)
    return bool(pool.moving or pool.cold)


def best(output: int, pool: Pool, work: float) -> float:
    """The most requests per second that one replica serves, with `work` seconds of prefill for each."""
    capacity = pool.spec.capacity
    step = (capacity.base + capacity.per_request * capacity.concurrency) * pool.latency
    return capacity.concurrency / (output * step + capacity.concurrency * work + 1e-9)


def _nobody(world: World, pool: Pool) -> bool:
    """Nobody answers: what arrives fails, and so does what was waiting."""
    pool.flow = Flow()
    pool.before = (world.tick, pool.queue)
    pool.moving = bool(pool.queue)
    pool.done, pool.lost, pool.queue = 0, pool.arriving + pool.queue, 0
    pool.cold.clear()
    return pool.moving


def _queued(world: World, pool: Pool, most: float, errors: int) -> float:
    """Serves what there is capacity for, keeps the rest waiting; requests per second that are worked on."""
    tick = world.scenario.tick
    capacity = int(most * pool.width * tick * 1000)
    waiting = pool.queue + pool.arriving
    handled = min(waiting, capacity)
    rest = waiting - handled
    patience = world.scenario.load.timeout
    dropped = max(0, rest - capacity * patience // tick) if patience else 0
    wrong = handled * errors // _MILLION
    pool.moving = bool(pool.queue or rest)
    pool.before = (world.tick, pool.queue)
    pool.queue = rest - dropped
    pool.done, pool.lost = handled - wrong, dropped + wrong
    if pool.ready:
        _note(pool, handled)
    return handled * 1000 / tick / _MILLION


def _note(pool: Pool, handled: int) -> None:
    """Notes what each replica has served; those in their slow start had less of it."""
    if not pool.young:
        pool.each += handled // pool.ready
        return
    heaviest = pool.heaviest
    most = handled * heaviest // pool.weight
    pool.each += most
    for replica in pool.young:
        replica.base += most - most * replica.weight // heaviest


def _aggregated(world: World, pool: Pool, rate: float, work: float, most: float) -> None:
    """Prefill and decode on the same GPUs: prefill slows decoding down."""
    capacity, flow, output = pool.spec.capacity, pool.flow, world.scenario.load.output
    busy = min(rate * work, _BUSIEST)
    base = capacity.base * pool.latency / (1.0 - busy)
    each = capacity.per_request * pool.latency / (1.0 - busy)
    _decode(pool, rate, base, each, output)
    assert flow.itl is not None
    _latencies(pool, work / (1.0 - busy) + flow.itl / 1000.0, most, output)


def _decode(pool: Pool, rate: float, base: float, each: float, output: int) -> None:
    """The batch by Little's law, and what a token takes in it."""
    spec, flow = pool.spec, pool.flow
    room = 1.0 - rate * output * each
    batch = min(rate * output * base / room if room > 0 else spec.capacity.concurrency, spec.capacity.concurrency)
    itl = base + each * batch
    load = min(flow.utilisation, 1.0)
    flow.itl = itl * 1000.0
    flow.itl95 = flow.itl * exp(_Z95 * (0.05 + 0.2 * load * load))
    flow.in_flight = batch * pool.width
    flow.batch = batch * (WHOLE / pool.heaviest)


def _latencies(pool: Pool, service: float, most: float, output: int) -> None:
    flow = pool.flow
    assert flow.itl is not None
    load = min(flow.utilisation, 1.0)
    wait = pool.queue / _MILLION / (most * pool.width)
    own = service + pool.remote / 1000.0
    flow.stay = service + (output - 1) * flow.itl / 1000.0
    flow.ttft = (wait + own) * 1000.0
    flow.ttft95 = (wait * 1.2 + own * exp(_Z95 * (0.35 + 0.5 * load * load))) * 1000.0
    flow.e2e = (flow.ttft95 + (output - 1) * flow.itl) / 1000.0


def evaluate_split(world: World, pool: Pool) -> bool:
    """The same for a decode pool whose prompts are worked on by the prefill pools of the document."""
    sources = prefill_of(world, pool)
    x = 0.0
    for source in sources:
        x += source.width
    if not pool.ready or not x or world.epp == "failClose":
        return evaluate(world, pool)  # without prefill the decode pods do it themselves
    pool.count(world.tick)
    pool.row = None
    hit, load = hit_ratio(pool), world.scenario.load
    work = _prefill_work(load.prompt, sources[0].spec, hit) * sources[0].latency
    share = _share_of(world, pool)
    before = x * share * _BUSIEST / max(work, 1e-9) / pool.width
    most = min(best(load.output, pool, 0.0), before)
    errors = pool.errors + (_MILLION - pool.errors) * mixed(world, pool, sources) // _MILLION
    rate = _queued(world, pool, most, errors)
    flow = pool.flow = Flow()
    flow.hit = hit
    flow.utilisation = pool.arriving * 1000 / world.scenario.tick / _MILLION / pool.width / most
    capacity = pool.spec.capacity
    _decode(pool, min(rate / pool.width, most), capacity.base * pool.latency, capacity.per_request * pool.latency,
            load.output)  # fmt: skip
    busy = min(rate * work / max(x * share, 1e-9), _BUSIEST)
    assert flow.itl is not None
    _latencies(pool, work / (1.0 - busy) + capacity.transfer + flow.itl / 1000.0, most, load.output)
    return bool(pool.moving or pool.cold)


def evaluate_prefill(world: World, pool: Pool) -> None:
    """What a prefill pool is busy with: its part of all prompts; requests are counted where they are decoded."""
    pool.count(world.tick)
    pool.row = None
    flow = pool.flow = Flow()
    width, handled, hit = 0.0, 0, pool.spec.hit
    for other in world.pools:
        if other.prefill:
            width += other.width
        elif pool in prefill_of(world, other):
            handled += other.done + other.lost
            hit = other.flow.hit
    if not pool.ready:
        return
    rate = handled * 1000 / world.scenario.tick / _MILLION / width
    work = _prefill_work(world.scenario.load.prompt, pool.spec, hit) * pool.latency
    flow.utilisation = rate * work
    flow.hit = hit
    flow.ttft = work / (1.0 - min(flow.utilisation, _BUSIEST)) * 1000.0
    flow.ttft95 = flow.ttft * exp(_Z95 * 0.35)
    flow.rate = rate * pool.width
    flow.in_flight = flow.rate * flow.ttft / 1000.0


def prefill_of(world: World, pool: Pool) -> list[Pool]:
    """The prefill pools that work for a decode pool: those of its region."""
    return [other for other in world.pools if other.prefill and other.spec.region == pool.spec.region]


def mixed(world: World, pool: Pool, sources: list[Pool]) -> int:
    """Which part of its requests, in millionths, comes from a prefill of another version and fails."""
    if not world.scenario.mixed_fail:
        return 0
    whole = same = 0
    for source in sources:
        whole += source.weight
        same += source.weight if source.spec.version == pool.spec.version else 0
    return _MILLION - _MILLION * same // whole


def _prefill_work(prompt: int, spec: ModelSpec, hit: float) -> float:
    return prompt * (1.0 - hit) / spec.capacity.prefill


def _share_of(world: World, pool: Pool) -> float:
    """Which part of the prefill a decode pool gets: as much as of the traffic of its region."""
    total = 0
    for other in world.pools:
        if not other.prefill and other.spec.region == pool.spec.region:
            total += other.arriving
    return pool.arriving / total if total and pool.arriving else 1.0
