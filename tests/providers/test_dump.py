"""Dumps as people make them: without times, twice the same, empty, from a terminal, of either kind of event."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mtop_core.builtin import snapshot
from mtop_core.specs import SourceRequest
from mtop_core.testing import run, service

KIND = "llminferenceservice.serving.kserve.io"
OLD, NEW = "2026-01-01T00:00:00Z", "2026-04-01T00:00:00Z"


def write(name: str, *objects: dict[str, Any]) -> str:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text("\n".join(map(json.dumps, objects)))
    return name


def modified(path: str, moment: str) -> None:
    seconds = datetime.fromisoformat(moment).timestamp()
    os.utime(path, (seconds, seconds + 0.25))


def status(**fields: Any) -> dict[str, Any]:
    return {"metadata": {"name": "x", "creationTimestamp": OLD}, "status": fields}


def event(**fields: Any) -> dict[str, Any]:
    return {"kind": "Event", "metadata": {"name": "x", "creationTimestamp": OLD}, **fields}


MENTIONS = {
    "heartbeat": status(conditions=[{"lastHeartbeatTime": NEW}]),
    "start": status(startTime=NEW),
    "container": status(containerStatuses=[{"state": {"running": {"startedAt": NEW}}}]),
    "init container": status(initContainerStatuses=[{"state": {"terminated": {"finishedAt": NEW}}}]),
    "init container before": status(initContainerStatuses=[{"lastState": {"terminated": {"finishedAt": NEW}}}]),
    "event time": event(apiVersion="events.k8s.io/v1", eventTime=NEW),
    "event series": event(apiVersion="events.k8s.io/v1", series={"lastObservedTime": NEW}),
    "event of old": event(apiVersion="events.k8s.io/v1", deprecatedLastTimestamp=NEW),
    "core event": event(lastTimestamp=NEW),
}


@pytest.mark.parametrize("case", MENTIONS)
def test_the_newest_time_wherever_it_stands(alone: Path, case: str) -> None:
    write("x.json", {"apiVersion": "v1", "kind": "Pod", **MENTIONS[case]}, service())
    assert snapshot(SourceRequest("x.json")).source.as_dict() == {
        "mode": "snapshot", "name": "x.json", "time": datetime.fromisoformat(NEW),
    }  # fmt: skip


def test_a_file_without_any_time_is_as_of_its_modification(alone: Path) -> None:
    modified(write("x.json", service()), NEW)
    outcome = run("list", "--snapshot", "x.json", "-o", "name")
    assert outcome.exit_code == 0
    assert outcome.stdout == f"{KIND}/llama\n"
    assert outcome.stderr.splitlines()[-1] == (
        f"mtop: source: snapshot x.json (no time in it: taken as of its modification), as of {NEW}"
    )
    assert outcome == run("list", "--snapshot", "x.json", "-o", "name")
    document = json.loads(run("list", "--snapshot", "x.json", "-o", "json", "--at", OLD).stdout)
    assert (document["source"]["name"], document["source"]["time"]) == ("x.json", OLD), "--at says better"


def test_a_folder_without_any_time_is_as_of_its_last_modification(alone: Path) -> None:
    for name, moment in (("d/a.json", OLD), ("d/b.json", NEW), ("d/c.json", OLD)):
        modified(write(name, service(name[2])), moment)
    source = snapshot(SourceRequest("d")).source
    assert (source.name, source.time) == (
        "d (no time in it: taken as of its modification)", datetime.fromisoformat(NEW),
    )  # fmt: skip


def test_a_stream_without_any_time_is_as_of_now(alone: Path) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    document = json.loads(run("list", "--snapshot", "-", "-o", "json", stdin=json.dumps(service()).encode()).stdout)
    assert document["source"]["name"] == "standard input (no time in it: taken as of now)"
    assert before <= datetime.fromisoformat(document["source"]["time"]) <= datetime.now(UTC)
