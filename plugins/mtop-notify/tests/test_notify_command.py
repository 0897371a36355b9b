"""`mtop notify`, run as a user runs it, with a plugin that offers one rule."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mtop_core.entrypoints import installed
from mtop_core.testing import Outcome, run, service

AT = "2026-10-12T09:30:00Z"
TITLE = f"mtop: 1 warning in snapshot standard input, as of {AT}"
LINES = (
    "warning: LLMInferenceService chat/llama: has one\\x1b replica (small)",
    "    set spec.replicas to 2",
)


RULES = '''
from mtop_core.api import Evidence, Finding, NotifierSpec, RuleSpec, hookimpl


@hookimpl
def mtop_rules():
    return (RuleSpec("small", "Too small", "notify_rules:small", "warning", "rollout"),)


@hookimpl
def mtop_notifiers():
    return (NotifierSpec("clumsy", "Fails", "notify_rules:clumsy", "clumsy"),)


def small(model, inventory):
    if model.name == "odd":
        raise LookupError("odd")
    if model.name != "fine":
        evidence = Evidence(model.ref, "spec.replicas", "1")
        yield Finding(model.ref, "has one\\x1b replica", (evidence,), "set spec.replicas to 2")


def clumsy(url, message):
    raise RuntimeError(f"cannot open {url}")
'''


@pytest.fixture(autouse=True)
def apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with an empty `.ldconfig` and the plugin `notify-rules`."""
    monkeypatch.delenv("LLD_MODE", raising=False)
    (tmp_path / ".ldconfig").write_text("")
    monkeypatch.setenv("MTOP_CONFIG", str(tmp_path / ".ldconfig"))
    monkeypatch.setenv("MTOP_STATE_DIR", str(tmp_path / "state"))
    site = tmp_path / "site"
    (site / "notify_rules-1.0.dist-info").mkdir(parents=True)
    (site / "notify_rules-1.0.dist-info" / "entry_points.txt").write_text("[mtop.plugins]\nrules = notify_rules\n")
    (site / "notify_rules.py").write_text(RULES)
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.setenv("MTOP_DISABLE_PLUGINS", others("mtop-notify", "notify-rules"))
    yield tmp_path
    sys.modules.pop("notify_rules", None)


def others(*packages: str) -> str:
    """The plugins of all other packages, for MTOP_DISABLE_PLUGINS."""
    return ",".join(entry.name for entry in installed() if entry.package not in packages)


def notify(*args: str, models: tuple[str, ...] = ("fine", "llama")) -> Outcome:
    document = {"apiVersion": "v1", "kind": "List", "items": [service(name) for name in models]}
    return run("notify", *args, "--snapshot", "-", "--at", AT, stdin=json.dumps(document).encode())


def talk(done: Outcome) -> list[str]:
    """What was said on stderr, but for the gaps of a dump and the source."""
    return [line for line in done.stderr.splitlines() if "not checked: " not in line and "source: " not in line]


def finding() -> dict[str, Any]:
    llama = {"kind": "LLMInferenceService", "namespace": "chat", "name": "llama"}
    return {
        "rule": "small", "severity": "warning", "confidence": "proved", "stage": "rollout", "subject": llama,
        "summary": "has one\\x1b replica", "action": "set spec.replicas to 2", "command": "", "since": None,
        "evidence": [{"object": llama, "path": "spec.replicas", "text": "1"}], "models": [llama], "symptoms": [],
    }  # fmt: skip


def test_the_whole_message() -> None:
    done = notify("--to", "stdout:")
    assert (done.exit_code, talk(done)) == (0, ["mtop: note: 1 finding sent through the notifier stdout"])
    sent = json.loads(done.stdout)
    assert (sent["title"], sent["text"]) == (TITLE, "\n".join((TITLE, *LINES)))
    assert sent["data"]["source"] == {"mode": "snapshot", "name": "standard input", "time": AT}
    assert sent["data"]["findings"] == [finding()]
    assert {"resource": "pods", "reason": "no pods in this dump"} in sent["data"]["gaps"]
    assert (sent["data"]["skipped"], sent["data"]["failures"]) == ([], [])


