"""Noise of metrics: a number drawn from seed, time, model and metric, whatever was drawn before it."""

from __future__ import annotations

_MASK = (1 << 64) - 1


def mixed(value: int) -> int:
    """64 well-mixed bits of a number (the finaliser of splitmix64)."""
    value = (value + 0x9E3779B97F4A7C15) & _MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _MASK
    return value ^ (value >> 31)


def bits(*keys: int) -> int:
    """64 bits that depend on all keys and their order."""
    state = 0
    for key in keys:
        state = mixed(state ^ (key & _MASK))
    return state


def normal(*keys: int) -> float:
    """A number of mean 0 and variance 1: twelve uniform ones added up, less six."""
    state, total = bits(*keys), 0
    for _ in range(12):
        state = mixed(state)
        total += state >> 32
    return total / 4294967296.0 - 6.0


def noisy(value: float, sigma: float, *keys: int) -> float:
    """A metric with relative noise, never below a tenth of itself."""
    return value * max(0.1, 1.0 + sigma * normal(*keys)) if sigma else value
