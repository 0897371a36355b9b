"""What arrives over time, in micro-requests per second."""

from __future__ import annotations

from bisect import bisect_right

from mtop_rollout.machine.maths import sine
from mtop_rollout.machine.scenario import Load

_EVERY = 10_000  # how often a sine is looked at anew, in milliseconds


def rate_at(load: Load, t: int) -> int:
    """The rate at a time."""
    if load.profile == "sine":
        return max(0, round(load.rate * (1.0 + load.amplitude * sine(t % load.period / load.period))))
    if load.profile == "constant" or not load.points:
        return load.rate
    after = bisect_right(load.points, (t, 1 << 62))
    before = load.points[after - 1] if after else (0, load.rate)
    if load.profile == "step" or after == len(load.points):
        return before[1]
    following = load.points[after]
    return before[1] + (following[1] - before[1]) * (t - before[0]) // (following[0] - before[0])


def next_change(load: Load, t: int, tick: int) -> int | None:
    """When the rate may differ from what it is at `t`, None where it never will."""
    if load.profile == "sine":
        return t + max(_EVERY, tick)
    if load.profile == "constant" or not load.points:
        return None
    after = bisect_right(load.points, (t, 1 << 62))
    if after == len(load.points):
        return None
    return load.points[after][0] if load.profile == "step" else t + tick
