"""`mtop snapshot` as its users meet it."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import tarfile
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from mtop_core.api import SourceError
from mtop_core.testing import run

SCHEMAS = Path(__file__).parents[1] / "src" / "mtop_snapshot" / "schemas"
TIME = "2026-10-12T09:30:00Z"


def schema(name: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads((SCHEMAS / f"{name}.json").read_text("utf-8")))


def kept(tmp_path: Path) -> Path:
    return Path(os.environ["MTOP_STATE_DIR"]) / "snapshots"


def digest(folder: Path) -> str:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    whole = b"".join(str(path.relative_to(folder)).encode() + path.read_bytes() for path in files)
    return hashlib.sha256(whole).hexdigest()


def test_save_says_where_and_what(tmp_path: Path) -> None:
    outcome = run("snapshot", "save", "before", "--mock", "healthy")
    assert outcome.stdout == f"{kept(tmp_path)}/before\n"
    assert outcome.stderr == (
        f"mtop: note: 27 models, 342 objects, 109 logs; 0 values masked\nmtop: source: mock healthy, as of {TIME}\n"
    )


def test_without_a_name_it_is_named_by_time(tmp_path: Path) -> None:
    for name in ("2026-10-12T093000Z", "2026-10-12T093000Z-2"):
        assert run("snapshot", "save", "--mock", "empty").stdout == f"{kept(tmp_path)}/{name}\n"
    names = [line.split()[0] for line in run("snapshot", "list", "--no-headers").stdout.splitlines()]
    assert names == ["2026-10-12T093000Z", "2026-10-12T093000Z-2"]


def test_the_same_state_is_the_same_bytes(save: Any, tmp_path: Path) -> None:
    assert digest(save("degraded", name="a")) == digest(save("degraded", name="b"))
    one, other = (save("degraded", name=f"{name}.tar.gz") for name in "ab")
    assert one.read_bytes() == other.read_bytes()


def test_an_archive_is_one_for_tar_too(save: Any) -> None:
    folder, archive = save("rollout", name="folder"), save("rollout", name="it.tar.gz")
    with tarfile.open(archive) as tar:
        members = tar.getmembers()
        assert members[0].name == "snapshot.json"
        assert {(m.uid, m.gid, m.mode, m.mtime, m.isreg()) for m in members} == {(0, 0, 0o644, 0, True)}
        for member in members:
            stream = tar.extractfile(member)
            assert stream is not None
            assert stream.read() == (folder / member.name).read_bytes()
    assert gzip.decompress(archive.read_bytes())


def test_the_files_are_for_jq_and_grep(save: Any) -> None:
    folder = save("degraded")
    for path in sorted((folder / "objects").glob("*.jsonl")):
        objects = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        places = [(obj["metadata"].get("namespace", ""), obj["metadata"]["name"]) for obj in objects]
        assert places == sorted(places)
        assert path.read_text("utf-8") == "".join(
            json.dumps(obj, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n" for obj in objects
        )
    logs = sorted(path.relative_to(folder).as_posix() for path in folder.glob("logs/*/*/*.log"))
    assert any(name.endswith(".previous.log") for name in logs)


def test_the_manifest_says_it_all(save: Any) -> None:
    folder = save("degraded", "-n", "chat")
    manifest = json.loads((folder / "snapshot.json").read_text("utf-8"))
    assert list(schema("manifest").iter_errors(manifest)) == []
    assert manifest["source"] == {"mode": "mock", "name": "degraded", "server": "v1.34.1"}
    assert manifest["captured"] == {"start": TIME, "end": TIME}
    assert manifest["scope"] == {"namespace": "chat", "names": [], "selector": "", "cluster": False, "models": 11}
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert files == {*manifest["files"], "snapshot.json"}
    for name, entry in manifest["files"].items():
        data = (folder / name).read_bytes()
        assert entry == {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    seen = {kind["resource"]: (kind["objects"], kind["seen"]) for kind in manifest["kinds"]}
    assert seen["llminferenceservices.serving.kserve.io"] == (11, 11)
    assert seen["nodes"][0] == seen["nodes"][1]  # some pod waits for a node


def test_only_what_belongs_to_the_models(save: Any) -> None:
    folder = save("healthy", "-n", "chat", "--model", "phi-4")
    manifest = json.loads((folder / "snapshot.json").read_text("utf-8"))
    counts = {kind["resource"]: kind["objects"] for kind in manifest["kinds"]}
    assert (manifest["scope"]["names"], manifest["scope"]["models"]) == (["phi-4"], 1)
    assert counts["llminferenceservices.serving.kserve.io"] == 1
    assert counts["deployments.apps"] >= 1
    assert counts["gateways.gateway.networking.k8s.io"] == 1  # of another namespace, where the route is attached
    assert 0 < counts["nodes"] < 5
    names = [path.parent.name for path in folder.glob("logs/*/*/*.log")]
    assert names
    assert all(name.startswith("phi-4-") for name in names)


def test_list_show_delete(tmp_path: Path) -> None:
    run("snapshot", "save", "one", "--mock", "empty")
    run("snapshot", "save", "two", "--mock", "healthy", "--archive")
    listed = run("snapshot", "list", "-o", "json")
    document = json.loads(listed.stdout)
    assert list(schema("snapshotlist").iter_errors(document)) == []
    assert [(row["name"], row["models"], row["source"]["name"]) for row in document["items"]] == [
        ("one", 0, "empty"),
        ("two", 27, "healthy"),
    ]
    shown = run("snapshot", "show", "two", "-o", "json")
    assert list(schema("manifest").iter_errors(json.loads(shown.stdout))) == []
    assert (
        "taken from mock healthy, API server v1.34.1, at 2026-10-12T09:30:00Z" in run("snapshot", "show", "two").stderr
    )
    refused = run("snapshot", "delete", "one", "twoo", "-y")
    assert (refused.exit_code, refused.stderr) == (
        3,
        'mtop: error: there is no snapshot "twoo"\nmtop: hint: did you mean two?\n',
    )
    assert run("snapshot", "delete", "one", "two", "-y").stdout == "snapshot/one deleted\nsnapshot/two deleted\n"
    nothing = run("snapshot", "list")
    assert (nothing.stdout, nothing.stderr) == ("", "No snapshots are kept. mtop snapshot save makes one.\n")
    assert [path.name for path in kept(tmp_path).iterdir()] == [".salt"]


def test_delete_asks_first() -> None:
    run("snapshot", "save", "one", "--mock", "empty")
    asked = run("snapshot", "delete", "one")
    assert (asked.exit_code, asked.stderr.splitlines()[0]) == (
        2,
        "mtop: error: Delete the snapshot one? Nobody can be asked here",
    )
    assert run("snapshot", "verify", "one").exit_code == 0


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (("a/b",), 2, '"a/b" is no name for a snapshot'),
        ((".hidden",), 2, '".hidden" is no name for a snapshot'),
        (("x\x1b[31m",), 2, '"x\\x1b[31m" is no name for a snapshot'),
        (("one", "-o", "here"), 2, "a NAME and --output exclude each other"),
        (("--every", "0s"), 2, '--every "0s": expected a duration'),
        (("--for", "10m"), 2, "--for says how long --every goes on"),
        (("--since", "soon"), 2, '--since "soon" is no duration'),
        (("--model", "nobody"), 3, 'there is no LLMInferenceService or InferenceService "nobody"'),
        (("-o", "nowhere://x/y.tar.gz"), 2, "nowhere://x/y.tar.gz: "),
    ],
)
def test_what_is_refused(args: tuple[str, ...], code: int, message: str) -> None:
    outcome = run("snapshot", "save", "--mock", "empty", *args)
    assert outcome.exit_code == code
    assert outcome.stderr.startswith(f"mtop: error: {message}"), outcome.stderr
    assert "\x1b" not in outcome.stderr


def test_nothing_is_overwritten_unasked(tmp_path: Path) -> None:
    for output in ("it", "it.tar.gz"):
        goal = tmp_path / output
        assert run("snapshot", "save", "--mock", "empty", "-o", str(goal)).exit_code == 0
        again = run("snapshot", "save", "--mock", "healthy", "-o", str(goal))
        assert (again.exit_code, again.stderr.splitlines()[0]) == (
            3,
            f"mtop: error: {goal} exists already; nothing was saved",
        )
        assert run("snapshot", "save", "--mock", "healthy", "-o", str(goal), "--force").exit_code == 0
        assert run("list", "-A", "--snapshot", str(goal)).stdout == run("list", "-A", "--mock", "healthy").stdout
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "diary").touch()
    refused = run("snapshot", "save", "--mock", "empty", "-o", str(tmp_path / "mine"), "--force")
    assert "is a folder that is no snapshot" in refused.stderr
    assert (tmp_path / "mine" / "diary").exists()


def test_nothing_half_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mtop_snapshot.save.take import Take

    def fail(self: object, *args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Take, "_manifest", fail)
    folder = tmp_path / "place"
    assert run("snapshot", "save", "--mock", "healthy", "-o", str(folder / "it")).exit_code == 130
    assert list(folder.iterdir()) == []


def test_a_film_is_a_row_of_snapshots(tmp_path: Path) -> None:
    folder = tmp_path / "film"
    outcome = run("snapshot", "save", "--mock", "empty", "--every", "1ms", "--for", "2ms", "-o", str(folder))
    assert outcome.stdout == "".join(f"{folder}/000{number}\n" for number in (1, 2, 3))
    assert run("snapshot", "verify", str(folder / "0003")).exit_code == 0


def test_budgets_of_logs(save: Any) -> None:
    whole, cut = (
        save("degraded", "-n", "chat", name="whole"),
        save("degraded", "-n", "chat", "--log-lines", "2", name="cut"),
    )
    assert not list(save("degraded", "--no-logs", name="none").glob("logs"))
    for path in cut.glob("logs/*/*/*.log"):
        lines = (whole / path.relative_to(cut)).read_bytes().splitlines()
        assert path.read_bytes().splitlines() == lines[-2:]
    named = json.loads((cut / "snapshot.json").read_text())["logs"]["cut"]
    assert named == sorted(named)
    assert named
    small = save("degraded", "-n", "chat", "--log-bytes", "100", name="small")
    assert max(path.stat().st_size for path in small.glob("logs/*/*/*.log")) <= 101
    recent = save("degraded", "-n", "chat", "--since", "10m", name="recent")
    times = [line[:20] for path in recent.glob("logs/*/*/*.log") for line in path.read_text().splitlines()]
    assert times
    assert min(times) >= "2026-10-12T09:20"


def test_a_url_where_fsspec_is(tmp_path: Path) -> None:
    pytest.importorskip("fsspec")
    url = "memory://bucket/it.tar.gz"
    assert run("snapshot", "save", "--mock", "healthy", "-o", url).stdout == f"{url}\n"
    assert run("list", "-A", "--snapshot", url).stdout == run("list", "-A", "--mock", "healthy").stdout
    assert run("snapshot", "verify", url).exit_code == 0
    assert "exists already" in run("snapshot", "save", "--mock", "healthy", "-o", url).stderr
    missing = run("list", "--snapshot", "memory://bucket/nothing.tar.gz")
    assert (missing.exit_code, missing.stderr) == (3, "mtop: error: memory://bucket/nothing.tar.gz: there is nothing\n")
    secret = run("list", "--snapshot", "memory://user:pass@bucket/x?sig=abc")
    assert "pass" not in secret.stderr
    assert "abc" not in secret.stderr


def test_rbac_knows_what_saving_asks() -> None:
    role = run("rbac", "snapshot", "-o", "json").stdout
    assert "pods/log" in role
    assert "nodes" in role
    assert "llminferenceservices" in run("rbac", "diff").stdout


def test_what_a_killed_save_left_is_removed_by_the_next_and_what_is_in_use_stays(tmp_path: Path) -> None:
    from mtop_snapshot.save.files import folder_beside

    here = tmp_path / "here"
    place = here / "s"
    with folder_beside(str(place)) as used:
        left = here / ".s.abcd1234"
        (left / "objects").mkdir(parents=True)
        (here / ".s.abcd1234.tar.gz").write_bytes(b"")
        other = here / ".s.of-another"
        other.mkdir()
        assert run("snapshot", "save", "--mock", "empty", "-o", str(place)).exit_code == 0
        assert sorted(path.name for path in here.iterdir()) == sorted([Path(used).name, other.name, "s"])
    assert not Path(used).exists()


def test_a_full_disk_is_said_of_the_place_that_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import errno

    from mtop_snapshot.save import files

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files, "open", full, raising=False)
    outcome = run("snapshot", "save", "--mock", "empty", "-o", str(tmp_path / "here" / "s"))
    assert (outcome.exit_code, outcome.stderr) == (
        3, f"mtop: error: cannot write {tmp_path / 'here'}: no space left on device\n"
    )  # fmt: skip
    assert list((tmp_path / "here").iterdir()) == []


def test_the_old_one_stays_where_the_new_one_cannot_be_put(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mtop_snapshot import store

    place, folder = tmp_path / "s", tmp_path / ".s.abcd1234"
    for path, text in ((place, "old"), (folder, "new")):
        path.mkdir()
        (path / "snapshot.json").write_text(text)
    genuine = store.os.rename

    def rename(source: str, target: str) -> None:
        if source == str(folder):
            raise PermissionError(1, "Operation not permitted")
        genuine(source, target)

    monkeypatch.setattr(store.os, "rename", rename)
    with pytest.raises(SourceError, match="cannot write"):
        store.put(str(folder), [], store.Target(str(place), False), True)
    assert (place / "snapshot.json").read_text() == "old"
