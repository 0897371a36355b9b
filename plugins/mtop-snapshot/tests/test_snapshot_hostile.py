"""Snapshots that are cut short, changed, hostile or newer: refused with one line, and nothing else happens."""

from __future__ import annotations

import gzip
import io
import json
import os
import random
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mtop_core.api import sealed
from mtop_core.testing import run

Make = Callable[[tarfile.TarFile], None]
COMMANDS = (("list", "-A", "--snapshot"), ("snapshot", "verify"), ("snapshot", "show"), ("diff",))


def refused(path: Path, message: str, env: dict[str, str] | None = None) -> None:
    """Every command answers with one error line of that sense, exit 3, and no traceback."""
    for command in COMMANDS:
        outcome = run(*command, str(path), env=env)
        lines = [line for line in outcome.stderr.splitlines() if not line.startswith("mtop: hint: ")]
        assert outcome.exit_code == 3, (command, outcome)
        assert len(lines) == 1, (command, lines)
        assert lines[0].startswith("mtop: error: "), lines
        assert message in lines[0], lines
        assert outcome.stdout == ""


def packed(path: Path, make: Make) -> Path:
    with tarfile.open(path, "w:gz", format=tarfile.PAX_FORMAT) as tar:
        make(tar)
    return path


def member(name: str, data: bytes = b"", **fields: Any) -> tuple[tarfile.TarInfo, io.BytesIO]:
    entry = tarfile.TarInfo(name)
    entry.size = len(data)
    for field, value in fields.items():
        setattr(entry, field, value)
    return entry, io.BytesIO(data)


