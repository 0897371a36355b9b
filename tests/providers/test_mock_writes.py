"""Writing to a mock world: into a copy, all or nothing, never half seen, and back again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import platformdirs
import pytest
import yaml

from mtop_core.data import data_folder
from mtop_core.errors import SourceError
from mtop_core.objects.kinds import KINDS
from mtop_core.places import state_dir, write_atomically
from mtop_core.testing import Outcome, run, service, world

MOCKS = Path(data_folder("mocks"))
STATE = "mtop: hint: set MTOP_STATE_DIR to a folder you can write\n"


def fingerprint(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="module")
def shipped() -> dict[str, str]:
    return fingerprint(MOCKS / "healthy")


def write(name: str, *objects: dict[str, Any]) -> str:
    Path(name).write_text(yaml.dump_all(objects, sort_keys=False))
    return name


def listing(*flags: str) -> Outcome:
    return run("list", "-o", "json", "--mock", "healthy", *flags)


def models(*flags: str) -> set[str]:
    return set(run("list", "-o", "name", "-q", "--mock", "healthy", *flags).stdout.split())


def copy_of_healthy(alone: Path) -> Path:
    return alone.parent / "state" / "worlds" / "healthy"


def test_reading_writes_nothing(alone: Path) -> None:
    listing()
    run("get", "llmisvc", "-A")
    run("create", "-f", write("a.yaml", service("new-one")), "--dry-run")
    run("delete", "phi-4", "-n", "chat", "--dry-run")
    run("mock", "list")
    run("mock", "path")
    run("mock", "reset")
    assert not (alone.parent / "state").exists()


def test_the_first_write_makes_a_copy_and_leaves_the_world_alone(alone: Path, shipped: dict[str, str]) -> None:
    outcome = run("create", "-f", write("a.yaml", service("new-one")), "-q")
    assert (outcome.exit_code, outcome.stdout) == (0, "llminferenceservice.serving.kserve.io/new-one created\n")
    assert fingerprint(MOCKS / "healthy") == shipped
    copied = fingerprint(copy_of_healthy(alone))
    del copied["changes.json"]
    assert copied == shipped
    assert run("mock", "path").stdout == f"{copy_of_healthy(alone)}\n"
    assert sorted(path.name for path in copy_of_healthy(alone).parent.iterdir()) == [".healthy.lock", "healthy"]


def test_what_is_stored_is_what_an_api_server_stores(alone: Path) -> None:
    given = service("new-one")
    del given["metadata"]["uid"], given["spec"]["model"]["name"], given["metadata"]["namespace"]
    given["status"] = {"url": "http://made-up"}
    assert run("create", "-f", write("a.yaml", given), "-q").exit_code == 0
    stored = json.loads(run("get", "llmisvc", "new-one", "-n", "default", "-o", "json").stdout)
    assert stored["metadata"].pop("uid")
    assert stored == {
        "apiVersion": "serving.kserve.io/v1alpha2",
        "kind": "LLMInferenceService",
        "metadata": {
            "name": "new-one", "namespace": "default", "generation": 1, "creationTimestamp": "2026-10-12T09:30:00Z",
        },
        "spec": {"model": {"uri": "hf://meta-llama/Llama-3.1-8B-Instruct", "name": "new-one"}, "replicas": 1},
    }  # fmt: skip


def test_create_and_delete_are_a_round_trip() -> None:
    before = listing()
    path = write("a.yaml", service("one"), service("two", "search"))
    assert run("create", "-f", path).exit_code == 0
    added = {f"llminferenceservice.serving.kserve.io/{name}" for name in ("one", "two")}
    assert models() - set(run("list", "-o", "name", "--mock", "degraded").stdout.split()) >= added
    assert listing() != before
    assert run("delete", "-f", path, "--yes").exit_code == 0
    assert listing() == before


def test_reset_is_a_round_trip(alone: Path) -> None:
    before = listing()
    run("create", "-f", write("a.yaml", service("one")))
    run("delete", "phi-4", "deepseek-v3", "-n", "chat", "--yes")
    assert listing() != before
    assert run("mock", "reset") == (0, "world healthy is as it was shipped again\n", "")
    assert listing() == before
    assert run("mock", "reset") == (0, "world healthy was not changed\n", "")
    assert [path.name for path in copy_of_healthy(alone).parent.iterdir()] == [".healthy.lock"]


def belongings(name: str) -> int:
    """How many objects of the cluster bear a service's name."""
    listings = world("healthy").look(KINDS, "chat").values()
    return sum(obj["metadata"]["name"].startswith(f"{name}-") for found in listings for obj in found.objects)


