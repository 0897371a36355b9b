"""Dumps as people make them: without times, twice the same, empty, from a terminal, of either kind of event."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import socket
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from mtop_core.builtin import snapshot
from mtop_core.data import data_folder
from mtop_core.errors import DataError
from mtop_core.inventory import Inventory
from mtop_core.objects.kinds import EVENT, LLM_SERVICE, NODE, SERVICE
from mtop_core.providers.base import ReadOnly
from mtop_core.specs import SourceRequest
from mtop_core.testing import run, service, world

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


def versioned(replicas: int, version: object = None, api: str = "v1alpha2", **meta: str) -> dict[str, Any]:
    obj = service(replicas=replicas)
    obj["apiVersion"] = f"serving.kserve.io/{api}"
    obj["metadata"] |= {"creationTimestamp": OLD, **meta}
    if version is not None:
        obj["metadata"]["resourceVersion"] = version
    return obj


TWINS = {
    "the higher resourceVersion, as a number": ([versioned(1, "999"), versioned(2, "1000")], 2),
    "the higher resourceVersion, though first": ([versioned(1, "1000"), versioned(2, "999")], 1),
    "the preferred version": ([versioned(1, "5"), versioned(2, "6", "v1alpha1")], 1),
    "the preferred version, though later": ([versioned(1, "6", "v1alpha1"), versioned(2, "5")], 2),
    "a version mtop knows": ([versioned(1, "5", "v1alpha1"), versioned(2, "6", "v9")], 1),
    "the later where all else is equal": ([versioned(1, "5"), versioned(2, "5")], 2),
    "the later where there is no resourceVersion": ([versioned(1), versioned(2), versioned(3)], 3),
    "one with a resourceVersion": (
        [versioned(1, "1"), versioned(2, 7), versioned(3, "²"), versioned(4, "9" * 9999)], 1,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", TWINS)
@pytest.mark.parametrize("split", [False, True])
def test_an_object_that_stands_twice_counts_once(alone: Path, case: str, split: bool) -> None:
    objects, winner = TWINS[case]
    for number, obj in enumerate(objects):
        write(f"d/{number}.json", obj)
    path = "d" if split else write("x.json", *objects)
    provider = snapshot(SourceRequest(path))
    [found] = provider.look([LLM_SERVICE])[LLM_SERVICE].objects
    assert found["spec"]["replicas"] == winner
    assert provider.notes == ("1 object stands in it more than once; the newest of each counts",)
    assert provider.place(found, ("spec",)) == (f"d/{winner - 1}.json:1" if split else f"x.json:{winner}")
    assert run("list", "--snapshot", path, "-o", "name", "-q") == (0, f"{KIND}/llama\n", "")


def test_objects_of_one_name_that_are_not_the_same(alone: Path) -> None:
    apart = [versioned(1, namespace=namespace) for namespace in ("chat", "code")]
    runtime = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "llama", "namespace": "chat"}}
    provider = snapshot(SourceRequest(write("x.json", *apart, runtime)))
    assert [len(listing.objects) for listing in provider.look([LLM_SERVICE, SERVICE]).values()] == [2, 1]
    assert provider.notes == ()


def test_no_namespace_is_the_default_one_and_a_node_has_none(alone: Path) -> None:
    bare = versioned(1, namespace="default")
    del bare["metadata"]["namespace"]
    metas = ({"name": "gpu"}, {"name": "gpu", "namespace": "x"})
    nodes = [{"apiVersion": "v1", "kind": "Node", "metadata": meta} for meta in metas]
    provider = snapshot(SourceRequest(write("x.json", bare, versioned(2, namespace="default"), *nodes)))
    assert [len(listing.objects) for listing in provider.look([LLM_SERVICE, NODE]).values()] == [1, 1]
    assert provider.notes == ("2 objects stand in it more than once; the newest of each counts",)


def test_a_world_and_sources_that_cannot_be_written_have_nothing_to_note() -> None:
    assert (world("healthy").notes, ReadOnly().notes) == ((), ())


LIST = b'{"apiVersion": "v1", "kind": "List", "items": []}'


@pytest.mark.parametrize("content", [b"", b"\n \n", b"# nothing\n", b"---\n---\n", b"\xef\xbb\xbf", b"null"])
def test_nothing_at_all_is_refused(alone: Path, content: bytes) -> None:
    (alone / "d").mkdir()
    for name in ("x.yaml", "d/a.yaml", "d/b.yaml"):
        (alone / name).write_bytes(content)
    for path, name in (("x.yaml", "x.yaml"), ("d", "d"), ("-", "standard input")):
        said = f"mtop: error: {name}: empty, there is no object in it\n"
        assert run("list", "--snapshot", path, stdin=content) == (3, "", said)


def test_an_empty_list_is_an_answer(alone: Path) -> None:
    (alone / "d").mkdir()
    (alone / "d" / "a.yaml").write_bytes(b"")
    (alone / "d" / "b.yaml").write_bytes(LIST)
    for path in ("-", "d"):
        outcome = run("list", "--snapshot", path, "-o", "name", "-q", stdin=LIST)
        assert (outcome.exit_code, outcome.stdout) == (0, "")


CLOSED = (
    "mtop: error: standard input is closed: there is nothing to read\n"
    "mtop: hint: pipe something in, or name a file\n"
)


def command(*args: str) -> list[str]:
    """The command line that runs `mtop ARGS...` in a process of its own."""
    return [sys.executable, "-c", "import sys; from mtop_core.main import main; sys.exit(main(sys.argv[1:]))", *args]


def test_a_standard_input_that_is_closed(alone: Path) -> None:
    for args in ("list --snapshot -", "create -f -"):
        shell = f"{shlex.join(command())} {args} <&-"
        done = subprocess.run(["bash", "-c", shell], capture_output=True, timeout=60, text=True)
        assert (done.returncode, done.stdout, done.stderr) == (2, "", CLOSED)


def test_a_terminal_is_told_that_mtop_reads_it(alone: Path) -> None:
    keyboard, terminal = os.openpty()
    line = command("list", "--snapshot", "-", "-o", "name", "-q")
    child = subprocess.Popen(
        line, stdin=terminal, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )  # fmt: skip
    assert child.stderr
    assert child.stderr.readline() == "mtop: reading standard input (end with Ctrl-D)\n"
    os.write(keyboard, json.dumps(service()).encode() + b"\n\x04")
    assert child.communicate(timeout=60) == (f"{KIND}/llama\n", "")
    assert child.returncode == 0
    os.close(keyboard)
    os.close(terminal)


def test_a_standard_input_that_cannot_be_read(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open("out", "w") as only_written:
        monkeypatch.setattr(sys, "stdin", only_written)
        with pytest.raises(DataError) as caught:
            snapshot(SourceRequest("-"))
    assert caught.value.message == "standard input: cannot be read"


@pytest.mark.parametrize("name", ["pipe.yaml", "sub/socket.json"])
def test_what_is_no_regular_file_is_refused_in_a_folder(alone: Path, name: str) -> None:
    write("d/a.json", service())
    path = alone / "d" / name
    path.parent.mkdir(exist_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    if path.suffix == ".yaml":
        os.mkfifo(path)
    else:
        os.chdir(path.parent)  # the name of a socket must be short
        listener.bind(path.name)
        os.chdir(alone)
    said = f"mtop: error: d/{name}: no regular file\nmtop: hint: move it out of the folder, or name it by itself\n"
    for args in (("list", "--snapshot", "d"), ("create", "-f", "d")):
        assert run(*args) == (3, "", said)
    listener.close()


def test_a_pipe_among_the_crs_of_a_world_is_refused(alone: Path) -> None:
    (alone / "w" / "crs").mkdir(parents=True)
    (alone / "w" / "world.json").write_text(json.dumps({"spec": {"capturedAt": NEW}}))
    os.mkfifo("w/crs/a.yaml")
    said = "w/crs/a.yaml: no regular file\nmtop: hint: move it out of the folder, or name it by itself\n"
    assert run("list", "--mock", "./w") == (3, "", f"mtop: error: {alone}/{said}")


NEW_EVENT = {
    "apiVersion": "events.k8s.io/v1", "kind": "Event",
    "metadata": {"name": "llama.1", "namespace": "chat", "resourceVersion": "7", "creationTimestamp": OLD},
    "regarding": {"apiVersion": "serving.kserve.io/v1alpha2", "kind": "LLMInferenceService", "name": "llama",
                  "namespace": "chat", "fieldPath": "spec"},
    "note": "it failed", "reason": "Error", "type": "Warning", "action": "Reconcile",
    "deprecatedCount": 3, "deprecatedFirstTimestamp": OLD, "deprecatedLastTimestamp": NEW,
    "deprecatedSource": {"component": "kserve"}, "eventTime": None,
    "reportingController": "kserve", "reportingInstance": "kserve-0",
    "series": {"count": 3, "lastObservedTime": NEW},
}  # fmt: skip
CORE_EVENT = {
    "apiVersion": "v1", "kind": "Event", "metadata": NEW_EVENT["metadata"], "involvedObject": NEW_EVENT["regarding"],
    "message": "it failed", "reason": "Error", "type": "Warning", "action": "Reconcile",
    "count": 3, "firstTimestamp": OLD, "lastTimestamp": NEW,
    "source": {"component": "kserve"}, "eventTime": None,
    "reportingComponent": "kserve", "reportingInstance": "kserve-0", "series": NEW_EVENT["series"],
}  # fmt: skip


def typed_list(event: dict[str, Any]) -> dict[str, Any]:
    item = {key: value for key, value in event.items() if key not in ("apiVersion", "kind")}
    return {"apiVersion": event["apiVersion"], "kind": "EventList", "items": [item]}


@pytest.mark.parametrize("listed", [False, True])
def test_events_of_either_group_are_the_same_events(alone: Path, listed: bool) -> None:
    new, core = (typed_list(event) if listed else event for event in (NEW_EVENT, CORE_EVENT))
    for name, shown in (("new.json", new), ("core.json", core)):
        write(name, service(), shown)
        provider = snapshot(SourceRequest(name))
        assert provider.now().isoformat() == "2026-04-01T00:00:00+00:00"
        there = Inventory.look(provider, (LLM_SERVICE, EVENT))
        assert (there.gaps, there.events_of(there.models[0].raw)) == ([], [CORE_EVENT])


NAMES = {
    "involvedObject": "regarding", "message": "note", "source": "deprecatedSource", "count": "deprecatedCount",
    "firstTimestamp": "deprecatedFirstTimestamp", "lastTimestamp": "deprecatedLastTimestamp",
    "reportingComponent": "reportingController",
}  # fmt: skip


@pytest.mark.parametrize("form", ["table", "json"])
def test_the_doctor_says_the_same_of_either_group(alone: Path, form: str) -> None:
    pytest.importorskip("mtop_doctor")
    shutil.copytree(Path(data_folder("mocks")) / "degraded", alone / "d")
    before = run("doctor", "-A", "-o", form, "--snapshot", "d")
    events = [json.loads(line) for line in (alone / "d/cluster/events.jsonl").read_text().splitlines()]
    renamed = [{NAMES.get(key, key): value for key, value in event.items()} for event in events]
    write("d/cluster/events.jsonl", *({**event, "apiVersion": "events.k8s.io/v1"} for event in renamed))
    assert run("doctor", "-A", "-o", form, "--snapshot", "d") == before
    assert before.exit_code == 1
    (alone / "d/cluster/events.jsonl").write_text("")
    assert run("doctor", "-A", "-o", form, "--snapshot", "d") != before, "events are part of it"


def test_an_event_in_both_shapes_is_one(alone: Path) -> None:
    provider = snapshot(SourceRequest(write("x.json", CORE_EVENT, NEW_EVENT)))
    assert provider.look([EVENT])[EVENT].objects == [CORE_EVENT]
    assert provider.notes == ("1 object stands in it more than once; the newest of each counts",)


def test_the_place_of_a_field_that_the_file_calls_otherwise(alone: Path) -> None:
    (alone / "x.yaml").write_text(yaml.dump(NEW_EVENT, sort_keys=False))
    lines = (alone / "x.yaml").read_text().splitlines()
    provider = snapshot(SourceRequest("x.yaml"))
    [event] = provider.look([EVENT])[EVENT].objects
    for path, line in (
        (("message",), "note: it failed"), (("involvedObject", "fieldPath"), "  fieldPath: spec"),
        (("count",), "deprecatedCount: 3"), (("reason",), "reason: Error"), ((), "apiVersion: events.k8s.io/v1"),
    ):  # fmt: skip
        assert provider.place(event, path) == f"x.yaml:{lines.index(line) + 1}"


def test_a_stranger_called_event_is_none(alone: Path) -> None:
    strange = {**NEW_EVENT, "apiVersion": "example.com/v1"}
    listing = snapshot(SourceRequest(write("x.json", strange))).look([EVENT])[EVENT]
    assert listing.gap == "no events in this dump"


def test_a_malformed_event_is_about_nothing(alone: Path) -> None:
    bad = [{**NEW_EVENT, "metadata": {"name": f"e{value}"}, "regarding": value} for value in (5, None)]
    there = Inventory.look(snapshot(SourceRequest(write("x.json", service(), *bad))), (LLM_SERVICE, EVENT))
    assert there.events_of(there.models[0].raw) == ()
