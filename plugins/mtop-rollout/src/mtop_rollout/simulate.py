"""`mtop simulate`: a rollout played before it happens."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from mtop_core.api import (
    App,
    Column,
    Result,
    RowStream,
    UsageError,
    command,
    common_options,
    complete_models,
    output_options,
    pass_app,
    reads,
)
from mtop_rollout.chosen import Chosen, chosen
from mtop_rollout.needs import PREDICTS
from mtop_rollout.options import between, complete_topologies
from mtop_rollout.timeline import COLUMNS, rows_of, summary_lines
from mtop_rollout.topology import files


@command("simulate", columns=COLUMNS, access=reads(PREDICTS))
@click.argument("model", required=False, default="", metavar="[MODEL]", shell_complete=complete_models)
@click.option("-t", "--topology", default="", metavar="NAME", shell_complete=complete_topologies,
              help="Simulate a topology that comes with mtop.")
@click.option("-f", "--filename", "path", default="", metavar="FILE|-",
              help="Simulate a topology of your own, or show a recorded timeline.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE",
              help="Change a value of the topology, such as load.requestsPerSecond=30.")
@click.option("--approve", type=float, callback=between(0, 1e7), metavar="SECONDS",
              help="Approve a manual pause after so long; without it, it waits until maxSeconds.")
@click.option("--plot", default="", metavar="terminal|FILE.svg",
              help="Draw weights, readiness and latency over time in the place of the rows.")
@click.option("--list", "listed", is_flag=True, help="List the topologies that come with mtop.")
@output_options
@common_options
@pass_app
def simulate(
    app: App, model: str, topology: str, path: str, settings: tuple[str, ...], approve: float | None, plot: str,
    listed: bool,
) -> Result | RowStream:
    """Play a rollout before it happens, and say how it ends.

    A topology describes models, load, steps, gates and faults; with MODEL its next rolling update is played as it
    would go with the replicas, GPUs and strategy it has now. Latencies come from a model of the engine, not from
    measurements. The same document and seed give the same output for ever. Exit 1 where it does not succeed.

    \b
    mtop simulate --list
    mtop simulate --topology canary
    mtop simulate -t canary --set models.candidate.quality.errorRate=0.05 --plot terminal
    mtop simulate mistral-large -n chat --mock rollout
    """  # fmt: skip
    if listed:
        return _list()
    made = chosen(app, model, topology, path, settings, approve)
    if plot:
        return _plotted(made, plot)
    return RowStream(
        "Timeline",
        COLUMNS,
        rows_of(made.frames),
        total=lambda: {"summary": made.summary(), "advice": made.advice()} if made.simulated else {},
        last=lambda: _last(made),
        exit_code=lambda: made.exit_code,
        source=made.source,
        notes=made.notes,
    )


def _list() -> Result:
    columns = (Column("name", "NAME"), Column("strategy", "STRATEGY"), Column("description", "DESCRIPTION"))
    return Result("TopologyList", columns, list(_listed()), names=lambda row: str(row["name"]))


def _listed() -> Iterator[dict[str, Any]]:
    for name in files.names():
        document, _ = files.the_document(files.shipped(name))
        yield {"name": name, "strategy": document["spec"]["strategy"],
               "description": document["metadata"]["description"]}  # fmt: skip


def _last(made: Chosen) -> list[str]:
    if not made.simulated:
        return []
    return [*summary_lines(made.name, made.summary()), *(f"advice: {line}" for line in made.advice())]


def _plotted(made: Chosen, where: str) -> Result:
    from mtop_rollout.plot import Series, svg, terminal

    series = Series()
    for frame in made.frames:
        series.take(frame)
    if where == "terminal":
        text = terminal(series, made.name)
    elif where.endswith(".svg"):
        from mtop_rollout.recording import opened

        with opened(where) as stream:
            stream.write(svg(series, made.name))
        text = f"{where} written\n"
    else:
        raise UsageError(f'--plot "{where}" is neither terminal nor a FILE.svg')
    return Result("Plot", text=text + "".join(f"{line}\n" for line in _last(made)), notes=made.notes,
                  exit_code=made.exit_code, source=made.source)  # fmt: skip
