"""The configuration file: where it is found, what it beats and what beats it, and the line of every mistake."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from mtop_core.config import CORE_KEYS, STARTER, Config, find_config, read_config
from mtop_core.errors import ConfigError
from mtop_core.testing import run


def write(path: Path, text: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def source_line(*args: str, **env: str) -> str:
    """Which source `mtop list` answers from."""
    outcome = run("list", *args, env=env)
    return outcome.stderr.splitlines()[-1]


HEALTHY, DEGRADED, ROLLOUT = (
    f"mtop: source: mock {world}, as of 2026-10-12T09:30:00Z" for world in ("healthy", "degraded", "rollout")
)
NO_LIVE = "mtop: hint: set KUBECONFIG or --kubeconfig, or look at a mock world with --mock"


def test_the_nearest_file_upwards_then_the_home_folder(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, above, here = (Path(os.environ["HOME"]) / ".ldconfig", alone / ".ldconfig", alone / "a" / "b" / ".ldconfig")
    here.parent.mkdir(parents=True)
    monkeypatch.chdir(here.parent)
    assert find_config().path == ""
    for path in (home, above, here):
        write(path, "")
        assert find_config().path == str(path)
    here.unlink()
    here.mkdir()
    assert find_config().path == str(above), "a folder of that name is passed over"


def test_the_file_that_the_environment_names_beats_all(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(alone / ".ldconfig", "namespace: near")
    named = write(alone / "named.yaml", "namespace: named")
    monkeypatch.setenv("MTOP_CONFIG", "named.yaml")
    assert (find_config().namespace, find_config().path) == ("named", "named.yaml")
    monkeypatch.setenv("MTOP_CONFIG", "")
    assert find_config().namespace == "near"
    monkeypatch.setenv("MTOP_CONFIG", os.devnull)
    assert find_config().content == {}
    named.unlink()
    assert run("list", env={"MTOP_CONFIG": "named.yaml"}) == (
        2, "", "mtop: error: named.yaml: no such file or directory\n",
    )  # fmt: skip


def test_a_working_folder_that_is_gone(alone: Path) -> None:
    (alone / "gone").mkdir()
    os.chdir("gone")
    (alone / "gone").rmdir()
    assert source_line() == HEALTHY
    write(Path(os.environ["HOME"]) / ".ldconfig", "world: rollout")
    assert source_line() == ROLLOUT
    os.chdir(alone)


@pytest.mark.parametrize(
    ("config", "env", "args", "line"),
    [
        ("", {}, (), HEALTHY),
        ("world: degraded", {}, (), DEGRADED),
        ("mode: mock\nworld: degraded", {}, (), DEGRADED),
        ("mode: live", {}, (), NO_LIVE),
        ("mode: live\nworld: degraded", {"LLD_MODE": "mock"}, (), DEGRADED),
        ("world: degraded", {"LLD_MODE": "live"}, (), NO_LIVE),
        ("mode: live", {"LLD_MODE": "live"}, ("--mock", "rollout"), ROLLOUT),
        ("world: degraded", {}, ("--mock", "rollout"), ROLLOUT),
        ("world: degraded", {}, ("--live",), NO_LIVE),
        ("mode: nonsense", {}, ("--mock", "rollout"), ROLLOUT),
        ("mode: nonsense", {"LLD_MODE": "mock"}, (), HEALTHY),
        ("world: degraded", {"LLD_MODE": ""}, (), DEGRADED),
    ],
)
def test_a_flag_beats_the_environment_which_beats_the_file(
    alone: Path, config: str, env: dict[str, str], args: tuple[str, ...], line: str
) -> None:
    write(alone / ".ldconfig", config)
    assert source_line(*args, **env) == line


@pytest.mark.parametrize(
    ("config", "args", "namespaces"),
    [
        ("", (), {"chat", "code", "platform", "search"}), ("namespace: code", (), {"code"}),
        ("namespace: code", ("-n", "chat"), {"chat"}),
        ("namespace: code", ("-A",), {"chat", "code", "platform", "search"}),
    ],
)  # fmt: skip
def test_the_namespace(alone: Path, config: str, args: tuple[str, ...], namespaces: set[str]) -> None:
    write(alone / ".ldconfig", config)
    rows = json.loads(run("list", "-o", "json", *args).stdout)["items"]
    assert {row["namespace"] for row in rows} == namespaces


def test_a_mode_that_is_none() -> None:
    message = 'mtop: error: LLD_MODE is "\\x1b[2J", expected mock or live\n'
    for args in (("list",), ("config", "show")):
        assert run(*args, env={"LLD_MODE": "\x1b[2J"}) == (2, "", message)


HINT = "mtop: hint: mtop config validate checks the whole file\n"
BAD = [
    (b"mode: [", ".ldconfig:1: not YAML: did not find expected node content (while parsing a flow node)\n"),
    (b"a: 1\n\tb: 2", ".ldconfig:2: not YAML: a tab where YAML wants spaces\n"),
    (b"mode: mock\nmode: live", '.ldconfig:2: not YAML: the key "mode" stands twice in one mapping\n'),
    (b"- mode: mock", ".ldconfig:1: expected one mapping of settings\n"),
    (b"mock", ".ldconfig:1: expected one mapping of settings\n"),
    (b"mode: mock\n---\nmode: live", ".ldconfig:1: expected one mapping of settings\n"),
    (b"mode: mock\nworld: \xff", ".ldconfig:2: not UTF-8 (byte 0xff)\n"),
    (b"mode: \0", ".ldconfig: binary data, not YAML or JSON\n"),
    (b"#" * ((1 << 20) + 1), ".ldconfig: more than 1 MiB, which is no configuration\n"),
    (b"# c\n\nmode: other", '.ldconfig:3: mode is "other", expected mock or live\n'),
    (b"mode: \"\\e[2J\"", '.ldconfig:1: mode is "\\x1b[2J", expected mock or live\n'),
    (b"mode: yes", f".ldconfig:1: mode: expected a string, got true\n{HINT}"),
    (b"mode:\n  - mock", f".ldconfig:1: mode: expected a string, got a list\n{HINT}"),
    (b"mode: mock\nworld: 7", f".ldconfig:2: world: expected a string, got the number 7\n{HINT}"),
    (b"mode: mock\n\nnamespace: {a: b}", f".ldconfig:3: namespace: expected a string, got a mapping\n{HINT}"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), BAD, ids=[message[:50] for _, message in BAD])
def test_a_mistake_and_its_line(alone: Path, text: bytes, message: str) -> None:
    write(alone / ".ldconfig", text)
    for args in (("list",), ("config", "show")):
        assert run(*args) == (2, "", f"mtop: error: {alone}/{message}")


PLUGINS = [
    (b"plugins: x", '.ldconfig:1: plugins: expected a mapping, got the string "x"\n'),
    (b"plugins:\n  disable: x", '.ldconfig:2: plugins.disable: expected a list, got the string "x"\n'),
    (b"plugins:\n  disable:\n  - a\n  - 5", ".ldconfig:4: plugins.disable[1]: expected a string, got the number 5\n"),
]


@pytest.mark.parametrize(("text", "message"), PLUGINS)
def test_a_mistake_in_the_list_of_plugins(alone: Path, text: bytes, message: str) -> None:
    before = run("plugins")
    write(alone / ".ldconfig", text)
    assert run("config", "show") == (2, "", f"mtop: error: {alone}/{message}{HINT}")
    after = run("plugins")
    assert (after.exit_code, after.stdout) == (0, before.stdout)
    assert after.stderr.splitlines()[0] == f"mtop: warning: {alone}/{message.strip()}; it switches no plugin off"


@pytest.mark.parametrize("text", [b"plugins: {disable: doctor}\n", b"mode: [", b"- a", b"\xff", b"namespace: 3"])
def test_a_broken_file_locks_nobody_out(alone: Path, text: bytes) -> None:
    write(alone / ".ldconfig", text)
    for args in (("--help",), ("list", "--help"), ("version",), ("completion", "bash"), ("plugins",), ("mock", "-h")):
        said = run(*args)
        assert (said.exit_code, bool(said.stdout)) == (0, True), args
        assert said.stderr.count("\n") == (args[0] in ("--help", "version", "plugins") and text != b"namespace: 3")
    assert run("config", "show").exit_code == 2


def test_validate_says_all_that_is_wrong_beside_a_broken_list_of_plugins(alone: Path) -> None:
    path = write(alone / ".ldconfig", "mode: mocked\nplugins: {disable: doctor}\nworld: 7\nnonsense: 1\n")
    said = run("config", "validate")
    assert said.exit_code == 2
    assert [line.split(": ")[:2] for line in said.stdout.splitlines()] == [
        [f"{path}:1", "mode"], [f"{path}:2", "plugins.disable"], [f"{path}:3", "world"], [f"{path}:4", "nonsense"],
    ]  # fmt: skip
    assert said.stderr.count("\n") == 1


def test_a_folder_in_place_of_the_file(alone: Path) -> None:
    assert run("list", env={"MTOP_CONFIG": str(alone)}) == (2, "", f"mtop: error: {alone}: is a directory\n")


def test_encodings(alone: Path) -> None:
    for encoding in ("utf-8-sig", "utf-16"):
        write(alone / ".ldconfig", "# é\nnamespace: chat\n".encode(encoding))
        assert find_config().namespace == "chat"


def test_sections_of_plugins(alone: Path) -> None:
    config = read_config(str(write(alone / "x", "cost:\n  prices: [1]\nbench: 5\n")))
    assert (config.section("cost"), config.section("absent")) == ({"prices": [1]}, {})
    with pytest.raises(ConfigError) as caught:
        config.section("bench")
    assert caught.value.message == f"{alone}/x:3: bench: expected a mapping, got the number 5"
    assert config.place(("cost", "prices", 0)) == f"{alone}/x:2"
    assert Config("", {}).source() == ("mock", "")


SHOWN = """\
KEY               VALUE           ORIGIN
mode              live            LLD_MODE
world             degraded        {0}:1
namespace         chat            {0}:2
plugins.disable   one, two, six   MTOP_DISABLE_PLUGINS
"""


def test_show(alone: Path) -> None:
    path = write(alone / ".ldconfig", "world: degraded\nnamespace: chat\nplugins:\n  disable: [one]\n")
    outcome = run("config", "show", env={"LLD_MODE": "live", "MTOP_DISABLE_PLUGINS": " two,, six "})
    assert outcome == (0, SHOWN.format(path), f"mtop: note: file: {path}\n")


def test_show_without_a_file() -> None:
    assert run("config", "show") == (
        0,
        "KEY               VALUE     ORIGIN\n"
        "mode              mock      default\n"
        "world             healthy   default\n"
        "namespace         -         default\n"
        "plugins.disable   -         default\n",
        "mtop: note: there is no .ldconfig\n",
    )


def test_show_names_the_world_chosen_last() -> None:
    run("mock", "use", "rollout")
    rows = json.loads(run("config", "show", "-o", "json").stdout)["items"]
    assert [row for row in rows if row["key"] == "world"] == [
        {"key": "world", "value": "rollout", "origin": "mtop mock use"}
    ]
    assert [row["key"] for row in rows] == ["mode", "world", "namespace", "plugins.disable"]
    assert {row["key"].partition(".")[0] for row in rows} == set(CORE_KEYS)


INVALID = """\
# settings
mode: mocked
worlds: degraded
namespace: [chat]
plugins:
  disable: [one, one]
  enable: []
