"""Where requests go: by weights, by readiness, by region, by user; and what is mirrored."""

from __future__ import annotations

from mtop_rollout.machine.latency import best
from mtop_rollout.machine.maths import SCALE, apportioned
from mtop_rollout.machine.noise import bits
from mtop_rollout.machine.pool import Pool
from mtop_rollout.machine.world import World

OVERPROVISIONED = 1.4  # a region takes its whole share while so much of it is healthy
_RTT = 50.0
_BUSY = 0.9  # of its capacity, and a region sends the rest elsewhere


class Traffic:
    """Spreads the load over the pools; shares add up to the whole, whatever happens."""

    def __init__(self, world: World) -> None:
        self._world = world
        scenario = world.scenario
        self._regions = _regions(world) if scenario.strategy == "multiregion" else {}
        self._by_ready = not scenario.weighted
        self._slots = self._make_slots()
        self._parts = apportioned(SCALE, [self._weight(slot) for slot in self._slots])
        users = scenario.load.users
        self._users = [(bits(scenario.seed, user) % SCALE, SCALE // (user + 1)) for user in range(users)]

    def set(self, weights: list[int]) -> None:
        """Sets the weights of the models, in the order of the document."""
        self._world.weights = weights
        self._parts = apportioned(SCALE, [self._weight(slot) for slot in self._slots])
        self._world.reshare = self._world.changed = True

    def spread(self) -> None:
        """Works out what arrives at each pool in a tick."""
        world = self._world
        if not world.reshare:
            return
        world.reshare = False
        self.place()
        total = world.rate * world.scenario.tick // 1000
        flows = [pool.share for pool in world.pools]
        arriving = apportioned(total, self._sticky(flows) if self._users else flows)
        if world.mirror:
            source, target, percent = world.mirror
            arriving[target] = int(arriving[source] * percent / 100)
        for pool, amount in zip(world.pools, arriving, strict=True):
            pool.row = None
            if pool.arriving != amount:
                # what arrived until now was another amount
                pool.count(world.tick)
                pool.arriving = amount
                world.dirty.add(pool.place)

    def place(self) -> None:
        """Works out the shares of all pools; what arrives in this tick stays as it is."""
        if self._regions:
            self._spread_regions()
            return
        for slot, part in zip(self._slots, self._parts, strict=True):
            self._split(slot, part)
            for pool in slot:
                pool.row = None

    def _make_slots(self) -> list[tuple[Pool, ...]]:
        """The pools that share one weight by readiness: old and new of a pair; elsewhere each for itself."""
        pools = self._world.pools
        if not self._by_ready:
            return [(pool,) for pool in pools]
        paired = {place for pair in self._world.scenario.pairs for place in (pair.old, pair.new)}
        pairs = [(pools[pair.old], pools[pair.new]) for pair in self._world.scenario.pairs]
        return [*pairs, *((pool,) for pool in pools if pool.place not in paired)]

    def _weight(self, slot: tuple[Pool, ...]) -> int:
        weight = 0
        for pool in slot:
            weight += self._world.weights[pool.place]
        return weight

    def _split(self, slot: tuple[Pool, ...], part: int) -> None:
        """Shares out one weight; where nobody is ready it stays where it was, and fails there."""
        if len(slot) == 1:
            slot[0].share = part
            return
        old, new = slot
        weight = old.weight + new.weight
        if weight:
            new.share = part * new.weight // weight
        elif old.share + new.share == 0:
            new.share = 0
        else:
            new.share = part * new.share // (old.share + new.share)
        old.share = part - new.share

    def _sticky(self, shares: list[int]) -> list[int]:
        """Parts of requests where users stay with one model: few users make many of the requests."""
        upto, running = [], 0
        for share in shares:
            running += share
            upto.append(running)
        parts = [0] * len(shares)
        for place, activity in self._users:
            parts[next(index for index, bound in enumerate(upto) if place < bound)] += activity
        return parts

    def _spread_regions(self) -> None:
        """Clients go to their own region, and to the next ones for what it has no healthy replicas for."""
        taken: dict[str, list[tuple[int, float]]] = {name: [] for name in self._regions}
        room = {name: self._room(slots) for name, slots in self._regions.items()}
        over = {}
        for home, slots in self._regions.items():
            whole = self._client_share(home)
            own = min(int(whole * _health(slots)), room[home])
            taken[home].append((own, 0.0))
            room[home] -= own
            over[home] = whole - own
        for home, left in over.items():
            self._overflow(home, left, room, taken)
        for name, slots in self._regions.items():
            self._place(slots, taken[name])

    def _overflow(
        self, home: str, left: int, room: dict[str, int], taken: dict[str, list[tuple[int, float]]]
    ) -> None:
        """Sends what a region cannot take to the nearest ones with capacity, the rest to the nearest with anyone."""
        rtt = self._world.scenario.rtt
        far = {other: 0.0 if other == home else rtt.get((home, other), _RTT) for other in self._regions}
        nearest = sorted(self._regions, key=lambda name: far[name])
        for other in nearest:
            part = min(left, room[other]) if other != home else 0
            if part:
                taken[other].append((part, far[other]))
                room[other] -= part
                left -= part
        if left:
            where = next((name for name in nearest if _health(self._regions[name])), home)
            taken[where].append((left, far[where]))

    def _room(self, slots: list[tuple[Pool, ...]]) -> int:
        """Which part of all traffic the ready replicas of a region have capacity for."""
        load, most = self._world.scenario.load, 0.0
        for slot in slots:
            for pool in slot:
                work = load.prompt * (1.0 - pool.spec.hit) / pool.spec.capacity.prefill * pool.latency
                most += pool.width * best(load.output, pool, work)
        rate = self._world.rate / 1_000_000
        return min(int(_BUSY * most / rate * SCALE), SCALE) if rate else SCALE

    def _place(self, slots: list[tuple[Pool, ...]], taken: list[tuple[int, float]]) -> None:
        total, away = 0, 0.0
        for part, distance in taken:
            total += part
            away += part * distance
        for slot, part in zip(slots, apportioned(total, [self._weight(slot) for slot in slots]), strict=True):
            self._split(slot, part)
            for pool in slot:
                remote = away / total if total else 0.0
                if pool.remote != remote:
                    pool.remote = remote
                    self._world.dirty.add(pool.place)

    def _client_share(self, region: str) -> int:
        share = 0
        for slot, part in zip(self._slots, self._parts, strict=True):
            if slot[0].spec.region == region:
                share += part
        return share


def _regions(world: World) -> dict[str, list[tuple[Pool, ...]]]:
    found: dict[str, list[tuple[Pool, ...]]] = {}
    for pair in world.scenario.pairs:
        slot = (world.pools[pair.old], world.pools[pair.new])
        found.setdefault(slot[0].spec.region, []).append(slot)
    return found


def _health(slots: list[tuple[Pool, ...]]) -> float:
    """How much of its share a region takes: all of it down to five healthy replicas of seven."""
    ready = wanted = 0
    for slot in slots:
        wanted += slot[0].spec.replicas
        for pool in slot:
            ready += pool.ready
    return min(1.0, OVERPROVISIONED * ready / wanted) if wanted else 0.0