@pytest.mark.parametrize("name", ["phi-4", "deepseek-v3", "qwen3-235b"])
def test_a_delete_takes_along_what_it_owns_and_a_new_one_starts_afresh(name: str) -> None:
    others = {line for line in listing().stdout.splitlines() if name not in line}
    manifest = json.loads((MOCKS / "healthy" / "crs" / "chat" / f"{name}.json").read_text())
    assert belongings(name) >= 5
    assert run("delete", name, "-n", "chat", "--yes", "-q").stdout == (
        f"llminferenceservice.serving.kserve.io/{name} deleted\n"
    )
    assert belongings(name) == 0
    assert run("delete", name, "-n", "chat", "--yes", "-q").exit_code == 3
    assert {line for line in listing().stdout.splitlines() if name not in line} <= others
    manifest["metadata"] = {"name": name, "namespace": "chat"}
    assert run("create", "-f", write("again.yaml", manifest), "-q").exit_code == 0
    rows = json.loads(listing("-n", "chat").stdout)["items"]
    [row] = [row for row in rows if row["name"] == name]
    assert (row["status"], row["ready"]["ready"], row["nodes"], row["ageSeconds"]) == ("unknown", 0, [], 0)
    assert run("delete", name, "-n", "chat", "--yes").exit_code == 0
    assert name not in {row["name"] for row in json.loads(listing().stdout)["items"]}


