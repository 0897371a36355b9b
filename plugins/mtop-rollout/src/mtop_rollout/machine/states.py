"""The states of a replica, in the order in which it goes through them."""

from __future__ import annotations

STATES = (
    "Pending", "Provisioning", "Pulling", "Downloading", "Loading", "Compiling", "Capturing", "Warming",
    "Ready", "Draining", "Crashed", "Gone",
)  # fmt: skip
(PENDING, PROVISIONING, PULLING, DOWNLOADING, LOADING, COMPILING, CAPTURING, WARMING,
 READY, DRAINING, CRASHED, GONE) = range(12)  # fmt: skip

INITIALISED, PROGRESSING, PAUSED, ANALYSING, PROMOTING, ROLLING_BACK = (
    "Initialised", "Progressing", "Paused", "Analysing", "Promoting", "RollingBack",
)  # fmt: skip
SUCCEEDED, ROLLED_BACK, FAILED, TIMED_OUT = "Succeeded", "RolledBack", "Failed", "TimedOut"
ENDS = frozenset({SUCCEEDED, ROLLED_BACK, FAILED, TIMED_OUT})
BACK_OFF = (10_000, 20_000, 40_000, 80_000, 160_000, 300_000)
STEADY_AFTER = 600_000  # a container that ran so long starts its back-off anew
