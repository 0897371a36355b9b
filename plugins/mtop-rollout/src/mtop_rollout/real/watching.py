"""One Result after another of a model in motion, until it is done, has failed, or took too long."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from mtop_core.api import (
    App,
    Column,
    DataError,
    Finding,
    Inventory,
    Model,
    NotFoundError,
    Result,
    RuleSpec,
    ShapeError,
    SourceError,
    diagnose,
    is_terminal,
    kinds,
    load_target,
    models_named,
    plain,
    short_age,
)
from mtop_rollout.needs import WATCHES
from mtop_rollout.real.judge import DONE, FAILED, UNDER_WAY, Until, stuck, verdict
from mtop_rollout.real.phases import Logs
from mtop_rollout.real.tree import Row, Shape, rows_of
from mtop_rollout.screen.marks import UNICODE, bar

NEEDS = (*WATCHES, kinds.EVENT)
MOVING = ("ageSeconds", "info", "bar")
_LOGS_EVERY = 2.0
_BELOW = 6  # lines under the table: notes and the source


class Watch:
    """What is watched, and until when; `code` is the exit code once it is over."""

    def __init__(self, app: App, name: str, until: Until, timeout: float | None, shape: Shape) -> None:
        self._app = app
        self._name = name
        self._until = until
        self._timeout = timeout
        self._shape = shape
        self._rules = _rules(app)
        self._logs = Logs(_LOGS_EVERY, time.monotonic)

    def results(self) -> Iterator[Result]:
        """One Result for every look; ends with the rollout."""
        start = time.monotonic()
        # with a timeout somebody has to look at the clock though nothing changes
        every = 1.0 if self._timeout is not None or is_terminal(sys.stdout) else 0.0
        last: Result | None = None
        seen = False
        for inventory in self._app.watch(NEEDS, every):
            result, state = self._look(inventory, seen)
            seen = True
            last = result
            yield result
            if state in (DONE, FAILED):
                return
            if self._timeout is not None and time.monotonic() - start >= self._timeout:
                raise SourceError(f"{plain(self._name)}: not {self._until.what} within {short_age(self._timeout)}",
                                  "the rollout goes on; --timeout sets how long to wait")  # fmt: skip
        if last is not None and last.exit_code == 0:
            # a source of files: nothing more will come, and it is not done
            last.exit_code = 1
            last.notes = [*last.notes, f"a {self._app.provider.source.mode} does not change: this is how it stands"]
            yield last

    def _look(self, inventory: Inventory, seen: bool) -> tuple[Result, str]:
        try:
            model = models_named(inventory, [self._name], "", self._app.namespace)[0]
        except NotFoundError:
            if not seen:
                raise
            return self._gone(inventory), FAILED
        try:
            return self._result(model, inventory)
        except ShapeError as error:
            raise DataError(plain(f"{model.ref}: {inventory.rooted(error, model).message}")) from None

    def _result(self, model: Model, inventory: Inventory) -> tuple[Result, str]:
        shape = self._shape
        if is_terminal(sys.stdout):
            shape = shape._replace(lines=max(shutil.get_terminal_size().lines - _BELOW, 6))
        state, words = verdict(model, self._until)
        notes = [words] if words else []
        if state != DONE and (problem := stuck(model)):
            notes += self._explained(model, inventory) or [problem]
        if is_terminal(sys.stdout):
            notes = [line for note in notes for line in _wrapped(note)]
        return Result(
            "Rollout", COLUMNS, [_shown(row, self._app) for row in rows_of(model, shape, self._logs)],
            source=self._app.provider.source, gaps=inventory.gaps, notes=notes,
            exit_code={DONE: 0, FAILED: 1, UNDER_WAY: 0}[state],
            names=lambda row: f"{row['kind']}/{row['name']}",
        ), state  # fmt: skip

    def _gone(self, inventory: Inventory) -> Result:
        return Result("Rollout", COLUMNS, [], source=self._app.provider.source, gaps=inventory.gaps,
                      notes=[f"{plain(self._name)} was deleted"], exit_code=1)  # fmt: skip

    def _explained(self, model: Model, inventory: Inventory) -> list[str]:
        """The findings about it, each with what to do: what "progressing" would hide."""
        load: Callable[[RuleSpec], Any] = lambda rule: load_target(rule.target, f"the rule {rule.id}")  # noqa: E731
        found = diagnose(inventory, [model], self._rules, load).findings
        return [_one_line(finding) for finding in found if finding.severity == "error"][:3]


def _wrapped(note: str) -> list[str]:
    """A note in pieces that fit the terminal, where a picture would cut it."""
    import textwrap

    return textwrap.wrap(note, max(shutil.get_terminal_size().columns - len("mtop: note: "), 20))


def _one_line(finding: Finding) -> str:
    return plain(f"{finding.rule}: {finding.summary} {finding.action}")


def _rules(app: App) -> list[RuleSpec]:
    """The rules whose objects are looked at anyway; what they all need together would be half a cluster."""
    read = {word for kind in NEEDS for word in (kind.plural, kind.resource, kind.name.lower())} | {"logs"}
    return [rule for rule in app.plugins.of(RuleSpec) if set(rule.needs) <= read]


def _shown(row: Row, app: App) -> Row:
    """A row with its name indented by its place in the tree."""
    return {**row, "tree": "  " * row["depth"] + row["name"]}


def _tree(value: Any) -> str:
    # white space at the front of a cell would be taken off
    stripped = str(value).lstrip()
    depth = (len(str(value)) - len(stripped)) // 2
    return f"{'· ' * depth}{stripped}" if _drawn() else f"{'. ' * depth}{stripped}"


def _bar(percent: Any) -> str:
    if percent is None:
        return "-"
    return bar(UNICODE, percent, 8) if _drawn() else f"{percent}%"


def _drawn() -> bool:
    """Whether there is a terminal that shows block characters; a file gets figures."""
    return is_terminal(sys.stdout) and (sys.stdout.encoding or "").lower() in ("utf-8", "utf8")


def _colour(status: str) -> str:
    if status in ("ready", "new"):
        return "good"
    return "quiet" if status in ("old", "leaving") else "busy"


COLUMNS = (
    Column("tree", "NAME", _tree, least=18),
    Column("status", "STATUS", colour=_colour, least=12),
    Column("ready", "READY"),
    Column("percent", "WAY", _bar),
    Column("node", "NODE", least=8),
    Column("gpus", "GPUS", lambda count: str(count) if count else "-", wide=True),
    Column("ageSeconds", "AGE", lambda seconds: "-" if seconds is None else short_age(seconds)),
    Column("info", "INFO", least=16),
)