EXISTING = service("phi-4")
INVALID = service("bad-one", replica=1)
BAD_BATCHES = {
    "one exists": ([service("one"), service("two"), EXISTING],
                   "mtop: error: llminferenceservice.serving.kserve.io/phi-4 already exists in namespace chat; "
                   "nothing was created\nmtop: hint: delete it first, or give the new one another name\n"),
    "one twice": ([service("one"), service("two"), service("one")],
                  "mtop: error: LLMInferenceService chat/one stands twice in what is to be created; "
                  "nothing was created\n"),
    "one is invalid": ([service("one"), INVALID, service("two")],
                       "mtop: error: a.yaml:24: spec.replica: unknown field; did you mean spec.replicas?\n"
                       "mtop: hint: nothing was created; --validate=warn creates it all the same\n"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_BATCHES)
def test_all_or_nothing(alone: Path, case: str) -> None:
    objects, message = BAD_BATCHES[case]
    before = listing()
    assert run("create", "-f", write("a.yaml", *objects)) == (3, "", message)
    assert listing() == before
    changes = copy_of_healthy(alone) / "changes.json"
    assert not changes.exists()


def test_a_delete_of_several_is_all_or_nothing() -> None:
    before = listing()
    assert run("delete", "phi-4", "nobody", "-n", "chat", "--yes").exit_code == 3
    assert run("delete", "-f", write("a.yaml", EXISTING, service("nobody")), "--yes").exit_code == 3
    assert listing() == before


def test_a_failed_write_leaves_the_changes_before_it(alone: Path) -> None:
    run("create", "-f", write("a.yaml", service("one")))
    before = (copy_of_healthy(alone) / "changes.json").read_bytes()
    assert run("create", "-f", write("b.yaml", service("two"), service("one"))).exit_code == 3
    assert (copy_of_healthy(alone) / "changes.json").read_bytes() == before


CREATE_MANY = """
import sys, json
from pathlib import Path
from mtop_core.testing import run, service
for number in range(20):
    path = Path(f"{sys.argv[1]}-{number}.json")
    path.write_text(json.dumps(service(f"{sys.argv[1]}-{number}")))
    outcome = run("create", "-f", str(path))
    assert outcome.exit_code == 0, outcome
"""


def test_two_writers_at_once_lose_nothing_and_a_reader_sees_whole_worlds() -> None:
    before = models()
    writers = [subprocess.Popen([sys.executable, "-c", CREATE_MANY, name]) for name in ("left", "right")]
    seen = [0]
    while any(writer.poll() is None for writer in writers):
        outcome = run("list", "-o", "name", "-q", "--mock", "healthy")
        assert (outcome.exit_code, outcome.stderr) == (0, "")
        found = set(outcome.stdout.split())
        assert found >= before
        seen.append(len(found) - len(before))
    assert [writer.returncode for writer in writers] == [0, 0]
    assert seen == sorted(seen), "what was there once stays"
    prefix = "llminferenceservice.serving.kserve.io/"
    assert models() - before == {f"{prefix}{name}-{number}" for name in ("left", "right") for number in range(20)}
    assert listing().exit_code == 0


def test_a_place_for_state_that_cannot_be_written(alone: Path) -> None:
    state = alone.parent / "state"
    state.write_text("in the way")
    path = write("a.yaml", service("one"))
    hint = STATE
    copy = copy_of_healthy(alone)
    assert run("create", "-f", path) == (3, "", f"mtop: error: cannot write {copy}: not a directory\n{hint}")
    assert run("delete", "phi-4", "-n", "chat", "--yes") == (
        3, "", f"mtop: error: cannot write {copy}: not a directory\n{hint}",
    )  # fmt: skip
    use = run("mock", "use", "degraded")
    assert (use.exit_code, use.stdout, use.stderr.splitlines()[1]) == (3, "", hint.rstrip())
    assert use.stderr.startswith(f"mtop: error: cannot write {state}/world: ")
    assert run("mock", "reset") == (0, "world healthy was not changed\n", "")
    assert listing().exit_code == 0


CORRUPT = {
    "no JSON": "{", "empty": "", "a list": "[]", "a number": "5", "no keys": "{}", "null": "null",
    "deleted is a number": '{"deleted": 5, "created": []}', "deleted holds lists": '{"deleted": [[]], "created": []}',
    "created is a number": '{"deleted": [], "created": 5}', "created holds numbers": '{"deleted": [], "created": [5]}',
    "created has no name": '{"deleted": [], "created": [{"apiVersion": "v1", "kind": "Pod"}]}',
    "deep": "[" * 100_000, "no text": "\udcff",
}  # fmt: skip


@pytest.mark.parametrize("case", CORRUPT)
def test_corrupt_changes(alone: Path, case: str) -> None:
    before = listing()
    run("create", "-f", write("a.yaml", service("one")))
    changes = copy_of_healthy(alone) / "changes.json"
    changes.write_bytes(CORRUPT[case].encode("utf-8", "surrogateescape"))
    refusal = (3, "", f"mtop: error: {changes} cannot be read\nmtop: hint: mtop mock reset goes back\n")
    assert run("list") == refusal
    assert run("create", "-f", write("b.yaml", service("two"))) == refusal
    assert run("delete", "phi-4", "-n", "chat", "--yes") == refusal
    assert run("mock", "reset").exit_code == 0
    assert listing() == before


def test_changes_that_are_a_folder(alone: Path) -> None:
    run("create", "-f", write("a.yaml", service("one")))
    changes = copy_of_healthy(alone) / "changes.json"
    changes.unlink()
    changes.mkdir()
    assert run("list").stderr == f"mtop: error: {changes} cannot be read\nmtop: hint: mtop mock reset goes back\n"


def test_use_path_and_list(alone: Path) -> None:
    assert run("mock", "path") == (0, f"{MOCKS / 'healthy'}\n", "")
    assert run("mock", "path", "rollout") == (0, f"{MOCKS / 'rollout'}\n", "")
    assert run("mock", "use", "rollout") == (0, "world rollout is current\n", "")
    assert run("mock", "path") == (0, f"{MOCKS / 'rollout'}\n", "")
    assert run("list", "--mock").stderr == "mtop: source: mock rollout, as of 2026-10-12T09:30:00Z\n"
    run("create", "-f", write("a.yaml", service("one")))
    lines = run("mock", "list").stdout.splitlines()
    assert [line.split()[:3] for line in lines] == [
        ["NAME", "CURRENT", "CHANGED"], ["broken", "-", "-"], ["degraded", "-", "-"], ["empty", "-", "-"],
        ["healthy", "-", "-"], ["rollout", "yes", "yes"],
    ]  # fmt: skip
    assert run("mock", "list", "-o", "name").stdout == (
        "world/broken\nworld/degraded\nworld/empty\nworld/healthy\nworld/rollout\n"
    )


THERE_ARE = "mtop: hint: there are: broken, degraded, empty, healthy, rollout\n"
NO_WORLD = "mtop: hint: for plain manifests or kubectl's output use --snapshot PATH\n"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nope", f'there is no mock world "nope"\n{THERE_ARE}'),
        ("make", f'there is no mock world "make"\n{THERE_ARE}'),
        ("README.md", f'there is no mock world "README.md"\n{THERE_ARE}'),
        ("\x1b[2J", f'there is no mock world "\\x1b[2J"\n{THERE_ARE}'),
        ("x" * 300, f'there is no mock world "{"x" * 300}"\n{THERE_ARE}'),
        ("../x", f"../x is no mock world: it has no world.json\n{NO_WORLD}"),
        ("/", f"/ is no mock world: it has no world.json\n{NO_WORLD}"),
        (".", f". is no mock world: it has no world.json\n{NO_WORLD}"),
        ("..", f".. is no mock world: it has no world.json\n{NO_WORLD}"),
        ("healthy/..", f"healthy/.. is no mock world: it has no world.json\n{NO_WORLD}"),
        ("/absent/world", f"/absent/world is no mock world: it has no world.json\n{NO_WORLD}"),
    ],
)
def test_names_of_no_world(alone: Path, name: str, message: str) -> None:
    for args in (("list", "--mock", name), ("mock", "use", name), ("mock", "path", name), ("mock", "reset", name)):
        assert run(*args) == (3, "", f"mtop: error: {message}")
    assert not (alone.parent / "state").exists()


