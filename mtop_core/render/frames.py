"""What is watched: drawn anew in place on a terminal, elsewhere one line for each change."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from mtop_core.app import App
from mtop_core.errors import UsageError
from mtop_core.objects.text import plain
from mtop_core.objects.times import rfc3339
from mtop_core.render.console import collect_garbage, is_terminal, say, talk
from mtop_core.render.result import Column, Frames, Result, Row

FORMS = ("table", "wide", "json", "yaml", "name")
ADDED, MODIFIED, DELETED = "ADDED", "MODIFIED", "DELETED"


class Change(NamedTuple):
    """What happened to one row: it was added, modified or deleted; `row` is the last there is of it."""

    type: str
    row: Row


def check_form(app: App) -> None:
    """Raises UsageError for an output that says one whole answer only."""
    if app.output.form not in FORMS:
        raise UsageError(f"-w does not go with -o {app.output.form}", f"it goes with -o {', '.join(FORMS)}")


def tick() -> float:
    """How many seconds may pass between two pictures: on a terminal ages move, in a file they are no change."""
    return 1.0 if is_terminal(sys.stdout) else 0.0


def show(frames: Frames, app: App) -> int:
    """Shows what is watched until it ends; the exit code of the last Result."""
    collect_garbage()
    human = app.output.form in ("table", "wide")
    # what -v says would scroll a picture away
    drawn = human and frames.in_place and not app.connection.verbosity and os.environ.get("TERM") != "dumb"
    if drawn and is_terminal(sys.stdout):
        from mtop_core.render.screen import redraw

        return redraw(frames, app)
    return _append(frames, app)


def changes(
    before: Mapping[Hashable, Row], rows: Iterable[Row], frames: Frames
) -> tuple[list[Change], dict[Hashable, Row]]:
    """What differs between the rows before and now, in the order of now, what is gone last; and the rows by key."""
    now = {frames.key(row): row for row in rows}
    found = []
    for key, row in now.items():
        old = before.get(key)
        if old is None:
            found.append(Change(ADDED, row))
        elif _standing(old, frames) != _standing(row, frames):
            found.append(Change(MODIFIED, row))
    return [*found, *(Change(DELETED, row) for key, row in before.items() if key not in now)], now


def _standing(row: Row, frames: Frames) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key not in frames.moving}


def _append(frames: Frames, app: App) -> int:
    known: dict[Hashable, Row] = {}
    talker, lines = Talker(app), _Lines(app)
    code, count = 0, 0
    for count, result in enumerate(frames.results, 1):
        result.rows = list(result.rows)
        if app.output.sort_by:
            from mtop_core.render.output import sort

            sort(result, app.output.sort_by)
        found, known = changes(known, result.rows, frames)
        if count == 1 and frames.only_changes:
            lines.prime(found, result)
        else:
            say(lines.of(found, result))
        if count == 1 and not result.rows and result.empty and not app.quiet:
            talk(result.empty)
        talker.hear(result)
        code = result.exit_code
    if count == 1 and frames.still and not app.quiet:
        talk(f"mtop: note: {frames.still}")
    return code


class Talker:
    """Says on stderr what comes with Results, each remark once, and again when it comes back."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._said: set[str] = set()

    def hear(self, result: Result) -> None:
        """Says what is new, and what is over."""
        now = remarks(result, self._app)
        for line in now:
            if line not in self._said and (line.startswith("mtop: error: ") or not self._app.quiet):
                talk(line)
        for line in sorted(self._said - set(now)):
            if line.startswith("mtop: note: ") and not self._app.quiet:
                talk(f"mtop: over: {line.removeprefix('mtop: note: ')}")
        source = {line for line in self._said if line.startswith("mtop: source: ")}
        self._said = {*now, *source}


def remarks(result: Result, app: App) -> list[str]:
    """Errors, gaps, notes and (its time apart) the source of one Result."""
    lines = [f"mtop: error: {plain(error)}" for error in result.errors]
    lines += [f"mtop: not checked: {gap.resource} ({plain(gap.reason)})" for gap in result.gaps]
    lines += [f"mtop: note: {plain(note)}" for note in (*result.notes, *app.provider.notes)]
    if result.source is not None:
        lines.append(f"mtop: source: {result.source.mode} {result.source.name}, watched")
    return lines


class _Lines:
    """Changes as lines, in the form asked for."""

    def __init__(self, app: App) -> None:
        self._output = app.output
        self._widths: list[int] = []
        self._header = app.output.header

    def prime(self, found: Sequence[Change], result: Result) -> None:
        """Makes columns as wide as what is not said needs them: what is said later will be much like it."""
        if self._output.form in ("table", "wide"):
            header = self._header
            _ = list(self._table(found, result))
            self._header = header

    def of(self, found: Sequence[Change], result: Result) -> Iterator[str]:
        """The lines of some changes."""
        form = self._output.form
        if form in ("table", "wide"):
            return self._table(found, result)
        if form == "name":
            assert result.names is not None
            return (f"{plain(result.names(change.row))}\n" for change in found)
        documents = [_document(change, result) for change in found]
        return (_yaml(one) for one in documents) if form == "yaml" else (_json(one) for one in documents)

    def _table(self, found: Sequence[Change], result: Result) -> Iterator[str]:
        from mtop_core.render.table import table

        own = [Column("time", "TIME"), Column("event", "EVENT")]
        columns = [*own, *(c for c in result.columns if self._output.form == "wide" or not c.wide)]
        when = _time(result)
        rows = [{**change.row, "time": when, "event": change.type} for change in found]
        if rows:
            lines = table(columns, rows, header=self._header, widths=self._widths)
            self._header = False
            yield from (f"{line}\n" for line in lines)


def _time(result: Result) -> str | None:
    return rfc3339(result.source.time) if result.source else None


def _document(change: Change, result: Result) -> dict[str, Any]:
    return {"type": change.type, "time": _time(result), "object": dict(change.row)}


def _json(document: dict[str, Any]) -> str:
    from mtop_core.render.structured import escaped

    return escaped(json.dumps(document, ensure_ascii=False)) + "\n"


def _yaml(document: dict[str, Any]) -> str:
    from mtop_core.render.structured import as_yaml

    return f"---\n{as_yaml(document)}"