"""


def test_validate(alone: Path) -> None:
    path = write(alone / ".ldconfig", INVALID)
    problems = (
        f"{path}:2: mode: mocked is not one of mock, live; did you mean mock?\n"
        f"{path}:3: worlds: unknown field; did you mean world?\n"
        f"{path}:4: namespace: must be a name of lower-case letters, digits and dashes\n"
        f"{path}:6: plugins.disable: the items must differ from each other\n"
        f"{path}:7: plugins.enable: unknown field\n"
    )
    outcome = run("config", "validate")
    assert (outcome.exit_code, outcome.stderr) == (2, "")
    assert outcome.stdout.replace('"', "") == problems
    assert run("config", "validate", str(path)) == outcome


def test_validate_what_is_valid(alone: Path) -> None:
    path = write(alone / "x", "mode: live\nworld: ./mine\nnamespace: chat\nplugins: {disable: [a, b]}\n")
    assert run("config", "validate", "x") == (0, "", "x is valid.\n")
    assert run("config", "validate", str(path)) == (0, "", f"{path} is valid.\n")


def test_validate_needs_a_file() -> None:
    assert run("config", "validate") == (
        2, "", "mtop: error: there is no .ldconfig to check\nmtop: hint: mtop config init writes one\n",
    )  # fmt: skip
    assert run("config", "validate", "absent") == (2, "", "mtop: error: absent: no such file or directory\n")


def test_init(alone: Path) -> None:
    assert run("config", "init") == (0, ".ldconfig written\n", "")
    assert (alone / ".ldconfig").read_text() == STARTER
    assert run("config", "validate") == (0, "", f"{alone}/.ldconfig is valid.\n")
    exists = "mtop: error: .ldconfig exists already\nmtop: hint: edit it, then: mtop config validate\n"
    write(alone / ".ldconfig", "mode: mock")
    assert run("config", "init") == (2, "", exists)
    assert (alone / ".ldconfig").read_text() == "mode: mock"
    assert run("config", "init", "other.yaml") == (0, "other.yaml written\n", "")
    assert run("config", "init", "absent/x") == (2, "", "mtop: error: absent/x: no such file or directory\n")


def test_every_suggestion_of_the_starter_is_valid(alone: Path) -> None:
    starts = ("# world:", "# namespace:", "# plugins:", "#   disable:", "mode:")
    commented = [line.removeprefix("# ") for line in STARTER.splitlines() if line.startswith(starts)]
    text = "\n".join(line.replace("#   ", "  ") for line in commented)
    assert text.count("\n") == 4
    write(alone / "x", text)
    assert run("config", "validate", "x") == (0, "", "x is valid.\n")


def current(**env: str) -> list[str]:
    """The worlds that `mtop mock list` marks."""
    rows = json.loads(run("mock", "list", "-o", "json", env=env).stdout)["items"]
    return [row["name"] for row in rows if row["current"]]


def test_mock_means_the_world_in_force(alone: Path) -> None:
    assert current() == ["healthy"]
    run("mock", "use", "rollout")
    assert current() == ["rollout"]
    write(alone / ".ldconfig", "world: degraded\n")
    assert current() == current(LLD_MODE="mock") == current(LLD_MODE="live") == ["degraded"]
    assert run("mock", "path").stdout == run("mock", "path", "degraded").stdout
    assert source_line("--mock") == source_line() == DEGRADED
    run("delete", "llama-8b", "-y")
    assert run("mock", "reset") == (0, "world degraded is as it was shipped again\n", "")
    assert run("mock", "use", "empty").stderr == (
        f"mtop: note: {alone}/.ldconfig:1 names the world degraded, which goes before this choice\n"
    )
    assert run("mock", "use", "degraded").stderr == ""


def test_a_world_of_ones_own_is_listed(alone: Path) -> None:
    write(alone / "mine" / "world.json", '{"spec": {"capturedAt": "2026-01-01T00:00:00Z", "summary": "Mine"}}')
    run("mock", "use", "./mine")
    assert current() == [f"{alone}/mine"]
    write(alone / ".ldconfig", "world: ./mine\n")
    assert current() == [f"{alone}/mine"]
    write(alone / ".ldconfig", "world: nope\n")
    said = run("mock", "list")
    gone = 'mtop: note: the world in force is gone: there is no mock world "nope"\n'
    assert (said.exit_code, said.stderr) == (0, gone)
    write(alone / ".ldconfig", "mode: [")
    assert run("mock", "use", "empty") == (0, "world empty is current\n", "")