def test_every_run_appends_one_line(apart: Path) -> None:
    path = apart / "sent of today.jsonl"
    url = path.as_uri()
    assert "%20" in url
    assert [notify("--to", url).exit_code for _ in range(2)] == [0, 0]
    assert [json.loads(line)["title"] for line in path.read_text().splitlines()] == [TITLE, TITLE]
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_dry_run_shows_the_message_and_sends_nothing(apart: Path) -> None:
    done = notify("--dry-run", "--to", (apart / "sent").as_uri())
    assert (done.exit_code, done.stdout) == (0, "".join(f"{line}\n" for line in (TITLE, *LINES)))
    assert talk(done) == ["mtop: note: dry run: nothing was sent through the notifier file"]
    assert not (apart / "sent").exists()


@pytest.mark.parametrize("args", [("fine",), ("--min-severity", "error"), ("-l", "team=a")])
def test_nothing_found_nothing_sent(args: tuple[str, ...]) -> None:
    done = notify("--to", "stdout:", *args)
    assert (done.exit_code, done.stdout) == (0, "")
    assert talk(done)[-1].endswith("or above was found: nothing is sent")


def test_a_rule_that_fails_is_an_error_and_the_rest_is_sent() -> None:
    done = notify("--to", "stdout:", models=("llama", "odd"))
    assert done.exit_code == 3
    failure = "rule small failed on LLMInferenceService chat/odd: LookupError: odd"
    assert talk(done)[0] == f"mtop: error: {failure}"
    data = json.loads(done.stdout)["data"]
    assert (len(data["findings"]), data["failures"]) == (1, [failure])


def test_a_rule_that_cannot_be_loaded_is_an_error_and_the_rest_is_sent(apart: Path) -> None:
    info = apart / "site" / "lost-1.0.dist-info"
    info.mkdir()
    (info / "entry_points.txt").write_text("[mtop.plugins]\nlost = notify_lost\n")
    (apart / "site" / "notify_lost.py").write_text(
        "from mtop_core.api import RuleSpec, hookimpl\n"
        "@hookimpl\n"
        "def mtop_rules():\n"
        "    return (RuleSpec('lost', 'Lost', 'notify_nowhere:rule', 'error', 'image'),)\n"
    )
    done = notify("--to", "stdout:")
    assert done.exit_code == 3
    assert talk(done)[0].startswith("mtop: error: rule lost cannot be loaded: ")
    assert json.loads(done.stdout)["title"] == TITLE


def test_without_any_rule_it_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MTOP_DISABLE_PLUGINS", others("mtop-notify"))
    done = notify("--to", "stdout:")
    assert (done.exit_code, done.stdout) == (4, "")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("smtp://secret@host", 'no notifier for the scheme "smtp"'),
        ("hooks.test/secret", "the URL has no scheme"),
        ("", "the URL has no scheme"),
    ],
)
def test_an_unknown_scheme_lists_the_known_ones(url: str, message: str) -> None:
    done = notify("--to", url)
    hint = "there are: clumsy, file, http, https, stdout"
    assert (done.exit_code, done.stderr) == (2, f"mtop: error: {message}\nmtop: hint: {hint}\n")


@pytest.mark.parametrize("url", ["file:relative", "file://elsewhere/tmp/x", "file:", "file:///a%00b"])
def test_a_file_url_needs_a_whole_path(url: str) -> None:
    done = notify("--to", url)
    assert done.exit_code == 2
    assert done.stderr.startswith("mtop: error: a file URL needs a whole path on this machine\n")


def test_a_file_that_cannot_be_written(apart: Path) -> None:
    done = notify("--to", apart.as_uri())
    assert (done.exit_code, done.stderr) == (3, f"mtop: error: cannot write {apart}: is a directory\n")


def test_the_words_of_a_strange_notifier_never_show() -> None:
    done = notify("--to", "clumsy://secret")
    assert (done.exit_code, done.stderr) == (3, "mtop: error: the notifier clumsy failed: RuntimeError\n")
