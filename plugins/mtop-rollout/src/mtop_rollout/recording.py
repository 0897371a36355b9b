"""`--record FILE` and what reads it again: a head, then one line of JSON for each thing shown."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import IO, Any

from mtop_core.api import Result, Source, SourceError, parse_time, plain, rfc3339
from mtop_rollout.machine.rows import Frame
from mtop_rollout.recorded import KIND
from mtop_rollout.screen.plainlines import document

_LONGEST_WAIT = 5.0


def recorded_frames(frames: Iterable[Frame], path: str, name: str) -> Iterator[Frame]:
    """The same frames, each written to a file as it passes."""
    with opened(path) as stream:
        _write(stream, {"apiVersion": "mtop.dev/v1alpha1", "kind": KIND, "of": "topology", "name": name})
        for frame in frames:
            _write(stream, document(frame))
            yield frame


def recorded_views(results: Iterable[Result], path: str, name: str) -> Iterator[Result]:
    """The same Results, each written to a file as it passes."""
    with opened(path) as stream:
        _write(stream, {"apiVersion": "mtop.dev/v1alpha1", "kind": KIND, "of": "rollout", "name": name})
        for result in results:
            result.rows = list(result.rows)
            source = result.source
            _write(stream, {
                "time": rfc3339(source.time) if source else None,
                "source": {"mode": source.mode, "name": source.name} if source else None,
                "rows": [dict(row) for row in result.rows], "notes": list(result.notes), "exitCode": result.exit_code,
            })  # fmt: skip
            yield result


def results_of(views: Sequence[Mapping[str, Any]], speed: float, delay: float | None) -> Iterator[Result]:
    """Recorded views as Results; with `speed` at their own pace, so much faster, never waiting for long."""
    from mtop_rollout.real.watching import COLUMNS

    before = None
    for view in views:
        moment = parse_time(view.get("time"))
        if speed and moment is not None and before is not None:
            wait = (moment - before).total_seconds() / speed
            time.sleep(max(0.0, min(wait if delay is None else delay, _LONGEST_WAIT)))
        before = moment or before
        said = view.get("source") or {}
        name = f"{plain(str(said.get('name')))} (recorded)"
        source = Source(plain(str(said.get("mode"))), name, moment) if moment else None
        code = view.get("exitCode")
        rows = [_row(row) for row in view["rows"] if isinstance(row, dict)]
        notes = [plain(str(note)) for note in view.get("notes") or ()]
        yield Result("Rollout", COLUMNS, rows, source=source, notes=notes, exit_code=code if code in (0, 1) else 1)


_EMPTY = {"key": "", "depth": 0, "kind": "", "name": "", "status": "", "ready": "", "percent": None, "node": "",
          "gpus": 0, "ageSeconds": None, "info": "", "bad": False, "tree": ""}  # fmt: skip


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with every field it should have, of the type it should have."""
    found = dict(_EMPTY)
    for key, default in _EMPTY.items():
        value = row.get(key, default)
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if key in ("percent", "ageSeconds", "gpus", "depth"):
            found[key] = value if number else default
        else:
            found[key] = value if isinstance(value, str | bool) else str(value)
    return found


def opened(path: str) -> IO[str]:
    """A file to write; SourceError where it cannot be."""
    try:
        return open(os.fspath(path), "w", encoding="utf-8")
    except OSError as error:
        raise SourceError(f"{plain(path)}: {(error.strerror or 'cannot be written').lower()}") from None


def _write(stream: IO[str], value: Mapping[str, Any]) -> None:
    stream.write(json.dumps(value) + "\n")
    stream.flush()