HOSTILE: dict[str, tuple[Make, str]] = {
    "up": (lambda tar: tar.addfile(*member("../../evil", b"x")), "leads out of the archive"),
    "up inside": (lambda tar: tar.addfile(*member("objects/../../evil", b"x")), "leads out of the archive"),
    "absolute": (lambda tar: tar.addfile(*member("/etc/passwd", b"x")), "leads out of the archive"),
    "long up": (lambda tar: tar.addfile(*member("a/" * 120 + "../" * 130 + "x", b"x")), "leads out of the archive"),
    "symlink": (
        lambda tar: tar.addfile(member("a", type=tarfile.SYMTYPE, linkname="/etc/passwd")[0]),
        "a link or a device",
    ),
    "hard link": (lambda tar: tar.addfile(member("a", type=tarfile.LNKTYPE, linkname="b")[0]), "a link or a device"),
    "device": (lambda tar: tar.addfile(member("a", type=tarfile.CHRTYPE)[0]), "a link or a device"),
    "pipe": (lambda tar: tar.addfile(member("a", type=tarfile.FIFOTYPE)[0]), "a link or a device"),
    "twice": (lambda tar: [tar.addfile(*member("a", b"x")) for _ in range(2)] and None, "stands in it twice"),
    "control": (lambda tar: tar.addfile(*member("a\x1b[31m", b"x")), "leads out of the archive"),
    "empty": (lambda tar: None, "no snapshot, it has no snapshot.json"),
    "no manifest": (lambda tar: tar.addfile(*member("snapshot.json", b"{}")), "is no manifest of a snapshot"),
    "deep": (lambda tar: tar.addfile(*member("snapshot.json", b"[" * 100_000)), "is no manifest of a snapshot"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_archives(tmp_path: Path, name: str) -> None:
    make, message = HOSTILE[name]
    refused(packed(tmp_path / "it.tar.gz", make), message)
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "state") == ["it.tar.gz"]


def test_a_bomb(tmp_path: Path) -> None:
    path = tmp_path / "bomb.tar.gz"
    with gzip.open(path, "wb", compresslevel=9) as stream:
        for _ in range(40):
            stream.write(b"\0" * (1 << 20))
    refused(path, "unpacks to more than 8 MiB", {"MTOP_MAX_SNAPSHOT_MIB": "8"})
    outcome = run("list", "--snapshot", str(path), env={"MTOP_MAX_SNAPSHOT_MIB": "many"})
    assert outcome.stderr.startswith('mtop: error: MTOP_MAX_SNAPSHOT_MIB is "many"')


def test_no_archive_inside(tmp_path: Path) -> None:
    path = tmp_path / "it.tar.gz"
    path.write_bytes(gzip.compress(b"just a text, long enough to be a block of a tar archive " * 20))
    refused(path, "no tar archive inside")
    path.write_bytes(b"\x1f\x8b nothing like it")
    refused(path, "damaged")


@pytest.mark.parametrize("part", [0.0001, 0.3, 0.9, 0.99999])
def test_cut_short(save: Any, part: float) -> None:
    archive: Path = save("empty", name="it.tar.gz")
    data = archive.read_bytes()
    archive.write_bytes(data[: max(int(len(data) * part), 3)])
    outcome = run("list", "--snapshot", str(archive))
    assert outcome.exit_code == 3
    assert outcome.stderr.count("mtop: error: ") == 1


def test_any_flipped_bit_of_an_archive(save: Any) -> None:
    archive: Path = save("empty", "--no-logs", name="it.tar.gz")
    data = archive.read_bytes()
    chance = random.Random(1)
    bits = [
        *range(8 * 120),
        *(chance.randrange(8 * len(data)) for _ in range(60)),
        *range(8 * (len(data) - 12), 8 * len(data)),
    ]
    for bit in bits:
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        archive.write_bytes(changed)
        assert run("snapshot", "verify", str(archive)).exit_code == 3, f"bit {bit} of {8 * len(data)}"


def test_any_flipped_bit_of_a_folder(save: Any) -> None:
    folder: Path = save("degraded", "-n", "chat")
    chance = random.Random(2)
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.stat().st_size)[::7]:
        data = path.read_bytes()
        changed = bytearray(data)
        changed[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        path.write_bytes(changed)
        outcome = run("snapshot", "verify", str(folder))
        assert outcome.exit_code == 3, path
        path.write_bytes(data)
    manifest = folder / "snapshot.json"
    data = manifest.read_bytes()
    for _ in range(100):
        changed = bytearray(data)
        changed[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        manifest.write_bytes(changed)
        assert run("snapshot", "verify", str(folder)).exit_code == 3
    manifest.write_bytes(data)
    assert run("snapshot", "verify", str(folder)).exit_code == 0


def test_verify_names_all_that_is_wrong(save: Any) -> None:
    folder: Path = save("degraded", "-n", "chat")
    (folder / "objects/pods.jsonl").write_bytes(b"")
    (folder / "objects/nodes.index").unlink()
    (folder / "objects/extra").write_text("x")
    outcome = run("snapshot", "verify", str(folder))
    assert (outcome.exit_code, outcome.stdout) == (3, f"{folder}: damaged\n")
    assert outcome.stderr.splitlines() == [
        f"mtop: error: {folder}: objects/nodes.index is missing",
        f"mtop: error: {folder}: objects/pods.jsonl was cut short since it was saved",
        f"mtop: error: {folder}: objects/extra does not belong to it",
    ]


def test_what_a_link_leads_to_is_never_read(save: Any, tmp_path: Path) -> None:
    folder: Path = save("empty")
    secret = tmp_path / "secret"
    secret.write_text("{}")
    path = folder / "objects/nodes.jsonl"
    path.unlink()
    path.symlink_to(secret)
    assert run("get", "-A", "--snapshot", str(folder)).exit_code == 3
    assert "a link, which no snapshot has" in run("doctor", "-A", "--snapshot", str(folder)).stderr
    assert run("snapshot", "verify", str(folder)).exit_code == 3


def resealed(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """A manifest changed by somebody who knows how it is sealed."""
    path = folder / "snapshot.json"
    manifest = json.loads(path.read_bytes())
    change(manifest)
    path.write_bytes(sealed(manifest))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": 2}, "format 2 is newer than this mtop reads (1)"),
        ({"format": "1"}, "was changed"),
        ({"files": {"../../../etc/passwd": {"bytes": 1, "sha256": "0"}}}, "was changed"),
        ({"files": []}, "was changed"),
        ({"captured": {"start": "now", "end": "now"}}, "was changed"),
        ({"kinds": [{"resource": 3}]}, "was changed"),
        ({"source": {"mode": "mock"}}, "was changed"),
        ({"kind": "World"}, "is no manifest of a snapshot"),
    ],
)
def test_manifests_that_lie(save: Any, change: dict[str, Any], message: str) -> None:
    folder: Path = save("empty")
    resealed(folder, lambda manifest: manifest.update(change))
    refused(folder, message)


def test_objects_that_are_none(save: Any) -> None:
    import hashlib

    folder: Path = save("empty")
    for data, message in (
        (b'{"kind":"Pod"}\n', "apiVersion: is missing"),
        (b'{"apiVersion":"v1","kind":"Node","metadata":{"name":"x"}}\n', "not every object in it is a Pod"),
        (b"[" * 5000 + b"\n", "nested too deeply"),
        (b"\xff\n", "not UTF-8"),
    ):
        (folder / "objects/pods.jsonl").write_bytes(data)
        entry = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        resealed(folder, lambda manifest, entry=entry: manifest["files"].update({"objects/pods.jsonl": entry}))  # type: ignore[misc]
        outcome = run("list", "-A", "--snapshot", str(folder))
        assert (outcome.exit_code, outcome.stderr.count("\n")) == (3, 1), outcome
        assert message in outcome.stderr
        assert run("snapshot", "verify", str(folder)).exit_code == 3


def test_an_archive_packed_by_tar(save: Any, tmp_path: Path) -> None:
    folder: Path = save("healthy")
    forms = ((tarfile.GNU_FORMAT, "."), (tarfile.PAX_FORMAT, "it"), (tarfile.USTAR_FORMAT, "it/"))
    for form, top in forms:
        path = tmp_path / "by-hand.tar.gz"
        with tarfile.open(path, "w:gz", format=form) as tar:
            tar.add(folder, arcname=top)
        outcome = run("list", "-A", "--snapshot", str(path))
        assert outcome.stdout == run("list", "-A", "--mock", "healthy").stdout, outcome.stderr


def test_the_salt_stays_at_home(save: Any) -> None:
    folder: Path = save("degraded")
    salt = Path(os.environ["MTOP_STATE_DIR"]) / "snapshots" / ".salt"
    assert salt.stat().st_mode & 0o777 == 0o600
    whole = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert salt.read_bytes() not in whole
    assert salt.read_bytes().hex().encode() not in whole


@pytest.mark.parametrize(
    "change",
    [
        {"scope": "x"},
        {"scope": None},
        {"scope": {"namespace": {"a": 1}, "names": 5}},
        {"redaction": 5},
        {"redaction": {"rules": {"a": "b"}, "files": 5, "salt": []}},
        {"logs": 5},
        {"logs": {"files": "a", "cut": 5, "gaps": 5, "lines": None}},
        {"kinds": [{"resource": "pods"}]},
        {"normal": 5},
    ],
    ids=str,
)
def test_manifests_of_wrong_types_are_refused_by_whatever_reads_them(save: Any, change: dict[str, Any]) -> None:
    folder = save("empty")
    resealed(folder, lambda manifest: manifest.update(change))
    for command in (("snapshot", "show"), ("snapshot", "verify"), ("diff",), ("list", "-A", "--snapshot")):
        outcome = run(*command, str(folder))
        assert outcome.exit_code == 3
        assert "snapshot.json was changed since it was saved" in outcome.stderr
