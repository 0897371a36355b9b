"""`mtop watch`: a rollout on the screen, as it happens or as it would."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Any

import click

from mtop_core.api import (
    Access,
    App,
    Frames,
    Result,
    UsageError,
    command,
    common_options,
    complete_models,
    is_terminal,
    kinds,
    output_options,
    parse_duration,
    pass_app,
    plain,
    reads,
)
from mtop_rollout.needs import WATCHES
from mtop_rollout.options import between, complete_topologies

_ACCESS = (
    *(Access(access.kind, ("list", "watch")) for access in reads((*WATCHES, kinds.EVENT))),
    Access(kinds.POD_LOG, ("get",)),
)
_FORMS = ("table", "wide", "json")


@command("watch", access=_ACCESS)
@click.argument("model", required=False, default="", metavar="[MODEL]", shell_complete=complete_models)
@click.option("-t", "--topology", default="", metavar="NAME", shell_complete=complete_topologies,
              help="Play a topology that comes with mtop.")
@click.option("-f", "--filename", "path", default="", metavar="FILE|-",
              help="Play a topology of your own, or a recorded timeline.")
@click.option("--play", default="", metavar="FILE", help="Play what --record wrote.")
@click.option("--record", default="", metavar="FILE", help="Write down what is shown, for --play.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Change a value of the topology.")
@click.option("--approve", type=float, callback=between(0, 1e7), metavar="SECONDS",
              help="Approve a manual pause of a topology after so long.")
@click.option("--autoplay", is_flag=True, help="Play by itself and end when it is over.")
@click.option("--delay", type=float, callback=between(0, 3600), metavar="SECONDS",
              help="Show every frame for so long.")
@click.option("--speed", type=float, callback=between(0.25, 16384), default=10.0, show_default=True, metavar="X",
              help="How much faster than real time a timeline runs.")
@click.option("--until", default="ready", show_default=True, metavar="CONDITION",
              help="End when ready, revision (a replica of the newest one is ready) or weight=PERCENT.")
@click.option("--timeout", default="", metavar="DURATION", help="Give up after so long, such as 15m.")
@click.option("--plain", "only_lines", is_flag=True, help="Add a line for each change, draw nothing.")
@click.option("--expand", is_flag=True, help="Show every pod, however many there are.")
@click.option("--limit-revisions", type=click.IntRange(1, 100), default=3, show_default=True, metavar="N",
              help="Show the newest N revisions of each workload.")
@output_options
@common_options
@pass_app
def watch(
    app: App, model: str, topology: str, path: str, play: str, record: str, settings: tuple[str, ...],
    approve: float | None, autoplay: bool, delay: float | None, speed: float, until: str, timeout: str,
    only_lines: bool, expand: bool, limit_revisions: int,
) -> Frames | int:
    """Watch a rollout as it happens, or play one.

    With MODEL alone its real rollout is shown, role by role, revision by revision, pod by pod, until it is done
    (exit 0) or has failed (exit 1); a --timeout that runs out exits 3. With a topology, a recorded timeline or
    --play FILE, the frames are played: key by key (n, b, space, +, -, e, q), or by themselves with --autoplay.
    Where no terminal is there, lines are printed and no key is waited for.

    \b
    mtop watch qwen3-32b -n chat --live
    mtop watch qwen3-32b -n chat --until weight=50 --timeout 20m
    mtop watch --topology canary --autoplay --speed 20
    """  # fmt: skip
    if app.output.form not in _FORMS:
        raise UsageError(f"-o {app.output.form} does not go with watch", f"it goes with {', '.join(_FORMS)}")
    if app.output.sort_by:
        raise UsageError("--sort-by does not go with watch")
    if sum(map(bool, (topology, path, play))) > 1:
        raise UsageError("--topology, -f and --play exclude each other")
    if topology or path or play:
        from mtop_rollout.chosen import chosen
        from mtop_rollout.showing import Pace, show

        made = chosen(app, model, topology, path or play, settings, approve)
        if made.views:
            return _replayed(app, made.views, speed, only_lines, delay)
        return show(app, made, Pace(autoplay, delay, speed, only_lines), record)
    if not model:
        raise UsageError("nothing to watch", "give a MODEL, --topology NAME, -f FILE or --play FILE")
    if settings or autoplay or delay is not None:
        raise UsageError("--set, --autoplay and --delay are for topologies", "give one with --topology NAME or -f FILE")
    return _real(app, model, until, timeout, record, only_lines, expand, limit_revisions)


def _real(
    app: App, model: str, until: str, timeout: str, record: str, only_lines: bool, expand: bool, revisions: int
) -> Frames:
    from mtop_rollout.real.judge import until_of
    from mtop_rollout.real.tree import Shape
    from mtop_rollout.real.watching import Watch

    seconds = parse_duration(timeout) if timeout else None
    if timeout and seconds is None:
        raise UsageError(f'--timeout "{plain(timeout)}" is no duration', "write it as 30s, 15m or 1h30m")
    found = Watch(app, model, until_of(until), seconds, Shape(expand, revisions)).results()
    if record:
        from mtop_rollout.recording import recorded_views

        found = recorded_views(found, record, model)
    return _frames(found, only_lines)


def _frames(results: Iterator[Result], only_lines: bool) -> Frames:
    from mtop_rollout.real.watching import MOVING

    return Frames(results, lambda row: row["key"], MOVING, in_place=not only_lines)


def _replayed(
    app: App, views: Sequence[dict[str, Any]], speed: float, only_lines: bool, delay: float | None
) -> Frames:
    """A recorded real rollout; on a terminal at its own pace, faster by `speed`."""
    from mtop_rollout.recording import results_of

    paced = is_terminal(sys.stdout) and not only_lines and app.output.form != "json"
    return _frames(results_of(views, speed if paced else 0.0, delay), only_lines)