def test_an_empty_name_is_the_current_world() -> None:
    assert run("mock", "path", "").stdout == f"{MOCKS / 'healthy'}\n"
    assert run("list", "--mock", "") == run("list", "--mock", "healthy")


@pytest.fixture
def own(alone: Path) -> Path:
    """A world of the user's own."""
    folder = alone / "worlds" / "mine"
    (folder / "crs").mkdir(parents=True)
    (folder / "cluster").mkdir()
    (folder / "crs" / "a.yaml").write_text(yaml.dump(service("first")))
    (folder / "world.json").write_text(json.dumps({"spec": {"capturedAt": "2026-01-02T03:04:05+01:00"}}))
    return folder


def test_a_world_of_one_s_own(alone: Path, own: Path) -> None:
    before = fingerprint(own)
    plain = run("list", "--mock", "worlds/mine", "-o", "name")
    assert plain.stdout == "llminferenceservice.serving.kserve.io/first\n"
    assert "mtop: source: mock mine, as of 2026-01-02T02:04:05Z\n" in plain.stderr
    path = write("b.yaml", service("second"))
    assert run("create", "-f", path, "--mock", str(own), "-q").exit_code == 0
    assert fingerprint(own) == before
    assert run("list", "--mock", "./worlds/mine", "-o", "name", "-q").stdout.split()[-1].endswith("/second")
    assert run("mock", "use", "worlds/mine") == (0, "world mine is current\n", "")
    assert Path(run("mock", "path").stdout.rstrip("\n")).name.startswith("mine-")
    assert run("mock", "reset") == (0, "world mine is as it was shipped again\n", "")
    assert run("mock", "path").stdout == f"{own}\n"
    os.chdir("/")
    assert run("list", "-o", "name").stdout == plain.stdout


