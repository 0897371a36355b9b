"""`mtop logs`: the logs of every container of a model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from mtop_core.api import (
    Access,
    App,
    Inventory,
    Model,
    Result,
    Sink,
    TextStream,
    command,
    common_options,
    complete_models,
    kinds,
    models_named,
    pass_app,
    plain,
    reads,
    selector_option,
)
from mtop_logs.options import Options, log_options

if TYPE_CHECKING:
    from mtop_logs.targets import Target

NEEDS = (*kinds.MODEL_KINDS, kinds.DEPLOYMENT, kinds.LEADER_WORKER_SET, kinds.REPLICA_SET, kinds.POD)


@command("logs", access=(*reads(NEEDS), Access(kinds.POD_LOG, ("get",))))
@click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=complete_models)
@log_options
@selector_option
@common_options
@pass_app
def logs(app: App, /, names: tuple[str, ...], selector: str, **given: Any) -> Result | TextStream:
    """Show the logs of every container of a model, in the order they were written.

    Without a name those of all models of the namespace. Where a container has just died or waits to be
    started again, the log of the run that died comes first. Talk is on stderr, lines alone are on stdout.

    \b
    mtop logs llama-70b                           every container, merged by time
    mtop logs llama-70b --errors                  the first error of each run
    mtop logs llama-70b -f --component decode     go on with what is written
    mtop logs llama-70b --since rollout -i 'OOM'  lines with OOM since the rollout began
    mtop logs llama-70b -p -o json                the runs before the last restart, for programs
    """
    options = Options(**given)
    options.check()
    return _Command(app, options, names, selector).answer()


class _Command:
    """One run of the command."""

    def __init__(self, app: App, options: Options, names: tuple[str, ...], selector: str) -> None:
        from mtop_logs.report import Report

        self._app = app
        self._options = options
        self._names = names
        self._selector = selector
        self._report = Report(lambda words: None if app.quiet else _talk(words))
        self._inventory: Inventory | None = None

    def answer(self) -> Result | TextStream:
        """What was asked for."""
        self._options.form(Sink())
        self._inventory = self._app.look(NEEDS)
        targets = self._targets(self._inventory)
        if not targets and not self._report.errors:
            self._report.notes.append(self._nothing(self._inventory))
        if self._options.save:
            from mtop_logs.save import saved

            return saved(self._app, self._options, targets, self._report, self._closing)
        return TextStream(lambda sink: self._pieces(sink, targets), self._end)

    def _targets(self, inventory: Inventory) -> list[Target]:
        from mtop_logs.targets import targets_of

        choice = self._options.choice
        errors: list[str] = []
        found = [target for model in self._models(inventory) for target in targets_of(model, choice, errors)]
        for error in errors:
            if error not in self._report.errors:
                self._report.error(error)
        return found

    def _models(self, inventory: Inventory) -> Sequence[Model]:
        return models_named(inventory, self._names, self._selector, self._app.namespace)

    def _nothing(self, inventory: Inventory) -> str:
        """Why there is no container to read the log of."""
        models = self._models(inventory)
        if not models:
            return "there is no service here"
        pods = sum(len(model.pods) for model in models)
        if not pods:
            return f"no pod belongs to {plain(models[0].name) if len(models) == 1 else 'these services'}"
        return f"none of the containers of {pods} pod{'s' if pods > 1 else ''} is one of those asked for"

    def _pieces(self, sink: Sink, targets: list[Target]) -> Iterator[str]:
        from mtop_logs.history import Container, pieces

        job = self._options.job(self._app, sink, targets, self._report)
        containers = [Container(job, target) for target in targets]
        yield from pieces(containers, job)
        if not self._options.follow:
            return
        if job.threads:
            from mtop_logs.follow import Follow

            self._report.tell_all()
            looks = (self._targets(look) for look in self._app.watch(NEEDS))
            yield from Follow(job, containers, looks, self._options.window_seconds).pieces()
        else:
            self._report.notes.append(f"a {self._app.provider.source.mode} does not change: there is nothing to follow")

    def _end(self) -> Result:
        return self._closing([])

    def _closing(self, rows: list[dict[str, Any]]) -> Result:
        assert self._inventory is not None
        return Result(
            "LogList",
            (),
            rows,
            source=self._app.provider.source,
            gaps=[*self._inventory.gaps, *self._report.gaps],
            notes=self._report.all_notes(),
            errors=self._report.errors,
            exit_code=3 if self._report.failed else 0,
        )


def _talk(words: str) -> None:
    from mtop_core.api import talk

    talk(f"mtop: {words}")
