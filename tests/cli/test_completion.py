"""Tab completion in real shells, through kubectl, and silent whatever is broken."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mtop_core.kubectl_complete import answer
from mtop_core.providers.worlds import shipped_worlds
from mtop_core.testing import run, service
from tests.cli.kit import command, dialogue, process, write

SHELLS = ("bash", "zsh", "fish")
COMMANDS = ["list", "get", "create", "delete", "config", "mock", "plugins", "completion", "version"]


def complete(line: str) -> subprocess.CompletedProcess[bytes]:
    """What mtop answers bash for a line, the cursor at its end."""
    words = line.split(" ")
    env = {"_MTOP_COMPLETE": "bash_complete", "COMP_WORDS": "\n".join(words), "COMP_CWORD": str(len(words) - 1)}
    return process(env=env)


def offered(line: str) -> list[str]:
    done = complete(line)
    assert (done.returncode, done.stderr) == (0, b"")
    return [word.partition(",")[2] for word in done.stdout.decode().split()]


@pytest.fixture
def shell_path(tmp_path: Path) -> dict[str, str]:
    """An environment in which `mtop` is a program."""
    folder = tmp_path / "bin"
    folder.mkdir()
    script = folder / "mtop"
    script.write_text(f"#!/bin/sh\nexec {shlex.join(command())} \"$@\"\n", encoding="utf-8")
    script.chmod(0o755)
    return {"PATH": f"{folder}:{os.environ['PATH']}"}


@pytest.mark.parametrize("shell", SHELLS)
def test_scripts(shell: str) -> None:
    said = run("completion", shell)
    assert (said.exit_code, said.stderr) == (0, "")
    assert f"_MTOP_COMPLETE={shell}_complete" in said.stdout
    assert run("completion", shell).stdout == said.stdout
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed: its script cannot be checked")
    checked = subprocess.run([program, "-n"], input=said.stdout.encode(), capture_output=True, timeout=60)
    assert (checked.returncode, checked.stderr) == (0, b"")


def test_an_unknown_shell() -> None:
    said = run("completion", "tcsh")
    assert said.exit_code == 2
    assert said.stderr.startswith("mtop: error: ")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("mtop li", ["list"]), ("mtop list --mock ", shipped_worlds()), ("mtop list --mock de", ["degraded"]),
        ("mtop list -n ", ["chat", "code", "platform", "search"]), ("mtop list -n se", ["search"]),
        ("mtop list -o ", ["table", "wide", "json", "yaml", "csv", "name", "jsonpath=", "custom-columns="]),
        ("mtop list -o js", ["json", "jsonpath="]), ("mtop mock use ", shipped_worlds()),
        ("mtop mock reset r", ["rollout"]), ("mtop mock ", ["list", "path", "reset", "use"]),
        ("mtop get phi", ["phi-4"]), ("mtop get --mock degraded ll", ["llama-8b"]), ("mtop list --color n", ["never"]),
        ("mtop --mock degraded get ll", ["llama-8b"]), ("mtop get -n search phi", []), ("mtop get zzz", []),
        ("mtop get config kserve-config-llm-sch", ["kserve-config-llm-scheduler",
                                                   "kserve-config-llm-scheduler-latency-predictor"]),
        ("mtop delete phi", ["phi-4"]), ("mtop completion ", list(SHELLS)),
        ("mtop create --validate ", ["strict", "warn", "ignore"]),
        ("mtop list --mock = de", ["degraded"]), ("mtop list --mock = ", shipped_worlds()),
        ("mtop list --mock = degraded -n se", ["search"]), ("mtop list --namespace = se", ["search"]),
        ("mtop --live get ", []), ("mtop get --snapshot - ", []), ("mtop get --snapshot /nonexistent ", []),
        ("mtop get --mock degraded llmisvc/ll", ["llmisvc/llama-8b"]), ("mtop get llmisvc/zzz", []),
        ("mtop get --mock degraded nonsense/ll", []), ("mtop get --mock degraded llmisvc ll", ["llama-8b"]),
        ("mtop get --mock degraded llama-8b ll", []), ("mtop delete --mock degraded llmisvc/llama-8b ll", []),
        ("mtop get config/kserve-config-llm-scheduler-l", ["config/kserve-config-llm-scheduler-latency-predictor"]),
        ("mtop list --sort-by re", ["ready", "restarts"]), ("mtop get --sort-by NA", ["namespace", "name"]),
        ("mtop list --mock nope -n ", []), ("mtop list --show", ["--show-labels"]),
    ],
)  # fmt: skip
def test_candidates(line: str, expected: list[str]) -> None:
    assert offered(line) == expected


def test_every_model_and_command_is_offered() -> None:
    names = run("list", "-o", "jsonpath={.items[*].name}").stdout.split()
    assert sorted(offered("mtop get ")) == sorted(names)
    assert [name for name in offered("mtop ") if name in COMMANDS] == COMMANDS
    assert offered("mtop create -f ") == offered("mtop list --snapshot ") == [""]  # files: the shell knows them


def test_names_come_from_the_chosen_source(tmp_path: Path) -> None:
    dump = write(tmp_path, "dump.json", json.dumps(service("from-the-dump", "ns-of-the-dump")))
    assert offered(f"mtop get --snapshot {dump} ") == ["from-the-dump"]
    assert offered(f"mtop list --snapshot {dump} -n ") == ["ns-of-the-dump"]


def test_bash_itself(shell_path: dict[str, str], tmp_path: Path) -> None:
    script = write(tmp_path, "mtop.bash", run("completion", "bash").stdout)
    for words, expected in (
        ("mtop li", "list"), ("mtop get --mock degraded ll", "llama-8b"), ("mtop list -n se", "search"),
        ("mtop mock use ro", "rollout"), ("mtop list -o ya", "yaml"), ("mtop list --mock = de", "degraded"),
    ):  # fmt: skip
        line = f"source {script}; COMP_WORDS=({words}); COMP_CWORD={len(words.split()) - 1}; _mtop_completion mtop; "
        done = subprocess.run(["bash", "-c", f'{line} echo "${{COMPREPLY[*]}}"'], env={**os.environ, **shell_path},
                              capture_output=True, timeout=60)  # fmt: skip
        assert (done.stdout.decode(), done.stderr) == (f"{expected}\n", b"")


def test_the_tab_key(shell_path: dict[str, str], tmp_path: Path) -> None:
    script = write(tmp_path, "mtop.bash", run("completion", "bash").stdout)
    env = {**shell_path, "PS1": "ready> ", "INPUTRC": os.devnull, "TERM": "dumb", "HISTFILE": ""}
    code, shown = dialogue(
        ["bash", "--norc", "--noprofile", "-i"],
        [
            (b"ready> ", f"source {script}; bind 'set enable-bracketed-paste off'\n".encode()),
            (b"ready> ", b"mtop li\t"), (b"list ", b"--mock=de\t"), (b"degraded ", b"-q -n co\t"),
            (b"code ", b"-o na\t"), (b"name ", b"\nexit 7\n"),
        ],
        env,
    )  # fmt: skip
    assert code == 7
    assert "llminferenceservice.serving.kserve.io/llama-8b" in shown


@pytest.mark.parametrize("config", ["mode: [", "mode: nonsense", "world: nope", "- a", "\x00", "namespace: 3"])
def test_a_broken_configuration(config: str, tmp_path: Path) -> None:
    write(tmp_path, ".ldconfig", config)
    assert offered("mtop li") == ["list"]
    assert offered("mtop list --mock de") == ["degraded"]
    for line in ("mtop get ", "mtop list -n "):
        done = complete(line)
        assert (done.returncode, done.stderr) == (0, b"")


def test_a_broken_world(tmp_path: Path) -> None:
    folder = tmp_path / "odd"
    folder.mkdir()
    for manifest in ("", "[]", "{", '{"spec": 3}'):
        write(folder, "world.json", manifest)
        assert offered("mtop get --mock ./odd ") == []
    assert offered("mtop get --mock broken ") == []
    state = Path(os.environ["MTOP_STATE_DIR"])
    state.mkdir()
    (state / "world").write_bytes(b"\xff\x00")
    assert complete("mtop get ").stderr == b""


def test_a_broken_plugin(tmp_path: Path) -> None:
    site = tmp_path / "site"
    (site / "odd-1.0.dist-info").mkdir(parents=True)
    write(site / "odd-1.0.dist-info", "entry_points.txt", "[mtop.plugins]\nodd = odd_plugin\n")
    write(site, "odd_plugin.py", "import sys; print('noise', file=sys.stderr); raise ValueError('odd')")
    env = {"PYTHONPATH": str(site), "_MTOP_COMPLETE": "bash_complete", "COMP_WORDS": "mtop\nli", "COMP_CWORD": "1"}
    done = process(env=env)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"plain,list\n", b"")


@pytest.mark.parametrize("env", [{"_MTOP_COMPLETE": "nonsense"}, {"_MTOP_COMPLETE": "bash_complete", "COMP_CWORD": "x"},
                                 {"_MTOP_COMPLETE": "bash_complete"}])  # fmt: skip
def test_a_shell_that_asks_nonsense(env: dict[str, str]) -> None:
    done = process(env=env)
    assert done.returncode in (0, 1)
    assert done.stderr == b""


@pytest.mark.parametrize(("name", "namespace"), [("bad\x1b]0;x\x07", "a"), ("two\nlines", "a"), ("a", "n\u202es")])
def test_hostile_names_are_not_offered(name: str, namespace: str, tmp_path: Path) -> None:
    dump = write(tmp_path, "dump.json", json.dumps(service(name, namespace)))
    for line in (f"mtop get --snapshot {dump} ", f"mtop list --snapshot {dump} -n "):
        assert offered(line) == []
    assert answer(["get", "--snapshot", dump, ""]) == ":4\n"


@pytest.mark.parametrize("line", ["mtop get ", "mtop list --mock ", "mtop list -n ", "mtop list -o ", "mtop mock use "])
def test_core_commands_load_no_plugin(line: str) -> None:
    words = line.split(" ")
    env = {"_MTOP_COMPLETE": "bash_complete", "COMP_WORDS": "\n".join(words), "COMP_CWORD": str(len(words) - 1)}
    code = (
        "import sys; from mtop_core.main import main; code = main([]); "
        "strangers = ('mtop_', 'pluggy', 'yaml', 'importlib.metadata'); "
        "print(sorted(name for name in sys.modules if name.startswith(strangers)))"
    )
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ, **env}, capture_output=True, timeout=60)
    loaded = eval(done.stdout.decode().splitlines()[-1])  # a list of names
    assert done.stderr == b""
    assert [name for name in loaded if not name.startswith("mtop_core")] == []
    assert "mtop_core.plugins" not in loaded


def test_kubectl_asks_with_the_words_after_mtop() -> None:
    assert answer(["li"]) == "list\tShow every LLM service: status, replicas, GPUs, cause\n:4\n"
    assert answer(["list", "--mock", "de"]) == "degraded\n:4\n"
    assert answer(["list", "--mock=de"]) == "degraded\n:4\n"
    assert answer(["get", "phi"]) == "phi-4\tLLMInferenceService in chat\n:4\n"
    assert answer(["create", "-f", ""]) == ":0\n"
    assert answer(["get", "zzz"]) == ":4\n"
    assert answer([]) == answer([""])
    assert answer([]).startswith("list\t")


def test_kubectl_gets_an_answer_whatever_is_broken(tmp_path: Path, capfd: pytest.CaptureFixture[str],
                                                   monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    write(tmp_path, ".ldconfig", "mode: [")
    assert answer(["get", ""]) == ":4\n"
    assert answer(["'"]) == ":4\n"
    monkeypatch.setattr("mtop_core.group.root.shell_complete", lambda *_: 1 / 0)
    assert answer(["li"]) == ":4\n"
    assert capfd.readouterr() == ("", "")


def test_the_program_that_kubectl_runs() -> None:
    code = "import sys; sys.argv = ['x', 'li']; from mtop_core.kubectl_complete import entry; entry()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.endswith(b"\n:4\n")


def test_a_large_snapshot_is_not_read(tmp_path: Path) -> None:
    dump = json.dumps(service("big"))
    folder = tmp_path / "folder"
    folder.mkdir()
    write(folder, "a.json", dump)
    assert offered(f"mtop get --snapshot {folder} ") == ["big"]
    large = write(folder, "b.json", dump + " " * (8 << 20))
    assert offered(f"mtop get --snapshot {folder} ") == offered(f"mtop list --snapshot {large} -n ") == []


@pytest.mark.parametrize("name", ["doctor", "cost", "notify"])
def test_plugins_offer_models(name: str) -> None:
    from mtop_core.entrypoints import installed

    if name not in {entry.name for entry in installed()}:
        pytest.skip(f"mtop-{name} is not installed")
    assert offered(f"mtop {name} --mock degraded ll") == ["llama-8b"]
    if name == "doctor":
        assert "node-not-ready" in offered("mtop doctor --explain n")
