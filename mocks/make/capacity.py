"""Free accelerators per node: places pods and hands out addresses."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Place:
    """One node as the mock scheduler sees it."""

    name: str
    pool: str
    ip: str
    resource: str
    free: int
    pods: int = 0
    index: int = 0


@dataclass
class Capacity:
    """The nodes of a world and what is left of them."""

    places: dict[str, Place] = field(default_factory=dict)

    def register(self, name: str, pool: str, ip: str, resource: str, count: int) -> None:
        """Make a node known to the mock scheduler."""
        self.places[name] = Place(name, pool, ip, resource, count, index=len(self.places))

    def take(self, pool: str, count: int, node: str = "") -> Place:
        """Reserve accelerators on the named node or on the best fitting one of a pool."""
        fitting = [p for p in self.places.values() if p.pool == pool and p.free >= count]
        if node:
            fitting = [p for p in fitting if p.name == node]
        if not fitting:
            raise ValueError(f"no room for {count} on pool {pool} {node}")
        best = min(fitting, key=lambda place: (place.free, place.pods, place.index))
        best.free -= count
        best.pods += 1
        return best

    def free(self, pool: str) -> int:
        """Return the free accelerators of a pool."""
        return sum(place.free for place in self.places.values() if place.pool == pool)


def pod_ip(place: Place) -> str:
    """Return the address of the newest pod on a node."""
    return f"10.{32 + place.index}.{place.pods // 200}.{10 + place.pods % 200}"
