"""The GPUs of the cluster by class: how many there are, and how many are held."""

from __future__ import annotations

from collections.abc import Mapping


class Gpus:
    """A class that is not limited grows by new nodes as it is asked for more."""

    def __init__(self, limits: Mapping[str, int]) -> None:
        self.limits = dict(limits)
        self.used: dict[str, int] = {}
        self._there: dict[str, int] = {}  # of unlimited classes: on nodes that exist already

    def take(self, name: str, count: int) -> bool:
        """Takes some GPUs where they are free; False where they are not."""
        used = self.used.get(name, 0) + count
        limit = self.limits.get(name)
        if limit is not None and used > limit:
            return False
        self.used[name] = used
        return True

    def grows(self, name: str) -> bool:
        """Whether what is held now takes a node that does not exist yet; it exists from then on."""
        if name in self.limits or self.used.get(name, 0) <= self._there.get(name, 0):
            return False
        self._there[name] = self.used[name]
        return True

    def give(self, name: str, count: int) -> None:
        """Gives GPUs back."""
        self.used[name] -= count

    def free(self, name: str) -> int | None:
        """How many are free, None where there is no limit."""
        limit = self.limits.get(name)
        return None if limit is None else limit - self.used.get(name, 0)

    @property
    def total(self) -> int:
        """How many are held, of all classes."""
        count = 0
        for used in self.used.values():
            count += used
        return count
