"""How far a pod is on its way to ready, from its status and, while its engine loads, the end of its log."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from mtop_core.api import Container, Inventory, Pod, ShapeError, plain, text

# What each phase has behind it, in percent of the way; loading is the longest.
_BEGINS = {"scheduling": 0, "pulling": 5, "downloading": 15, "loading": 40, "compiling": 75, "warming": 90,
           "ready": 100}  # fmt: skip
_ENDS = {"scheduling": 5, "pulling": 15, "downloading": 40, "loading": 75, "compiling": 90, "warming": 98,
         "ready": 100}  # fmt: skip
_PERCENT = re.compile(r"(\d{1,3})%")
_LINES = 400
# Signs in an engine's log, the last one seen counts.
_SIGNS = (
    ("warming", ("init engine (profile", "Starting vLLM API server", "Graph capturing finished", "Warming up")),
    ("compiling", ("Dynamo bytecode", "torch.compile", "Capturing CUDA graph", "Loading weights took")),
    ("loading", ("checkpoint shards", "Starting to load model", "Loading model")),
    ("downloading", ("Fetching", "Downloading")),
)


class Phase(NamedTuple):
    """A word, how much of the phase is done where anybody knows, and how much of the whole way that makes."""

    word: str
    percent: int | None
    way: int
    bad: bool = False

    @property
    def label(self) -> str:
        """The phase as a cell shows it."""
        return self.word if self.percent is None else f"{self.word} {self.percent}%"


class Logs:
    """The last lines of engines that load, each read again after `every` seconds at the soonest.

    A rollout changes several times a second, and every change is looked at; its logs need not be.
    """

    def __init__(self, every: float, now: Callable[[], float]) -> None:
        self._every = every
        self._now = now
        self._kept: dict[tuple[str, str, str, int], tuple[float, Sequence[str]]] = {}

    def lines(self, pod: Pod, container: Container, inventory: Inventory) -> Sequence[str]:
        """The last lines of one container run."""
        key, now = (pod.namespace, pod.name, container.name, container.restarts), self._now()
        kept = self._kept.get(key)
        if kept is not None and now - kept[0] < self._every:
            return kept[1]
        self._kept = {name: entry for name, entry in self._kept.items() if now - entry[0] < 10 * self._every}
        try:
            lines: Sequence[str] = inventory.log(pod, container.name)[-_LINES:]
        except ShapeError:
            lines = ()
        self._kept[key] = (now, lines)
        return lines


def phase_of(pod: Pod, inventory: Inventory, logs: Logs) -> Phase:
    """The phase of a pod."""
    if pod.deleting:
        return Phase("leaving", None, 100)
    if pod.ready:
        return Phase("ready", None, 100)
    if pod.over:
        return Phase(plain(text(pod.raw, "status", "reason")) or pod.phase.lower(), None, 0, bad=True)
    if not pod.node:
        return _phase("scheduling", None)
    for container in pod.containers:
        if container.waiting and container.waiting not in ("ContainerCreating", "PodInitializing"):
            return Phase(plain(container.waiting), None, 0, bad=True)
    return _starting(pod, inventory, logs)


def _starting(pod: Pod, inventory: Inventory, logs: Logs) -> Phase:
    fetching = next((one for one in pod.containers if one.init and not one.ready), None)
    if fetching is not None:
        if not fetching.running:
            return _phase("pulling", None)
        return _phase("downloading", _last_percent(logs.lines(pod, fetching, inventory), ("Fetching", "Downloading")))
    engine = next((one for one in pod.containers if not one.init and not one.ready), None)
    if engine is None or not engine.running:
        return _phase("pulling", None)
    lines = logs.lines(pod, engine, inventory)
    for line in reversed(lines):
        for word, signs in _SIGNS:
            if any(sign in line for sign in signs):
                return _phase(word, _last_percent(lines, ("checkpoint shards",)) if word == "loading" else None)
    return _phase("loading", None)


def _phase(word: str, percent: int | None) -> Phase:
    begins, ends = _BEGINS[word], _ENDS[word]
    return Phase(word, percent, begins + (ends - begins) * (percent or 0) // 100)


def _last_percent(lines: Sequence[str], signs: Sequence[str]) -> int | None:
    for line in reversed(lines):
        if any(sign in line for sign in signs) and (found := _PERCENT.search(line)):
            return min(int(found.group(1)), 100)
    return None
