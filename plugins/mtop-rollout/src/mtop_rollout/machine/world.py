"""What the stages of a tick share: pools, GPUs, timers, what is in force, and what is to be worked out anew."""

from __future__ import annotations

from heapq import heappop, heappush

from mtop_rollout.machine.gpus import Gpus
from mtop_rollout.machine.pool import Pool, Replica
from mtop_rollout.machine.scenario import Fault, Scenario
from mtop_rollout.machine.states import PROGRESSING

Event = tuple[str, str]


class World:
    """The state of one simulation at `t`; `events` are those of this tick, each a model (or nothing) and a text."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.t = 0
        self.tick = 0
        self.phase = PROGRESSING
        self.step = -1
        self.pools = [Pool(spec, place) for place, spec in enumerate(scenario.models)]
        self.gpus = Gpus(scenario.gpus)
        self.weights = list(scenario.traffic)
        self.rate = 0
        self.mirror: tuple[int, int, float] | None = None
        self.epp = ""
        self.active: list[Fault] = []
        self.events: list[Event] = []
        self.waiting: list[Replica] = []
        self.changed = True  # a discrete field: a row is due
        self.reshare = True  # weights or readiness: traffic is to be spread anew
        self.restless = True  # replicas came, went or became ready: their controllers look again
        self.dirty: set[int] = set()
        self.failure = ""
        self.cut: list[Pool] = []  # of them requests were cut off in this tick
        self._timers: list[tuple[int, int, int, Replica]] = []

    def say(self, text: str, pool: Pool | None = None) -> None:
        """Adds an event."""
        self.events.append((pool.spec.name if pool else "", text))
        self.changed = True

    def touch(self, pool: Pool) -> None:
        """Notes that the replicas of a pool changed."""
        self.dirty.add(pool.place)
        pool.row = None
        self.changed = self.reshare = self.restless = True

    def plan(self, replica: Replica, due: int) -> None:
        """Sets when the state of a replica ends."""
        replica.due = due
        heappush(self._timers, (due, replica.pool.place, replica.index, replica))

    def due(self) -> list[Replica]:
        """The replicas whose state has ended by now, by model and index."""
        found = []
        while self._timers and self._timers[0][0] <= self.t:
            due, place, index, replica = heappop(self._timers)
            if replica.due == due:
                found.append((place, index, replica))
        return [replica for _, _, replica in sorted(found, key=lambda entry: entry[:2])]

    def next_timer(self) -> int | None:
        """When the next state of a replica ends."""
        while self._timers and self._timers[0][3].due != self._timers[0][0]:
            heappop(self._timers)
        return self._timers[0][0] if self._timers else None
