"""The replicas of one model, counted by state, and what arrives at them."""

from __future__ import annotations

from mtop_rollout.machine.scenario import ModelSpec
from mtop_rollout.machine.states import GONE, PENDING, READY, STATES

WARM_AFTER = 12  # so many times warmRequests, and the cache is as warm as it gets: exp(-12) is nothing
WHOLE = 1_000_000  # the weight of a replica that is past its slow start


class Replica:
    """One replica: a pod, or a group of pods that is ready only as a whole.

    `due` is when its state ends (-1: nothing is planned), `base` what each replica of the pool had served when this
    one became ready, `held` how many of its pods have their GPUs, `weight` its part of the traffic beside its peers.
    """

    __slots__ = ("base", "crashes", "created", "due", "held", "index", "kill", "pool", "since", "state", "unfinished",
                 "weight")  # fmt: skip

    def __init__(self, pool: Pool, index: int, created: int) -> None:
        self.pool = pool
        self.index = index
        self.created = created
        self.state = PENDING
        self.since = created
        self.due = -1
        self.kill = -1
        self.held = 0
        self.base = 0
        self.crashes = 0
        self.weight = WHOLE
        self.unfinished = 0  # what will fail when it is killed, in millionths of requests

    @property
    def name(self) -> str:
        """What events call it."""
        return f"{self.pool.spec.name}-{self.index}"


class Flow:
    """What a pool does in one tick, per second, and how long a request takes; None where nothing is served."""

    __slots__ = ("batch", "e2e", "hit", "in_flight", "itl", "itl95", "rate", "stay", "ttft", "ttft95", "utilisation")

    def __init__(self) -> None:
        self.ttft: float | None = None
        self.ttft95: float | None = None
        self.itl: float | None = None
        self.itl95: float | None = None
        self.e2e: float | None = None
        self.in_flight = 0.0
        self.batch = 0.0  # of it at a replica past its slow start
        self.stay = 0.0  # how many seconds a request spends there
        self.rate = 0.0  # of prefill, whose requests arrive at the decode pools
        self.utilisation = 0.0
        self.hit = 0.0


class Pool:
    """One model at work; `share` are its parts of the traffic, amounts of requests are in millionths."""

    def __init__(self, spec: ModelSpec, place: int) -> None:
        self.spec = spec
        self.place = place
        self.replicas: list[Replica] = []
        self.counts = [0] * len(STATES)
        self.desired = spec.replicas
        self.share = 0
        self.remote = 0.0  # milliseconds that clients of other regions are away, on average
        self.shadow = spec.role == "shadow"
        self.prefill = spec.role == "prefill"
        self.flow = Flow()
        self.arriving = 0  # per tick
        self.done = 0
        self.lost = 0
        self.cut = 0  # what was cut off in this tick by the end of a replica; counted as served until then
        self.queue = 0
        self.moving = False  # the queue is not what it was a tick ago
        self.before = (-1, 0)  # the last tick that changed the queue, and what it was before
        self.each = 0
        self.arrived = 0
        self.served = 0
        self.failed = 0
        self.since = 0  # the tick up to which the three are counted
        self.cold: list[Replica] = []
        self.young: list[Replica] = []  # ready, and in their slow start
        self.slow = 1.0
        self.latency = 1.0
        self.errors = spec.errors
        self.crashing = False
        self.pull_fails = False
        self.oom = -1.0
        self.down = False
        self.row: dict[str, object] | None = None
        self._next = 0

    @property
    def ready(self) -> int:
        """How many replicas are ready."""
        return self.counts[READY]

    @property
    def weight(self) -> int:
        """What all ready replicas weigh together."""
        weight = (self.ready - len(self.young)) * WHOLE
        for replica in self.young:
            weight += replica.weight
        return weight

    @property
    def heaviest(self) -> int:
        """What the ready replica weighs that gets the most."""
        return max(replica.weight for replica in self.young) if 0 < self.ready == len(self.young) else WHOLE

    @property
    def width(self) -> float:
        """How many replicas the traffic is spread over, as the one sees it that gets the most."""
        return self.weight / self.heaviest if self.young else self.ready

    @property
    def total(self) -> int:
        """How many replicas there are, those that drain not counted."""
        return len(self.replicas) - self.counts[9]

    @property
    def per_replica(self) -> int:
        """The GPUs of one replica."""
        return self.spec.pods * self.spec.gpus

    def add(self, t: int) -> Replica:
        """A new replica, still without GPUs."""
        replica = Replica(self, self._next, t)
        self._next += 1
        self.replicas.append(replica)
        self.counts[PENDING] += 1
        return replica

    def move(self, replica: Replica, state: int, t: int) -> None:
        """Puts a replica into another state; one that is Gone leaves the pool."""
        self.counts[replica.state] -= 1
        replica.state = state
        replica.since = t
        if state == GONE:
            self.replicas.remove(replica)
        else:
            self.counts[state] += 1

    def count(self, tick: int) -> None:
        """Counts what was served and lost in the ticks before `tick`."""
        ticks = tick - self.since
        if ticks:
            self.arrived += ticks * self.arriving
            self.served += ticks * self.done
            self.failed += ticks * self.lost
            self.since = tick

    def cut_off(self, tick: int, amount: int) -> int:
        """Counts requests as failed that were counted as served when they began; how many of them there were."""
        self.count(tick)
        amount = min(amount, self.served)
        self.served -= amount
        self.failed += amount
        self.cut += amount
        return amount

    def queue_at(self, tick: int) -> int:
        """The queue at the beginning of a tick."""
        return self.before[1] if self.before[0] == tick else self.queue

    def states(self) -> dict[str, int]:
        """How many pods are in each state that any is in."""
        pods = self.spec.pods
        return {name: count * pods for name, count in zip(STATES, self.counts, strict=True) if count}
