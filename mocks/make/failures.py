"""Plans of pods that fail, one function per cause."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from . import crashlogs
from .base import Lines, ago, later
from .events import normal
from .model import Model
from .plans import REFUSED, Happening, Life, Plan, crash_loop, death_before, init_crash, init_done, waiting

_MAIN = "spec.containers{main}"


def image_pull(created: datetime, image: str, detail: str) -> Plan:
    """Return a pod whose engine image cannot be pulled."""
    cause = f'failed to pull and unpack image "{image}": failed to resolve reference "{image}": {detail}'
    first, last = later(created, 100), ago(minutes=2, seconds=11)
    tries = max(4, int((last - first).total_seconds() // 300))
    events = (
        Happening("Pulling", f'Pulling image "{image}"', first, last, tries, "Normal", _MAIN),
        Happening("Failed", f'Failed to pull image "{image}": {cause}', first, last, tries, path=_MAIN),
        Happening("Failed", "Error: ErrImagePull", first, last, tries, path=_MAIN),
        Happening("BackOff", f'Back-off pulling image "{image}"', first, ago(seconds=9), tries * 9, "Normal", _MAIN),
        Happening("Failed", "Error: ImagePullBackOff", first, ago(seconds=9), tries * 9, path=_MAIN),
    )
    return waiting(created, "ImagePullBackOff", f'Back-off pulling image "{image}": ErrImagePull: {cause}', events)


def secret_missing(created: datetime, name: str) -> Plan:
    """Return a pod whose container names a Secret that does not exist."""
    text = f'secret "{name}" not found'
    first = later(created, 101)
    event = Happening("Failed", f"Error: {text}", first, ago(seconds=17), 88, path=_MAIN)
    pulled = normal("Pulled", 'Container image "{image}" already present on machine', first, _MAIN)
    return waiting(created, "CreateContainerConfigError", text, (pulled, event))


def engine_crash(created: datetime, restarts: int, lines: Lines, exit_code: int = 1, lived: float = 74) -> Plan:
    """Return a pod in a crash loop whose status shows only the wrapper of the error."""
    message = crashlogs.TAIL if exit_code == 1 else lines[-1][1] + "\n"
    death = death_before(ago(minutes=3, seconds=40), lived, exit_code, "Error", message)
    return crash_loop(created, death, restarts, lines)


def host_oom(created: datetime, restarts: int, model: Model) -> Plan:
    """Return a pod whose engine the kernel kills for want of host memory."""
    lines = crashlogs.killed_while_loading(model, 62, 4.1)
    death = death_before(ago(minutes=4, seconds=2), 98, 137, "OOMKilled")
    return crash_loop(created, death, restarts, lines)


def startup_kill(created: datetime, restarts: int, model: Model) -> Plan:
    """Return a pod whose slow load the startup probe ends again and again."""
    killed = ago(minutes=6, seconds=12)
    lived = 672.0
    lines = crashlogs.killed_while_loading(model, 71, 21.4)
    first = later(created, 104 + 615)
    events = (
        Happening("Unhealthy", REFUSED, later(created, 130), ago(seconds=8), 60 * restarts + 34, path=_MAIN),
        Happening(
            "Killing",
            "Container main failed startup probe, will be restarted",
            first,
            ago(minutes=7, seconds=12),
            restarts,
            "Normal",
            _MAIN,
        ),
    )
    main = Life(started=ago(minutes=6, seconds=10), last=death_before(killed, lived, 137, "Error"), restarts=restarts)
    return Plan(created, main, init_done(created), events=events, log=lines, previous=lines)


def gated_download(created: datetime, restarts: int, uri: str) -> Plan:
    """Return a pod whose model the hub does not give away."""
    lines = crashlogs.gated(uri)
    message = "\n".join(text for _, text in lines[2:]) + "\n"
    death = death_before(ago(minutes=1, seconds=50), 5, 1, "Error", message)
    return init_crash(created, death, restarts, lines)


def lost_with_node(plan: Plan, deleted: datetime) -> Plan:
    """Return the pod after its node stopped reporting and the taint manager deleted it."""
    gone = later(deleted, -300)
    events = (
        Happening("NodeNotReady", "Node is not ready", gone, gone, source="node-controller"),
        normal(
            "TaintManagerEviction",
            "Marking for deletion Pod {ns}/{pod}",
            deleted,
            source="taint-eviction-controller",
        ),
    )
    return replace(plan, lost=True, deleted=deleted, events=events)
