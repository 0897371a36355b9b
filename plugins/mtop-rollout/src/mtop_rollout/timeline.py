"""A timeline as rows, columns and last lines: one row per model for every frame."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from mtop_core.api import Column
from mtop_rollout.machine.rows import Frame

_SHORT = {"Provisioning": "prov", "Downloading": "down", "Compiling": "comp", "Capturing": "capt"}


def rows_of(frames: Iterable[Frame]) -> Iterator[dict[str, Any]]:
    """The rows of all frames; events about no model stand with the first one."""
    for frame in frames:
        names = [row["model"] for row in frame.models]
        for at, row in enumerate(frame.models):
            events = [text for model, text in frame.events
                      if model == row["model"] or (at == 0 and model not in names)]  # fmt: skip
            yield {"seconds": seconds(frame.t), "step": frame.step, "phase": frame.phase, **row, "events": events}


def seconds(t: int) -> float | int:
    """Milliseconds as seconds, whole where they are."""
    return t // 1000 if t % 1000 == 0 else t / 1000


def pods_text(pods: Mapping[str, int]) -> str:
    """Pods by state, as a cell shows them."""
    return " ".join(f"{count} {_SHORT.get(state, state.lower())}" for state, count in pods.items()) or "-"


def clock(value: float) -> str:
    """Seconds as `1:02:03` or `2:03`."""
    whole = int(value)
    rest = f".{round((value - whole) * 1000):03d}".rstrip("0") if value != whole else ""
    hours, minutes = whole // 3600, whole // 60 % 60
    return (f"{hours}:{minutes:02d}" if hours else f"{minutes}") + f":{whole % 60:02d}{rest}"


def _number(digits: int) -> Any:
    return lambda value: "-" if value is None else f"{value:.{digits}f}"


COLUMNS: Sequence[Column] = (
    Column("seconds", "TIME", clock),
    Column("step", "STEP", lambda step: "-" if step < 0 else str(step), wide=True),
    Column("phase", "PHASE"),
    Column("model", "MODEL"),
    Column("version", "VERSION", wide=True),
    Column("role", "ROLE", wide=True),
    Column("region", "REGION", wide=True),
    Column("pods", "PODS", pods_text, least=14),
    Column("ready", "READY"),
    Column("desired", "WANT"),
    Column("weightPercent", "WEIGHT", lambda value: f"{value:g}%"),
    Column("rps", "REQ/S", lambda value: f"{value:g}"),
    Column("inFlight", "IN-FLIGHT", _number(0), wide=True),
    Column("queue", "QUEUE", _number(0)),
    Column("utilisation", "UTIL", lambda value: f"{value:.0%}", wide=True),
    Column("ttftP50Ms", "TTFT50", _number(0)),
    Column("ttftP95Ms", "TTFT95", _number(0)),
    Column("itlP50Ms", "ITL50", _number(1)),
    Column("itlP95Ms", "ITL95", _number(1)),
    Column("e2eP95Seconds", "E2E95", _number(2), wide=True),
    Column("errorPercent", "ERR", lambda value: f"{value:g}%"),
    Column("cacheHit", "CACHE", lambda value: f"{value:.0%}", wide=True),
    Column("gpus", "GPUS"),
    Column("dollarsPerHour", "$/H", _number(2)),
    Column("events", "EVENTS", lambda events: "; ".join(events) or "-", least=24),
)


def summary_lines(name: str, summary: Mapping[str, Any]) -> list[str]:
    """A summary as people read it."""
    requests, cost = summary["requests"], summary["extraDollars"]
    worst = "nothing was served" if summary["worstTtftP95Ms"] is None else (
        f"{summary['worstTtftP95Ms']:,.0f} ms, {summary['worstTtftModel']} at {clock(summary['worstTtftAtSeconds'])}"
    )  # fmt: skip
    per_model = ", ".join(f"{row['model']} {row['served']:,.0f}" + (f" (failed {row['failed']:,.0f})" if row["failed"]
                          else "") for row in summary["models"])  # fmt: skip
    extra = "unknown, no price" if cost is None else f"{cost:,.2f} $ over the steady state"
    return [
        f"verdict: {name} {summary['verdict']}",
        f"requests: {requests['served']:,.0f} served, {requests['failed']:,.0f} failed, "
        f"{requests['waiting']:,.0f} waiting; {per_model}",
        f"worst TTFT P95: {worst} (model, not measured)",
        f"least ready: {summary['minimumReady']} at {clock(summary['minimumReadyAtSeconds'])}",
        f"GPUs: {summary['peakGpus']} at most, {summary['gpuHours']:g} GPU-hours",
        f"extra cost: {extra}",
    ]
