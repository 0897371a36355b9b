"""Where an answer comes from: flags, LLD_MODE, the configuration, and words that look like a world."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mtop_core.testing import Outcome, run, service
from tests.cli.kit import write

LIVE = (
    "mtop: error: live clusters need a provider named live, and none is installed\n"
    "mtop: hint: install the live plugin, or work offline with --mock WORLD or --snapshot PATH\n"
)


def source(*args: str, **env: str) -> str:
    """The source that an answer names, or its error."""
    said = run(*args, env=env)
    return said.stderr.splitlines()[-1] if said.exit_code == 0 else f"{said.exit_code}"


def mock(world: str) -> str:
    return f"mtop: source: mock {world}, as of 2026-10-12T09:30:00Z"


def test_modes_of_the_environment() -> None:
    assert source("list", "-n", "chat") == mock("healthy")
    assert source("list", "-n", "chat", LLD_MODE="mock") == mock("healthy")
    assert source("list", "-n", "chat", LLD_MODE="") == mock("healthy")
    assert run("--no-plugins", "list", env={"LLD_MODE": "live"}) == Outcome(4, "", LIVE)
    assert run("list", env={"LLD_MODE": "prod"}) == Outcome(
        2, "", 'mtop: error: LLD_MODE is "prod", expected mock or live\n'
    )
    assert run("list", env={"LLD_MODE": "\x1b[31m"}).stderr.isascii()
    assert "\x1b" not in run("list", env={"LLD_MODE": "\x1b[31m"}).stderr


def test_flags_beat_the_environment_and_the_file(tmp_path: Path) -> None:
    write(tmp_path, ".ldconfig", "mode: live\nworld: degraded\n")
    assert run("--no-plugins", "list").exit_code == 4
    assert source("list", LLD_MODE="mock") == mock("degraded")
    assert source("list", "--mock", "rollout", LLD_MODE="live") == mock("rollout")
    assert run("--no-plugins", "list", "--live", env={"LLD_MODE": "mock"}) == Outcome(4, "", LIVE)
    assert source("--live", "list", "--mock", "rollout") == mock("rollout")
    dump = write(tmp_path, "dump.json", json.dumps(service()))
    assert source("list", "--snapshot", dump, LLD_MODE="live").startswith(f"mtop: source: snapshot {dump}")


@pytest.mark.parametrize("args", [("--live", "--mock"), ("--mock", "rollout", "--live"),
                                  ("--mock=x", "--snapshot", "y"), ("--snapshot", "y", "--live")])  # fmt: skip
def test_two_sources_are_one_too_many(args: tuple[str, ...]) -> None:
    for line in (("list", *args), (*args, "list")):
        said = run(*line)
        assert (said.exit_code, said.stdout) == (2, "")
        assert said.stderr.endswith("exclude each other: an answer has one source\n")


def test_a_world_may_be_named_or_left_out() -> None:
    assert source("list", "--mock", "empty") == source("--mock", "empty", "list") == mock("empty")
    assert source("list", "--mock=empty") == source("--mock=empty", "list") == mock("empty")
    assert source("--mock", "list") == source("list", "--mock") == mock("healthy")
    assert source("--mock", "ls") == mock("healthy")
    assert source("list", "--mock", "-n", "chat") == mock("healthy")
    assert run("get", "--mock", "phi-4", "-o", "name", "-q").stdout.endswith("/phi-4\n")
    assert source("get", "--mock", "rollout") == mock("rollout")
    assert source("get", "phi-4", "--mock") == mock("healthy")
    absent = run("list", "--mock", "nope")
    assert absent.exit_code == 3
    assert absent.stderr == (
        'mtop: error: there is no mock world "nope"\n'
        "mtop: hint: there are: broken, degraded, empty, healthy, rollout\n"
    )


def test_a_world_may_be_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    (folder / "crs").mkdir(parents=True)
    manifest = {"spec": {"capturedAt": "2026-01-01T00:00:00Z", "summary": "mine"}}
    write(folder, "world.json", json.dumps(manifest))
    write(folder / "crs", "one.json", json.dumps(service("mine")))
    for spelled in ("./mine", str(folder)):
        said = run("list", "--mock", spelled, "-o", "json")
        assert json.loads(said.stdout)["source"] == {"mode": "mock", "name": "mine", "time": "2026-01-01T00:00:00Z"}
    assert run("get", "--mock", "./mine", "mine", "-o", "name", "-q").exit_code == 0


def test_the_chosen_world_stays() -> None:
    assert run("mock", "use", "rollout") == Outcome(0, "world rollout is current\n", "")
    assert source("list") == mock("rollout")
    assert source("list", "--mock", "empty") == mock("empty")
    assert run("mock", "use", "nope").exit_code == 3
    assert source("list") == mock("rollout")
    current = [line.split()[0] for line in run("mock", "list").stdout.splitlines() if line.split()[1] == "yes"]
    assert current == ["rollout"]


def test_mock_path_and_reset() -> None:
    shipped = run("mock", "path", "empty").stdout.strip()
    assert Path(shipped, "world.json").is_file()
    assert run("mock", "reset", "degraded").stdout == "world degraded was not changed\n"
    assert run("delete", "llama-8b", "-y", "--mock", "degraded").exit_code == 0
    assert Path(run("mock", "path", "degraded").stdout.strip()).is_relative_to(Path.cwd())
    assert run("get", "llama-8b", "--mock", "degraded").exit_code == 3
    assert run("mock", "reset", "degraded").stdout == "world degraded is as it was shipped again\n"
    assert run("get", "llama-8b", "--mock", "degraded").exit_code == 0


def test_the_time_of_a_snapshot(tmp_path: Path) -> None:
    dump = write(tmp_path, "dump.json", json.dumps(service()))
    at = "2030-01-01T00:00:00Z"
    said = run("list", "--snapshot", dump, "--at", at, "-o", "json")
    assert json.loads(said.stdout)["source"]["time"] == at
    for wrong in ("yesterday", "2030-01-01", ""):
        refused = run("list", "--snapshot", dump, f"--at={wrong}")
        assert (refused.exit_code if wrong else 2) == 2
    for args in (("--mock",), ()):
        assert run("list", *args, "--at", at).exit_code == 2


def test_options_stand_before_or_after_the_command() -> None:
    plain = run("list", "--mock", "rollout", "-n", "chat", "-q")
    assert plain.stderr == ""
    for line in (("--mock", "rollout", "-n", "chat", "-q", "list"), ("-q", "--mock=rollout", "list", "-n", "chat"),
                 ("-n", "code", "list", "--mock", "rollout", "-n", "chat", "-q")):  # fmt: skip
        assert run(*line) == plain


@pytest.mark.parametrize("line", [("list", "--source", "zzz"), ("list", "--source", "zzz=arg")])
def test_a_provider_nobody_offers(line: tuple[str, ...]) -> None:
    said = run(*line)
    assert said.exit_code == 4
    assert said.stderr.startswith('mtop: error: no provider is named "zzz"')


def test_a_snapshot_that_is_not_there() -> None:
    said = run("list", "--snapshot", "/nonexistent")
    assert (said.exit_code, said.stdout) == (3, "")
    assert said.stderr == "mtop: error: /nonexistent: no such file or folder\n"


def test_the_answer_is_the_same_every_time() -> None:
    for form in ("table", "wide", "json", "yaml", "name"):
        first = run("list", "--mock", "degraded", "-o", form, env={"TZ": "Asia/Tokyo"})
        assert run("list", "--mock", "degraded", "-o", form, env={"TZ": "UTC", "LC_ALL": "C"}) == first
