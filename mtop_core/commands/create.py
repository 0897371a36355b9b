"""`mtop create`: LLM services from manifests, checked before anything is written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import click

from mtop_core.access import Access
from mtop_core.app import App, pass_app
from mtop_core.command import command as mtop_command
from mtop_core.errors import ConflictError, InvalidObjectError, UsageError
from mtop_core.objects.kinds import CR_KINDS, kind_of
from mtop_core.objects.refs import full_name, ref_of
from mtop_core.objects.text import plain
from mtop_core.options import common, dry_run_option, format_option
from mtop_core.providers.load import LoadedFile, load
from mtop_core.render.result import Column, Result

MAX_PROBLEMS = 20


@mtop_command("create", access=tuple(Access(kind, ("create",)) for kind in CR_KINDS))
@click.option("-f", "--filename", "paths", multiple=True, required=True, metavar="FILE|DIR|-", type=click.Path(),
              help="Manifests to create; may be given more than once.")  # fmt: skip
@click.option("--validate", type=click.Choice(["strict", "warn", "ignore"]), default="strict", show_default=True,
              help="Refuse, report or pass over fields that do not fit the schema.")  # fmt: skip
@dry_run_option
@format_option
@common
@pass_app
def command(app: App, paths: tuple[str, ...], validate: str, dry_run: str) -> Result:
    """Create LLM services from manifests.

    Every document is checked against the schema of its kind first: an unknown field, which an API
    server would drop silently, is an error with its line and the nearest field there is. Several
    documents are created all together or not at all.

    \b
    mtop create -f llama.yaml
    mtop create -f services/ --dry-run
    """
    files = load(paths)
    objects = [obj for file in files for obj in file.objects]
    if not objects:
        raise UsageError(f"{plain(', '.join(paths))}: there is no object to create")
    for file in files:
        _refuse_strangers(file)
    objects = [app.homed(obj) for obj in objects]
    problems = list(_problems(files, validate)) if validate != "ignore" else []
    if problems and validate == "strict":
        raise _refused(problems)
    for problem in problems:
        app.warn(problem)
    _refuse_twice(objects)
    stored = app.provider.create(objects, "" if dry_run == "none" else dry_run, validate == "strict")
    return _answer(app, stored, dry_run)


def _refuse_strangers(file: LoadedFile) -> None:
    """Refuses kinds that mtop does not create, whatever --validate says."""
    for obj in file.objects:
        if kind_of(obj) not in CR_KINDS:
            known = ", ".join(f"{kind.name} ({kind.group})" for kind in CR_KINDS)
            what = plain(f"{obj['kind']} ({obj['apiVersion']})")
            raise UsageError(f"{file.place(obj, ('kind',))}: mtop does not create a {what}", f"it creates {known}")


def _problems(files: Sequence[LoadedFile], validate: str) -> Iterator[str]:
    from mtop_core.validation import validate as check

    for file in files:
        for obj in file.objects:
            for problem in check(obj):
                where = file.place(obj, problem.path)
                maybe = f"; did you mean {problem.suggestion}?" if problem.suggestion else ""
                yield f"{where}: {_path(problem.path)}{problem.message}{maybe}"


def _path(path: tuple[str | int, ...]) -> str:
    from mtop_core.schema import dotted

    return f"{dotted(path)}: " if path else ""


def _refused(problems: list[str]) -> InvalidObjectError:
    first, *rest = problems
    shown = rest[: MAX_PROBLEMS - 1]
    if len(rest) > len(shown):
        shown.append(f"and {len(rest) - len(shown)} more")
    return InvalidObjectError(first, "nothing was created; --validate=warn creates it all the same", tuple(shown))


def _refuse_twice(objects: Sequence[dict[str, Any]]) -> None:
    seen = set()
    for obj in objects:
        key = ref_of(obj)
        if key in seen:
            raise ConflictError(f"{key} stands twice in what is to be created; nothing was created")
        seen.add(key)


def _answer(app: App, stored: Sequence[dict[str, Any]], dry_run: str) -> Result:
    suffix = {"none": "", "client": " (dry run)", "server": " (server dry run)"}[dry_run]
    return Result(
        "Created",
        (Column("object", "OBJECT"), Column("namespace", "NAMESPACE"), Column("action", "ACTION")),
        [
            {"object": full_name(obj), "namespace": obj["metadata"].get("namespace"), "action": f"created{suffix}"}
            for obj in stored
        ],
        source=app.provider.source,
        objects=stored if app.output.form not in ("table", "wide") else None,
        single=len(stored) == 1,
        line="{object} {action}",
    )
