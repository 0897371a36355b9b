"""`mtop snapshot save`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from threading import Event
from typing import Any

from mtop_core.api import (
    App,
    Column,
    Result,
    UsageError,
    models_named,
    parse_duration,
    plain,
    seconds_of,
    snapshots_dir,
)
from mtop_snapshot.redact.masks import own_salt
from mtop_snapshot.save.closure import looked
from mtop_snapshot.save.files import Files, folder_beside
from mtop_snapshot.save.logs import Budget, since
from mtop_snapshot.save.progress import Progress
from mtop_snapshot.save.take import Take, Taken, Wish
from mtop_snapshot.store import Target, name_by_time, put, refuse_existing, target


def save(
    app: App, *, name: str, output: str, archive: bool, models: tuple[str, ...], selector: str, all_models: bool,
    whole: bool,
    no_logs: bool, log_lines: int, log_bytes: int, since: str, every: str, lasting: str, preview: bool,
    pseudonyms: bool, force: bool,
) -> Result:  # fmt: skip
    """Saves once, again and again, or only shows what would be masked."""
    if all_models or whole:
        app.all_namespaces = True
    seconds = seconds_of("--since", since) if since else None
    budget = None if no_logs else Budget(log_lines, log_bytes)
    wish = Wish(app.namespace, models, selector, whole, budget, pseudonyms)
    if preview and (every or lasting):
        raise UsageError("--preview saves nothing, so there is nothing for --every to repeat", "leave one of them out")
    if preview:
        return _preview(app, wish, seconds)
    if every or lasting:
        if not every:
            raise UsageError("--for says how long --every goes on, and there is none", _FILM)
        return _film(app, wish, seconds, name, output, archive, every, lasting)
    goal = target(name or ("" if output else name_by_time(app.provider.now())), output, archive)
    refuse_existing(goal, force)
    return _said(app, goal, _saved(app, wish, seconds, goal, force))


def _saved(app: App, wish: Wish, seconds: float | None, goal: Target, force: bool) -> Taken:
    """One snapshot, put where it belongs."""
    place = snapshots_dir() + "/remote" if goal.remote else goal.place
    with folder_beside(place) as folder:
        files = Files(folder)
        taken = _taken(app, wish, seconds, files)
        put(folder, files.names, goal, force)
    return taken


def _taken(app: App, wish: Wish, seconds: float | None, files: Files) -> Taken:
    progress = Progress(quiet=app.quiet)
    progress.start("looking", 1)
    try:
        start = app.provider.now()
        inventory = looked(app.provider, wish.namespace)
        if wish.budget and seconds is not None:
            wish = wish._replace(budget=wish.budget._replace(since=since(inventory.at, seconds)))
        models = models_named(inventory, wish.names, wish.selector, wish.namespace)
        return Take(app.provider, wish, own_salt(snapshots_dir()), progress).into(files, inventory, models, start)
    finally:
        progress.end()


def _said(app: App, goal: Target, taken: Taken) -> Result:
    return Result(
        "Saved",
        rows=[{"path": goal.shown}],
        line="{path}",
        source=app.provider.source,
        gaps=taken.gaps,
        notes=list(_notes(taken)),
    )


def _notes(taken: Taken) -> Iterator[str]:
    manifest = taken.manifest
    objects = sum(kind["objects"] for kind in manifest["kinds"])
    models, logs = manifest["scope"]["models"], manifest["logs"]
    masked = sum(count for rule, count in manifest["redaction"]["rules"].items() if rule not in _HARMLESS)
    there = f"{_count(models, 'model')}, {_count(objects, 'object')}, {_count(logs['files'], 'log')}"
    yield f"{there}; {_count(masked, 'value')} masked"
    if logs["cut"]:
        yield f"{_count(len(logs['cut']), 'log')} saved in part only (--log-lines, --log-bytes)"
    for gap in logs["gaps"]:
        yield plain(f"logs that could not be read: {gap}")


_HARMLESS = ("managed-fields", "last-applied", "certificate")


_FILM = "mtop snapshot save --every 30s --for 10m"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _preview(app: App, wish: Wish, seconds: float | None) -> Result:
    """What would be masked, by file and rule; what was written for it is gone at the end."""
    with folder_beside(f"{snapshots_dir()}/preview") as folder:
        taken = _taken(app, wish, seconds, Files(folder))
    masker = taken.redactor.masker
    report: Mapping[str, Mapping[str, int]] = taken.manifest["redaction"]["files"]
    rows: list[dict[str, Any]] = [
        {"file": file, "rule": rule, "count": count, "first": masker.places.get((file, rule), "")}
        for file, counts in report.items()
        for rule, count in counts.items()
    ]
    columns = (Column("file", "FILE"), Column("rule", "RULE"), Column("count", "COUNT"), Column("first", "FIRST"))
    return Result("Redaction", columns, rows, source=app.provider.source, gaps=taken.gaps,
                  empty="Nothing would be masked.", notes=[*_notes(taken), "a preview: nothing was saved"])  # fmt: skip


def _film(
    app: App, wish: Wish, seconds: float | None, name: str, output: str, archive: bool, every: str, lasting: str
) -> Result:
    """Snapshots one after the other, each said when it is there."""
    pause = _positive("--every", every)
    frames = _frames(lasting, pause)
    if output and "://" in output:
        raise UsageError("--every writes a folder of snapshots, and a URL is none", "use --output FOLDER")

    def pages() -> Iterator[str]:
        number, wait = 0, Event()
        while frames is None or number < frames:
            if number:
                wait.wait(pause)
            number += 1
            goal = _frame(app, name, output, archive, number)
            refuse_existing(goal, False)
            _saved(app, wish, seconds, goal, False)
            yield f"{goal.shown}\n"

    return Result("Saved", pages=pages(), source=app.provider.source)


def _frames(lasting: str, pause: float) -> int | None:
    """How many snapshots go into a time; None for as many as there is time."""
    return None if not lasting else int(_positive("--for", lasting) // pause) + 1


def _frame(app: App, name: str, output: str, archive: bool, number: int) -> Target:
    import os

    if output:
        return Target(os.path.join(output, f"{number:04d}{'.tar.gz' if archive else ''}"), archive)
    return target(f"{name}-{number:04d}" if name else name_by_time(app.provider.now()), "", archive)


def _positive(option: str, value: str) -> float:
    seconds = parse_duration(value) if value else None
    if not seconds:
        raise UsageError(
            f'{option} "{plain(value)}": expected a duration such as 30s or 5m',
            _FILM,
        )
    return seconds
