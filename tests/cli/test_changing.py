"""`create` and `delete`: all or nothing, and never without being sure."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from mtop_core.testing import Outcome, run, service
from tests.cli.kit import process, terminal, write

SOURCE = "mtop: source: mock empty, as of 2026-10-12T09:30:00Z\n"
NAME = "llminferenceservice.serving.kserve.io"
QUESTION = b"Delete LLMInferenceService code/llama-8b from mock degraded? [y/N]: "


def manifest(*objects: dict[str, Any]) -> bytes:
    return "\n".join(map(json.dumps, objects)).encode()


def create(*args: str, stdin: bytes = b"") -> Outcome:
    return run("create", "--mock", "empty", *args, stdin=stdin)


def names(world: str = "empty") -> list[str]:
    said = run("get", "--mock", world, "-o", "jsonpath={range .items[*]}{.metadata.namespace}/{.metadata.name} {end}")
    return said.stdout.split()


@pytest.mark.parametrize(
    ("flags", "suffix"),
    [("--dry-run", " (dry run)"), ("--dry-run=client", " (dry run)"), ("--dry-run=server", " (server dry run)")],
)
def test_a_dry_run_creates_nothing(flags: str, suffix: str) -> None:
    said = create(flags, "-f", "-", stdin=manifest(service("a")))
    assert said == Outcome(0, f"{NAME}/a created{suffix}\n", SOURCE)
    assert names() == []


def test_dry_run_takes_no_word() -> None:
    said = create("-f", "-", "--dry-run", "client", stdin=manifest(service("a")))
    assert said.exit_code == 2
    assert "unexpected extra argument (client)" in said.stderr
    assert create("-f", "-", "--dry-run=maybe", stdin=manifest(service("a"))).exit_code == 2
    assert run("delete", "--mock", "degraded", "--dry-run", "llama-8b").stdout == f"{NAME}/llama-8b deleted (dry run)\n"
    assert names() == []


def test_created_from_standard_input_files_and_folders(tmp_path: Path) -> None:
    folder = tmp_path / "services"
    folder.mkdir()
    write(folder, "b.yaml", json.dumps(service("b")))
    write(folder, "c.json", json.dumps(service("c", "code")))
    write(folder, "notes.txt", "no manifest")
    one = write(tmp_path, "a.yaml", yaml.safe_dump_all([service("a"), service("d")]))
    assert create("-f", one, "-f", str(folder), "--dry-run=none").stdout.splitlines() == [
        f"{NAME}/{name} created" for name in "adbc"
    ]
    assert create("-f", "-", stdin=manifest(service("e"))).exit_code == 0
    assert names() == ["chat/a", "chat/b", "chat/d", "chat/e", "code/c"]


def test_what_exists_already_leaves_everything_as_it_is() -> None:
    assert create("-f", "-", stdin=manifest(service("a"))).exit_code == 0
    said = create("-f", "-", stdin=manifest(service("b"), service("a")))
    assert (said.exit_code, said.stdout) == (3, "")
    assert said.stderr.startswith(f"mtop: error: {NAME}/a already exists in namespace chat; nothing was created\n")
    twice = create("-f", "-", stdin=manifest(service("b"), service("b")))
    assert (twice.exit_code, twice.stdout) == (3, "")
    assert "stands twice" in twice.stderr
    assert names() == ["chat/a"]


def test_namespaces() -> None:
    homeless = service("a")
    del homeless["metadata"]["namespace"]
    assert create("-f", "-", "-n", "code", stdin=manifest(homeless)).exit_code == 0
    assert create("-f", "-", stdin=manifest(homeless)).exit_code == 0
    assert create("-f", "-", "-n", "chat", stdin=manifest(service("b"))).exit_code == 0
    said = create("-f", "-", "-n", "code", stdin=manifest(homeless | {"metadata": {"name": "x"}}, service("c")))
    assert (said.exit_code, said.stdout) == (2, "")
    assert said.stderr == (
        "mtop: error: LLMInferenceService chat/c: its namespace is not the one asked for with -n, code\n"
    )
    assert names() == ["chat/b", "code/a", "default/a"]


def test_fields_that_do_not_fit() -> None:
    bad = manifest(service("a", replica=2))
    refused = create("-f", "-", stdin=bad)
    assert (refused.exit_code, refused.stdout) == (3, "")
    problem = "standard input:1: spec.replica: unknown field; did you mean spec.replicas?\n"
    assert refused.stderr.startswith(f"mtop: error: {problem}")
    assert names() == []
    warned = create("-f", "-", "--validate=warn", stdin=bad)
    assert (warned.exit_code, warned.stdout) == (0, f"{NAME}/a created\n")
    assert warned.stderr == f"mtop: warning: {problem}{SOURCE}"
    ignored = create("-f", "-", "--validate", "ignore", stdin=manifest(service("b", replica=2)))
    assert ignored == Outcome(0, f"{NAME}/b created\n", SOURCE)
    assert create("-f", "-", "--validate=maybe", stdin=bad).exit_code == 2


def test_many_problems_are_listed_and_counted() -> None:
    bad = manifest(*(service(f"s{number}", replica=2) for number in range(40)))
    said = create("-f", "-", stdin=bad)
    assert said.exit_code == 3
    assert said.stderr.count("unknown field") == 20
    assert "  and 20 more\n" in said.stderr


def test_kinds_that_mtop_does_not_create() -> None:
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}}
    said = create("-f", "-", "--validate=ignore", stdin=manifest(service("a"), pod))
    assert (said.exit_code, said.stdout) == (2, "")
    assert "mtop does not create a Pod (v1)" in said.stderr
    assert names() == []


@pytest.mark.parametrize("stdin", [b"", b"---\n---\n", b"# nothing\n"])
def test_nothing_to_create(stdin: bytes) -> None:
    said = create("-f", "-", stdin=stdin)
    assert (said.exit_code, said.stdout) == (2, "")
    assert said.stderr.startswith("mtop: error: ")


def test_a_wrong_template_changes_nothing() -> None:
    for form in ("jsonpath={", "custom-columns=N", "xml"):
        assert create("-f", "-", "-o", form, stdin=manifest(service("a"))).exit_code == 2
        assert run("delete", "llama-8b", "-y", "--mock", "degraded", "-o", form).exit_code == 2
    assert names() == []
    assert "code/llama-8b" in names("degraded")


def test_a_snapshot_is_never_written(tmp_path: Path) -> None:
    dump = write(tmp_path, "dump.json", json.dumps(service("a")))
    before = Path(dump).read_bytes()
    for line in (("create", "-f", "-"), ("delete", "a", "-y")):
        said = run(*line, "--snapshot", dump, stdin=manifest(service("b")))
        assert (said.exit_code, said.stdout) == (2, "")
        assert said.stderr.startswith("mtop: error: a snapshot cannot be changed\n")
    assert Path(dump).read_bytes() == before


def test_delete_without_anyone_to_ask() -> None:
    said = process("delete", "llama-8b", "--mock", "degraded")
    assert (said.returncode, said.stdout) == (2, b"")
    assert said.stderr == (
        b"mtop: error: Delete LLMInferenceService code/llama-8b from mock degraded? Nobody can be asked here\n"
        b"mtop: hint: say --yes, or --dry-run to see what would go\n"
    )
    assert "code/llama-8b" in names("degraded")


@pytest.mark.parametrize("answer", [b"y\r", b"yes\r"])
def test_delete_asks_and_does(answer: bytes) -> None:
    code, shown = terminal("delete", "llama-8b", "--mock", "degraded", answer=answer, wait_for=b"[y/N]: ")
    assert code == 0
    assert QUESTION.decode() in shown
    assert f"{NAME}/llama-8b deleted\r\n" in shown
    assert "code/llama-8b" not in names("degraded")


@pytest.mark.parametrize("answer", [b"n\r", b"\r", b"\x03", b"\x04"])
def test_delete_asks_and_does_not(answer: bytes) -> None:
    code, shown = terminal("delete", "llama-8b", "--mock", "degraded", answer=answer, wait_for=b"[y/N]: ")
    assert code == 130
    assert "deleted" not in shown
    assert "Traceback" not in shown
    assert "code/llama-8b" in names("degraded")


def test_delete_by_name() -> None:
    said = run("delete", "llama-8b", "-y", "--mock", "degraded")
    assert said.stdout == f"{NAME}/llama-8b deleted\n"
    again = run("delete", "llama-8b", "-y", "--mock", "degraded")
    assert (again.exit_code, again.stdout) == (3, "")
    assert run("delete", "llama-8b", "-y", "--ignore-not-found", "--mock", "degraded", "-q") == Outcome(0, "", "")


def test_delete_all_or_nothing() -> None:
    said = run("delete", "llama-8b", "nope", "-y", "--mock", "degraded")
    assert (said.exit_code, said.stdout) == (3, "")
    assert "code/llama-8b" in names("degraded")
    said = run("delete", "llama-8b", "nope", "llama-8b", "-y", "--ignore-not-found", "--mock", "degraded", "-q")
    assert said == Outcome(0, f"{NAME}/llama-8b deleted\n", "")


def test_delete_by_manifest(tmp_path: Path) -> None:
    create("-f", "-", stdin=manifest(service("a"), service("b")))
    both = write(tmp_path, "both.yaml", yaml.safe_dump_all([service("a"), service("nope")]))
    absent = run("delete", "-f", both, "-y", "--mock", "empty")
    assert (absent.exit_code, absent.stdout) == (3, "")
    assert absent.stderr.startswith("mtop: error: there is no LLMInferenceService chat/nope; nothing was deleted\n")
    said = run("delete", "-f", both, "-y", "--mock", "empty", "--ignore-not-found", "-o", "name", "-q")
    assert said == Outcome(0, f"{NAME}/a\n", "")
    assert names() == ["chat/b"]


@pytest.mark.parametrize("line", [("delete",), ("delete", "a", "-f", "b")])
def test_delete_needs_names_or_a_manifest(line: tuple[str, ...]) -> None:
    said = run(*line)
    assert said.exit_code == 2
    assert said.stderr.endswith("mtop: hint: mtop delete NAME, or mtop delete -f FILE\n")


def test_the_configured_namespace_is_for_manifests_that_name_none(tmp_path: Path) -> None:
    write(tmp_path, ".ldconfig", "namespace: code\n")
    homeless, other = service("a"), service("b", "chat")
    del homeless["metadata"]["namespace"]
    both = manifest(homeless, other)
    assert create("-f", "-", stdin=both).exit_code == 0
    assert run("get", "--mock", "empty", "-A", "-o", "jsonpath={.items[*].metadata.namespace}").stdout == "chat code"
    for command in ("create", "delete"):
        said = run(command, "--mock", "empty", "-f", "-", "-n", "code", "--dry-run", stdin=both)
        assert (said.exit_code, said.stdout) == (2, "")
        assert "LLMInferenceService chat/b: its namespace is not the one asked for with -n, code" in said.stderr
    said = run("delete", "--mock", "empty", "-y", "-f", "-", stdin=both)
    assert said == Outcome(0, f"{NAME}/a deleted\n{NAME}/b deleted\n", SOURCE)
    assert run("get", "--mock", "empty", "-A", "-o", "name").stdout == ""
