"""Recorded timelines: states that another tool or mtop itself wrote down; they are played, never simulated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from mtop_core.api import DataError, parse_time, plain
from mtop_rollout.machine.rows import Frame
from mtop_rollout.topology.files import Source, parsed

KIND = "RolloutRecording"
_MOST_STATES = 100_000
_READY = frozenset({"ready", "healthy", "running", "active", "serving", "up", "available", "stable", "ok"})
_FRAME_KEYS = frozenset({"t", "step", "phase", "models", "events"})


class Recording(NamedTuple):
    """What was recorded: frames of models, or (of a real rollout) views of its tree."""

    name: str
    frames: tuple[Frame, ...]
    views: tuple[dict[str, Any], ...] = ()


def recording(source: Source) -> Recording | None:
    """The timeline in a text, None where it holds something else; DataError with the place of what is wrong in one."""
    found = list(parsed(source))
    if not found:
        return None
    first, where = found[0]
    if isinstance(first, dict) and first.get("kind") == KIND:
        return _own(source, [value for value, _ in found])
    states = _states(found)
    if states is None:
        return None
    if not states:
        raise DataError(f"{source.name}: there is no state in it")
    if len(states) > _MOST_STATES:
        raise DataError(f"{source.name}: more than {_MOST_STATES:,} states")
    return Recording(where.name, tuple(_frames(states)))


def _states(found: Sequence[tuple[Any, Source]]) -> list[tuple[Any, Source, tuple[str | int, ...]]] | None:
    """The states in a text with their places: a list, a list under `states`, or one document each."""
    first, where = found[0]
    if isinstance(first, list):
        return [(state, where, (at,)) for at, state in enumerate(first)]
    if isinstance(first, dict) and isinstance(first.get("states"), list):
        return [(state, where, ("states", at)) for at, state in enumerate(first["states"])]
    if isinstance(first, dict) and {"traffic", "status"} <= first.keys():
        return [(state, place, ()) for state, place in found]
    return None


def _frames(states: Sequence[tuple[Any, Source, tuple[str | int, ...]]]) -> Iterator[Frame]:
    start: float | None = None
    before = -1
    active = ""
    for number, (state, where, path) in enumerate(states):
        read = _Reader(where, path, state)
        at = read.time(number)
        start = at if start is None else start
        t = round((at - start) * 1000)
        if t <= before:
            raise DataError(f"{where.place((*path, 'timestamp'))}: is not later than the state before it")
        before = t
        events = [("", read.label())] if read.label() else []
        now = read.text("active_environment")
        if now and now != active:
            events.append(("", f"{plain(now)} is the active environment"))
        active = now or active
        yield Frame(t, read.step(number), read.text("phase") or "Recorded", tuple(read.rows()), tuple(events))


class _Reader:
    """Reads one state; what is not as it should be is an error with its place."""

    def __init__(self, where: Source, path: tuple[str | int, ...], state: Any) -> None:
        self._where = where
        self._path = path
        if not isinstance(state, dict):
            raise DataError(f"{where.place(path)}: a state is a mapping with traffic and status")
        self._state = state

    def time(self, number: int) -> float:
        """When it was, in seconds; its number where it does not say."""
        value = self._state.get("timestamp")
        if value is None:
            return float(number)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e12:
            return float(value)
        moment = parse_time(value)
        if moment is None:
            raise self._wrong(("timestamp",), "expected seconds or an RFC 3339 time")
        return moment.timestamp()

    def step(self, number: int) -> int:
        """The number of its step."""
        value = self._state.get("step", number)
        return value if isinstance(value, int) and not isinstance(value, bool) else number

    def label(self) -> str:
        """The name of its step, where it has one."""
        value = self._state.get("step")
        return plain(value) if isinstance(value, str) else ""

    def text(self, key: str) -> str:
        """A text, empty where there is none."""
        value = self._state.get(key)
        return plain(value) if isinstance(value, str) else ""

    def rows(self) -> Iterator[dict[str, Any]]:
        """A row for each model that has a status or traffic."""
        status, traffic = self._mapping("status"), self._mapping("traffic")
        metrics = self._mapping("metrics")
        rate = self._number(metrics, "metrics", "total_rps", 0.0)
        errors = self._number(metrics, "metrics", "error_rate", 0.0)
        errors = errors if errors > 1 else errors * 100
        latency = self._number(metrics, "metrics", "latency_p95", None)
        for name in dict.fromkeys([*traffic, *status]):
            weight = self._number(traffic, "traffic", name, 0.0)
            said = status.get(name) or {}
            if not isinstance(said, dict):
                raise self._wrong(("status", name), "expected a mapping with status, replicas and version")
            replicas = int(self._number(said, "status", "replicas", 0.0))
            word = plain(str(said.get("status") or "unknown"))
            yield _row(plain(str(name)), plain(str(said.get("version") or "")), word, replicas, weight, rate,
                       errors, latency)  # fmt: skip

    def _mapping(self, key: str) -> Mapping[str, Any]:
        value = self._state.get(key)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise self._wrong((key,), "expected a mapping by model")
        return value

    def _number(self, holder: Mapping[str, Any], path: str, key: str, default: Any) -> Any:
        value = holder.get(key)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e12:
            raise self._wrong((path, key), "expected a number that is not negative")
        return float(value)

    def _wrong(self, path: tuple[str, ...], message: str) -> DataError:
        return DataError(f"{self._where.place((*self._path, *path))}: {'.'.join(map(plain, path))}: {message}")


def _row(
    name: str, version: str, word: str, replicas: int, weight: float, rate: float, errors: float, latency: float | None
) -> dict[str, Any]:
    state = word.capitalize()
    return {
        "model": name, "version": version, "role": "", "region": "", "desired": replicas,
        "pods": {state: replicas} if replicas else {}, "ready": replicas if word.lower() in _READY else 0,
        "weightPercent": round(weight, 1), "rps": round(rate * weight / 100, 2), "inFlight": 0.0, "queue": 0.0,
        "utilisation": 0.0, "ttftP50Ms": None, "ttftP95Ms": None, "itlP50Ms": None, "itlP95Ms": None,
        "e2eP95Seconds": None if latency is None else round(latency / 1000, 3),
        "errorPercent": round(errors, 2) if weight else 0.0, "cacheHit": 0.0, "gpus": 0, "dollarsPerHour": 0.0,
    }  # fmt: skip


def _own(source: Source, values: Sequence[Any]) -> Recording:
    """What `--record` wrote: a head, then one line for every frame or view."""
    head, rest = values[0], values[1:]
    name = plain(str(head.get("name") or source.name))
    if head.get("of") == "rollout":
        views = [value for value in rest if isinstance(value, dict) and isinstance(value.get("rows"), list)]
        return Recording(name, (), tuple(views))
    frames = []
    for at, value in enumerate(rest, 1):
        if not isinstance(value, dict) or not value.keys() >= _FRAME_KEYS:
            raise DataError(f"{source.name}: entry {at} of the recording is no frame")
        events = tuple((str(model), plain(str(text))) for model, text in value["events"])
        frames.append(Frame(int(value["t"]), int(value["step"]), plain(str(value["phase"])),
                            tuple(value["models"]), events))  # fmt: skip
    return Recording(name, tuple(frames))