def test_two_worlds_of_the_same_name_keep_their_changes_apart(alone: Path, own: Path) -> None:
    twin = alone / "other" / "mine"
    (alone / "other").mkdir()
    own.rename(twin)
    twin.parent.joinpath("..", "worlds", "mine").mkdir()
    own.joinpath("world.json").write_text((twin / "world.json").read_text())
    own.joinpath("crs").mkdir()
    run("create", "-f", write("b.yaml", service("second")), "--mock", str(own))
    assert run("list", "--mock", str(own), "-o", "name", "-q").stdout.split()[-1].endswith("/second")
    assert run("list", "--mock", str(twin), "-o", "name", "-q").stdout.split()[-1].endswith("/first")


BAD_WORLDS = {
    "{": "not JSON", "": "not JSON", "[]": "expected a mapping", "5": "expected a mapping",
    "[" * 100_000: "not JSON",
    "{}": "spec.capturedAt is no RFC 3339 time",
    '{"spec": {"capturedAt": "yesterday"}}': "spec.capturedAt is no RFC 3339 time",
    '{"spec": {"capturedAt": "2026-01-01T00:00:00"}}': "spec.capturedAt is no RFC 3339 time",
    '{"spec": {"capturedAt": "0001-01-01T00:00:00+14:00"}}': "spec.capturedAt is no RFC 3339 time",
    '{"spec": {"capturedAt": 5}}': "capturedAt: expected a string, got the number 5",
    '{"spec": []}': "spec: expected a mapping, got a list",
}  # fmt: skip


@pytest.mark.parametrize("text", BAD_WORLDS, ids=lambda text: text[:40])
def test_a_bad_world_file(own: Path, text: str) -> None:
    (own / "world.json").write_text(text)
    assert run("list", "--mock", str(own)) == (3, "", f"mtop: error: {own}/world.json: {BAD_WORLDS[text]}\n")


def test_a_stranger_among_the_crs(own: Path) -> None:
    (own / "crs" / "b.yaml").write_text("apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n")
    assert run("list", "--mock", str(own)) == (3, "", "mtop: error: mine/crs/b.yaml:2: Pod is no kind of KServe's\n")


def test_a_choice_that_cannot_be_read(alone: Path) -> None:
    (alone.parent / "state" / "world").mkdir(parents=True)
    assert run("mock", "path").stdout == f"{MOCKS / 'healthy'}\n"


@pytest.mark.parametrize("home", ["/home/someone", "/home/someone/", "/", "", "relative", None])
@pytest.mark.parametrize("state", [None, "", "  ", "/var/state", "/var/state/", "relative/state", "~/state", " /x"])
def test_the_place_for_state_is_platformdirs_own(
    monkeypatch: pytest.MonkeyPatch, home: str | None, state: str | None
) -> None:
    monkeypatch.delenv("MTOP_STATE_DIR")
    for name, value in (("HOME", home), ("XDG_STATE_HOME", state)):
        monkeypatch.delenv(name, raising=False)
        if value is not None:
            monkeypatch.setenv(name, value)
    assert state_dir() == platformdirs.user_state_dir("mtop", appauthor=False)


def test_the_place_for_state_where_there_is_no_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MTOP_STATE_DIR")
    monkeypatch.setenv("HOME", "")

    def nobody(*names: object, **more: object) -> str:
        raise RuntimeError("could not determine the home directory")

    monkeypatch.setattr(platformdirs, "user_state_dir", nobody)
    assert run("list") == (
        3, "", "mtop: error: you have no home folder to keep changes in\nmtop: hint: set MTOP_STATE_DIR to a folder\n",
    )  # fmt: skip


def test_an_interrupted_write_leaves_the_old_content(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = str(alone / "x")
    write_atomically(path, "old")
    for failure in (OSError(28, "No space left on device"), KeyboardInterrupt()):

        def fail(*args: object, failure: BaseException = failure) -> None:
            raise failure

        with monkeypatch.context() as patch:
            patch.setattr(os, "replace", fail)
            with pytest.raises((SourceError, KeyboardInterrupt)) as caught:
                write_atomically(path, "new")
        assert Path("x").read_text() == "old"
        assert os.listdir() == ["x"]
        if isinstance(caught.value, SourceError):
            assert caught.value.message == f"cannot write {path}: no space left on device"
