"""A rollout to simulate, in typed whole numbers: times in milliseconds, rates in millionths."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Startup(NamedTuple):
    """How long each phase from creation to ready takes, and what the startup probe allows from Loading to Ready."""

    schedule: int = 0
    pull: int = 0
    download: int = 0
    load: int = 0
    compile: int = 0
    capture: int = 0
    warmup: int = 0
    probe: int = 600_000

    @property
    def container(self) -> int:
        """From the start of the main container to ready."""
        return self.load + self.compile + self.capture + self.warmup

    @property
    def whole(self) -> int:
        """From creation to ready, where a GPU is free."""
        return self.schedule + self.pull + self.download + self.container


class Capacity(NamedTuple):
    """What one replica can do: B, tokens of prefill per second, seconds of a decode step, seconds per request in it.

    For `window` milliseconds after it became ready a gateway with slow start sends it less than its warm peers.
    """

    concurrency: int
    prefill: float
    base: float
    per_request: float
    transfer: float = 0.0
    window: int = 0
    aggression: float = 1.0


class ModelSpec(NamedTuple):
    """One model, or one revision of it: what its replicas are like and how many there are at the start."""

    name: str
    version: str
    role: str
    region: str
    runtime: str
    replicas: int
    pods: int
    gpu_class: str
    gpus: int
    startup: Startup
    capacity: Capacity
    hit: float
    warm: int
    errors: int
    drain: int
    grace: int = -1  # when what a replica that drains still works on fails; never


class Load(NamedTuple):
    """What arrives: micro-requests per second over time, and how long a request is."""

    rate: int
    prompt: int
    output: int
    profile: str = "constant"
    points: tuple[tuple[int, int], ...] = ()
    amplitude: float = 0.5
    period: int = 86_400_000
    timeout: int = 0
    users: int = 0


class Step(NamedTuple):
    """One action; `value` is what it needs, `timeout` how long it may wait."""

    action: str
    value: Any
    timeout: int


class Gate(NamedTuple):
    """A bound on one metric of one model; `relative` is the other model it is compared with."""

    name: str
    metric: str
    model: int
    most: float | None
    least: float | None
    relative: int
    factor: float
    failures: int


class Fault(NamedTuple):
    """Something that happens at a time, or when a step (`step` not -1) is entered; `length` -1 is for good."""

    at: int
    step: int
    model: int
    kind: str
    value: float | str | None
    length: int
    many: int


class Pair(NamedTuple):
    """The old and the new pool of one workload, how many replicas it has, and how a rolling update may go about it."""

    old: int
    new: int
    surge: int
    unavailable: int


class Scenario(NamedTuple):
    """All that the simulator knows; `traffic` are parts of the whole by model, `prices` micro-dollars per GPU-hour."""

    name: str
    description: str
    strategy: str
    tick: int
    end: int
    seed: int
    noise: float
    gpus: Mapping[str, int]
    provision: int
    prices: Mapping[str, int]
    load: Load
    models: tuple[ModelSpec, ...]
    pairs: tuple[Pair, ...]
    traffic: tuple[int, ...]
    rtt: Mapping[tuple[str, str], float]
    deadline: int
    mixed_fail: bool
    budget: int
    steps: tuple[Step, ...]
    gates: tuple[Gate, ...]
    on_failure: str
    faults: tuple[Fault, ...]
    approve: int = -1

    @property
    def weighted(self) -> bool:
        """Whether steps set the weights; elsewhere traffic follows readiness."""
        return self.strategy in WEIGHTED

    @property
    def once(self) -> bool:
        """Whether all pairs roll at once from the start, without steps."""
        return not self.steps


WEIGHTED = frozenset({"canary", "bluegreen", "progressive", "shadow", "ab"})
